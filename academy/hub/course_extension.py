"""A Jupyter server extension of a course's service: its instructors' commands run here.

An instructor's own server can't open the gradebook or run learners' code; the course's service
can. It takes the steps below, and nothing else, from people whom the hub lets in.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
from typing import Any

import tornado.web
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader import base

from academy.grading.course_api import CourseAPI

STEPS = {
    "course": ("release", "amend", "collect", "grade", "return", "publish"),
    "grade": ("status", "audit", "export", "items"),
}
_ARGUMENT = re.compile(
    r"(--(json|again|resume|workers=\d{1,3}|author=[\w .,'-]{0,80})|[a-z][\w.-]{0,80})"
)


class RunHandler(APIHandler):
    """Run one step and stream what it says, a JSON object a line."""

    @tornado.web.authenticated
    async def post(self) -> None:
        """Read ``{"arguments": [...]}``; answer with lines of output and at last the exit code."""
        body = self.get_json_body() or {}
        arguments: list[str] = body.get("arguments") or []
        if not is_allowed(arguments, os.environ["ACADEMY_COURSE"]):
            raise tornado.web.HTTPError(400, "This command can't be run here.")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "academy",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        self.set_header("Content-Type", "application/jsonl")
        try:
            await asyncio.gather(
                self._send("out", process.stdout), self._send("err", process.stderr)
            )
            self.write(json.dumps({"exit": await process.wait()}) + "\n")
            self.finish()
        finally:
            # Whoever asked may have gone away; the step is safe to stop and to take again.
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    async def _send(self, kind: str, source: asyncio.StreamReader | None) -> None:
        assert source is not None
        while line := await source.readline():
            self.write(json.dumps({kind: line.decode(errors="replace")}) + "\n")
            await self.flush()


def is_allowed(arguments: object, course_id: str) -> bool:
    """Tell whether a command is a step of this very course with plain arguments.

    Parameters
    ----------
    arguments
        What was sent.
    course_id
        The course of this service.
    """
    if not isinstance(arguments, list) or not 3 <= len(arguments) <= 8:
        return False
    if not all(isinstance(one, str) and _ARGUMENT.fullmatch(one) for one in arguments):
        return False
    group, step, course = arguments[:3]
    return step in STEPS.get(group, ()) and course == course_id


def _load_jupyter_server_extension(server: Any) -> None:
    """Jupyter calls this before the server listens."""
    # formgrader has no setting for the interface that it asks.
    base.NbGraderAPI = CourseAPI
    path = url_path_join(server.web_app.settings["base_url"], "academy", "run")
    server.web_app.add_handlers(".*$", [(path, RunHandler)])
