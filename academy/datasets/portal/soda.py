"""Read a dataset of a Socrata portal (SODA 2.1): in pages, in a stable order, and all of it."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from academy import __version__
from academy.errors import AcademyError

TOKEN_VARIABLE = "SOCRATA_APP_TOKEN"  # noqa: S105 - the variable's name, not a token
# The portal's own number of a row: it never changes, so pages in its order don't overlap.
ROW_ID = ":id"
_KEPT = "The table that is there stays as it is."
_PASSING = {408, 429, 500, 502, 503, 504}
_LONGEST_WAIT = 60.0

Row = dict[str, Any]


class _PassingError(Exception):
    """A fault that may be gone on the next try; says what came, and how long to wait."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(problem)


@dataclass
class SodaClient:
    """A polite reader of one portal.

    Parameters
    ----------
    base_url
        The portal, e.g. ``https://data.brla.gov``.
    app_token
        An app token, which portals throttle less; ``$SOCRATA_APP_TOKEN`` by default.
    page_rows
        Rows asked for at a time; the portal's own limit is 50,000.
    tries
        How often a request is tried before giving up.
    timeout
        Seconds that the portal may be silent.
    sleep
        Called with the seconds to wait between two tries.
    """

    base_url: str
    app_token: str | None = field(default_factory=lambda: os.environ.get(TOKEN_VARIABLE))
    page_rows: int = 50_000
    tries: int = 5
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        headers = {
            "Accept": "application/json",
            "User-Agent": f"citizen-data-academy/{__version__}",
        }
        if self.app_token:
            headers["X-App-Token"] = self.app_token
        self._http = httpx.Client(base_url=self.base_url, headers=headers, timeout=self.timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def columns(self, dataset_id: str) -> list[str]:
        """Return the names by which a dataset's columns can be asked for."""
        view = self._get(f"/api/views/{dataset_id}.json", {})
        try:
            return [str(column["fieldName"]) for column in view["columns"]]
        except (KeyError, TypeError):
            raise self._error(dataset_id, "The portal's description lists no columns.") from None

    def count(self, dataset_id: str) -> int:
        """Return how many rows the portal says that a dataset holds."""
        answer = self._get(_resource(dataset_id), {"$select": "count(*) as rows"})
        try:
            return int(answer[0]["rows"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._error(dataset_id, "The portal's count of rows can't be read.") from None

    def rows(
        self,
        dataset_id: str,
        columns: Sequence[str],
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> list[Row]:
        """Return every row of a dataset, with the chosen columns only.

        Parameters
        ----------
        dataset_id
            Four and four characters, e.g. ``7ixm-mnvx``.
        columns
            The columns to ask for; the portal sends no others.
        progress
            Called after each page with the rows read and the rows expected.

        Raises
        ------
        AcademyError
            When the portal can't be read, or the rows read are not as many as it counts before
            and after. Nothing is then returned.
        """
        expected = self.count(dataset_id)
        rows: list[Row] = []
        while len(rows) < expected:
            page = self._page(dataset_id, columns, offset=len(rows))
            if not page:
                break
            rows += page
            progress(len(rows), expected)
        self._check_complete(dataset_id, rows, expected)
        return [{name: row.get(name) for name in columns} for row in rows]

    def _page(self, dataset_id: str, columns: Sequence[str], offset: int) -> list[Row]:
        parameters = {
            "$select": ",".join([ROW_ID, *columns]),
            "$order": ROW_ID,
            "$limit": str(self.page_rows),
            "$offset": str(offset),
        }
        page = self._get(_resource(dataset_id), parameters)
        if not isinstance(page, list):
            raise self._error(dataset_id, f"Rows were expected, and a {type(page).__name__} came.")
        return page

    def _check_complete(self, dataset_id: str, rows: list[Row], before: int) -> None:
        after = self.count(dataset_id)
        different = len({row.get(ROW_ID) for row in rows})
        if len(rows) == different == before == after:
            return
        raise self._error(
            dataset_id,
            f"The pull is not whole: the portal counted {before:,} rows before and {after:,} "
            f"after, {len(rows):,} came, and {different:,} of them are different rows.",
            "Try again later: the portal probably changed while it was read.",
        )

    def _get(self, path: str, parameters: dict[str, str]) -> Any:
        problem = ""
        for attempt in range(self.tries):
            try:
                return self._get_once(path, parameters)
            except _PassingError as error:
                problem = str(error)
                if attempt + 1 < self.tries:
                    self.sleep(_wait(attempt) if error.wait is None else error.wait)
        raise AcademyError(
            f"The portal could not be read in {self.tries} tries; the last time: {problem}",
            where=f"{self.base_url}{path}",
            kept=_KEPT,
            next_step="Check the connection, or try again later.",
        )

    def _get_once(self, path: str, parameters: dict[str, str]) -> Any:
        try:
            answer = self._http.get(path, params=parameters)
        except httpx.TransportError as error:
            raise _PassingError(f"{type(error).__name__}: {error}.") from None
        if answer.status_code in _PASSING:
            raise _PassingError(f"HTTP {answer.status_code}.", _asked_wait(answer))
        if answer.status_code != httpx.codes.OK:
            raise AcademyError(
                f"The portal refused: HTTP {answer.status_code}. {_message(answer)}",
                where=str(answer.request.url),
                kept=_KEPT,
                next_step="Check the dataset's id, its columns and the app token.",
            )
        try:
            return answer.json()
        except ValueError:
            kind = answer.headers.get("content-type", "an unnamed type")
            raise _PassingError(f"JSON was expected, and {kind} came, or it was cut.") from None

    def _error(self, dataset_id: str, problem: str, next_step: str = "") -> AcademyError:
        return AcademyError(
            problem,
            where=f"{self.base_url}/d/{dataset_id}",
            kept=_KEPT,
            next_step=next_step or "Check the dataset's id on the portal.",
        )


def _resource(dataset_id: str) -> str:
    return f"/resource/{dataset_id}.json"


def _wait(attempt: int) -> float:
    """Seconds before the next try: doubling, with jitter so that clients don't march in step."""
    return float(min(2**attempt, _LONGEST_WAIT) * random.uniform(0.5, 1.5))  # noqa: S311


def _asked_wait(answer: httpx.Response) -> float | None:
    """The seconds that the portal asks us to wait, where it says so in seconds."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdigit() else None


def _message(answer: httpx.Response) -> str:
    """The portal's own words, from its JSON or else from the start of the page."""
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200].strip()
