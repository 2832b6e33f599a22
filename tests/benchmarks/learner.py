"""A learner as the benchmarks see one: logs in, waits as a browser does, runs a lesson."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import (
    WebSocketClientConnection,
    WebSocketClosedError,
    websocket_connect,
)

PASSWORD = "red beans and rice"
#: Thirty stock servers that start at once keep two cores busy for minutes.
PATIENCE = 600.0


class Learner:
    """One person before one browser, at a stock hub or at the Academy.

    Parameters
    ----------
    url
        The hub's address, with a slash at the end.
    name
        The person's user name.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        #: How often they had to run everything once more.
        self.tries = 0
        self.http = httpx.AsyncClient(
            base_url=url, follow_redirects=True, timeout=PATIENCE, trust_env=False, verify=False
        )

    async def sign_up(self) -> None:
        """Make an account; the server is not started."""
        await self._send_form("hub/signup", follow=False)

    async def open_log_in(self) -> None:
        """Have the log-in page before one."""
        (await self.http.get("hub/login")).raise_for_status()

    async def log_in(self) -> None:
        """Send the log-in form, which starts the server, and wait for the lab's page."""
        await self._send_form("hub/login", follow=True)
        await self.wait_for_lab()

    async def come_in(self) -> None:
        """Log in without starting a server."""
        await self._send_form("hub/login", follow=False)

    async def _send_form(self, path: str, *, follow: bool) -> None:
        if not self._xsrf("/hub/"):
            (await self.http.get(path)).raise_for_status()
        form = {"username": self.name, "password": PASSWORD, "password_again": PASSWORD}
        form["_xsrf"] = self._xsrf("/hub/")
        answer = await self.http.post(path, data=form, follow_redirects=follow)
        assert answer.status_code in ((200,) if follow else (302,)), f"{self.name}: {answer}"

    async def press_start(self) -> None:
        """Ask the hub for a server, as its page does, and wait until the server answers."""
        answer = await self._ask_hub("POST", f"hub/api/users/{self.name}/server")
        assert answer.status_code in (201, 202), answer.text
        if answer.status_code == 202:
            await self._follow_progress()
        (await self.http.get(f"user/{self.name}/api")).raise_for_status()

    async def wait_for_lab(self) -> None:
        """Wait as the hub's waiting page does, then open the lab."""
        await self._follow_progress()
        answer = await self.http.get(f"user/{self.name}/lab")
        assert "jupyter-config-data" in answer.text, f"{self.name}: {answer} {answer.text[:300]}"

    async def _follow_progress(self) -> None:
        path = f"hub/api/users/{self.name}/server/progress"
        async with self.http.stream("GET", path, headers=self._headers()) as events:
            async for line in events.aiter_lines():
                if not line.startswith("data:"):
                    continue
                event = json.loads(line.removeprefix("data:"))
                assert not event.get("failed"), event
                if event.get("ready"):
                    return
        raise AssertionError(f"The server of {self.name} did not become ready: {events}")

    async def stop(self) -> None:
        """Stop the server and wait until the hub says that it is gone."""
        path = f"hub/api/users/{self.name}/server"
        while (await self._ask_hub("DELETE", path)).status_code not in (204, 400, 404):
            await asyncio.sleep(0.2)

    async def open_lesson(self, path: str) -> str:
        """Open a notebook as JupyterLab does; return its kernel's id."""
        (await self._ask_lab("GET", f"api/contents/{path}")).raise_for_status()
        body = {"path": path, "name": path, "type": "notebook", "kernel": {"name": "python3"}}
        answer = await self._ask_lab("POST", "api/sessions", json=body)
        answer.raise_for_status()
        kernel: str = answer.json()["kernel"]["id"]
        return kernel

    async def start_kernel(self) -> str:
        """Enter the lab and start a kernel; return its id."""
        (await self.http.get(f"user/{self.name}/lab")).raise_for_status()
        answer = await self._ask_lab("POST", "api/kernels", json={"name": "python3"})
        answer.raise_for_status()
        kernel: str = answer.json()["id"]
        return kernel

    async def run_all(self, kernel: str, cells: list[str]) -> None:
        """Send all cells at once, as "Run All Cells" does, and wait for the last one's end.

        A server closes the connection to a kernel that is too slow to come; the person tries again.
        """
        while True:
            try:
                await self._run_all(kernel, cells)
            except (WebSocketClosedError, ConnectionResetError):
                self.tries += 1
            else:
                return

    async def _run_all(self, kernel: str, cells: list[str]) -> None:
        channels = await self._connect(f"api/kernels/{kernel}/channels")
        try:
            asked = [uuid.uuid4().hex for _ in cells]
            for message, code in zip(asked, cells, strict=True):
                await channels.write_message(json.dumps(_execute(message, code)))
            while not _is_end(await _next_message(channels), asked[-1]):
                pass
        finally:
            channels.close()

    async def _connect(self, path: str) -> WebSocketClientConnection:
        jar = [one for one in self.http.cookies.jar if f"/user/{self.name}/".startswith(one.path)]
        nearest = {one.name: one.value for one in sorted(jar, key=lambda one: len(one.path))}
        address = f"{self.url.replace('http', 'ws', 1)}user/{self.name}/{path}"
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in nearest.items()),
            "Origin": self.url.rstrip("/"),
        }
        request = HTTPRequest(
            f"{address}?session_id={uuid.uuid4().hex}&_xsrf={nearest.get('_xsrf', '')}",
            headers=headers,
            connect_timeout=PATIENCE,
            request_timeout=PATIENCE,
        )
        return await websocket_connect(request, max_message_size=64 << 20)

    async def _ask_hub(self, method: str, path: str) -> httpx.Response:
        return await self.http.request(method, path, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"X-XSRFToken": self._xsrf("/hub/"), "Referer": f"{self.url}hub/home"}

    async def _ask_lab(self, method: str, path: str, **more: Any) -> httpx.Response:
        base = f"user/{self.name}/"
        headers = {"X-XSRFToken": self._xsrf(f"/{base}")}
        return await self.http.request(method, f"{base}{path}", headers=headers, **more)

    def _xsrf(self, path: str) -> str:
        found = [one for one in self.http.cookies.jar if one.name == "_xsrf" and one.path == path]
        return str(found[-1].value) if found else ""


def _execute(message: str, code: str) -> dict[str, Any]:
    header = {"msg_id": message, "username": "", "session": "", "version": "5.3"}
    return {
        "header": header | {"msg_type": "execute_request"},
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": True, "stop_on_error": True},
        "channel": "shell",
        "buffers": [],
    }


async def _next_message(channels: WebSocketClientConnection) -> dict[str, Any]:
    said = await channels.read_message()
    if said is None:
        raise WebSocketClosedError
    message: dict[str, Any] = json.loads(said)
    return message


def _is_end(message: dict[str, Any], question: str) -> bool:
    assert message["msg_type"] != "error", message["content"]
    is_idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return is_idle and message.get("parent_header", {}).get("msg_id") == question
