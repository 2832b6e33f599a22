"""Ask a server politely: wait when it is busy, ask again after a broken answer, give up in time."""

from __future__ import annotations

import datetime
import email.utils
import functools
import json
import random
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from academy import __version__
from academy.datasets.portal.source import KEPT
from academy.errors import AcademyError

PASSING = {408, 425, 429, 500, 502, 503, 504}
LONGEST_WAIT = 60.0
_MEGABYTE = 1024 * 1024


class PassingError(Exception):
    """A fault that may be gone on the next try; says what came, and how long to wait."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(problem)


class TooLargeError(AcademyError):
    """One answer is larger than memory should hold; fewer rows at a time may help."""


@dataclass
class Transport:
    """A connection to one server, which answers in JSON.

    Parameters
    ----------
    base_url
        The server.
    headers
        Sent with every request beside our own.
    tries
        How often a request is tried before giving up.
    timeout
        Seconds that the server may be silent.
    deadline
        Seconds that one whole answer may take: a server that sends a byte now and then is stalled.
    largest
        Bytes of one answer, unpacked, that are still accepted.
    sleep
        Called with the seconds to wait between two tries; by default a wait that `close` ends.
    """

    base_url: str
    headers: dict[str, str] = field(default_factory=dict)
    tries: int = 8
    timeout: float = 60.0
    deadline: float = 600.0
    largest: int = 64 * _MEGABYTE
    sleep: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        ours = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"citizen-data-academy/{__version__}",
        }
        self._closed = threading.Event()
        self._http = httpx.Client(
            base_url=self.base_url,
            headers=ours | self.headers,
            timeout=self.timeout,
            follow_redirects=True,
            verify=_trust(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and any wait of another thread for a next try."""
        self._closed.set()
        self._http.close()

    def json(
        self,
        path: str,
        parameters: dict[str, str],
        *,
        form: bool = False,
        refuse: Callable[[Any], None] = lambda _answer: None,
    ) -> Any:
        """Return the server's answer.

        Parameters
        ----------
        path
            Under the base URL.
        parameters
            The query.
        form
            Send the query as a form, which may be longer than an address.
        refuse
            Called with the answer; raises `PassingError` for one that should be asked for again.

        Raises
        ------
        AcademyError
            When the server refuses, or no usable answer came in all tries.
        """
        problem = ""
        for attempt in range(self.tries):
            try:
                answer = self._once(path, parameters, form)
                refuse(answer)
            except PassingError as error:
                problem = str(error)
                if attempt + 1 < self.tries:
                    self._wait(wait_before(attempt) if error.wait is None else error.wait)
            else:
                return answer
        raise AcademyError(
            f"The portal could not be read in {self.tries} tries; the last time: {problem}",
            where=f"{self.base_url}{path}",
            kept=KEPT,
            next_step="Check the connection, or try again later; rows that came are not lost.",
        )

    def _wait(self, seconds: float) -> None:
        if self.sleep is not None:
            self.sleep(seconds)
        elif self._closed.wait(seconds):
            raise AcademyError("The connection to the portal was closed.", kept=KEPT)

    def _once(self, path: str, parameters: dict[str, str], form: bool) -> Any:
        request = (
            self._http.build_request("POST", path, data=parameters)
            if form
            else self._http.build_request("GET", path, params=parameters)
        )
        try:
            answer = self._http.send(request, stream=True)
            try:
                body = self._body(answer)
            finally:
                answer.close()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise PassingError(f"{type(error).__name__}: {error}.") from None
        if answer.status_code in PASSING:
            raise PassingError(f"HTTP {answer.status_code}.", asked_wait(answer))
        if answer.status_code != httpx.codes.OK:
            raise AcademyError(
                f"The portal refused: HTTP {answer.status_code}. {_message(body)}",
                where=str(answer.request.url)[:300],
                kept=KEPT,
                next_step="Check the dataset's id, its columns and the app token.",
            )
        return parsed(body, answer)

    def _body(self, answer: httpx.Response) -> bytes:
        """Read an answer piece by piece, so that neither its size nor its time is without end."""
        until = time.monotonic() + self.deadline
        pieces: list[bytes] = []
        size = 0
        for piece in answer.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > self.largest:
                raise TooLargeError(
                    f"One answer of the portal is larger than {self.largest // _MEGABYTE} MB.",
                    where=str(answer.request.url)[:300],
                    kept=KEPT,
                    next_step="Ask for fewer rows at a time, or fewer columns.",
                )
            if time.monotonic() > until:
                raise PassingError(f"The answer was not whole after {self.deadline:.0f} seconds.")
        return b"".join(pieces)


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes a while."""
    return httpx.create_ssl_context()


def wait_before(attempt: int) -> float:
    """Seconds before the next try: doubling, with jitter so that clients don't march in step."""
    return float(min(2**attempt, LONGEST_WAIT) * random.uniform(0.5, 1.5))  # noqa: S311


def asked_wait(answer: httpx.Response) -> float | None:
    """The seconds that the server asks us to wait, given in seconds or as a time of day."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(asked)
        seconds = (moment - datetime.datetime.now(tz=datetime.UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def parsed(body: bytes, answer: httpx.Response) -> Any:
    """Read an answer as JSON in UTF-8, and say what came where it is not that.

    Raises
    ------
    PassingError
        When it is no JSON: a page for people, or JSON that was cut.
    AcademyError
        When it holds bytes that are not UTF-8: guessing would spoil names without a sign.
    """
    try:
        return json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        near = body[max(error.start - 20, 0) : error.start].decode("utf-8", "replace")
        raise AcademyError(
            f"The portal's answer is not UTF-8 text: byte 0x{body[error.start]:02x} "
            f"at {error.start:,}, after '{near}'.",
            where=str(answer.request.url)[:300],
            kept=KEPT,
            next_step="Tell the portal's keeper; an export in UTF-8 can be given with --from.",
        ) from None
    except ValueError:
        kind = answer.headers.get("content-type", "an unnamed type")
        raise PassingError(f"JSON was expected, and {kind} came, or it was cut.") from None


def _message(body: bytes) -> str:
    """The server's own words, from its JSON or else from the start of the page."""
    text = body.decode("utf-8", "replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return " ".join(text[:200].split())
