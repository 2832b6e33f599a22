"""Run a submission with bounded output, in a kernel that keeps guard over the course's checks."""

from __future__ import annotations

from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer

from academy.grading.guard.verdict import NO_GUARD, NOTICED_MARK, Checks, fail, is_check
from academy.grading.limits import CELL_OUTPUT_CHARACTERS, NOTEBOOK_OUTPUT_CHARACTERS
from academy.grading.quieting import kernel_code

CUT_NOTE = "\n[The rest of this output was left out: there was too much of it.]\n"

#: Set in the metadata of a cell whose output was cut.
CUT_MARK = "academy_output_cut"

#: Set in the metadata of the cell after which there was no kernel any more: how that came about.
ENDED_MARK = "academy_kernel_ended"
ENDED_ITSELF, ENDED_LATE = "itself", "late"
KERNEL_ENDED = (
    "KernelEnded",
    "The kernel ended in this cell, or in one before it, so what follows was not run.",
)

_GUARDED_KERNEL = "--IPKernelApp.kernel_class=academy.grading.guard.kernel.GradingKernel"

#: What an output weighs beside its text, so that a million empty ones are too many as well.
_OUTPUT_WEIGHT = 100

_SHORT = 200


class BoundedExecute(Execute):
    """nbgrader's Execute, keeping no more than a limit of what cells put out.

    Output is cut as it arrives from the kernel. Errors, results and the fact that something
    was written to stderr are always kept, because points depend on them.

    In an IPython kernel, checks are run under guard, see `academy.grading.guard`. A kernel that
    ends, or that no signal stops, takes nothing away from what was earned before.
    """

    guarded = Bool(True, help="Whether the course's checks are run under guard.").tag(config=True)

    max_cell_characters = Integer(
        CELL_OUTPUT_CHARACTERS, help="Characters of output that are kept of one cell."
    ).tag(config=True)
    max_notebook_characters = Integer(
        NOTEBOOK_OUTPUT_CHARACTERS, help="Characters of output that are kept of one notebook."
    ).tag(config=True)

    _kept_of_notebook = 0
    _kept_of_cell = 0
    _current_cell = -1
    _checks: Checks | None = None
    _has_ended = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # nbgrader's own constructor sets a kernel manager over the one of the settings.
        self._load_config(self.config)

    def preprocess(self, nb: Any, resources: Any, km: Any = None) -> tuple[Any, Any]:
        """Run a notebook from its first cell on, with nothing kept yet."""
        self._kept_of_notebook, self._current_cell = 0, -1
        self._checks, self._has_ended = None, False
        ran: tuple[Any, Any] = super().preprocess(nb, resources, km)
        return ran

    def start_new_kernel(self, **options: Any) -> None:
        """Start a kernel; where it is IPython's, one that keeps guard."""
        if self.guarded and self.km.ipykernel:
            self.extra_arguments += [_GUARDED_KERNEL]
            self._checks = Checks(self.nb.cells)
        super().start_new_kernel(**options)

    def start_new_kernel_client(self) -> Any:
        """Connect to a new kernel and, where it is a Python one, bound what it prints."""
        client = super().start_new_kernel_client()
        if self._checks or self.nb.metadata.get("kernelspec", {}).get("language") == "python":
            # One more than is kept, so that a cut is seen here.
            code = kernel_code(self.max_cell_characters + 1)
            metadata = self._checks.opening() if self._checks else {}
            request = _ask(client, code, metadata, silent=True, store_history=False)
            if self._checks and not self._checks.is_guarded(self.wait_for_reply(request)):
                self._cleanup_kernel()
                raise RuntimeError(NO_GUARD)
        return client

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Run a cell, unless the kernel has ended before."""
        if self._has_ended:
            _note_the_end(cell)
            return cell, resources
        original = self.kc.execute
        if self._checks:
            code, metadata = self._checks.ask(cell)
            self.kc.execute = lambda _, **options: _ask(
                self.kc, code, metadata, original, **options
            )
        try:
            ran: tuple[Any, Any] = super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._end(cell, ENDED_ITSELF, *KERNEL_ENDED)
            return cell, resources
        except CellTimeoutError as error:
            # It was interrupted and goes on; the kernel is ended with the notebook.
            self._end(cell, ENDED_LATE, type(error).__name__, "")
            return cell, resources
        finally:
            self.kc.execute = original
        return ran

    def _end(self, cell: Any, how: str, name: str, value: str) -> None:
        self._has_ended = True
        cell.metadata[ENDED_MARK] = how
        fail(cell, name, value, always=True)

    def on_cell_executed(self, **event: Any) -> None:
        """Take over what the reply says, and what the guard says of it."""
        super().on_cell_executed(**event)
        if self._checks:
            self._checks.judge(event["cell"], event["execute_reply"])

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take a message from the kernel, cut to what may still be kept."""
        if cell_index != self._current_cell:
            self._current_cell, self._kept_of_cell = cell_index, 0
        cut = _CUTTERS.get(msg["msg_type"])
        if cut is None:
            return super().process_message(msg, cell, cell_index)
        room = self._room()
        self._count(_OUTPUT_WEIGHT + _weight(msg["content"]))
        if self._room() == 0:
            first = not cell.metadata.get(CUT_MARK)
            cell.metadata[CUT_MARK] = True
            cut(msg["content"], room)
            if not (first or _decides_points(msg, cell)):
                return None
        return super().process_message(msg, cell, cell_index)

    def _room(self) -> int:
        return max(
            0,
            min(
                self.max_cell_characters - self._kept_of_cell,
                self.max_notebook_characters - self._kept_of_notebook,
            ),
        )

    def _count(self, weight: int) -> None:
        counted = min(weight, self._room())
        self._kept_of_cell += counted
        self._kept_of_notebook += counted


def _ask(client: Any, code: str, metadata: Any, execute: Any = None, **options: Any) -> Any:
    """Send a request to run code, with metadata, which Jupyter's client has no argument for."""
    before, client.session.metadata = client.session.metadata, metadata
    try:
        return (execute or client.execute)(code, **options)
    finally:
        client.session.metadata = before


def _note_the_end(cell: Any) -> None:
    if cell.cell_type == "code":
        cell.outputs = []
    if is_check(cell):
        fail(cell, *KERNEL_ENDED)


def remarks_of(cell: Any, where: str) -> list[str]:
    """Return sentences for the instructor: what a cell did to its run.

    Parameters
    ----------
    cell
        A cell of a graded notebook, as JSON has it.
    where
        Its name or number, in words.
    """
    metadata = cell["metadata"]
    remarks = []
    if metadata.get(CUT_MARK):
        remarks.append(f"The cell {where} put out too much; the rest was left out.")
    if metadata.get(NOTICED_MARK):
        words = " ".join(str(word) for word in metadata[NOTICED_MARK])
        remarks.append(f"Look at the cell {where} by hand: {words}")
    if ENDED_MARK in metadata:
        is_late = metadata[ENDED_MARK] == ENDED_LATE
        what = "could not be stopped" if is_late else "ended the kernel"
        remarks.append(f"The cell {where} {what}, so what follows was not run.")
    return remarks


def _weight(content: dict[str, Any]) -> int:
    data = content.get("data", {}).values()
    texts = [content.get("text", ""), *content.get("traceback", []), *data]
    return sum(len(text if isinstance(text, str) else str(text)) for text in texts)


def _decides_points(msg: dict[str, Any], cell: Any) -> bool:
    """Return whether nbgrader gives other points without this output."""
    if msg["msg_type"] in ("error", "execute_result"):
        return True
    if msg["msg_type"] == "stream" and msg["content"]["name"] == "stderr":
        return not any(output.get("name") == "stderr" for output in cell.outputs)
    return False


def _cut_stream(content: dict[str, Any], room: int) -> None:
    content["text"] = content["text"][:room] + CUT_NOTE


def _cut_data(content: dict[str, Any], _room: int) -> None:
    plain = str(content["data"].get("text/plain", ""))
    # A short result may be partial points, which a note would spoil.
    content["data"] = {"text/plain": plain if len(plain) <= _SHORT else plain[:_SHORT] + CUT_NOTE}


def _cut_error(content: dict[str, Any], _room: int) -> None:
    content["evalue"] = content["evalue"][:_SHORT]
    content["traceback"] = [f"{content['ename']}: {content['evalue']}"]


_CUTTERS = {
    "stream": _cut_stream,
    "display_data": _cut_data,
    "update_display_data": _cut_data,
    "execute_result": _cut_data,
    "error": _cut_error,
}
