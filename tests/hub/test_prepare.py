from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from academy import paths
from academy.errors import AcademyError
from academy.hub import prepare


def test_folders_of_people_are_private() -> None:
    prepare.make_folders()
    prepare.make_folders()

    for folder in (paths.hub_state(), paths.homes()):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_newer_state_directory_is_refused_and_left_alone() -> None:
    prepare.make_folders()
    file = paths.state() / "VERSION"
    file.write_text("99\n")

    with pytest.raises(AcademyError, match=r"version 1 and found version 99.*Nothing was changed"):
        prepare.check_version()

    assert file.read_text() == "99\n"


def test_a_version_that_is_no_number_is_refused() -> None:
    prepare.make_folders()
    (paths.state() / "VERSION").write_text("soon")

    with pytest.raises(AcademyError, match="no version number"):
        prepare.check_version()


def test_a_state_directory_that_cannot_be_made_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    monkeypatch.setenv(paths.STATE_VARIABLE, str(in_the_way / "state"))

    with pytest.raises(
        AcademyError, match=r"can't be written.*Nothing was changed.*\$ACADEMY_STATE"
    ):
        prepare.make_folders()


def test_two_academies_on_one_state_directory(hub_state: Path) -> None:
    held = prepare.only_one()
    prepare.record_serving(held, 8000)

    with pytest.raises(AcademyError, match=rf"already runs .*process {os.getpid()}"):
        prepare.only_one()

    assert prepare.running_process() == os.getpid()
    held.close()
    with pytest.raises(AcademyError, match="No Academy runs"):
        prepare.running_process()
    # Asking leaves the note of where it ran last.
    assert prepare.serving_port() == 8000


def test_a_state_directory_that_others_could_enter_is_closed() -> None:
    paths.state().mkdir(mode=0o755)

    prepare.make_folders()

    assert paths.state().stat().st_mode & 0o777 == 0o700


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(AcademyError, match=rf"Port {port} .* taken .*Nothing was started"):
            prepare.check_port("127.0.0.1", port)


def test_databases_use_a_write_ahead_log(hub_state: Path) -> None:
    prepare.use_write_ahead_log(hub_state / "jupyterhub.sqlite")

    connection = sqlite3.connect(hub_state / "jupyterhub.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_state_run_shows_where_the_sockets_are(hub_state: Path) -> None:
    prepare.link_run_directory()
    prepare.link_run_directory()

    assert (paths.state() / "run").resolve() == paths.run_directory().resolve()
    assert paths.run_directory().stat().st_mode & 0o777 == 0o700


def test_broken_rules_of_scoring_are_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from academy.grading import policies

    assert prepare.policy_findings() == []
    file = tmp_path / "policies.yaml"
    file.write_text("late:\n  grace_minutes: -1\nlatte: {}\n")
    monkeypatch.setattr(policies, "policies_file", lambda: file)

    told = prepare.policy_findings()

    assert [one.where for one in told] == [
        "grading/policies.yaml, line 2",
        "grading/policies.yaml, line 3",
    ]
    assert all("Nothing is graded before it is mended" in one.next_step for one in told)
