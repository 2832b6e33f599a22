"""The pages for logging in, signing up and claiming an account."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from jupyterhub.handlers.login import LoginHandler as HubLoginHandler
from tornado.web import HTTPError, authenticated

from academy.hub import invitations
from academy.hub.sessions import FreshSession, Limited


class LoginHandler(Limited, FreshSession, HubLoginHandler):
    """JupyterHub's log-in page, which also says when a person has to wait, and for what."""

    waits_for_approval = False

    def render_template(self, name: str, **values: Any) -> Any:
        """Put a plain sentence in the place of the hub's own message after a failed try."""
        if name == "login.html":
            values["signup"] = self.authenticator.signup
            if values.get("login_error"):
                values["login_error"] = self._why_not(
                    str(values.get("username") or ""), values["login_error"]
                )
        return super().render_template(name, **values)

    def _why_not(self, typed_name: str, stock: str) -> str:
        if "expired" in stock:
            return "This page was open for too long. Please try again."
        name = self.authenticator.normalize_username(typed_name)
        seconds = self.authenticator.lockout.wait(name, self.authenticator.address_of(self))
        if seconds:
            minutes = math.ceil(seconds / 60)
            unit = "minute" if minutes == 1 else "minutes"
            return f"Too many tries. Please wait {minutes} {unit}, then try again."
        if self.waits_for_approval:
            return "Your account still waits for an administrator, who will let you in."
        return "That name and password don't go together. Please try again."


class _FormHandler(Limited, FreshSession):
    """A page with one form that is shown again, with a sentence, when it can't be taken."""

    template = ""

    async def show(self, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> None:
        """Write the page."""
        self.set_status(status)
        least = self.authenticator.minimum_password_length
        self.finish(await self.render_template(self.template, least=least, **values))

    def new_password(self, user_name: str) -> tuple[str, str]:
        """Return the typed password and what is wrong with it (empty when nothing is)."""
        password = self.get_body_argument("password", "", strip=False)
        again = self.get_body_argument("password_again", "", strip=False)
        problem: str = self.authenticator.password_problem(password, user_name)
        if not problem and password != again:
            problem = "The two passwords differ. Please type them again."
        return password, problem

    async def log_in(self, user_name: str, password: str) -> None:
        """Log the person in and go on to their server."""
        user = await self.login_user({"username": user_name, "password": password})
        if user is None:
            self.redirect(self.settings["login_url"])
            return
        self._jupyterhub_user = user
        self.redirect(self.get_next_url(user))


class SignUpHandler(_FormHandler):
    """Sign-up: a name, a password, and in."""

    template = "signup.html"

    async def prepare(self) -> None:
        """Refuse when the operator does not let people sign up."""
        if self.authenticator.signup == "off":
            raise HTTPError(HTTPStatus.NOT_FOUND, "Sign-up is closed. Please ask your instructor.")
        await super().prepare()

    async def get(self) -> None:
        """Show the form."""
        await self.show(problem="", typed_name="", waiting=False)

    async def post(self) -> None:
        """Make the account; log in at once where sign-up is open."""
        name = self.authenticator.normalize_username(self.get_body_argument("username", ""))
        password, problem = self.new_password(name)
        problem = self.authenticator.name_problem(name) or problem
        if problem:
            await self.show(
                status=HTTPStatus.BAD_REQUEST, problem=problem, typed_name=name[:64], waiting=False
            )
            return
        if not await self.authenticator.sign_up(name, password):
            await self.show(
                status=HTTPStatus.CONFLICT,
                problem=self.authenticator.name_problem(name),
                typed_name=name,
                waiting=False,
            )
        elif self.authenticator.signup == "open":
            await self.log_in(name, password)
        else:
            await self.show(problem="", typed_name=name, waiting=True)


class ChangePasswordHandler(_FormHandler):
    """Change one's own password, by the same rules as at sign-up."""

    template = "change-password.html"

    @authenticated
    async def get(self) -> None:
        """Show the form."""
        await self.show(problem="", done=False)

    @authenticated
    async def post(self) -> None:
        """Check the old password, with the same lock-out as at log-in, and store the new one."""
        name = self.current_user.name
        old = self.get_body_argument("old_password", "", strip=False)
        password, problem = self.new_password(name)
        known = await self.authenticator.authenticate(self, {"username": name, "password": old})
        if known is None:
            problem = "The password that you have now is another one. Please try again."
        if problem:
            await self.show(status=HTTPStatus.BAD_REQUEST, problem=problem, done=False)
            return
        user = self.current_user
        await self.authenticator.claim(name, password, session=self.get_session_cookie())
        self.set_login_cookie(user)  # every cookie until now, this browser's too, has ended
        await self.show(problem="", done=True)


class ClaimHandler(_FormHandler):
    """A one-time link: set the password of an account that was kept for a person.

    The link's code stands behind the ``#``, which browsers keep to themselves, so it comes to no
    log. The page sends it in a form; where scripts are off, a person types it.
    """

    template = "claim.html"

    async def get(self) -> None:
        """Ask for the code."""
        await self.ask_password(None, "", asks_code=True)

    async def post(self) -> None:
        """Ask for a password when the code is good; with a password, set it and log in."""
        # Somebody may put the whole link there.
        code = self.get_body_argument("code", "").rsplit("#", 1)[-1]
        name = invitations.invited_name(code)
        if name is None or "password" not in self.request.body_arguments:
            await self.ask_password(name, code)
            return
        password, problem = self.new_password(name)
        if problem:
            await self.ask_password(name, code, problem=problem)
        elif invitations.use(code) is None:
            await self.ask_password(None, code)
        else:
            await self.authenticator.claim(name, password)
            await self.log_in(name, password)

    async def ask_password(
        self, name: str | None, code: str, *, problem: str = "", asks_code: bool = False
    ) -> None:
        """Show the page: for the code, for a password, or that the link has ended."""
        status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
        if name is None and not asks_code:
            status = HTTPStatus.GONE
        await self.show(
            status=status, user_name=name, code=code, problem=problem, asks_code=asks_code
        )
