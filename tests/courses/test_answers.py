from __future__ import annotations

from pathlib import Path

import pytest

from academy.courses.answers import load_answers
from academy.errors import FindingsError


def load(tmp_path: Path, hints: str) -> tuple[str, ...]:
    file = tmp_path / "answers.yaml"
    file.write_text(f"cells:\n  top-type:\n    hints: {hints}\n")
    return load_answers(file, shown_as="answers.yaml").cells["top-type"].hints


def test_an_exercise_has_three_hints_or_none(tmp_path: Path) -> None:
    assert load(tmp_path, "[ask, look, show]") == ("ask", "look", "show")
    assert load(tmp_path, "[]") == ()


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ("[ask]", "expected 3 hints, each a step nearer, and found 1"),
        ("[a, b, c, d]", "found 4"),
        ('[a, "", c]', "at least 1 character"),
    ],
)
def test_other_numbers_and_empty_ones_are_refused(tmp_path: Path, hints: str, words: str) -> None:
    with pytest.raises(FindingsError, match=words) as caught:
        load(tmp_path, hints)

    (finding,) = caught.value.findings
    assert finding.where.startswith("answers.yaml, line 3")
