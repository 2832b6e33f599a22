"""The pages: links lead somewhere, pictures have words, and what they say is what there is."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from academy import paths
from academy.cli.manual import command_names

ROOT = paths.checkout()
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "hub_config").rglob("README.md")]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)

LARGEST_IMAGE_BYTES = 150_000
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def words(page: Path) -> str:
    """A page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def prose(page: Path) -> str:
    """What a person reads: no code, no pictures, no marks of Markdown."""
    text = IMAGE.sub("", words(page))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    lines = []
    for line in text.splitlines():
        line = re.sub(r"^\s*(?:(?:\d+\.|[-#>]+)\s+)+", "", line)
        # A heading or the last line of an item ends a sentence even without a full stop.
        lines.append(line if line.strip() else ".")
    return re.sub(r"\s*\.(\s*\.)+", ".", re.sub(r"[*`|]", "", "\n".join(lines)))


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, made as code hosts make them."""
    found: set[str] = set()
    for title in re.findall(r"^#{1,6} (.+)$", words(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = sum(slug == one or one.startswith(f"{slug}-") for one in found)
        found.add(f"{slug}-{number}" if slug in found else slug)
    return found


@each_page
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in LINK.findall(words(page)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{link} leads nowhere"
        assert file.is_relative_to(ROOT), f"{link} leaves the repository"
        if anchor:
            assert anchor in anchors(file), f"{link}: there is no such heading"


@each_page
def test_pictures_exist_are_small_and_have_words(page: Path) -> None:
    for text, link in IMAGE.findall(words(page)):
        file = (page.parent / link).resolve()
        assert file.is_file(), f"{link} is not there"
        assert file.stat().st_size <= LARGEST_IMAGE_BYTES, f"{link} is too large"
        assert len(text) > 30, f"{link} needs a text that says what is to be seen"


def test_every_picture_is_shown_somewhere() -> None:
    shown = {
        (page.parent / link).resolve() for page in PAGES for _, link in IMAGE.findall(words(page))
    }

    assert set((ROOT / "docs" / "images").iterdir()) == {
        file for file in shown if file.parent.name == "images"
    }


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(words(index))}

    assert {page for page in PAGES if "docs" in page.parts} - linked == {index}


@each_page
def test_a_page_has_one_title(page: Path) -> None:
    titles = re.findall(r"^# .+$", words(page), re.MULTILINE)

    assert len(titles) == 1, titles


# What is typed


def typed(page: Path) -> list[str]:
    """Every line of a page's shell blocks, and every command in its running text."""
    blocks = [code for _, kind, code in FENCE.findall(page.read_text("utf-8")) if kind == ""]
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", words(page))
    return [line.strip() for block in blocks for line in block.splitlines()] + inline


@each_page
def test_commands_exist(page: Path) -> None:
    known = command_names()
    groups = {command.split()[1] for command in known}
    for line in typed(page):
        for group, rest in re.findall(r"(?<![\w/-])(?:\.venv/bin/)?academy ([a-z]+)\b(.*)", line):
            assert group in groups, line
            # `academy hub` alone, or one command, or several with bars between: a|b|c.
            for name in re.findall(r"[a-z-]+", rest.split()[0]) if rest.strip() else ():
                assert f"academy {group} {name}" in known, line


@each_page
def test_options_exist(page: Path) -> None:
    manual = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    sections = dict(re.findall(r"^### (academy \w+ [\w-]+)\n(.*?)(?=^##|\Z)", manual, re.M | re.S))
    for line in typed(page):
        for command, rest in re.findall(r"(academy [a-z]+ [a-z-]+)([^;&|)]*)", line):
            for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest):
                assert f"{option} " in sections[command] or f"{option}`" in sections[command], line


@each_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \?=", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in typed(page):
        for target, rest in re.findall(r"(?:^|\s)make ([a-z]+)(.*)", line):
            assert target in targets, line
            for variable in re.findall(r"\b([A-Z]+)=", rest):
                assert variable in variables, line


# What is made


def regenerate() -> ModuleType:
    """The script beside this file, which makes the reference pages."""
    file = Path(__file__).with_name("regenerate.py")
    spec = importlib.util.spec_from_file_location("regenerate", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "data-dictionary.md"])
def test_pages_that_are_made_are_current(name: str) -> None:
    kept = (ROOT / "docs" / "reference" / name).read_text("utf-8")

    assert kept == regenerate().PAGES[name](), "run: .venv/bin/python tests/docs/regenerate.py"


def test_every_environment_variable_is_told() -> None:
    page = (ROOT / "docs" / "reference" / "environment-variables.md").read_text("utf-8")
    sources = [*(ROOT / "academy").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / ".ci/run"]
    pattern = re.compile(r"\b(ACADEMY_[A-Z_]+|CHROMIUM|SOCRATA_[A-Z_]+)\b")
    read = {name for file in sources for name in pattern.findall(file.read_text("utf-8"))}
    read -= {"ACADEMY_", "SOCRATA_"}
    told = set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE))

    assert {"ACADEMY_STATE", "ACADEMY_SETTINGS", "ACADEMY_NO_SKIPS", "CHROMIUM"} <= read
    assert told == read


# How it reads


def reading_grade(page: Path) -> float:
    import textstat

    grade: float = textstat.textstat.flesch_kincaid_grade(prose(page))
    return grade


def test_the_residents_page_reads_easily() -> None:
    assert reading_grade(ROOT / "docs" / "tutorials" / "your-first-evening.md") <= 8


def test_the_front_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 90
