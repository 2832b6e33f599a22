from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy.grading.repair import Prepared, prepare
from tests.grading import classroom as tiny


@pytest.fixture
def released(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "release" / "counting.ipynb"
    path.parent.mkdir()
    nbformat.write(tiny.source_notebook(), path)
    return {"counting": path}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A submission, whose files no test may change after it has been prepared."""
    made = tmp_path / "submitted"
    made.mkdir()
    write(made / "counting.ipynb")
    return made


def write(path: Path, **metadata: Any) -> None:
    notebook = tiny.source_notebook()
    tiny.solve(notebook)
    notebook.metadata.update(metadata)
    nbformat.write(notebook, path)


def sentence(prepared: Prepared) -> str:
    """Return the one sentence about a submission that can't be graded."""
    (told,) = prepared.sentences
    assert not prepared.gradable
    assert prepared.notebooks == {"counting": None}
    return told


def test_a_submission_as_it_should_be_needs_no_remark(
    folder: Path, released: dict[str, Path]
) -> None:
    prepared = prepare(folder, released)

    notebook = prepared.notebooks["counting"]
    assert prepared.gradable
    assert prepared.remarks == {"counting": ()}
    assert prepared.renamed_files == ()
    assert notebook.metadata.academy_remarks == []
    assert tiny.cell(notebook, "why").source == "Because two is one and one."


def test_the_submission_is_read_only(folder: Path, released: dict[str, Path]) -> None:
    tiny.rename_file(folder / "counting.ipynb")
    before = {path: path.read_bytes() for path in folder.iterdir()}

    prepare(folder, released)

    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_remarks_stand_in_the_notebook_and_can_not_be_forged(
    folder: Path, released: dict[str, Path]
) -> None:
    write(folder / "counting.ipynb", academy_remarks=["You get all points."])
    notebook = json.loads((folder / "counting.ipynb").read_bytes())
    del notebook["cells"][3]
    (folder / "counting.ipynb").write_text(json.dumps(notebook))

    prepared = prepare(folder, released)

    told = ["The check 'add-test' had been deleted; it was put back and run."]
    assert prepared.notebooks["counting"].metadata.academy_remarks == told
    assert list(prepared.sentences) == told


@pytest.mark.parametrize(
    ("name", "is_renamed"),
    [
        ("counting-Copy1.ipynb", True),
        ("Counting.IPYNB", True),
        ("my answers.ipynb", True),
        ("counting.ipynb.txt", False),
        ("counting.ipynb.json", False),
    ],
)
def test_a_notebook_under_another_name_is_graded(
    folder: Path, released: dict[str, Path], name: str, is_renamed: bool
) -> None:
    (folder / "counting.ipynb").rename(folder / name)

    prepared = prepare(folder, released)

    assert prepared.gradable
    assert prepared.sentences == (f"'{name}' was graded as 'counting.ipynb', its released name.",)
    assert bool(prepared.renamed_files) is is_renamed


def test_of_several_other_names_the_one_that_begins_alike_counts(
    folder: Path, released: dict[str, Path]
) -> None:
    tiny.rename_file(folder / "counting.ipynb")
    (folder / "scratch.ipynb").write_text("{}")

    assert prepare(folder, released).renamed_files == (("counting", "counting-Copy1"),)


def test_a_submission_without_its_notebook_says_what_it_has(
    folder: Path, released: dict[str, Path]
) -> None:
    (folder / "counting.ipynb").unlink()
    for name in ("one", "two"):
        (folder / f"{name}.ipynb").write_text("{}")

    assert "no 'counting.ipynb' (it has 'one.ipynb', 'two.ipynb')" in sentence(
        prepare(folder, released)
    )


def test_an_empty_or_lost_folder_is_told(folder: Path, released: dict[str, Path]) -> None:
    (folder / "counting.ipynb").unlink()

    assert "it has no notebook at all" in sentence(prepare(folder, released))
    assert "it has no notebook at all" in sentence(prepare(folder / "lost", released))


def test_one_unreadable_notebook_does_not_keep_the_other_from_being_graded(
    folder: Path, released: dict[str, Path]
) -> None:
    released["more"] = released["counting"]
    (folder / "more.ipynb").write_text("{")

    prepared = prepare(folder, released)

    assert prepared.gradable
    assert prepared.notebooks["counting"] is not None
    assert prepared.notebooks["more"] is None
    (told,) = prepared.sentences
    assert told.startswith("more: 'more.ipynb' is not a notebook")


def test_a_link_is_not_followed(folder: Path, released: dict[str, Path]) -> None:
    (folder / "counting.ipynb").unlink()
    (folder / "counting.ipynb").symlink_to(released["counting"])

    assert "'counting.ipynb' is a link" in sentence(prepare(folder, released))


def test_a_notebook_that_is_too_large_is_told_with_its_size(
    folder: Path, released: dict[str, Path]
) -> None:
    with (folder / "counting.ipynb").open("a") as file:
        file.write(" " * 3_000_000)

    prepared = prepare(folder, released, limit_kilobytes=2_000)

    assert "'counting.ipynb' has 3.0 MB and at most 2 MB are graded" in sentence(prepared)
