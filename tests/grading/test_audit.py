from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from academy.cli.main import app
from academy.errors import AcademyError
from academy.grading import limits
from academy.grading.audit import Audit, audit
from academy.grading.exchange_store import submission_folder
from academy.grading.ledger import Entry, write_entry
from academy.grading.receipts import record_file
from tests.grading.classroom import ASSIGNMENT, COURSE, Classroom
from tests.grading.marked import Marked

ALL = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


@pytest.fixture
def marked(course: Path) -> Marked:
    return Marked(course)


def states(found: Audit) -> dict[str, str]:
    return {
        f"{one.receipt.learner} {one.receipt.number}": one.standing.state for one in found.entries
    }


def problems(found: Audit) -> list[str]:
    return [finding.problem for finding in found.findings]


def test_every_receipt_has_its_submission_and_a_score_or_a_reason(marked: Marked) -> None:
    first = marked.submit("amira")
    marked.grade(first, ALL)
    marked.give_back(first)
    marked.grade(marked.submit("bruno"), ALL)
    marked.grade(marked.submit("chloe"), ALL | {"why": None})
    marked.collect(marked.submit("dewey"))
    marked.submit("emma")
    marked.submit("bruno")

    found = audit(COURSE)

    assert problems(found) == []
    assert states(found) == {
        "amira 1": "returned",
        "bruno 2": "graded",
        "chloe 3": "to_mark",
        "dewey 4": "to_grade",
        "emma 5": "to_collect",
        "bruno 6": "to_collect",
    }
    assert found.entries[2].standing.why == "To be marked by hand: 'why'."
    assert found.sentence.startswith("6 receipts; submissions that are there and unchanged: 6. ")


def test_what_a_newer_one_replaced_is_said_to_be(marked: Marked) -> None:
    marked.grade(marked.submit("amira"), ALL)
    second = marked.submit("amira")
    marked.grade(second, ALL)

    first, newer = audit(COURSE).entries

    assert (first.standing.state, newer.standing.state) == ("replaced", "graded")
    assert first.standing.why == "Submission 2 is newer, and counts."
    assert "score" not in first.as_dict()
    assert newer.as_dict()["score"] == 10


def test_a_submission_that_grading_refused_has_the_reason(marked: Marked) -> None:
    receipt = marked.submit("amira")
    folder = marked.collect(receipt)
    from academy.grading.fingerprint import stamps

    told = "'counting.ipynb' is not a notebook."
    entry = Entry("amira", "", is_graded=False, sentence=told, ok=False, files=stamps(folder, {}))
    write_entry(COURSE, ASSIGNMENT, entry)

    (one,) = audit(COURSE).entries
    assert (one.standing.state, one.standing.why) == ("refused", told)

    newer = marked.submit("amira")
    marked.collect(newer)
    assert states(audit(COURSE)) == {"amira 1": "replaced", "amira 2": "to_grade"}


def test_a_submission_that_is_too_large_to_collect_has_the_reason(
    marked: Marked, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked.submit("amira")
    monkeypatch.setattr("academy.grading.reasons.SUBMISSION_KILOBYTES", 1)
    monkeypatch.setattr(limits, "SUBMISSION_KILOBYTES", 1)

    (one,) = audit(COURSE).entries

    assert one.standing.state == "refused"
    assert one.standing.why.startswith("Not collected: 'the submission' has 0.0 MB and at most")


def test_a_missing_and_a_changed_submission_are_found(marked: Marked) -> None:
    gone, changed, _ = (marked.submit(name) for name in ("amira", "bruno", "chloe"))
    shutil.rmtree(submission_folder(gone))
    notebook = submission_folder(changed) / f"{ASSIGNMENT}.ipynb"
    notebook.write_text(notebook.read_text().replace("Counting", "Cheating"))

    found = audit(COURSE)

    missing, different = problems(found)
    assert missing.startswith("Receipt 1 ('amira', 'counting'): the submission of ")
    assert "is gone." in missing
    assert different.startswith("Receipt 2 ('bruno', 'counting'): the submission of ")
    assert different.endswith("is not what was handed in: somebody changed it.")
    assert [one.is_kept for one in found.entries] == [False, False, True]


def test_an_added_file_is_found(marked: Marked) -> None:
    receipt = marked.submit("amira")
    (submission_folder(receipt) / "extra.txt").write_text("Grade: 10")

    (problem,) = problems(audit(COURSE))

    assert problem.endswith("somebody changed it.")


def test_a_changed_receipt_breaks_the_chain(marked: Marked) -> None:
    marked.submit("amira")
    marked.submit("bruno")
    file = record_file(COURSE)
    file.write_text(file.read_text().replace('"amira"', '"chloe"', 1))

    chain, receipt = problems(audit(COURSE))

    assert receipt.startswith("Receipt 1 ('chloe', 'counting'): the receipt does not fit the name")
    assert chain == (
        f"The chain of receipts is broken: Line 2 of {file} does not follow the line before it."
    )


def test_a_change_of_the_last_receipt_is_found(marked: Marked) -> None:
    marked.submit("amira")
    assert audit(COURSE).findings == ()
    file = record_file(COURSE)
    file.write_text(file.read_text().replace('submitted_at":"20', 'submitted_at":"19'))

    (problem,) = problems(audit(COURSE))

    assert "does not fit the name of its folder" in problem


def test_receipts_cut_off_at_the_end_leave_folders_without_one(marked: Marked) -> None:
    marked.submit("amira")
    last = marked.submit("bruno")
    marked.collect(last)
    file = record_file(COURSE)
    file.write_text(file.read_text().splitlines(keepends=True)[0])

    folder, collected = audit(COURSE).findings

    assert folder.where == str(submission_folder(last))
    assert "has no receipt" in folder.problem
    assert collected.problem.startswith(f"The work of 'bruno' on 'counting' ({last.timestamp})")


def test_a_record_that_is_gone_is_found(marked: Marked) -> None:
    marked.submit("amira")
    record_file(COURSE).unlink()

    assert problems(audit(COURSE))[0] == "The record of receipts is gone."


def test_work_without_its_score_is_found(marked: Marked) -> None:
    receipt = marked.submit("amira")
    target = marked.folder("autograded", "amira")
    shutil.copytree(marked.collect(receipt), target)

    (finding,) = audit(COURSE).findings

    assert "the gradebook has no score of it" in finding.problem
    assert finding.next_step == f"Run: academy course grade {COURSE} {ASSIGNMENT} --again"


def test_a_score_of_an_older_submission_is_not_taken_for_the_newer_ones(marked: Marked) -> None:
    marked.grade(marked.submit("amira"), ALL)
    newer = marked.submit("amira")
    (marked.folder("autograded", "amira") / "timestamp.txt").write_text(newer.timestamp)

    assert states(audit(COURSE))["amira 2"] == "scoreless"


def test_a_submission_that_is_arriving_is_not_strange(marked: Marked) -> None:
    (marked.state / "exchange" / COURSE / "inbound" / ".arriving-x").mkdir()

    assert audit(COURSE).findings == ()
    assert audit(COURSE).sentence == "0 receipts; submissions that are there and unchanged: 0."


def test_the_command_exits_0_when_all_is_well_and_3_with_findings(marked: Marked) -> None:
    receipt = marked.submit("amira")

    good = CliRunner().invoke(app, ["grade", "audit", COURSE])
    shutil.rmtree(submission_folder(receipt))
    bad = CliRunner().invoke(app, ["grade", "audit", COURSE, "--json"])

    assert good.exit_code == 0
    assert good.output == (
        "1 receipt; submissions that are there and unchanged: 1. 1 waiting to be collected.\n"
    )
    assert bad.exit_code == 3
    told = json.loads(bad.output)
    assert told["receipts"][0]["sha256"] == receipt.sha256
    assert told["receipts"][0]["is_kept"] is False
    assert len(told["findings"]) == 1


def test_an_unknown_course_is_a_sentence(state: Path) -> None:
    with pytest.raises(AcademyError, match="no live course 'nowhere'"):
        audit("nowhere")


@pytest.mark.integration
def test_a_real_class_is_clean(classroom: Classroom) -> None:
    found = audit(COURSE)

    by_learner = {one.receipt.learner: one.standing for one in found.entries}
    assert problems(found) == []
    assert by_learner["amira"].state == "returned"
    assert by_learner["amira"].score is not None
    assert by_learner["amira"].score.total == 9
    assert by_learner["bruno"].state == "to_mark"
    assert by_learner["badjson"].state in ("refused", "to_grade", "to_mark")
