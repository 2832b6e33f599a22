"""Accounts: self sign-up with password rules, lock-out, and names kept for staff."""

from __future__ import annotations

import asyncio
import math
import time
from http import HTTPStatus
from typing import Any

import bcrypt
from jupyterhub import orm
from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import (
    AuthorizationAreaHandler,
    ChangePasswordAdminHandler,
    DiscardHandler,
    ToggleAuthorizationHandler,
)
from nativeauthenticator.orm import UserInfo
from tornado.web import HTTPError
from traitlets import Dict, List, Set, Unicode

from academy.hub import names
from academy.hub.account_pages import (
    ChangePasswordHandler,
    ClaimHandler,
    LoginHandler,
    SignUpHandler,
)
from academy.hub.enrolment import enrol, register_in_gradebooks, withdraw_roles

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

    async def claim(self, user_name: str, password: str) -> None:
        """Set the password of a person who proved who they are, making their record if need be.

        Parameters
        ----------
        user_name
            The name in the one-time link, or of who is logged in.
        password
            One that has no ``password_problem``.
        """
        hashed = await _in_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt())
        record = self.get_user(user_name)
        if record is None:
            record = UserInfo(username=user_name, password=hashed)
            self.db.add(record)
        record.password = hashed
        record.is_authorized = True
        self.db.commit()
        self.successful_login(user_name)

    async def authenticate(self, _handler: Any, data: dict[str, str]) -> str | None:
        """Check a name and a password; the hashing runs in a thread, so nobody waits for it."""
        name = self.normalize_username(data.get("username", ""))
        password = data.get("password", "").encode()
        if not names.is_well_formed(name) or len(password) > LONGEST_PASSWORD_BYTES:
            return None
        record = self.get_user(name)
        if record is None or self.seconds_to_wait(name):
            return None
        self.add_login_attempt(name)  # counted before the check, so that parallel tries count too
        if not await _in_thread(bcrypt.checkpw, password, record.password):
            return None
        self.successful_login(name)
        return name if record.is_authorized else None

    def add_login_attempt(self, username: str) -> None:
        """Count a try; the count begins anew after the waiting time."""
        attempt = self.login_attempts.get(username)
        if attempt is None or time.monotonic() - attempt["time"] > self.seconds_before_next_try:
            attempt = self.login_attempts[username] = {"count": 0, "time": 0.0}
        attempt["count"] += 1
        attempt["time"] = time.monotonic()

    def seconds_to_wait(self, name: str) -> int:
        """Return how long a name must wait after too many failed tries; 0 when it need not."""
        attempt = self.login_attempts.get(name)
        if attempt is None or attempt["count"] < self.allowed_failed_logins:
            return 0
        left: float = attempt["time"] + self.seconds_before_next_try - time.monotonic()
        return max(0, math.ceil(left))

    def is_waiting_for_approval(self, name: str) -> bool:
        """Tell whether an account was signed up and no administrator let it in yet."""
        record = self.get_user(name)
        return record is not None and not record.is_authorized

    def validate_username(self, username: str) -> bool:
        """Accept only well-formed names that are not reserved."""
        return names.is_well_formed(username) and username not in self.reserved_names

    def change_password(self, username: str, new_password: str) -> bool | None:
        """Change a password on NativeAuthenticator's pages, by the same rules."""
        if self.password_problem(new_password, username):
            return None
        changed: bool | None = super().change_password(username, new_password)
        return changed

    def add_user(self, user: Any) -> Any:
        """Bring groups up to date: at sign-up, and for every account when the hub starts."""
        enrol(self.db, user.name, self.open_courses)
        withdraw_roles(self.db, user.name, self.instructors, self.admin_users)
        return super().add_user(user)

    async def pre_spawn_start(self, user: Any, spawner: Any) -> None:
        """See that the learner stands in the gradebook of each of their courses."""
        if user.name not in self.staff:  # who may look into lessons, but is not to be graded
            await _in_thread(register_in_gradebooks, user.name, spawner.course_ids(), self.log)

    def get_handlers(self, _app: Any) -> list[tuple[str, type]]:
        """Return our pages, and NativeAuthenticator's where ours add nothing."""
        return [
            (r"/login", LoginHandler),
            (r"/signup", SignUpHandler),
            (r"/claim/([A-Za-z0-9_-]+)", ClaimHandler),
            (r"/change-password", ChangePasswordHandler),
            (r"/change-password/([^/]+)", ChangePasswordAdminHandler),
            (r"/authorize", AuthorizationAreaHandler),
            (r"/authorize/([^/]*)", _from_our_own_page(ToggleAuthorizationHandler)),
            (r"/discard/([^/]*)", _from_our_own_page(DiscardHandler)),
        ]


def _from_our_own_page(handler: type) -> type:
    """Refuse a link from elsewhere: these pages of NativeAuthenticator act on a plain GET."""

    class Guarded(handler):
        def prepare(self) -> Any:
            if self.request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
                raise HTTPError(HTTPStatus.FORBIDDEN, "Please use the link on the Academy's page.")
            return super().prepare()

    return Guarded


async def _in_thread(function: Any, *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
