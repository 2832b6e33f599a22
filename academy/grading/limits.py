"""The limits of grading, in one place: seconds, bytes and lines."""

from __future__ import annotations

from academy.forkserver.celllimits import CellLimits

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

#: Cells of one submitted notebook that are graded, and what its metadata may weigh: levels of
#: lists and dictionaries within each other, and characters of one cell's.
MOST_CELLS = 2_000
METADATA_DEPTH = 20
METADATA_CHARACTERS = 100_000

#: Characters of text and code in one notebook, and of pictures and other attachments.
SOURCE_CHARACTERS = 5_000_000
ATTACHED_CHARACTERS = 10_000_000

#: Values in one notebook's JSON; a list or an object counts as five. Five million take some
#: hundred megabytes of memory while they are read.
MOST_PARTS = 5_000_000

#: How much is tried to find what is left of a damaged notebook: broken places that are stepped
#: over, cells that are compared with one lost cell, and words of a cell that are compared.
BROKEN_PLACES = 20
COMPARED_CELLS = 40
COMPARED_WORDS = 300

#: Sentences about one notebook.
MOST_REMARKS = 40

#: What one submission's sandbox may use: seconds by the clock, processor seconds of a process,
#: processors at once, bytes of memory, of one file and of all files, processes and threads.
NOTEBOOK_SECONDS = 900
NOTEBOOK_CPU_SECONDS = 600
SANDBOX_CPUS = 2.0
SANDBOX_MEMORY_BYTES = 2_000_000_000
SANDBOX_FILE_BYTES = 250_000_000
SANDBOX_DISK_BYTES = 500_000_000
SANDBOX_PROCESSES = 150


def sandbox_limits() -> CellLimits:
    """Return how much the sandbox of one submission may use."""
    return CellLimits(
        seconds=NOTEBOOK_SECONDS,
        cpu_seconds=NOTEBOOK_CPU_SECONDS,
        cpus=SANDBOX_CPUS,
        memory_bytes=SANDBOX_MEMORY_BYTES,
        processes=SANDBOX_PROCESSES,
        file_bytes=SANDBOX_FILE_BYTES,
        disk_bytes=SANDBOX_DISK_BYTES,
    )
