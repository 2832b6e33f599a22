"""A learner without a browser: comes in over HTTP, runs scripts in a terminal and in a kernel."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import websocket

PASSWORD = "red beans and rice"
#: A shared two-core machine that starts many servers at once is slow.
PATIENCE = 240.0


class LabClient:
    """One person and their server.

    Parameters
    ----------
    url
        The Academy's address, with a slash at the end.
    name
        The person's user name.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=90, trust_env=False)

    @property
    def base(self) -> str:
        """Path of the person's server, without a slash at the front."""
        return f"user/{self.name}/"

    # Coming in

    def sign_up(self) -> LabClient:
        """Make an account, which starts the server."""
        self._send("hub/signup", {"username": self.name})
        return self

    def claim(self, link: str) -> LabClient:
        """Come in by a one-time link, whose code stands behind the ``#``."""
        path, _, code = link.partition("#")
        self._send(path, {"code": code})
        return self

    def _send(self, path: str, form: dict[str, str]) -> None:
        self.http.get(path).raise_for_status()
        form |= {"password": PASSWORD, "password_again": PASSWORD, "_xsrf": self.xsrf("/hub/")}
        self.http.post(path, data=form).raise_for_status()

    def xsrf(self, path: str) -> str:
        """Return the token that pages below a path want back."""
        found = [one for one in self.http.cookies.jar if one.name == "_xsrf"]
        best = [str(one.value) for one in found if one.path == path]
        return (best or [str(one.value) for one in found] or [""])[-1]

    def start(self) -> LabClient:
        """Start the server again and wait for it."""
        self.http.get(f"hub/spawn/{self.name}")
        return self.wait()

    def wait(self, timeout: float = PATIENCE) -> LabClient:
        """Wait until the lab answers."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            # The lab's page, because an API path would not send us to the hub to log in.
            if "jupyter-config-data" in self.http.get(f"{self.base}lab").text:
                return self
            # Each look is four requests to the hub; thirty people look at once.
            time.sleep(1.5)
        raise AssertionError(f"the server of {self.name} did not answer within {timeout:.0f} s")

    def stop(self) -> None:
        """Stop the server as its owner does, on the hub's page, and wait until it has stopped."""
        self.http.get("hub/home")
        path = f"hub/api/users/{self.name}/server"
        headers = {"X-XSRFToken": self.xsrf("/hub/"), "Referer": f"{self.url}hub/home"}
        answer = self.http.delete(path, headers=headers)
        assert answer.status_code in (202, 204), answer.text
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.http.delete(path, headers=headers).status_code in (204, 404):
                return
            time.sleep(0.3)
        raise AssertionError(f"the server of {self.name} did not stop")

    # In the lab

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the person's own server something."""
        headers = {"X-XSRFToken": self.xsrf(f"/{self.base}")}
        return self.http.request(method, f"{self.base}{path}", headers=headers, **more)

    def upload(self, path: str, content: bytes) -> None:
        """Lay a file into the home."""
        body = {
            "type": "file",
            "format": "base64",
            "content": base64.b64encode(content).decode(),
        }
        answer = self.ask("PUT", f"api/contents/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text

    def download(self, path: str) -> bytes:
        """Return a file of the home."""
        answer = self.ask("GET", f"api/contents/{path}", params={"format": "base64", "content": 1})
        assert answer.status_code == 200, answer.text
        return base64.b64decode(answer.json()["content"])

    @contextmanager
    def socket(self, path: str) -> Iterator[websocket.WebSocket]:
        """Open a websocket to the server."""
        address = f"{self.url.replace('http', 'ws', 1)}{self.base}{path}"
        cookies = "; ".join(f"{one.name}={one.value}" for one in self._cookies())
        connection = websocket.create_connection(
            f"{address}?_xsrf={self.xsrf(f'/{self.base}')}",
            cookie=cookies,
            origin=self.url.rstrip("/"),
            timeout=PATIENCE,
            http_no_proxy=["*"],
        )
        try:
            yield connection
        finally:
            connection.close()

    def _cookies(self) -> list[Any]:
        """Cookies that a browser would send to the server, one of each name."""
        fitting = {
            one.name: one
            for one in sorted(self.http.cookies.jar, key=lambda one: len(one.path))
            if f"/{self.base}".startswith(one.path)
        }
        return list(fitting.values())

    def shell(self, command: str, timeout: float = PATIENCE) -> str:
        """Type a command in a terminal and return what the screen shows until it has ended.

        Raises
        ------
        AssertionError
            When it did not end in time, or the terminal was lost.
        """
        name = self.ask("POST", "api/terminals").json()["name"]
        end = uuid.uuid4().hex
        screen = ""
        with self.socket(f"terminals/websocket/{name}") as terminal:
            # The terminal repeats what is typed, so the word must not stand in it as it is.
            line = f"{command}; echo {end[:16]}''{end[16:]}\r"
            terminal.send(json.dumps(["stdin", line]))
            terminal.settimeout(timeout)
            deadline = time.monotonic() + timeout
            while end not in screen:
                kind, *text = json.loads(terminal.recv())
                screen += text[0] if kind == "stdout" else ""
                assert kind != "disconnect", f"the terminal ended: {screen}"
                assert time.monotonic() < deadline, f"no end of {command!r}: {screen}"
        self.ask("DELETE", f"api/terminals/{name}")
        return screen.partition(end)[0]

    def run(self, script: str, timeout: float = PATIENCE) -> Any:
        """Run a Python script in a terminal; return what it has printed, read as JSON."""
        name = f"script-{uuid.uuid4().hex[:8]}"
        self.upload(f"{name}.py", script.encode())
        screen = self.shell(f"python {name}.py > {name}.json", timeout)
        found = self.download(f"{name}.json")
        assert found.strip(), screen
        return json.loads(found)

    # In a kernel

    def start_kernel(self) -> str:
        """Start a kernel and return its id."""
        answer = self.ask("POST", "api/kernels", json={"name": "python3"})
        assert answer.status_code == 201, answer.text
        kernel: str = answer.json()["id"]
        return kernel

    def execute(self, kernel: str, code: str, *, wait: bool = True) -> str:
        """Run code in a kernel; return what it printed, or at once when nobody waits."""
        message = uuid.uuid4().hex
        header = {"msg_id": message, "username": "", "session": "", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": True}
        request = {
            "header": header | {"msg_type": "execute_request"},
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        printed = ""
        with self.socket(f"api/kernels/{kernel}/channels") as channel:
            channel.send(json.dumps(request))
            while True:
                said = json.loads(channel.recv())
                if said.get("parent_header", {}).get("msg_id") != message:
                    continue
                content = said["content"]
                printed += content.get("text", "") if said["msg_type"] == "stream" else ""
                assert said["msg_type"] != "error", content
                busy = content.get("execution_state")
                if busy == "idle" or (busy == "busy" and not wait):
                    return printed
