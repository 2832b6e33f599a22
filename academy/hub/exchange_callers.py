"""Who calls the exchange: the owner of a token, as the hub says, and nothing that they say.

The hub is asked directly, by the one request that JupyterHub's own helper would make: that helper
brings the hub's whole database layer along, and this service should start at once and stay small.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from academy.errors import AcademyError
from academy.grading.refusal import RefusedError

#: The hub's permission to call the exchange, which every user has and passes on to their server.
SCOPE = "access:services!service=exchange"
_ALL_SERVICES = "access:services"
_HEADER = re.compile(r"(?:token|bearer)\s+(\S+)", re.IGNORECASE)
#: How long an answer of the hub holds. A token that was taken back works no longer than that.
_SECONDS = 10.0
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Caller:
    """Somebody whom the hub knows.

    Parameters
    ----------
    name
        Their user name.
    courses
        Ids of the courses that they take or teach.
    """

    name: str
    courses: frozenset[str]


class Callers:
    """Asks the hub who owns a token.

    Parameters
    ----------
    api_url
        The address of the hub's API.
    """

    def __init__(self, api_url: str) -> None:
        self._user_url = f"{api_url.rstrip('/')}/user"
        self._known: dict[str, tuple[float, Caller | None]] = {}

    async def identify(self, authorization: str) -> Caller:
        """Return who sent a request.

        Parameters
        ----------
        authorization
            The request's ``Authorization`` header.

        Raises
        ------
        RefusedError
            When it has no token that opens the exchange.
        AcademyError
            When the hub does not answer.
        """
        match = _HEADER.fullmatch(authorization.strip())
        caller = await self._owner(match[1]) if match else None
        if caller is None:
            raise RefusedError(
                "not_allowed",
                "The exchange does not know who you are.",
                next_step="Log in again, restart your server, and try once more.",
            )
        return caller

    async def _owner(self, token: str) -> Caller | None:
        key = hashlib.sha256(token.encode()).hexdigest()
        asked, caller = self._known.get(key, (float("-inf"), None))
        if time.monotonic() - asked > _SECONDS:
            caller = await self._ask(token)
            self._forget_old()
            self._known[key] = (time.monotonic(), caller)
        return caller

    def _forget_old(self) -> None:
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()

    async def _ask(self, token: str) -> Caller | None:
        headers = {"Authorization": f"token {token}"}
        try:
            answer = await AsyncHTTPClient().fetch(
                HTTPRequest(self._user_url, headers=headers), raise_error=False
            )
        except (OSError, ValueError, HTTPClientError):
            raise _hub_is_silent() from None
        if answer.code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return None
        if answer.code != HTTPStatus.OK:
            raise _hub_is_silent()
        return caller_of(json.loads(answer.body))


def caller_of(model: dict[str, Any]) -> Caller | None:
    """Return who is described by the hub's answer; ``None`` for one who may not come in.

    Parameters
    ----------
    model
        The hub's answer to ``GET /user``. It may describe a service, and the token may be good
        for something else only, such as one that a learner's own server was given by a visitor.
    """
    if model.get("kind") != "user" or not {SCOPE, _ALL_SERVICES} & set(model.get("scopes", ())):
        return None
    found = (re.fullmatch(r"(?:nbgrader|formgrade)-(.+)", name) for name in model.get("groups", ()))
    return Caller(model["name"], frozenset(match[1] for match in found if match))


def _hub_is_silent() -> AcademyError:
    return AcademyError(
        "The exchange can't ask the hub who you are.",
        kept="Your work is in your folder as you left it.",
        next_step="Try again in a minute. If that does not help, tell your instructor.",
    )
