"""Read a layer of an ArcGIS FeatureServer: by its object numbers, so that no limit cuts it off."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.datasets.portal.esri import geojson
from academy.datasets.portal.source import KEPT, ChangedError, Mark, Page, Row
from academy.datasets.portal.text import moment_text
from academy.datasets.portal.transport import PASSING, PassingError, Transport
from academy.errors import AcademyError

GEOMETRY = "geometry"
# Layers give 2,000 features at most unless their keeper says otherwise; shapes can be heavy.
PAGE_ROWS = 1_000
_FEWEST_ROWS = 1
_PARTS = 5

Feature = dict[str, Any]


@dataclass
class ArcgisSource:
    """One layer of a FeatureServer.

    Parameters
    ----------
    transport
        A connection to the layer, e.g. ``https://.../FeatureServer/0``.
    page_rows
        Features asked for at a time; fewer where the layer gives no more.
    """

    transport: Transport
    page_rows: int = PAGE_ROWS
    _layer: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def where(self) -> str:
        """The layer's address."""
        return self.transport.base_url

    def offered(self) -> list[str]:
        """Return the names of the layer's fields, and ``geometry`` where it has places."""
        layer = self._description()
        names = [str(each["name"]) for each in layer["fields"]]
        return [*names, GEOMETRY] if layer.get("geometryType") else names

    def shape_column(self) -> str | None:
        """Return ``geometry`` where the layer's features have places."""
        return GEOMETRY if self._description().get("geometryType") else None

    def mark(self) -> Mark:
        """Return how many features there are, and a digest of their numbers and last change."""
        ids = self._ids()
        self._layer = {}
        edited = self._description().get("editingInfo") or {}
        digest = hashlib.sha256(repr((ids, edited.get("lastEditDate"))).encode()).hexdigest()
        return Mark(self._count(), digest)

    def pages(self, columns: Sequence[str], done: int, last_id: str) -> Iterator[Page]:
        """Read the features in the order of their numbers; see `Source.pages`."""
        ids = self._ids()
        if done and (done > len(ids) or str(ids[done - 1]) != last_id):
            raise ChangedError(f"Feature {last_id} no longer stands where it stood.", self.where)
        limit = int(self._description().get("maxRecordCount") or PAGE_ROWS)
        while done < len(ids):
            size = max(min(self.page_rows, limit), _FEWEST_ROWS)
            page = self._page(columns, ids[done : done + size])
            yield page
            done += len(page.rows)

    def _page(self, columns: Sequence[str], ids: list[int]) -> Page:
        """Ask for features by number, again for those that a limit of the layer's left out."""
        found: dict[int, Feature] = {}
        for _ in range(_PARTS):
            missing = [number for number in ids if number not in found]
            if not missing:
                break
            found |= self._features(columns, missing)
        missing = [number for number in ids if number not in found]
        if missing and not found:
            raise ChangedError(f"Feature {missing[0]} was listed and can't be had.", self.where)
        # What one request can't give, the next may: only the first whole part counts.
        whole = ids if not missing else ids[: ids.index(missing[0])]
        if not whole:
            raise ChangedError(f"Feature {missing[0]} was listed and can't be had.", self.where)
        return Page([str(n) for n in whole], [self._row(found[n]) for n in whole])

    def _features(self, columns: Sequence[str], ids: list[int]) -> dict[int, Feature]:
        key = self._id_field()
        names = [name for name in columns if name not in (GEOMETRY, key)]
        answer = self._query(
            {
                "objectIds": ",".join(map(str, ids)),
                "outFields": ",".join([key, *names]),
                "returnGeometry": "true" if GEOMETRY in columns else "false",
                "outSR": "4326",
            }
        )
        features = answer.get("features")
        if not isinstance(features, list):
            raise self._error("Features were expected, and the answer holds none.")
        return {int(feature["attributes"][key]): feature for feature in features}

    def _row(self, feature: Feature) -> Row:
        row = dict(feature["attributes"])
        for name in self._date_fields() & row.keys():
            row[name] = moment_text(row[name])
        row[GEOMETRY] = geojson(feature.get("geometry"))
        return row

    def _ids(self) -> list[int]:
        answer = self._query({"where": "1=1", "returnIdsOnly": "true"})
        if "objectIds" not in answer:
            raise self._error("The layer's list of object numbers can't be read.")
        return sorted(int(number) for number in answer["objectIds"] or [])

    def _count(self) -> int:
        answer = self._query({"where": "1=1", "returnCountOnly": "true"})
        try:
            return int(answer["count"])
        except (KeyError, TypeError, ValueError):
            raise self._error("The layer's count of features can't be read.") from None

    def _id_field(self) -> str:
        layer = self._description()
        named = layer.get("objectIdField") or next(
            (each["name"] for each in layer["fields"] if each["type"] == "esriFieldTypeOID"), None
        )
        if named is None:
            raise self._error("The layer has no field of object numbers.")
        return str(named)

    def _date_fields(self) -> set[str]:
        fields = self._description()["fields"]
        return {str(each["name"]) for each in fields if each.get("type") == "esriFieldTypeDate"}

    def _description(self) -> dict[str, Any]:
        if not self._layer:
            answer = self._ask("", {})
            if not isinstance(answer.get("fields"), list):
                raise self._error("The layer's description lists no fields.")
            self._layer = answer
        return self._layer

    def _query(self, parameters: dict[str, str]) -> dict[str, Any]:
        return self._ask("/query", parameters)

    def _ask(self, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        answer = self.transport.json(
            path, {"f": "json"} | parameters, form=path != "", refuse=refuse_passing
        )
        if not isinstance(answer, dict):
            raise self._error(f"An object was expected, and a {type(answer).__name__} came.")
        if "error" in answer:
            raise self._error(f"The service refused: {_reason(answer)}")
        return answer

    def _error(self, problem: str) -> AcademyError:
        return AcademyError(
            problem,
            where=self.where,
            kept=KEPT,
            next_step="Check the layer's address; it ends with FeatureServer and a number.",
        )


def refuse_passing(answer: Any) -> None:
    """These services answer 200 and put their errors inside; a passing one is asked for again.

    Raises
    ------
    PassingError
        When the answer says that the service is busy or has failed.
    """
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict) and error.get("code") in PASSING:
        raise PassingError(_reason(answer))


def _reason(answer: dict[str, Any]) -> str:
    error = answer["error"]
    if not isinstance(error, dict):
        return str(error)[:200]
    return f"{error.get('code', '')} {error.get('message') or error.get('details') or ''}".strip()
