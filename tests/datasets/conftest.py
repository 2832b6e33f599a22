"""Fixtures: a made-up export, a made-up portal on a real HTTP server, a state directory."""

from __future__ import annotations

import datetime
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from academy import paths
from academy.datasets.compiler import Compiled
from academy.datasets.refresh import compile_export

NAME = "service-requests"
DATA = Path(__file__).parent / "data"
EXPORTS_BESIDE = paths.checkout().parent / "shared" / "portal"

# The full exports lie beside the checkout on some machines only; elsewhere there is nothing to do.
collect_ignore = [] if EXPORTS_BESIDE.is_dir() else ["test_full_export.py"]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a state directory of its own."""
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def own_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the words about the dataset, and no table yet."""
    folder = tmp_path / "checkout" / "datasets" / NAME
    folder.mkdir(parents=True)
    shutil.copy(paths.embedded_datasets() / NAME / "package.yaml", folder)
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path / "checkout")
    return tmp_path / "checkout"


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    """The dataset, compiled from the made-up export."""
    return compile_export(NAME, DATA, taken=datetime.date(2026, 8, 29))


@pytest.fixture
def folder(compiled: Compiled, tmp_path: Path) -> Path:
    """A dataset's folder with the made-up table, free to be spoilt."""
    folder = tmp_path / "spoilt" / NAME
    folder.mkdir(parents=True)
    for name, content in compiled.files.items():
        (folder / name).write_bytes(content)
    return folder


@dataclass
class MadeUpPortal:
    """A small SODA server: pages, stable order, counts, and the faults that a test orders.

    ``faults`` are used up one a request for rows: ``503``, ``429``, ``html``, ``cut``, ``short``,
    ``empty``, ``grow`` (a row is added after the page was sent), ``shift`` (one is added in front,
    one is removed at the end) or ``""`` (none).
    """

    rows: list[dict[str, Any]]
    columns: list[str]
    page_cap: int = 50_000
    faults: list[str] = field(default_factory=list)
    miscount: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def count(self) -> int:
        return len(self.rows) + self.miscount

    def page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        names = query["$select"].split(",")
        assert query["$order"] == ":id", "pages without an order may overlap"
        numbered = [{":id": f"row-{row['id']}"} | row for row in self.rows]
        first = int(query["$offset"])
        last = first + min(int(query["$limit"]), self.page_cap)
        return [
            {name: row[name] for name in names if row.get(name) is not None}
            for row in numbered[first:last]
        ]


class _Handler(BaseHTTPRequestHandler):
    portal: MadeUpPortal

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        self.portal.headers.append(dict(self.headers))
        if address.path.startswith("/api/views/7ixm-mnvx"):
            self._json({"columns": [{"fieldName": name} for name in self.portal.columns]})
        elif not address.path.startswith("/resource/7ixm-mnvx"):
            self._json({"error": True, "message": "no such dataset"}, status=404)
        elif "count(*)" in query["$select"]:
            self._json([{"rows": str(self.portal.count())}])
        else:
            self._rows(query)

    def _rows(self, query: dict[str, str]) -> None:
        self.portal.requests.append(query)
        fault = self.portal.faults.pop(0) if self.portal.faults else ""
        page = self.portal.page(query)
        if fault in ("503", "429"):
            self._send(b"slow down", "text/plain", int(fault), retry_after=fault == "429")
        elif fault == "html":
            self._send(b"<html><body>Maintenance tonight</body></html>", "text/html")
        elif fault == "cut":
            self._send(json.dumps(page).encode(), "application/json", cut=True)
        else:
            kept = {"short": page[: len(page) // 2], "empty": []}.get(fault, page)
            if fault == "grow":
                self.portal.rows.append({"id": "999"})
            if fault == "shift":
                self.portal.rows = [{"id": "999"}, *self.portal.rows[:-1]]
            self._json(kept)

    def _json(self, value: object, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(
        self,
        body: bytes,
        kind: str,
        status: int = 200,
        *,
        cut: bool = False,
        retry_after: bool = False,
    ) -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", "7")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output free of the server's log."""


@pytest.fixture
def portal() -> Iterator[MadeUpPortal]:
    """A portal that serves the three made-up rows of ``live_rows.json``; change it as you like."""
    rows = json.loads((DATA / "live_rows.json").read_text())
    made_up = MadeUpPortal(rows, columns=sorted({name for row in rows for name in row}))
    handler = type("Handler", (_Handler,), {"portal": made_up})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made_up.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made_up
    server.shutdown()
    thread.join()
    server.server_close()
