from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.grading.exchange_store import submission_folder
from academy.grading.receipts import record_of
from academy.grading.slip import slip
from tests.grading.classroom import ASSIGNMENT, COURSE, Learner
from tests.grading.marked import Marked


@pytest.fixture
def learner(course: Path, new_learner: Callable[[str], Learner]) -> Learner:
    Marked(course)
    made = new_learner("amira")
    made.fetch()
    return made


def test_each_submission_leaves_a_receipt_beside_the_assignments(learner: Learner) -> None:
    learner.submit()
    learner.submit()

    first, second = record_of(COURSE).by("amira")
    folder = learner.folder.parent / "Receipts"
    assert sorted(path.name for path in folder.iterdir()) == ["counting-1.txt", "counting-2.txt"]
    text = (folder / "counting-2.txt").read_text()
    assert text == slip(second)
    assert second.sha256 in text
    assert "Receipt number      2" in text
    assert f"{second.submitted_at:%H:%M:%S} UTC, by the Academy's clock" in text
    assert first.sha256 in (folder / "counting-1.txt").read_text()


def test_receipts_are_not_handed_in(learner: Learner) -> None:
    learner.submit()
    learner.submit()

    newest = record_of(COURSE).by("amira")[-1]
    assert [path.name for path in submission_folder(newest).iterdir()] == [f"{ASSIGNMENT}.ipynb"]


def test_no_room_for_the_receipt_does_not_undo_the_submission(
    learner: Learner, caplog: pytest.LogCaptureFixture
) -> None:
    (learner.folder.parent / "Receipts").write_text("A file of the learner's own.")

    with caplog.at_level(logging.WARNING):
        learner.submit()

    assert len(record_of(COURSE).by("amira")) == 1
    assert "It is handed in, but your receipt could not be put into" in caplog.text
