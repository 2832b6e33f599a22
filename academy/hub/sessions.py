"""Browser sessions: how they begin, how they end, and how often one may knock."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from inspect import isawaitable
from typing import Any

from jupyterhub import orm
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.handlers.login import LogoutHandler as HubLogoutHandler
from tornado.web import HTTPError


class TooManyTriesError(HTTPError):
    """Too many sign-ups or log-ins from one address, or from all together.

    Parameters
    ----------
    seconds
        After how many seconds the next may come.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, "too many tries")
        self.headers = {"Retry-After": str(seconds)}
        unit = "second" if seconds == 1 else "seconds"
        self.jupyterhub_message = (
            "Many people are coming in from where you are, or somebody tries many passwords. "
            f"Please wait {seconds} {unit}, then send the form again. Nothing is lost."
        )


class Limited(BaseHandler):
    """A page whose form can't be sent too often."""

    async def prepare(self) -> None:
        """Count a form that is sent, before anything costly is done with it."""
        prepared = super().prepare()
        if isawaitable(prepared):
            await prepared
        if self.request.method == "POST" and not self._finished:
            seconds = self.authenticator.rates.wait(self.authenticator.address_of(self))
            if seconds:
                raise TooManyTriesError(seconds)


class FreshSession(BaseHandler):
    """A page that logs somebody in, always in a session of its own."""

    def set_login_cookie(self, user: Any) -> None:
        """Begin a new session, unless this person is logged in here already.

        What the browser brought along may have been put there by somebody else; and whoever sat
        here before is logged out of their lab as well.
        """
        before = self.current_user
        if before is None or before.name != user.name:
            if before is not None:
                self.clear_login_cookie()
            self._session_id = uuid.uuid4().hex
            self.set_session_cookie()
        super().set_login_cookie(user)


class LogoutHandler(HubLogoutHandler):
    """Log out at once from our own pages; ask first when a link elsewhere leads here."""

    async def get(self) -> None:
        """Log out, or show a page with a button."""
        # Browsers say "none" when a person typed the address or used a bookmark.
        if self.request.headers.get("Sec-Fetch-Site") in ("same-origin", "none"):
            await super().get()
        else:
            self.finish(await self.render_template("log-out.html"))

    async def post(self) -> None:
        """Log out; the form carries the page's own token."""
        await super().get()


def end_sessions(db: Any, user_name: str, *, but: str | None = None) -> None:
    """Log a person out everywhere; their servers and scripts go on.

    Parameters
    ----------
    db
        The hub's database session.
    user_name
        Whose sessions end.
    but
        The id of a session whose lab stays open; its hub cookie has to be set anew.
    """
    user = orm.User.find(db, user_name)
    if user is None:
        return
    user.cookie_id = orm.new_token()
    for token in list(user.api_tokens):
        if token.session_id and token.session_id != but:
            db.delete(token)
    db.commit()
