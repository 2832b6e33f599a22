from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import bcrypt
import pytest
from jupyterhub import orm
from nativeauthenticator.orm import UserInfo

from academy.hub.accounts import AcademyAuthenticator
from academy.hub.sessions import end_sessions

PASSWORD = "red beans and rice"


@pytest.fixture
def authenticator() -> AcademyAuthenticator:
    database = orm.new_session_factory("sqlite:///:memory:")()
    made = AcademyAuthenticator(db=database, allowed_failed_logins=3, seconds_before_next_try=300)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
    database.add(UserInfo(username="ana-resident", password=hashed, is_authorized=True))
    database.add(UserInfo(username="kim-waits", password=hashed, is_authorized=False))
    database.add(orm.User(name="ana-resident"))
    database.commit()
    return made


def handler(address: str = "192.0.2.7") -> Any:
    """A request of the log-in page, as far as is looked at."""
    socket = SimpleNamespace(getpeername=lambda: ("127.0.0.1", 40000))
    connection = SimpleNamespace(stream=SimpleNamespace(socket=socket))
    request = SimpleNamespace(connection=connection, headers={"X-Forwarded-For": address})
    return SimpleNamespace(request=request, waits_for_approval=False)


def log_in(
    authenticator: AcademyAuthenticator, name: str, password: str = PASSWORD, page: Any = None
) -> str | None:
    data = {"username": name, "password": password}
    return asyncio.run(authenticator.authenticate(page or handler(), data))


def test_the_right_password_comes_in(authenticator: AcademyAuthenticator) -> None:
    assert log_in(authenticator, "ana-resident") == "ana-resident"
    assert log_in(authenticator, "ana-resident", "another one") is None
    assert log_in(authenticator, "nobody-here") is None


def test_a_name_that_does_not_exist_costs_as_much_as_one_that_does(
    authenticator: AcademyAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []
    real = bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda typed, hashed: checked.append(hashed) or real(typed, hashed)
    )

    log_in(authenticator, "ana-resident", "another one")
    log_in(authenticator, "nobody-here", "another one")

    assert len(checked) == 2
    assert b"$12$" in checked[1]  # the cost of every password that people set here


def test_names_wait_whether_they_exist_or_not(authenticator: AcademyAuthenticator) -> None:
    for name in ("ana-resident", "nobody-here"):
        for _ in range(3):
            log_in(authenticator, name, "another one")
        assert authenticator.lockout.wait(name, "192.0.2.7") > 0
    assert log_in(authenticator, "ana-resident") is None
    assert log_in(authenticator, "ana-resident", page=handler("198.51.100.1")) == "ana-resident"


def test_only_the_right_password_learns_that_an_account_waits(
    authenticator: AcademyAuthenticator,
) -> None:
    wrong, right = handler(), handler()

    assert log_in(authenticator, "kim-waits", "another one", wrong) is None
    assert log_in(authenticator, "kim-waits", PASSWORD, right) is None

    assert (wrong.waits_for_approval, right.waits_for_approval) == (False, True)


@pytest.mark.parametrize("claims", [True, False])
def test_a_new_password_ends_every_session_but_no_server(
    authenticator: AcademyAuthenticator, claims: bool
) -> None:
    database = authenticator.db
    user = orm.User.find(database, "ana-resident")
    before = user.cookie_id
    for session in ("here", "elsewhere", None):
        database.add(orm.APIToken(user=user, session_id=session, hashed=str(session), prefix="x"))
    database.commit()

    if claims:
        asyncio.run(authenticator.claim("ana-resident", "a brand new one", session="here"))
    else:
        end_sessions(database, "ana-resident")

    assert user.cookie_id != before
    left = {token.session_id for token in user.api_tokens}
    assert left == ({"here", None} if claims else {None})
