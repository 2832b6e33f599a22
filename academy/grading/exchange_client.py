"""The learner's way to the exchange: over its service, or straight to the files of one's own."""

from __future__ import annotations

import http.client
import json
import os
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from academy.errors import AcademyError
from academy.grading import exchange_store, handouts
from academy.grading.admission import course_folder
from academy.grading.handouts import Submitted
from academy.grading.parcel import Parcel
from academy.grading.receipts import Receipt
from academy.grading.refusal import KEPT, RefusedError

URL_VARIABLE = "ACADEMY_EXCHANGE_URL"
TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - a variable's name
#: How long the service may take for an answer; a large submission takes a few seconds.
_SECONDS = 120


class Desk(Protocol):
    """Where a learner hands in, looks up and gets back."""

    def submit(self, course: str, assignment: str, parcel: Parcel) -> Receipt:
        """Hand a parcel in."""

    def submissions(self, course: str, assignment: str) -> list[Submitted]:
        """Return one's own submissions, the oldest first; an empty name stands for all."""

    def feedback(self, course: str, number: int, notebook: str) -> bytes:
        """Return a feedback page on one's own submission."""


def desk(learner: str | None) -> Desk:
    """Return where this process hands in.

    Parameters
    ----------
    learner
        Whose submissions they are where this process may write the exchange itself; ``None``
        for everybody's, which can only be looked at. The service knows by itself who asks.
    """
    url = os.environ.get(URL_VARIABLE)
    return ServiceDesk(url, os.environ.get(TOKEN_VARIABLE, "")) if url else FilesDesk(learner)


@dataclass(frozen=True)
class FilesDesk:
    """The exchange's own files, for the operator, whom nobody needs to ask who they are."""

    learner: str | None

    def submit(self, course: str, assignment: str, parcel: Parcel) -> Receipt:
        """Hand a parcel in; see `Desk`."""
        if self.learner is None or not os.access(_inbound(course), os.W_OK):
            raise AcademyError(
                f"This process can't reach the exchange of the course '{course}'.",
                kept=KEPT,
                next_step="Submit from your own server of the Academy.",
            )
        return exchange_store.accept(course, self.learner, assignment, parcel.chunks())

    def submissions(self, course: str, assignment: str) -> list[Submitted]:
        """Return the submissions; see `Desk`."""
        courses = [course] if course else exchange_store.courses()
        return [
            one for name in courses for one in handouts.submissions(name, self.learner, assignment)
        ]

    def feedback(self, course: str, number: int, notebook: str) -> bytes:
        """Return a page; see `Desk`."""
        return handouts.feedback(course, self.learner, number, notebook)


def _inbound(course: str) -> str:
    return str(course_folder(course) / "inbound")


@dataclass(frozen=True)
class ServiceDesk:
    """The hub's exchange service.

    Parameters
    ----------
    url
        Where it listens.
    token
        A token of the hub; its owner is who hands in.
    """

    url: str
    token: str

    def submit(self, course: str, assignment: str, parcel: Parcel) -> Receipt:
        """Hand a parcel in; see `Desk`."""
        path = f"/courses/{quote(course, '')}/assignments/{quote(assignment, '')}/submissions"
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(parcel.length)}
        answer = self._ask("POST", path, headers, parcel)
        return Receipt.from_dict(json.loads(answer))

    def submissions(self, course: str, assignment: str) -> list[Submitted]:
        """Return the submissions; see `Desk`."""
        wanted = urlencode({"course": course, "assignment": assignment})
        listed = json.loads(self._ask("GET", f"/submissions?{wanted}"))
        return [Submitted.from_dict(one) for one in listed["submissions"]]

    def feedback(self, course: str, number: int, notebook: str) -> bytes:
        """Return a page; see `Desk`."""
        path = f"/courses/{quote(course, '')}/submissions/{number}/feedback/{quote(notebook, '')}"
        return self._ask("GET", path)

    def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        parcel: Parcel | None = None,
    ) -> bytes:
        # Never over a proxy that the environment may name: the service is on this machine.
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_SECONDS)
        body = None if parcel is None else parcel.chunks()
        try:
            connection.request(
                method, path, body, {**(headers or {}), "Authorization": f"token {self.token}"}
            )
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer(error) from None
        finally:
            connection.close()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise _refused(response.status, content)
        return content


def _no_answer(error: Exception) -> AcademyError:
    return AcademyError(
        f"The Academy's exchange does not answer ({type(error).__name__}).",
        kept="Your work is in your folder as you left it.",
        next_step="Try again in a minute. If that does not help, tell your instructor.",
    )


def _refused(status: int, content: bytes) -> AcademyError:
    """Return the service's own words as an error."""
    try:
        told: dict[str, Any] = json.loads(content)
        return RefusedError(
            told["kind"], told["problem"], kept=told["kept"], next_step=told["next_step"]
        )
    except (ValueError, KeyError, TypeError):
        return AcademyError(
            f"The Academy's exchange could not do that (error {status}).",
            kept="Your work is in your folder as you left it.",
            next_step="Try again in a minute. If that does not help, tell your instructor.",
        )
