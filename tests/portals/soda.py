"""What a Socrata portal answers (SODA 2.1)."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from portals.tables import Table

if TYPE_CHECKING:
    from portals.server import PortalServer

_DEFAULT_LIMIT = 1_000


def answer(portal: PortalServer, path: str, query: dict[str, str]) -> tuple[Any, bool]:
    """Return what is sent, and whether it is a page of rows."""
    found = re.fullmatch(r"/(?:api/views|resource)/(\w{4}-\w{4})\.json", path)
    table = portal.tables.get(found[1]) if found else None
    if table is None:
        return {"error": True, "message": "no such dataset"}, False
    if path.startswith("/api/"):
        return _view(table), False
    if "count(*)" in query.get("$select", ""):
        return [{"rows": str(len(table.rows) + portal.miscount)}], False
    unknown = set(query["$select"].split(",")) - {":id", *table.columns}
    if unknown:
        return {"error": True, "message": f"No such column: {min(unknown)}"}, False
    return _page(portal, table, query), True


def _view(table: Table) -> dict[str, Any]:
    columns = [
        {"fieldName": name, "dataTypeName": table.kinds.get(name, "text")} for name in table.columns
    ]
    return {"columns": columns, "rowsUpdatedAt": table.updated}


def _page(portal: PortalServer, table: Table, query: dict[str, str]) -> list[dict[str, Any]]:
    numbered = list(zip(table.numbers, table.rows, strict=True))
    if query.get("$order") != ":id":
        random.shuffle(numbered)  # a portal promises no order that nobody asked for
    first = int(query.get("$offset", 0))
    limit = min(int(query.get("$limit", _DEFAULT_LIMIT)), portal.row_cap)
    names = query["$select"].split(",")
    return [
        {
            name: value
            for name in names
            if (value := row_id(number) if name == ":id" else row.get(name)) is not None
        }
        for number, row in numbered[first : first + limit]
    ]


def row_id(number: int) -> str:
    """The portal's own number of a row; its order is not the order of such texts."""
    return f"row-{number % 10_000:04x}~{number:x}"
