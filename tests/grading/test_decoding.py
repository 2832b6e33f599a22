from __future__ import annotations

import json
from typing import Any

import pytest

from academy.grading import decoding
from academy.grading.decoding import Document, decode_document
from academy.grading.inspection import UnreadableError

CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# Cafés\n", "of the city"]},
    {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["a = 1\n", "b = 'é'"]},
    {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["c = a"]},
]
NOTEBOOK = {"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
TEXT = json.dumps(NOTEBOOK, indent=1, ensure_ascii=False)


def read(content: str | bytes) -> Document:
    data = content.encode() if isinstance(content, str) else content
    return decode_document("n.ipynb", data)


ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_in_another_encoding_is_read(encoding: str) -> None:
    found = read(TEXT.encode(encoding))

    assert found.value == NOTEBOOK
    assert len(found.remarks) == (encoding != "utf-8-sig")


def test_a_few_wrong_bytes_do_not_spoil_the_rest() -> None:
    found = read(TEXT.encode().replace(b"# Caf", b"# \xffCaf"))

    assert found.value["cells"][0]["source"][0] == "# \ufffdCafés\n"
    assert found.remarks == (decoding.LATIN,)


@pytest.mark.parametrize("more", ['{"cells": []}', "}}", TEXT[-40:], "<html>"])
def test_what_follows_the_notebook_is_left_out(more: str) -> None:
    assert read(TEXT + more) == Document(NOTEBOOK, (decoding.SURPLUS,))


@pytest.mark.parametrize("more", ["\n\n", "\x00" * 4_096])
def test_emptiness_after_the_notebook_is_nothing(more: str) -> None:
    assert read(TEXT + more) == Document(NOTEBOOK)


def test_two_lists_of_cells_lose_nothing() -> None:
    found = read(TEXT.replace('"metadata": {},\n "nbformat"', '"cells": [{"x": 1}],\n "nbformat"'))

    assert found.value["cells"] == [*CELLS, {"x": 1}]
    assert found.remarks == (decoding.REPEATED,)


def test_two_sources_are_joined_and_of_other_keys_the_last_counts() -> None:
    text = '{"source": ["a = 1"], "source": ["b = 2"], "cell_type": "raw", "cell_type": "code"}'

    assert read(text).value == {"source": ["a = 1", "\n", "b = 2"], "cell_type": "code"}


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "9" * 5_000])
def test_numbers_that_can_mean_nothing_are_nothing(number: str) -> None:
    assert read(f'{{"n": {number}}}').value == {"n": None}


def test_line_breaks_within_texts_are_read() -> None:
    assert read('{"source": "one\ntwo"}').value == {"source": "one\ntwo"}


def test_of_a_notebook_that_was_cut_off_the_whole_cells_are_found() -> None:
    found = read(TEXT[: TEXT.index("c = a") + 3])

    assert found.is_partial
    assert found.value["cells"] == [*CELLS[:2]]
    assert found.remarks == (
        f"It was damaged: it stops being valid JSON at line {len(TEXT.splitlines()) - 7}. "
        "2 whole cells were found in it and graded.",
    )


def test_of_a_cell_that_is_broken_its_lines_are_kept_as_text() -> None:
    found = read(TEXT.replace('"outputs": []', "<<<<<<< HEAD\n", 1))

    assert [cell["cell_type"] for cell in found.value["cells"]] == ["markdown", "raw", "code"]
    assert found.value["cells"][1]["source"] == CELLS[1]["source"]
    assert found.remarks[1] == "What else could be read of it was kept as text."


def test_one_cell_that_is_nested_too_deeply_costs_only_itself() -> None:
    deep = json.loads(TEXT)
    deep["cells"][1]["metadata"] = "DEEP"
    found = read(json.dumps(deep).replace('"DEEP"', "[" * 20_000 + "]" * 20_000))

    assert [cell["source"] for cell in found.value["cells"]] == [c["source"] for c in CELLS]
    assert "its JSON is nested too deeply. 2 whole cells were found" in found.remarks[0]


REFUSED: dict[str, tuple[Any, str]] = {
    "cut off": (b'{"cells": [\n\n{"cell', "not a notebook: it stops being valid JSON at line 3."),
    "empty": (b"", "is empty, so there is nothing to grade"),
    "blank": (b" \n\x00", "is empty, so there is nothing to grade"),
    "only a mark": (b"\xef\xbb\xbf", "not a notebook: it stops being valid JSON at line 1."),
    "nested": (b"[" * 100_000, "nested too deeply"),
    "nested notebook": (b'{"cells":' * 9_000, "nested too deeply"),
    "a list": (b"[]", "JSON of another kind"),
    "a list of notebooks": (b'[{"cells": []}]', "JSON of another kind"),
    "a number": (b"3", "JSON of another kind"),
    "a script": (b"print({'a': 1})", "it stops being valid JSON at line 1"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "it is not text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_notebook_is_told(name: str) -> None:
    content, told = REFUSED[name]

    with pytest.raises(UnreadableError, match=r"^'n\.ipynb' ") as caught:
        read(content)

    assert told in str(caught.value)


def test_a_few_bytes_cannot_become_gigabytes_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_PARTS", 1_000)

    read('{"cells": [' + ",".join(["1"] * 900) + "]}")
    with pytest.raises(UnreadableError, match="too many parts"):
        read('{"cells": [' + ",".join(["{}"] * 200) + "]}")
