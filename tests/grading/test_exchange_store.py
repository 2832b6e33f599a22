"""The exchange's own files: everything is kept, nothing is believed that a name says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.grading import admission, exchange_store, handouts, steps
from academy.grading.admission import ExchangeLimits, check_welcome
from academy.grading.archive import content_hash
from academy.grading.exchange_store import accept, ensure_exchange, submission_folder
from academy.grading.gradebook import set_due_date
from academy.grading.receipts import record_of
from academy.grading.refusal import RefusedError
from tests.grading.classroom import ASSIGNMENT, COURSE, hand_in


@pytest.fixture
def exchange(state: Path) -> Path:
    ensure_exchange(COURSE)
    folder = state / "exchange" / COURSE
    (folder / "outbound" / ASSIGNMENT).mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "counting.ipynb").write_text("{}")
    return folder


def inbound(exchange: Path) -> list[str]:
    return sorted(path.name for path in (exchange / "inbound").iterdir())


def test_nobody_but_the_exchange_and_the_course_may_look_in(exchange: Path, state: Path) -> None:
    modes = {
        name: (exchange / name).stat().st_mode & 0o7777
        for name in (".", "inbound", "outbound", "feedback")
    }

    assert modes == {".": 0o2750, "inbound": 0o2750, "outbound": 0o755, "feedback": 0o2750}
    assert (state / "receipts" / f"{COURSE}.jsonl").stat().st_mode & 0o7777 == 0o640


def test_making_it_again_changes_nothing(exchange: Path, work: Path) -> None:
    receipt = hand_in("amira", work)

    ensure_exchange(COURSE)

    assert record_of(COURSE).receipts == [receipt]
    assert inbound(exchange) == [receipt.folder]


def test_a_submission_is_kept_as_it_arrived_and_so_is_the_next(exchange: Path, work: Path) -> None:
    first = hand_in("amira", work)
    (work / "counting.ipynb").write_text("changed")
    (work / "timestamp.txt").write_text("2001-01-01 00:00:00.0 UTC")

    second = hand_in("amira", work)

    assert inbound(exchange) == sorted([first.folder, second.folder])
    assert (submission_folder(first) / "counting.ipynb").read_text() == "{}"
    assert content_hash(submission_folder(second)) == content_hash(work) == second.sha256
    assert second.submitted_at > first.submitted_at
    assert second.folder.startswith(f"amira+{ASSIGNMENT}+{second.timestamp}+")


def test_two_in_one_moment_have_two_times(
    exchange: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = admission.now()
    monkeypatch.setattr(exchange_store, "now", lambda: moment)

    times = {hand_in("amira", work).timestamp for _ in range(3)}

    assert len(times) == 3


@pytest.mark.parametrize(
    ("course", "learner", "assignment"),
    [
        (COURSE, "amira", "not-released"),
        (COURSE, "amira", ".."),
        (COURSE, "amira", "a/../counting"),
        (COURSE, "a+b", ASSIGNMENT),
        (COURSE, "../amira", ASSIGNMENT),
        ("..", "amira", ASSIGNMENT),
        ("other", "amira", ASSIGNMENT),
    ],
)
def test_only_what_is_released_can_be_handed_in(
    exchange: Path, course: str, learner: str, assignment: str
) -> None:
    with pytest.raises(RefusedError, match="no released assignment"):
        accept(course, learner, assignment, iter([bytes(1024)]))

    assert inbound(exchange) == []


def test_a_folder_without_files_is_refused_and_nothing_is_left(
    exchange: Path, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()

    with pytest.raises(RefusedError, match="There is no file in the submission"):
        hand_in("amira", tmp_path / "nothing")

    assert inbound(exchange) == []
    assert record_of(COURSE).receipts == []


def test_a_flood_is_stopped_for_its_sender_alone(
    exchange: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = ExchangeLimits(submissions_a_day=2, bytes_a_day=1000)
    for _ in range(2):
        hand_in("amira", work)

    with pytest.raises(RefusedError, match="2 times within a day"):
        check_welcome(COURSE, "amira", ASSIGNMENT, 10, allowed)
    with pytest.raises(RefusedError, match="0 MB within a day"):
        check_welcome(COURSE, "bruno", ASSIGNMENT, 1001, allowed)
    check_welcome(COURSE, "bruno", ASSIGNMENT, 10, allowed)
    tomorrow = admission.now() + admission.timedelta(days=1)
    monkeypatch.setattr(admission, "now", lambda: tomorrow)
    check_welcome(COURSE, "amira", ASSIGNMENT, 10, allowed)


def test_a_disk_that_is_nearly_full_takes_nothing(exchange: Path) -> None:
    free = shutil.disk_usage(exchange).free
    allowed = ExchangeLimits(free_bytes=free // 2)

    check_welcome(COURSE, "amira", ASSIGNMENT, 10, allowed)
    with pytest.raises(RefusedError, match="disk is nearly full"):
        check_welcome(COURSE, "amira", ASSIGNMENT, 10, allowed, on_its_way=free // 2)


def test_what_a_power_cut_left_is_cleared_after_an_hour(exchange: Path, work: Path) -> None:
    for name, age in (("old", 7200), ("new", 60)):
        place = exchange / "inbound" / f".arriving-{name}"
        (place / "files").mkdir(parents=True)
        moment = admission.now().timestamp() - age
        os.utime(place, (moment, moment))

    receipt = hand_in("amira", work)

    assert inbound(exchange) == [".arriving-new", receipt.folder]


def test_what_could_not_be_written_into_the_record_is_not_kept(
    exchange: Path, work: Path, state: Path
) -> None:
    """The folder alone would be a submission that nobody answered for."""
    (state / "receipts" / f"{COURSE}.jsonl").unlink()

    with pytest.raises(FileNotFoundError):
        hand_in("amira", work)

    assert inbound(exchange) == []


def test_feedback_goes_to_the_learner_of_the_submission_alone(exchange: Path, work: Path) -> None:
    receipt = hand_in("amira", work)
    handouts.put_feedback(receipt, "counting", b"<p>Well done")

    (listed,) = handouts.submissions(COURSE, "amira", ASSIGNMENT)

    assert list(listed.feedback) == ["counting"]
    assert handouts.feedback(COURSE, "amira", receipt.number, "counting") == b"<p>Well done"
    assert handouts.submissions(COURSE, "bruno") == []
    for learner, number, page in [
        ("bruno", 1, "counting"), ("amira", 2, "counting"), ("amira", 1, "../x"),
    ]:  # fmt: skip
        with pytest.raises(RefusedError, match="no such feedback of yours"):
            handouts.feedback(COURSE, learner, number, page)


@pytest.mark.parametrize(
    "plant",
    [
        lambda page, other: page.symlink_to(other),
        lambda page, other: (page.parent.rmdir(), page.parent.symlink_to(other.parent)),
        lambda page, other: os.mkfifo(page),
        lambda page, other: page.mkdir(),
    ],
    ids=["link", "linked folder", "pipe", "folder"],
)
def test_a_course_cannot_hand_out_what_it_may_not_read_itself(
    exchange: Path, work: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    """The exchange reads the feedback of every course."""
    receipt = hand_in("amira", work)
    other = tmp_path / "elsewhere" / "counting.html"
    other.parent.mkdir()
    other.write_text("of another course")
    page = exchange / "feedback" / receipt.folder / "counting.html"
    page.parent.mkdir()

    plant(page, other)

    assert handouts.submissions(COURSE, "amira")[0].feedback == {}
    with pytest.raises(RefusedError):
        handouts.feedback(COURSE, "amira", receipt.number, "counting")


# What the course makes of it


@pytest.fixture
def released(course: Path, state: Path) -> Path:
    steps.release(COURSE, ASSIGNMENT)
    return state / "exchange" / COURSE


def collected(course: Path, learner: str) -> str:
    return (course / "submitted" / learner / ASSIGNMENT / "counting.ipynb").read_text()


def outcomes() -> dict[str, tuple[bool, str]]:
    found = steps.collect(COURSE, ASSIGNMENT).outcomes
    return {one.learner: (one.ok, one.sentence) for one in found}


def test_a_folder_in_anothers_name_is_refused_and_reported(
    released: Path, work: Path, course: Path
) -> None:
    """The newest by its name, which is what nbgrader goes by."""
    hand_in("amira", work)
    for name in ("amira", "victim"):
        forged = released / "inbound" / f"{name}+{ASSIGNMENT}+2999-01-01 00:00:00.0 UTC+x"
        forged.mkdir()
        (forged / "counting.ipynb").write_text("forged")

    found = outcomes()

    assert collected(course, "amira") == "{}"
    assert not (course / "submitted" / "victim").exists()
    for name in ("amira", "victim"):
        assert not found[name][0]
        assert "is not in the record" in found[name][1]
    assert "Collected the submission of" in found["amira"][1]


def test_order_comes_from_the_record_even_when_the_clock_was_set_back(
    released: Path, work: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in("amira", work)
    outcomes()
    earlier = admission.now() - admission.timedelta(hours=2)
    monkeypatch.setattr(exchange_store, "now", lambda: earlier)
    (work / "counting.ipynb").write_text("the newest")
    receipt = hand_in("amira", work)

    outcomes()

    assert collected(course, "amira") == "the newest"
    time = course / "submitted" / "amira" / ASSIGNMENT / "timestamp.txt"
    assert time.read_text() == receipt.timestamp


def test_a_course_may_want_the_last_that_was_in_time(
    released: Path, work: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.ExchangeCollect.before_duedate = True\n"
    )
    moment = admission.now()
    set_due_date(COURSE, ASSIGNMENT, moment + admission.timedelta(minutes=5))
    for minutes in (1, 2, 9):
        later = moment + admission.timedelta(minutes=minutes)
        monkeypatch.setattr(exchange_store, "now", lambda later=later: later)
        (work / "counting.ipynb").write_text(f"after {minutes} minutes")
        hand_in("amira", work)
    hand_in("late", work)

    outcomes()

    assert collected(course, "amira") == "after 2 minutes"
    assert collected(course, "late") == "after 9 minutes"


@pytest.mark.parametrize("name", ["timestamp.txt", "timestamp.txt/deeper"])
def test_a_learners_own_time_file_is_of_no_account(
    released: Path, work: Path, course: Path, name: str
) -> None:
    (work / name).parent.mkdir(exist_ok=True)
    (work / name).write_text("2001-01-01 00:00:00.0 UTC")
    receipt = hand_in("amira", work)

    assert outcomes()["amira"][0]

    time = course / "submitted" / "amira" / ASSIGNMENT / "timestamp.txt"
    assert time.read_text() == receipt.timestamp
    assert content_hash(submission_folder(receipt)) == receipt.sha256


def _change(folder: Path) -> None:
    (folder / "counting.ipynb").write_text("changed")


def _add(folder: Path) -> None:
    (folder / "more.ipynb").write_text("more")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(_change, "somebody changed it"), (_add, "somebody changed it"), (shutil.rmtree, "is gone")],
)
def test_what_is_not_as_it_was_recorded_is_refused_and_the_earlier_stays(
    released: Path, work: Path, course: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    hand_in("amira", work)
    hand_in("bruno", work)
    outcomes()
    (work / "counting.ipynb").write_text("second")
    spoil(submission_folder(hand_in("amira", work)))

    found = outcomes()

    assert not found["amira"][0]
    assert sentence in found["amira"][1]
    assert collected(course, "amira") == "{}"
    assert found["bruno"][0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_an_owner_who_is_not_the_exchange_is_refused_where_there_are_walls(
    released: Path, work: Path, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = hand_in("amira", work), hand_in("bruno", work)
    for receipt, owner in ((good, 200_001), (bad, 200_002)):
        for path in (submission_folder(receipt), submission_folder(receipt) / "counting.ipynb"):
            os.chown(path, owner, owner)
    monkeypatch.setenv("ACADEMY_ISOLATION", "on")
    monkeypatch.setenv("ACADEMY_EXCHANGE_UID", "200001")

    found = outcomes()

    assert found["amira"][0]
    assert not found["bruno"][0]
    assert "belongs to user id 200002, not to the exchange" in found["bruno"][1]
    assert not (course / "submitted" / "bruno").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_an_operator_hands_in_belongs_to_the_exchange(exchange: Path, work: Path) -> None:
    os.chown(exchange / "inbound", 200_001, 200_009)
    (exchange / "inbound").chmod(0o2750)

    folder = submission_folder(hand_in("amira", work))

    for path in (folder, *folder.rglob("*")):
        assert (path.stat().st_uid, path.stat().st_gid) == (200_001, 200_009)
    assert folder.stat().st_mode & 0o7777 == 0o2750


def test_a_record_that_was_changed_is_told_with_what_was_collected(
    released: Path, work: Path, state: Path
) -> None:
    hand_in("amira", work)
    file = state / "receipts" / f"{COURSE}.jsonl"
    file.write_text(file.read_text() + "nonsense\n")

    found = outcomes()

    assert found["amira"][0]
    assert found["record"] == (False, f"Line 2 of {file} can't be read.")


def test_feedback_on_what_was_not_handed_in_stays_with_the_instructor(
    released: Path, course: Path
) -> None:
    from academy.grading.session import course_api

    folder = course / "feedback" / "zoe" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "counting.html").write_text("on paper")

    with course_api(COURSE) as api:
        told = api.release_feedback(ASSIGNMENT, "zoe")

    assert not told["success"]
    assert "was not handed in through the exchange" in told["log"]
