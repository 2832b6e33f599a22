from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from academy.grading.execution import CUT_MARK, CUT_NOTE, BoundedExecute
from academy.grading.sandbox import SandboxManager


@pytest.fixture
def execute() -> BoundedExecute:
    made = BoundedExecute(max_cell_characters=1_000, max_notebook_characters=2_500)
    made.nb = new_notebook()
    made.reset_execution_trackers()
    made.clear_before_next_output = False
    return made


def test_the_kernels_of_the_settings_are_used() -> None:
    """nbgrader's own constructor sets others, which know nothing of sandboxes."""
    config = Config()
    config.Execute.kernel_manager_class = "academy.grading.sandbox.SandboxManager"

    assert BoundedExecute(config=config).kernel_manager_class is SandboxManager
    assert BoundedExecute().kernel_manager_class is not SandboxManager


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {
        "msg_type": kind,
        "header": {"msg_type": kind},
        "parent_header": {"msg_id": "1"},
        "content": content,
    }


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return message("stream", name=name, text=text)


def receive(execute: BoundedExecute, *messages: dict[str, Any], index: int = 0) -> Any:
    cell = new_code_cell()
    for each in messages:
        execute.process_message(each, cell, index)
    return cell


def test_output_within_the_limit_is_kept_as_it_is(execute: BoundedExecute) -> None:
    cell = receive(execute, stream("a" * 400), stream("b" * 300))

    assert [output.text for output in cell.outputs] == ["a" * 400, "b" * 300]
    assert CUT_MARK not in cell.metadata


def test_long_output_is_cut_with_a_note_and_the_rest_dropped(execute: BoundedExecute) -> None:
    cell = receive(execute, stream("a" * 5_000), *[stream("b" * 50)] * 100)

    assert [output.text for output in cell.outputs] == ["a" * 1_000 + CUT_NOTE]
    assert cell.metadata[CUT_MARK] is True


def test_a_million_empty_outputs_are_too_many(execute: BoundedExecute) -> None:
    empty = message("display_data", data={}, metadata={})

    assert len(receive(execute, *[empty] * 1_000).outputs) < 20


def test_a_notebook_has_a_limit_of_its_own(execute: BoundedExecute) -> None:
    kept = [
        sum(len(output.text) for output in receive(execute, stream("a" * 700), index=i).outputs)
        for i in range(5)
    ]

    assert kept[:3] == [700, 700, 700]
    assert max(kept[3:]) < 200


def test_an_error_counts_however_much_was_put_out(execute: BoundedExecute) -> None:
    error = message("error", ename="ValueError", evalue="no", traceback=["x" * 9_000])

    cell = receive(execute, stream("a" * 5_000), error)

    assert cell.outputs[-1].ename == "ValueError"
    assert cell.outputs[-1].traceback == ["ValueError: no"]


def test_partial_points_count_however_much_was_put_out(execute: BoundedExecute) -> None:
    result = message("execute_result", data={"text/plain": "0.5"}, metadata={}, execution_count=1)

    cell = receive(execute, stream("a" * 5_000), result)

    assert cell.outputs[-1].data == {"text/plain": "0.5"}


def test_a_word_on_stderr_counts_however_much_was_put_out(execute: BoundedExecute) -> None:
    cell = receive(execute, stream("a" * 5_000), *[stream("oops", "stderr")] * 50)

    assert [output.name for output in cell.outputs] == ["stdout", "stderr"]


def test_a_large_picture_is_replaced_by_a_note(execute: BoundedExecute) -> None:
    data = {"image/png": "A" * 9_000, "text/plain": "<Figure>"}
    cell = receive(execute, message("display_data", data=data, metadata={}))

    assert cell.outputs[0].data == {"text/plain": "<Figure>"}
    assert cell.metadata[CUT_MARK] is True


class Watching(BoundedExecute):
    """Notes how much text arrives from the kernel before it is cut."""

    arrived = 0

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        self.arrived += len(msg["content"].get("text", ""))
        return super().process_message(msg, cell, cell_index)


@pytest.mark.integration
def test_a_runaway_print_is_stopped_in_the_kernel_and_the_next_cell_prints() -> None:
    sources = [
        "print('x' * 50_000_000)",
        "print('hello')",
        "import sys; print('oops', file=sys.stderr)",
        "print([name for name in dir() if 'bound' in name])",
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    cells = [new_code_cell(source) for source in sources]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    execute = Watching(max_cell_characters=1_000)

    execute.preprocess(notebook, {})

    assert execute.arrived < 1_100
    texts = ["".join(output.text for output in cell.outputs) for cell in notebook.cells]
    assert texts == ["x" * 1_000 + CUT_NOTE, "hello\n", "oops\n", "[]\n"]
    assert [CUT_MARK in cell.metadata for cell in notebook.cells] == [True, False, False, False]
