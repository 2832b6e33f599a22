"""Accounts: self sign-up with password rules, lock-out, and names kept for staff."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import bcrypt
from jupyterhub import orm
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import ChangePasswordAdminHandler
from nativeauthenticator.orm import UserInfo
from traitlets import Dict, Integer, List, Set, Unicode

from academy.hub import names
from academy.hub.account_pages import (
    ChangePasswordHandler,
    ClaimHandler,
    LoginHandler,
    SignUpHandler,
)
from academy.hub.approval_pages import ApprovalHandler
from academy.hub.enrolment import GradebookRegister, enrol, withdraw_roles
from academy.hub.lockout import Lockout
from academy.hub.rates import Rates, client_address
from academy.hub.sessions import Limited, LogoutHandler, end_sessions
from academy.hub.settings import load_settings

# bcrypt reads no more; a longer password would be cut short without a word.
LONGEST_PASSWORD_BYTES = 72


class AcademyAuthenticator(NativeAuthenticator):
    """NativeAuthenticator with the Academy's rules for names, passwords and staff."""

    signup = Unicode("off", help="``open``, ``approval`` or ``off``.").tag(config=True)
    staff = Set(help="Names that were given a role; they are claimed, not signed up.").tag(
        config=True
    )
    reserved_names = Set(help="Names that nobody may have.").tag(config=True)
    open_courses: List[str] = List(
        help="Ids of the courses that every account is enrolled in."
    ).tag(config=True)
    instructors = Dict(help="Instructors' names by course id.").tag(config=True)
    tries_at_once = Integer(120, help="Forms that one address may send at once.").tag(config=True)
    tries_per_minute = Integer(12, help="Forms it gets back in a minute.").tag(config=True)
    tries_in_all = Integer(240, help="Forms per minute from everywhere.").tag(config=True)
    trusted_proxies = Set(help="Addresses of web servers in front of ours.").tag(config=True)
    _gradebooks: GradebookRegister | None = None

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        super().__init__(*arguments, **traits)
        self.rates = Rates(self.tries_at_once, self.tries_per_minute, self.tries_in_all)
        self.lockout = Lockout(self.allowed_failed_logins, self.seconds_before_next_try)

    def address_of(self, handler: Any) -> str:
        """Return where a request comes from."""
        return client_address(handler.request, self.trusted_proxies)

    def name_problem(self, name: str) -> str:
        """Say in a sentence why nobody can sign up with a name; empty when it is free."""
        if not names.is_well_formed(name):
            return f"A user name is {names.IN_WORDS}."
        if name in self.reserved_names:
            return f"The name “{name}” is reserved. Please choose another."
        if self.user_exists(name):
            return f"The name “{name}” is taken. Please choose another."
        if name in self.staff or orm.User.find(self.db, name) is not None:
            return (
                f"The name “{name}” is kept for a member of staff, who comes in by a one-time "
                "link. Please choose another name."
            )
        return ""

    def password_problem(self, password: str, user_name: str) -> str:
        """Say in a sentence why a password can't be used; empty when it can."""
        least = self.minimum_password_length
        if len(password) < least:
            return f"Please choose a password of at least {least} characters."
        if len(password.encode()) > LONGEST_PASSWORD_BYTES:
            return f"Please choose a password of at most {LONGEST_PASSWORD_BYTES} characters."
        if self.is_password_common(password) or password.strip().lower() == user_name:
            return "That password is easy to guess. Please choose another."
        return ""

    async def sign_up(self, user_name: str, password: str) -> bool:
        """Make an account; False when somebody else took the name a moment ago."""
        hashed = await _in_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt())
        if self.user_exists(user_name):
            return False
        is_open = self.signup == "open"
        self.db.add(UserInfo(username=user_name, password=hashed, is_authorized=is_open))
        self.db.commit()
        return True

    async def claim(self, user_name: str, password: str, *, session: str | None = None) -> None:
        """Set the password of a person who proved who they are, making their record if need be.

        Whoever used the account until now, with the old password or a cookie, is logged out.

        Parameters
        ----------
        user_name
            The name in the one-time link, or of who is logged in.
        password
            One that has no ``password_problem``.
        session
            The session of the person, whose lab stays open.
        """
        hashed = await _in_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt())
        record = self.get_user(user_name)
        if record is None:
            record = UserInfo(username=user_name, password=hashed)
            self.db.add(record)
        record.password = hashed
        record.is_authorized = True
        self.db.commit()
        end_sessions(self.db, user_name, but=session)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """Check a name and a password; the hashing runs in a thread, so nobody waits for it.

        A name that does not exist takes as long and is counted like one that does.
        """
        name = self.normalize_username(data.get("username", ""))
        password = data.get("password", "").encode()
        if not names.is_well_formed(name) or len(password) > LONGEST_PASSWORD_BYTES:
            return None
        address = self.address_of(handler)
        if self.lockout.wait(name, address):
            return None
        self.lockout.add(name, address)  # before the check, so that parallel tries count too
        record = self.get_user(name)
        hashed = record.password if record else await _in_thread(_nobodys_password)
        is_right = await _in_thread(bcrypt.checkpw, password, hashed)
        if record is None or not is_right:
            return None
        self.lockout.forgive(name, address)
        handler.waits_for_approval = not record.is_authorized
        return name if record.is_authorized else None

    def validate_username(self, username: str) -> bool:
        """Accept only well-formed names that are not reserved."""
        return names.is_well_formed(username) and username not in self.reserved_names

    def change_password(self, username: str, new_password: str) -> bool | None:
        """Change a password on NativeAuthenticator's pages, by the same rules."""
        if self.password_problem(new_password, username):
            return None
        changed: bool | None = super().change_password(username, new_password)
        end_sessions(self.db, username)
        return changed

    def add_user(self, user: Any) -> Any:
        """Bring groups up to date: at sign-up, and for every account when the hub starts."""
        enrol(self.db, user.name, self.open_courses)
        withdraw_roles(self.db, user.name, self.instructors, self.admin_users)
        return super().add_user(user)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """See that the learner will stand in the gradebook of each of their courses."""
        if self._gradebooks is None:
            self._gradebooks = GradebookRegister(load_settings, self.log)
        if user.name not in self.staff:  # who may look into lessons, but is not to be graded
            self._gradebooks.add(user.name, spawner.course_ids())

    def get_handlers(self, _app: Any) -> list[tuple[str, type]]:
        """Return our pages, and NativeAuthenticator's where ours add nothing."""
        return [
            (r"/login", LoginHandler),
            (r"/signup", SignUpHandler),
            (r"/logout", LogoutHandler),
            (r"/claim", ClaimHandler),
            (r"/change-password", ChangePasswordHandler),
            (r"/change-password/([^/]+)", _ChangePasswordAdminHandler),
            (r"/authorize", ApprovalHandler),
        ]


class _ChangePasswordAdminHandler(Limited, ChangePasswordAdminHandler):
    """NativeAuthenticator's page on which an administrator sets a password."""


@functools.cache
def _nobodys_password() -> bytes:
    """Return a hash that takes as long to check as a person's."""
    return bcrypt.hashpw(b"nobody", bcrypt.gensalt())


async def _in_thread(function: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
