"""Read a dataset of a Socrata portal (SODA 2.1): in pages, in a stable order, and all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from academy.datasets.portal.source import KEPT, ChangedError, Mark, Page, Row
from academy.datasets.portal.transport import PassingError, TooLargeError, Transport
from academy.errors import AcademyError

TOKEN_VARIABLE = "SOCRATA_APP_TOKEN"  # noqa: S105 - the variable's name, not a token
# The portal's own number of a row: it never changes, so pages in its order don't overlap.
ROW_ID = ":id"
# Portals give 50,000 at most; half of it keeps memory small and costs few requests more.
PAGE_ROWS = 25_000
_FEWEST_ROWS = 100
# The portal's names for columns that hold lines and areas.
_SHAPES = {"line", "multiline", "polygon", "multipolygon", "multipoint"}


def soda_transport(base_url: str, **options: Any) -> Transport:
    """Return a connection to a portal, with the app token of ``$SOCRATA_APP_TOKEN`` if any.

    Parameters
    ----------
    base_url
        The portal, e.g. ``https://data.brla.gov``.
    options
        See `Transport`.
    """
    token = os.environ.get(TOKEN_VARIABLE)
    return Transport(base_url, headers={"X-App-Token": token} if token else {}, **options)


@dataclass
class SodaSource:
    """One dataset of a portal.

    Parameters
    ----------
    transport
        See `soda_transport`.
    dataset_id
        Four and four characters, e.g. ``7ixm-mnvx``.
    page_rows
        Rows asked for at a time.
    """

    transport: Transport
    dataset_id: str
    page_rows: int = PAGE_ROWS

    @property
    def where(self) -> str:
        """The dataset's address for people."""
        return f"{self.transport.base_url}/d/{self.dataset_id}"

    def offered(self) -> list[str]:
        """Return the names by which the dataset's columns can be asked for."""
        return list(self._columns())

    def shape_column(self) -> str | None:
        """Return the column of lines or areas, where the dataset has one."""
        return next((name for name, kind in self._columns().items() if kind in _SHAPES), None)

    def mark(self) -> Mark:
        """Return the portal's count of rows, and when it says that they last changed."""
        answer = self._get({"$select": "count(*) as rows"})
        try:
            rows = int(answer[0]["rows"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise self._error("The portal's count of rows can't be read.") from None
        view = self._view()
        changed = view.get("rowsUpdatedAt", "") if isinstance(view, dict) else ""
        return Mark(rows, str(changed))

    def pages(self, columns: Sequence[str], done: int, last_id: str) -> Iterator[Page]:
        """Read on after ``done`` rows, until the portal has no more; see `Source.pages`.

        Each page begins with the last row of the one before: if another row stands there now,
        rows were added or taken away in front of it, and a row would be doubled or lost.
        """
        expected = self.mark().rows
        while done < expected:
            page = self._page(columns, done, last_id)
            yield page
            done += len(page.rows)
            last_id = page.ids[-1]

    def _page(self, columns: Sequence[str], done: int, last_id: str) -> Page:
        overlap = 1 if done else 0
        rows = self._rows(columns, done - overlap, overlap)
        if overlap and str(rows[0].get(ROW_ID)) != last_id:
            raise ChangedError(
                f"After {done:,} rows the portal goes on with another row than it did before: "
                "rows were added or taken away while it was read.",
                self.where,
            )
        fresh = rows[overlap:]
        ids = [str(row.get(ROW_ID)) for row in fresh]
        return Page(ids, fresh)

    def _rows(self, columns: Sequence[str], offset: int, overlap: int) -> list[Row]:
        """Ask for a page; for half as many rows where so many are too large."""

        def refuse_empty(answer: Any) -> None:
            if isinstance(answer, list) and len(answer) <= overlap:
                raise PassingError(
                    f"No rows came after the first {offset + overlap:,}, and more were expected."
                )

        while True:
            parameters = {
                "$select": ",".join([ROW_ID, *columns]),
                "$order": ROW_ID,
                "$limit": str(self.page_rows + overlap),
                "$offset": str(offset),
            }
            try:
                answer = self.transport.json(self._path, parameters, refuse=refuse_empty)
            except TooLargeError:
                if self.page_rows <= _FEWEST_ROWS:
                    raise
                self.page_rows //= 2
                continue
            return self._checked(answer)

    def _checked(self, answer: Any) -> list[Row]:
        if not isinstance(answer, list):
            raise self._error(f"Rows were expected, and a {type(answer).__name__} came.")
        stranger = next((row for row in answer if not isinstance(row, dict)), None)
        if stranger is not None:
            raise self._error(f"A row was expected, and a {type(stranger).__name__} came.")
        return answer

    def _columns(self) -> dict[str, str]:
        """The columns' names and kinds, as the portal's description of the dataset lists them."""
        view = self._view()
        try:
            columns = [
                (column["fieldName"], column.get("dataTypeName")) for column in view["columns"]
            ]
        except (KeyError, TypeError):
            raise self._error("The portal's description lists no columns.") from None
        return {str(name): str(kind) for name, kind in columns}

    @property
    def _path(self) -> str:
        return f"/resource/{self.dataset_id}.json"

    def _get(self, parameters: dict[str, str]) -> Any:
        return self.transport.json(self._path, parameters)

    def _view(self) -> Any:
        return self.transport.json(f"/api/views/{self.dataset_id}.json", {})

    def _error(self, problem: str) -> AcademyError:
        return AcademyError(
            problem,
            where=self.where,
            kept=KEPT,
            next_step="Check the dataset's id on the portal.",
        )
