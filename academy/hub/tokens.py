"""API tokens for scripts: scoped, expiring, and only for administrators."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from academy import paths
from academy.errors import AcademyError
from academy.hub.settings import HubSettings

LONGEST_DAYS = 365
_EVERYTHING = ("inherit", "self")


def new_token(
    settings: HubSettings, user_name: str, scopes: Sequence[str], *, days: int, note: str
) -> str:
    """Make an API token.

    Parameters
    ----------
    settings
        The operator's settings, which name the administrators.
    user_name
        The administrator whose token it is.
    scopes
        What it may do, e.g. ``["read:users"]``; never more than the administrator may.
    days
        For how many days it works, at most 365.
    note
        What it is for; shown on the administrator's token page.

    Returns
    -------
    str
        The token; it is not stored and can't be shown again.

    Raises
    ------
    AcademyError
        When the user is no administrator who has logged in, or a scope does not exist.
    """
    from jupyterhub import orm
    from jupyterhub import scopes as hub_scopes

    _check(settings, user_name, days)
    if set(_EVERYTHING) & {scope.split("!")[0] for scope in scopes}:
        raise AcademyError(
            f"The scopes {' and '.join(_EVERYTHING)} stand for all that an administrator may do.",
            kept="No token was made.",
            next_step="Name what the script needs, e.g. --scope read:users --scope list:groups",
        )
    unknown = sorted(
        scope for scope in scopes if scope.split("!")[0] not in hub_scopes.scope_definitions
    )
    if unknown or not scopes:
        raise AcademyError(
            f"There is no scope {', '.join(unknown) or '(none was given)'}.",
            kept="No token was made.",
            next_step="For example: --scope read:users --scope list:groups",
        )
    session = orm.new_session_factory(f"sqlite:///{paths.hub_state() / 'jupyterhub.sqlite'}")()
    try:
        user = orm.User.find(session, user_name)
        if user is None:
            raise _not_yet(user_name)
        token: str = orm.APIToken.new(
            user=user, scopes=list(scopes), note=note, expires_in=days * 86_400
        )
    finally:
        session.close()
    return token


def _check(settings: HubSettings, user_name: str, days: int) -> None:
    if user_name not in settings.accounts.administrators:
        raise AcademyError(
            f"'{user_name}' is not an administrator (they are: "
            f"{', '.join(settings.accounts.administrators)}).",
            kept="No token was made.",
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise AcademyError(
            f"A token works for 1 to {LONGEST_DAYS} days, not {days}.", kept="No token was made."
        )
    if not has_password(user_name):
        raise _not_yet(user_name)


def _not_yet(user_name: str) -> AcademyError:
    return AcademyError(
        f"'{user_name}' has not logged in yet.",
        kept="No token was made.",
        next_step=f"Make a one-time link with: academy hub invite {user_name}",
    )


def has_password(user_name: str) -> bool:
    """Tell whether an account has a password, that is, was signed up or claimed."""
    database = paths.hub_state() / "jupyterhub.sqlite"
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        try:
            rows = connection.execute("SELECT 1 FROM users_info WHERE username = ?", [user_name])
        except sqlite3.OperationalError:
            return False
        return rows.fetchone() is not None
