"""Every damaged notebook becomes one that can be graded, or a sentence that says why not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from academy import paths
from academy.grading.comparison import grade_id, is_locked, marked_cells, source
from academy.grading.repair import Prepared, prepare
from tests.grading import fuzzing

FEW, MANY = 120, 1_000

#: Damage after which nothing is lost that a learner wrote: every line can still be read.
KEPT = set(fuzzing.ON_CELLS) - {"cells that are none", "emptied", "sources"}


#: Damage that costs a solved notebook no point.
HARMLESS = sorted(
    KEPT - {"dropped", "merged", "split", "unmarked and rewritten"} | {"cells that are none"}
)


@pytest.fixture(params=fuzzing.BASES)
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def handed_in(folder: Path, base: str, content: bytes) -> Prepared:
    """Prepare a submission, and see that its folder stays as it was."""
    release = folder / "release.json"
    release.write_text(json.dumps(fuzzing.released(base)), encoding="utf-8")
    submitted = folder / "submitted" / base
    submitted.mkdir(parents=True, exist_ok=True)
    (submitted / f"{base}.ipynb").write_bytes(content)

    prepared = prepare(submitted, {base: release})

    assert [path.name for path in submitted.iterdir()] == [f"{base}.ipynb"]
    assert (submitted / f"{base}.ipynb").read_bytes() == content
    return prepared


def check(folder: Path, seed: int) -> str:
    """Prepare a damaged notebook and check what comes out; return whether it is gradable."""
    base = fuzzing.BASES[seed // len(fuzzing.KINDS) % len(fuzzing.BASES)]
    kind, content = fuzzing.damaged(seed)
    prepared = handed_in(folder, base, content)
    notebook = prepared.notebooks[base]
    if notebook is None:
        (sentence,) = prepared.remarks[base]
        assert not prepared.gradable
        assert sentence.endswith(".")
        return "told"
    assert prepared.gradable
    check_notebook(notebook, fuzzing.released(base))
    if kind in KEPT:
        lost = lines(json.loads(content)) - lines(notebook)
        assert not lost, (kind, lost)
    check_again(folder, base, notebook)
    return "graded"


def check_notebook(notebook: Any, released: dict[str, Any]) -> None:
    """See that nbformat and nbgrader take a notebook, and that its marks are the released ones."""
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    expected = marked_cells(released)
    found = [cell for cell in notebook.cells if grade_id(cell)]
    assert [grade_id(cell) for cell in found] == list(expected)
    for cell in found:
        original = expected[grade_id(cell) or ""]
        assert cell.cell_type == original["cell_type"]
        assert cell.metadata.nbgrader == original["metadata"]["nbgrader"]
        assert not is_locked(original) or cell.source == source(original)
    assert notebook.metadata.kernelspec == released["metadata"]["kernelspec"]
    assert not any(cell.get("outputs") for cell in notebook.cells)


def check_again(folder: Path, base: str, notebook: Any) -> None:
    """See that there is nothing left to mend."""
    content = nbformat.writes(notebook).encode("utf-8")
    again = handed_in(folder, base, content)

    assert again.remarks[base] == ()
    assert again.notebooks[base].cells == notebook.cells


def lines(notebook: dict[str, Any]) -> set[str]:
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    texts = ["".join(map(str, cell.get("source", ""))) for cell in cells]
    return {line.strip() for text in texts for line in text.replace("\r\n", "\n").split("\n")}


@pytest.mark.parametrize("seed", range(FEW))
def test_a_damaged_notebook_is_mended_or_told(tmp_path: Path, seed: int) -> None:
    check(tmp_path, seed)


@pytest.mark.torture
def test_a_thousand_damaged_notebooks_are_mended_or_told(tmp_path: Path) -> None:
    outcomes = Counter(check(tmp_path, seed) for seed in range(FEW, FEW + MANY))

    assert sum(outcomes.values()) == MANY
    assert outcomes["graded"] > 0.7 * MANY


def test_a_solved_notebook_stays_as_it_is(tmp_path: Path, base: str) -> None:
    solved = fuzzing.solved(base)

    prepared = handed_in(tmp_path, base, json.dumps(solved).encode())

    assert prepared.sentences == ()
    found = [(c.id, c.cell_type, c.source, c.metadata) for c in prepared.notebooks[base].cells]
    assert found == [(c["id"], c["cell_type"], source(c), c["metadata"]) for c in solved["cells"]]


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_solved_notebook_passes_all_checks_after_damage(tmp_path: Path, kind: str) -> None:
    for turn in range(3):
        seed = fuzzing.KINDS.index(kind) + turn * len(fuzzing.KINDS)
        found, content = fuzzing.damaged(seed, "counting")
        notebook = handed_in(tmp_path, "counting", content).notebooks["counting"]

        assert found == kind
        assert failed_checks(notebook) == [], seed


def failed_checks(notebook: Any) -> list[str]:
    """Run a notebook's code, cell by cell; return the checks that did not pass."""
    names: dict[str, Any] = {}
    failed = []
    for cell in notebook.cells:
        try:
            exec(cell.source if cell.cell_type == "code" else "", names)
        except Exception:  # noqa: BLE001 - a learner's code may raise anything
            failed.append(grade_id(cell) or "")
    return [name for name in failed if name.endswith("-test")]


def test_a_seed_gives_the_same_bytes_again() -> None:
    assert [fuzzing.damaged(seed) for seed in range(20)] == [
        fuzzing.damaged(seed) for seed in range(20)
    ]


def test_the_few_go_through_all_kinds_of_damage() -> None:
    assert {fuzzing.damaged(seed, "counting")[0] for seed in range(len(fuzzing.KINDS))} == set(
        fuzzing.KINDS
    )
    assert len(fuzzing.KINDS) <= FEW


def test_old_formats_are_among_the_damage() -> None:
    seeds = range(fuzzing.KINDS.index("old format"), 20 * len(fuzzing.KINDS), len(fuzzing.KINDS))
    made = [json.loads(fuzzing.damaged(seed)[1]) for seed in seeds]

    assert {1, 2, 3} <= {notebook.get("nbformat") for notebook in made}


def test_the_page_on_trust_says_how_it_is_tried() -> None:
    told = (paths.checkout() / "docs" / "explanation" / "trust.md").read_text(encoding="utf-8")

    assert f"in {len(fuzzing.KINDS)} ways" in " ".join(told.split())
    assert f"prepares {FEW} of those notebooks and `make torture` {MANY:,} more" in " ".join(
        told.split()
    )
