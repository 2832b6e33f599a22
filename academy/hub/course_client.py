"""Ask a course's own service for a step, from an instructor's lab."""

from __future__ import annotations

import json
import os

import httpx
import typer

from academy.errors import AcademyError

#: ``course=address`` pairs: the services of the courses that the user of this lab teaches.
SERVICES_VARIABLE = "ACADEMY_COURSE_SERVICES"


def run_step(course_id: str, arguments: tuple[str, ...]) -> int:
    """Run a step as the course, show what it says and return its exit code.

    Raises
    ------
    AcademyError
        When the user does not teach the course, or its service does not answer.
    """
    addresses = dict(
        pair.split("=", 1) for pair in os.environ.get(SERVICES_VARIABLE, "").split() if pair
    )
    if course_id not in addresses:
        raise AcademyError(
            f"Only instructors of the course '{course_id}' can do this, in their own lab.",
            kept="Nothing was changed.",
            next_step="Ask the administrator to add you to its instructors.",
        )
    try:
        return _stream(f"{addresses[course_id]}academy/run", arguments)
    except (httpx.HTTPError, ValueError) as error:
        raise AcademyError(
            f"The service of the course '{course_id}' did not answer ({error}).",
            kept="What was done so far is kept.",
            next_step="Try again in a minute; if it still fails, tell the administrator.",
        ) from None


def _stream(address: str, arguments: tuple[str, ...]) -> int:
    headers = {"Authorization": f"token {os.environ.get('JUPYTERHUB_API_TOKEN', '')}"}
    body = {"arguments": list(arguments)}
    # A step may take as long as the class is large.
    with (
        httpx.Client(timeout=httpx.Timeout(30, read=None), trust_env=False) as client,
        client.stream("POST", address, json=body, headers=headers) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            answer.read()
            raise ValueError(f"it said {answer.status_code}")
        for line in answer.iter_lines():
            told = json.loads(line)
            if "exit" in told:
                return int(told["exit"])
            typer.echo(told.get("out", told.get("err", "")), nl=False, err="err" in told)
    raise ValueError("it stopped in the middle")
