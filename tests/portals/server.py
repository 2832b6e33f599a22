"""A portal on a real HTTP server: it serves raw files as Socrata and ArcGIS do, faults included."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from portals import arcgis, soda
from portals.tables import Table

Query = dict[str, str]


@dataclass
class Answer:
    """What is sent, and how badly."""

    body: bytes
    kind: str = "application/json; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    packed: bool = True
    sent_share: float = 1.0
    pause: float = 0.0


@dataclass
class PortalServer:
    """A portal with some datasets; ``faults`` are used up one a request for rows.

    A fault is a name of `FAULTS`, an empty text (none), or a function that changes the portal
    after the page was sent.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    faults: list[str | Callable[[], None]] = field(default_factory=list)
    row_cap: int = 50_000
    feature_cap: int = 2_000
    miscount: int = 0
    stall: float = 30.0
    pace: Callable[[], None] = lambda: None
    requests: list[Query] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, query: Query) -> Answer:
        """Answer a request as the service that its path belongs to."""
        if path.startswith("/arcgis/"):
            content, is_rows = arcgis.answer(self, path, query)
        else:
            content, is_rows = soda.answer(self, path, query)
        status = 404 if isinstance(content, dict) and content.get("error") is True else 200
        answer = Answer(json.dumps(content, ensure_ascii=False).encode(), status=status)
        return self._spoilt(answer, content, query) if is_rows else answer

    def _spoilt(self, answer: Answer, content: Any, query: Query) -> Answer:
        self.requests.append(query)
        self.pace()
        fault = self.faults.pop(0) if self.faults else ""
        if callable(fault):
            fault()
            return answer
        return FAULTS[fault](answer, content, self) if fault else answer


def _status(status: int, **headers: str) -> Callable[[Answer, Any, PortalServer], Answer]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _answer, _content, _portal: Answer(b"slow down", "text/plain", status, sent)


def _html(_answer: Answer, _content: Any, _portal: PortalServer) -> Answer:
    return Answer(b"<html><body>Maintenance tonight</body></html>", "text/html")


def _cut(answer: Answer, _content: Any, _portal: PortalServer) -> Answer:
    """The connection ends in the middle of the page."""
    answer.sent_share = 0.5
    return answer


def _cut_inside(answer: Answer, _content: Any, _portal: PortalServer) -> Answer:
    """The page itself ends in the middle, and the server does not know."""
    return Answer(answer.body[: len(answer.body) // 2])


def _rows(change: Callable[[list[Any]], list[Any]]) -> Callable[..., Answer]:
    def spoil(_answer: Answer, content: Any, _portal: PortalServer) -> Answer:
        if isinstance(content, dict):
            content = content | {"features": change(content.get("features", []))}
        else:
            content = change(content)
        return Answer(json.dumps(content).encode())

    return spoil


def _latin1(answer: Answer, _content: Any, _portal: PortalServer) -> Answer:
    return Answer(answer.body.decode().encode("latin-1", "replace"))


def _stalled(answer: Answer, _content: Any, portal: PortalServer) -> Answer:
    answer.sent_share, answer.pause = 0.3, portal.stall
    return answer


def _inside(code: int) -> Callable[..., Answer]:
    """ArcGIS answers 200 and says inside that it could not."""
    error = {"error": {"code": code, "message": "Unable to complete operation.", "details": []}}
    return lambda _answer, _content, _portal: Answer(json.dumps(error).encode())


FAULTS: dict[str, Callable[[Answer, Any, PortalServer], Answer]] = {
    "429": _status(429, Retry_After="7"),
    "429 without a word": _status(429),
    "500": _status(500),
    "503": _status(503),
    "html": _html,
    "cut": _cut,
    "cut inside": _cut_inside,
    "short": _rows(lambda rows: rows[: max(len(rows) // 2, 1)]),
    "empty": _rows(lambda rows: []),
    "no object": _rows(lambda rows: ["a row", *rows]),
    "object": lambda _a, _c, _p: Answer(b'{"rows": []}'),
    "latin-1": _latin1,
    "stalled": _stalled,
    "error inside 500": _inside(500),
    "error inside 400": _inside(400),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    portal: PortalServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self._answer(address.path, _query(address.query))

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer(urlsplit(self.path).path, _query(form))

    def _answer(self, path: str, query: Query) -> None:
        self.portal.headers.append(dict(self.headers))
        answer = self.portal.answer(path, query)
        body = answer.body
        packed = answer.packed and "gzip" in self.headers.get("Accept-Encoding", "")
        if packed:
            body = gzip.compress(body, compresslevel=1)
            answer.headers["Content-Encoding"] = "gzip"
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._send(body, answer)

    def _send(self, body: bytes, answer: Answer) -> None:
        until = int(len(body) * answer.sent_share)
        self.wfile.write(body[:until])
        self.wfile.flush()
        if answer.pause:
            self.portal.stopped.wait(answer.pause)
        if until < len(body):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test's output free of the server's log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed in the middle is what some tests are about."""


def _query(text: str) -> Query:
    return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}


@contextmanager
def running(portal: PortalServer) -> Iterator[PortalServer]:
    """Serve a portal on a free port of this machine until the block ends."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"portal": portal}))
    portal.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        portal.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def paced(seconds: float) -> Callable[[], None]:
    """A portal that needs so long for each page."""
    return lambda: time.sleep(seconds)
