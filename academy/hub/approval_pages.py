"""The page on which an administrator lets people in who signed up."""

from __future__ import annotations

from http import HTTPStatus

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.scopes import needs_scope
from nativeauthenticator.orm import UserInfo
from tornado.web import HTTPError

from academy.hub.sessions import end_sessions


class ApprovalHandler(BaseHandler):
    """Everybody with a password, those who wait first, each with a button."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def get(self) -> None:
        """Show the list."""
        people = self.db.query(UserInfo).order_by(UserInfo.is_authorized, UserInfo.username).all()
        staff = self.authenticator.staff
        page = await self.render_template("authorization-area.html", people=people, staff=staff)
        self.finish(page)

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        """Do what the button says, then show the list again."""
        name, action = (self.get_body_argument(key, "") for key in ("username", "action"))
        record = self.authenticator.get_user(name)
        if record is None:
            raise HTTPError(HTTPStatus.NOT_FOUND, "Nobody has this name (any more).")
        if action == "let-in":
            record.is_authorized = True
        elif action == "keep-out" and record.username not in self.authenticator.staff:
            record.is_authorized = False
            end_sessions(self.db, record.username)
        elif action == "discard" and not record.is_authorized:
            self.db.delete(record)
        else:
            raise HTTPError(HTTPStatus.BAD_REQUEST, "Please use the buttons of the page.")
        self.db.commit()
        self.redirect(f"{self.hub.base_url}authorize")
