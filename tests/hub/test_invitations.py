from __future__ import annotations

from pathlib import Path

from academy.hub import invitations


def test_a_link_works_once(hub_state: Path) -> None:
    token = invitations.invite("director", hours=1)

    assert invitations.invited_name(token) == "director"
    assert invitations.use(token) == "director"
    assert invitations.use(token) is None
    assert invitations.invited_name(token) is None


def test_a_newer_link_ends_the_older_one_of_that_name_only(hub_state: Path) -> None:
    old = invitations.invite("director", hours=1)
    other = invitations.invite("teacher", hours=1)
    new = invitations.invite("director", hours=1)

    assert invitations.invited_name(old) is None
    assert invitations.invited_name(new) == "director"
    assert invitations.invited_name(other) == "teacher"


def test_a_link_ends_with_its_time(hub_state: Path) -> None:
    token = invitations.invite("director", hours=-1)

    assert invitations.invited_name(token) is None
    assert invitations.use(token) is None


def test_the_secret_is_not_kept_and_the_file_is_private(hub_state: Path) -> None:
    token = invitations.invite("director", hours=1)

    file = hub_state / "invitations.json"
    assert token not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_made_up_token_is_refused(hub_state: Path) -> None:
    invitations.invite("director", hours=1)

    assert invitations.use("made-up") is None
