"""Links lead somewhere, and pictures say what they show."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell

from academy.courses.lesson import read_notebook
from academy.courses.rules_links import link_findings
from tests.courses.conftest import notebook, write_notebook

FILES = ["START.md", "lessons/01-a.ipynb", "lessons/a picture.svg"]


def told(tmp_path: Path, markdown: str) -> list[str]:
    cell = new_markdown_cell(f"# Count *the* days\n\n{markdown}")
    cell["attachments"] = {"drawn.png": {"image/png": ""}}
    write_notebook(tmp_path / "n.ipynb", notebook(cell))
    found = link_findings(read_notebook(tmp_path / "n.ipynb"), "lessons", FILES, "x")
    return [str(one) for one in found]


@pytest.mark.parametrize(
    "markdown",
    [
        "[here](01-a.ipynb) and [there](../START.md#top)",
        "[up](#Count-the-days) ![two bars](a%20picture.svg 'hover') ![it](attachment:drawn.png)",
        "[out](https://data.brla.gov) [mail](mailto:a@b.c) `[x](y)`",
        "```\n[x](y)\n```\n<!-- [x](y) --> <img src='a%20picture.svg' alt='two bars'>",
    ],
)
def test_what_is_there_is_fine(markdown: str, tmp_path: Path) -> None:
    assert told(tmp_path, markdown) == []


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("[x](02-b.ipynb)", "x, cell 1: The link to '02-b.ipynb' leads nowhere"),
        ("[x](START.md)", "no such file that learners get"),
        ("[x](#Count-the-nights)", "no such heading of this notebook"),
        ("![a](attachment:other.png)", "leads nowhere"),
        ("<a href='b.md'>x</a>", "leads nowhere"),
        ("![](../lessons/a%20picture.svg)", "A picture has no text alternative"),
        ("<img src='a%20picture.svg'>", "A picture has no text alternative"),
        ("<img src='a%20picture.svg' alt=''>", "A picture has no text alternative"),
    ],
)
def test_what_leads_nowhere_or_says_nothing(markdown: str, words: str, tmp_path: Path) -> None:
    (finding,) = told(tmp_path, markdown)
    assert words in finding
