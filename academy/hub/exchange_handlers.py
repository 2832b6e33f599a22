"""What the exchange service answers, request by request."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.client import responses
from pathlib import Path
from typing import IO, Any, TypeVar

from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from academy.errors import AcademyError
from academy.grading import exchange_store, handouts
from academy.grading.admission import ExchangeLimits, check_welcome, course_folder
from academy.grading.limits import SUBMISSION_ENTRIES
from academy.grading.refusal import KEPT, Kind, RefusedError
from academy.hub.exchange_callers import Caller, Callers

_STATUS: Mapping[Kind, HTTPStatus] = {
    "bad_content": HTTPStatus.BAD_REQUEST,
    "not_allowed": HTTPStatus.FORBIDDEN,
    "not_there": HTTPStatus.NOT_FOUND,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "too_often": HTTPStatus.TOO_MANY_REQUESTS,
    "no_room": HTTPStatus.INSUFFICIENT_STORAGE,
}
#: A header and some padding for each file of a tar, and its end.
TAR_OVERHEAD = 1024 * (SUBMISSION_ENTRIES + 2)
_log = logging.getLogger("academy.exchange")
_Result = TypeVar("_Result")


@dataclass
class Office:
    """What all requests share.

    Parameters
    ----------
    callers
        Knows who calls.
    allowed
        How much is taken in.
    clerk
        Does the work on the disk, one thing after the other.
    arriving
        Learners whose submission is on its way, and its bytes.
    """

    callers: Callers
    allowed: ExchangeLimits
    clerk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    arriving: dict[str, int] = field(default_factory=dict)

    async def do(self, action: Callable[..., _Result], *given: Any) -> _Result:
        """Let the clerk do something."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.clerk, partial(action, *given))


#: A refused submission of at most so many bytes is read to its end, and dropped.
_READ_IN_VAIN = 100_000_000


class _Handler(RequestHandler):
    office: Office
    caller: Caller

    def initialize(self, office: Office) -> None:
        """Take what all handlers share."""
        self.office = office

    async def prepare(self) -> None:
        """Find out who asks, before anything is done."""
        self.set_header("Cache-Control", "no-store")
        authorization = self.request.headers.get("Authorization", "")
        self.caller = await self.office.callers.identify(authorization)

    def require_course(self, course: str) -> None:
        if course not in self.caller.courses:
            raise RefusedError(
                "not_allowed",
                f"You do not take the course {course!r}.",
                next_step="Ask your instructor to enrol you.",
            )

    def write_error(self, status_code: int, **details: Any) -> None:
        """Answer in words that the learner's side shows as they are."""
        error = details["exc_info"][1] if "exc_info" in details else None
        kind, kept = getattr(error, "kind", "bad_content"), getattr(error, "kept", KEPT)
        problem, next_step = _words(error, status_code)
        if isinstance(error, AcademyError):
            self.set_status(_STATUS[error.kind] if isinstance(error, RefusedError) else 503)
        answer = {"kind": kind, "problem": problem, "kept": kept, "next_step": next_step}
        self.finish(answer)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what was refused in a line, and what went wrong with all that is known."""
        if isinstance(value, AcademyError):
            name = getattr(getattr(self, "caller", None), "name", "somebody")
            what = f"{self.request.method} {self.request.path}"
            _log.warning("Refused %s of %s: %s", what, name, value.finding.problem)
        else:
            super().log_exception(typ, value, tb)


def _words(error: object, status_code: int) -> tuple[str, str]:
    if isinstance(error, AcademyError):
        return error.finding.problem, error.finding.next_step
    reason = responses.get(status_code, "unknown")
    return (
        f"The Academy's exchange could not do that ({reason}).",
        "Try again in a minute. If that does not help, tell your instructor.",
    )


@stream_request_body
class SubmissionsHandler(_Handler):
    """Takes a submission in."""

    place: Path | None = None
    file: IO[bytes] | None = None
    is_counted = False
    is_taken_in = False
    refused: RefusedError | None = None

    async def prepare(self) -> None:
        """Refuse what can't be taken, and make room for the rest."""
        await super().prepare()
        length = self._length()
        try:
            await self._make_room(length)
        except RefusedError as error:
            if length > _READ_IN_VAIN:
                raise
            # Who is cut off while sending often can't read why any more.
            self.refused = error

    async def _make_room(self, length: int) -> None:
        course, assignment = self.path_args
        self.require_course(course)
        tar_bytes = max(0, length - TAR_OVERHEAD)
        if self.caller.name in self.office.arriving:
            raise RefusedError(
                "too_often",
                "A submission of yours is on its way already.",
                next_step="Wait for it to arrive and submit again.",
            )
        on_its_way = sum(self.office.arriving.values())
        self.office.arriving[self.caller.name] = length
        self.is_counted = True
        asked = (course, self.caller.name, assignment, tar_bytes)
        await self.office.do(check_welcome, *asked, self.office.allowed, on_its_way)
        inbound = course_folder(course) / "inbound"
        self.place = Path(tempfile.mkdtemp(prefix=exchange_store.ARRIVING, dir=inbound))
        self.file = (self.place / "tar").open("w+b")

    def _length(self) -> int:
        """Return how many bytes the request says it has; more than that are never read."""
        try:
            return int(self.request.headers["Content-Length"])
        except (KeyError, ValueError):
            raise HTTPError(HTTPStatus.LENGTH_REQUIRED) from None

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece; nothing is kept of what was refused."""
        if self.file is not None:
            self.file.write(chunk)

    async def post(self, course: str, assignment: str) -> None:
        """Take it in and answer with the receipt."""
        if self.refused is not None:
            raise self.refused
        assert self.file is not None
        self.is_taken_in = True
        self.file.seek(0)
        chunks = iter(partial(self.file.read, 65_536), b"")
        who = (course, self.caller.name, assignment)
        try:
            receipt = await self.office.do(exchange_store.accept, *who, chunks, self.office.allowed)
        finally:
            self._clear_up()
        shown = f"{course} from {receipt.learner}: {assignment}"
        _log.info("Accepted submission %d of %s", receipt.number, shown)
        self.set_status(HTTPStatus.CREATED)
        self.finish(receipt.as_dict())

    def on_finish(self) -> None:
        """Clear up after an answer."""
        self._clear_up()

    def on_connection_close(self) -> None:
        """Clear up after a learner who went away."""
        super().on_connection_close()
        if not self.is_taken_in:
            self._clear_up()

    def _clear_up(self) -> None:
        if self.file is not None:
            self.file.close()
        if self.place is not None:
            shutil.rmtree(self.place, ignore_errors=True)
        self.file = self.place = None
        if self.is_counted:
            self.office.arriving.pop(self.caller.name, None)
        self.is_counted = False


class ListHandler(_Handler):
    """Lists the caller's own submissions."""

    async def get(self) -> None:
        """Answer with all of them, or those for one course or assignment."""
        course, assignment = self.get_argument("course", ""), self.get_argument("assignment", "")
        if course:
            self.require_course(course)
        found = [
            one
            for name in ([course] if course else sorted(self.caller.courses))
            for one in await self.office.do(
                handouts.submissions, name, self.caller.name, assignment
            )
        ]
        self.finish({"submissions": [one.as_dict() for one in found]})


class FeedbackHandler(_Handler):
    """Hands out feedback on the caller's own submissions."""

    async def get(self, course: str, number: str, notebook: str) -> None:
        """Answer with the page."""
        self.require_course(course)
        page = await self.office.do(
            handouts.feedback, course, self.caller.name, int(number), notebook
        )
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(page)


def application(office: Office) -> Application:
    """Return the service's web application."""
    course, given = r"/courses/([^/]+)", {"office": office}
    return Application(
        [
            (rf"{course}/assignments/([^/]+)/submissions", SubmissionsHandler, given),
            (r"/submissions", ListHandler, given),
            (rf"{course}/submissions/([0-9]{{1,12}})/feedback/([^/]+)", FeedbackHandler, given),
        ]
    )
