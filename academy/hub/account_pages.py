"""The pages for logging in, signing up and claiming an account."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LoginHandler as HubLoginHandler
from tornado.web import HTTPError, authenticated

from academy.hub import invitations


class LoginHandler(HubLoginHandler):
    """JupyterHub's log-in page, which also says when a person has to wait, and for what."""

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
        seconds = self.authenticator.seconds_to_wait(name)
        if seconds:
            minutes = math.ceil(seconds / 60)
            unit = "minute" if minutes == 1 else "minutes"
            return f"Too many tries. Please wait {minutes} {unit}, then try again."
        if self.authenticator.is_waiting_for_approval(name):
            return "If the password is right, your account still waits for an administrator."
        return "That name and password don't go together. Please try again."


class _FormHandler(BaseHandler):
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

    def prepare(self) -> Any:
        """Refuse when the operator does not let people sign up."""
        if self.authenticator.signup == "off":
            raise HTTPError(HTTPStatus.NOT_FOUND, "Sign-up is closed. Please ask your instructor.")
        return super().prepare()

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
        await self.authenticator.claim(name, password)
        await self.show(problem="", done=True)


class ClaimHandler(_FormHandler):
    """A one-time link: set the password of an account that was kept for a person."""

    template = "claim.html"

    async def get(self, token: str) -> None:
        """Show the form, or say that the link does not work any more."""
        name = invitations.invited_name(token)
        status = HTTPStatus.OK if name else HTTPStatus.GONE
        await self.show(status=status, user_name=name, problem="")

    async def post(self, token: str) -> None:
        """Set the password and log in; the link ends."""
        name = invitations.invited_name(token)
        if name is None:
            await self.show(status=HTTPStatus.GONE, user_name=None, problem="")
            return
        password, problem = self.new_password(name)
        if problem:
            await self.show(status=HTTPStatus.BAD_REQUEST, user_name=name, problem=problem)
            return
        if invitations.use(token) is None:
            await self.show(status=HTTPStatus.GONE, user_name=None, problem="")
            return
        await self.authenticator.claim(name, password)
        await self.log_in(name, password)
