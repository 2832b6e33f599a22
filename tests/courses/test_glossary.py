"""Words that lessons explain: a page of them, links to it, and rules that keep them honest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy.courses.course import load_course
from academy.courses.glossary import Term, link_first
from academy.courses.material import published_files
from academy.courses.rules import check_folder
from tests.courses.conftest import ENDING, edit_cell, make_course

FIRST, SECOND = "lessons/01-count-the-days.ipynb", "lessons/02-rest.ipynb"
TRACT = "An area in which people are counted."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_course(tmp_path / "courses" / "tiny-course")


def explain(file: Path, words: Any, prose: str) -> None:
    edit_cell(file, f"{ENDING}\n\n{prose}", cell=-1)
    content = nbformat.read(file, as_version=4)
    content.metadata["academy"] = {"glossary": words}
    nbformat.write(content, file)


def told(folder: Path) -> list[str]:
    return [str(finding) for finding in check_folder(folder, run=False)]


def test_words_stand_on_a_page_and_lead_to_it(folder: Path) -> None:
    explain(folder / FIRST, {"tract": TRACT, "bar": "A mark."}, "It is called a *tract*. A tract!")
    explain(folder / SECOND, {"census tract": TRACT}, "Each *Census tract* and each tract.")
    assert len(told(folder)) == 1  # "bar" is not in italics
    files = {
        name: content.decode() for name, content in published_files(load_course(folder)).items()
    }
    page = files["GLOSSARY.md"]
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## bar", "## census tract", "## tract"]
    assert f"## tract\n\n{TRACT}\n\n*First in [Count the days]({FIRST}).*" in page
    assert "[Words](GLOSSARY.md)" in files["START.md"]
    last = {name: json.loads(files[name])["cells"][-1]["source"] for name in (FIRST, SECOND)}
    first, second = ("".join(source) for source in last.values())
    assert f'a [*tract*](../GLOSSARY.md#tract "{TRACT}"). A tract!' in first
    assert f'Each [*Census tract*](../GLOSSARY.md#census-tract "{TRACT}") and each tract.' in second
    assert "GLOSSARY" not in (folder / FIRST).read_text()


def test_a_course_without_explained_words_has_no_page(folder: Path) -> None:
    files = published_files(load_course(folder))
    assert "GLOSSARY.md" not in files
    assert b"GLOSSARY" not in files["START.md"]


@pytest.mark.parametrize(
    ("markdown", "place"),
    [
        ("A *census tract:* so.", 2),
        ("# Census tract\n\n`census tract` and a census tract", 37),
        ("[census tract](x) **census tract** <b title='census tract'>", None),
        ("Census tracts", None),
        ("*Census tracts* are", 0),
        ("**A *census tract*, so**", 4),
    ],
)
def test_where_a_word_becomes_a_link(markdown: str, place: int | None) -> None:
    linked = link_first(markdown, Term("census tract", 'Say "it".', "01-a.ipynb", "A"))
    if place is None:
        assert linked == markdown
    else:
        assert linked[:place] == markdown[:place]
        assert linked[place:].startswith("[")
        assert "](../GLOSSARY.md#census-tract \"Say 'it'.\")" in linked


def test_two_lessons_explain_a_word_in_one_way(folder: Path) -> None:
    explain(folder / FIRST, {"tract": TRACT}, "A *tract*.")
    explain(folder / SECOND, {"Tract": "An area."}, "A *tract*.")
    (finding,) = told(folder)
    assert f"{SECOND}: The word 'Tract' is explained in another way than in" in finding
    assert TRACT in finding


@pytest.mark.parametrize(
    ("words", "told_words"),
    [
        ({"tract": "word " * 21 + "."}, "has 22 words; it should be one sentence of at most 20"),
        ({"tract": "An area"}, "with a full stop"),
        ({"tract": ["An area."]}, "is not a list of words with their meanings"),
        (["tract"], "is not a list of words with their meanings"),
    ],
)
def test_a_meaning_is_one_short_sentence(words: Any, told_words: str, folder: Path) -> None:
    explain(folder / FIRST, words, "A *tract*.")
    (finding,) = told(folder)
    assert told_words in finding
