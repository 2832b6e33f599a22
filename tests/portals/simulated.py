"""A portal of any number of made-up 311 rows, as a program: simulated.py ROWS ROWS_A_SECOND.

0 rows a second is as fast as it can; ``/pace/12500`` asks it for another pace from then on.

Rows are those of the embedded table, over and over, each with a number of its own. Pages are
kept packed once they were made, so that later requests cost the portal next to nothing.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_TABLE = Path(__file__).parents[2] / "datasets" / "service-requests" / "service-requests.csv"
_COLUMNS = {
    "statusdesc": "status",
    "createdate": "created_at",
    "closeddate": "closed_at",
    "parenttype": "parent_type",
    "typename": "request_type",
    "streetaddress": "block_address",
    "cityname": "city_name",
    "department": "department_name",
    "division": "division_name",
}


def as_portal_has_it(row: dict[str, str]) -> dict[str, str]:
    """A row of the Academy's table under the portal's names, with the portal's times."""
    theirs = {name: row[ours] for name, ours in _COLUMNS.items() if row[ours]}
    created = datetime.datetime.fromisoformat(theirs["createdate"]).astimezone(datetime.UTC)
    theirs["createdate"] = created.strftime("%Y-%m-%dT%H:%M:%S.000")
    if "closeddate" in theirs:
        theirs["closeddate"] = theirs["closeddate"][:19] + ".000"
    return theirs


class Simulated:
    """The portal's rows and its pages, and how many rows a second it gives (0: all it can)."""

    def __init__(self, rows: int, pace: float = 0.0) -> None:
        self.rows = rows
        self.pace = pace
        with _TABLE.open(newline="", encoding="utf-8") as file:
            table = [as_portal_has_it(row) for row in csv.DictReader(file)]
        # What follows the two numbers of a row, ready to be sent.
        self._tails = [json.dumps(row)[1:] for row in table]
        self._pages: dict[tuple[int, int], bytes] = {}

    def page(self, first: int, limit: int) -> bytes:
        """The packed JSON of some rows, in the order of the portal's own numbers."""
        key = first, min(first + limit, self.rows)
        if key not in self._pages:
            self._pages[key] = gzip.compress(self._page(*key).encode(), compresslevel=1)
        return self._pages[key]

    def _page(self, first: int, last: int) -> str:
        tails = self._tails
        rows = [
            f'{{":id": "row-{number:x}", "id": "{self._request(number)}", '
            f"{tails[number % len(tails)]}"
            for number in range(first, last)
        ]
        return f"[{','.join(rows)}]"

    def _request(self, number: int) -> int:
        """Requests in an order that is not the portal's: its numbers, turned round in blocks."""
        block = number // 1_000 * 1_000
        return 1 + block + min(1_000, self.rows - block) - 1 - (number - block)


def handler(portal: Simulated) -> type[BaseHTTPRequestHandler]:
    """Answer as a portal does, each page after the time that its rows take."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(address.query).items()}
            if address.path.startswith("/pace/"):
                portal.pace = float(address.path.removeprefix("/pace/"))
                self._send(gzip.compress(b"{}"))
            elif address.path.startswith("/api/"):
                columns = [
                    {"fieldName": name, "dataTypeName": "text"} for name in ["id", *_COLUMNS]
                ]
                self._send(gzip.compress(json.dumps({"columns": columns}).encode()))
            elif "count(*)" in query["$select"]:
                self._send(gzip.compress(json.dumps([{"rows": str(portal.rows)}]).encode()))
            else:
                begin, limit = time.monotonic(), int(query["$limit"])
                page = portal.page(int(query["$offset"]), limit)
                if portal.pace:
                    time.sleep(max(limit / portal.pace - (time.monotonic() - begin), 0))
                self._send(page)

        def _send(self, packed: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the address is all that is printed."""

    return Handler


def main() -> None:
    """Serve until the process is ended; the address is printed first."""
    portal = Simulated(int(sys.argv[1]), float(sys.argv[2]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(portal))
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
