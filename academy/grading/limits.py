"""The limits of grading, in one place: seconds, bytes and lines."""

from __future__ import annotations

#: Seconds that one cell of a submission may run before it is stopped.
CELL_SECONDS = 60

#: Seconds that a new kernel may take until it answers.
KERNEL_START_SECONDS = 60

#: Seconds for the rest of a cell's output to arrive after the cell has ended.
OUTPUT_SECONDS = 20

#: Kilobytes (1,000 bytes) of a submission's folder, and of a file in it, that are graded.
SUBMISSION_KILOBYTES = 50_000

#: Kilobytes that are taken in. More than is graded: a learner's submission that is too large
#: is kept and the instructor told, where nbgrader would show the learner a traceback.
ACCEPTED_KILOBYTES = 1_000_000

#: Characters of output that are kept of one cell, and of one notebook.
CELL_OUTPUT_CHARACTERS = 2_000_000
NOTEBOOK_OUTPUT_CHARACTERS = 10_000_000

#: What stands in a released notebook where the learner's answer goes. It runs, and says why
#: there is nothing to check yet.
EMPTY_ANSWER = (
    "# Write your answer here, in place of these two lines.\n"
    'raise NotImplementedError("This answer is still empty.")'
)

#: Milliseconds that a process waits for a gradebook that another one is writing.
GRADEBOOK_WAIT_MILLISECONDS = 30_000

#: Files and folders in one submission, and folders within each other.
SUBMISSION_ENTRIES = 1_000
SUBMISSION_DEPTH = 10

#: What one learner may hand in: bytes at once, times a day for one assignment, bytes a day.
HANDED_IN_BYTES = 100_000_000
HANDED_IN_A_DAY = 50
HANDED_IN_BYTES_A_DAY = 500_000_000

#: Bytes of the disk that submissions leave free.
FREE_BYTES = 500_000_000
