"""The exchange as learners reach it: over a real hub, by people who try what they should not."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from academy import paths
from academy.grading.admission import ExchangeLimits
from academy.hub import exchange_service
from academy.hub.exchange_callers import SCOPE, caller_of
from running import RunningAcademy, free_port

COURSE, ASSIGNMENT = "start-here", "load-and-count"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
integration = pytest.mark.integration


@dataclass
class Person:
    """Somebody with an account, a token, and bad ideas."""

    name: str
    academy: RunningAcademy
    client: httpx.Client
    token: str = ""

    @property
    def port(self) -> int:
        """Where the exchange listens."""
        ports = json.loads((self.academy.state / "hub" / "ports.json").read_text())
        return int(ports["exchange"])

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask the exchange's service."""
        headers = {"Authorization": f"token {self.token}".strip(), **more.pop("headers", {})}
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, headers=headers, timeout=60, **more)

    def submit(self, content: bytes, **more: Any) -> httpx.Response:
        path = f"/courses/{COURSE}/assignments/{ASSIGNMENT}/submissions"
        return self.ask("POST", path, content=content, **more)

    def listed(self, query: str = "") -> list[dict[str, Any]]:
        return [
            one["receipt"] for one in self.ask("GET", f"/submissions{query}").json()["submissions"]
        ]

    def new_token(self, **wanted: Any) -> str:
        """Ask the hub for a token, as its token page does."""
        page = self.client.get("hub/token").text
        word = re.search(r'xsrf_token: "([^"]+)"', page)
        assert word, page
        answer = self.client.post(
            f"hub/api/users/{self.name}/tokens", headers={"X-XSRFToken": word[1]}, json=wanted
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def lab(self, action: str = "") -> dict[str, Any]:
        """Do what Assignment List does in the lab."""
        path = f"user/{self.name}/assignments"
        if not action:
            return dict(self.client.get(path, params={"course_id": COURSE}).json())
        given = {"course_id": COURSE, "assignment_id": ASSIGNMENT}
        for word in {one.value for one in self.client.cookies.jar if one.name == "_xsrf"}:
            answer = self.client.post(
                f"{path}/{action}", headers={"X-XSRFToken": str(word)}, json=given
            )
            if answer.status_code == 200:
                return dict(answer.json())
        raise AssertionError(answer.text)


def sign_up(academy: RunningAcademy, name: str) -> Person:
    client = httpx.Client(base_url=academy.url, follow_redirects=True, timeout=60)
    client.get("hub/signup")
    password = "red beans and rice"
    form = {"username": name, "password": password, "password_again": password}
    answer = client.post("hub/signup", data=form | {"_xsrf": client.cookies["_xsrf"]})
    assert answer.status_code == 200, answer.text
    person = Person(name, academy, client)
    person.token = person.new_token(note="test")
    return person


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAcademy]:
    running = RunningAcademy(tmp_path_factory.mktemp("exchange") / "state")
    running.settings = running.state.parent / "hub.yaml"
    running.settings.write_text("exchange:\n  submission_mb: 2\n  submissions_a_day: 4\n")
    try:
        running.start(timeout=240)
        released = running.run("course", "release", COURSE, ASSIGNMENT)
        assert released.returncode == 0, released.stderr
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def ana(academy: RunningAcademy) -> Person:
    return sign_up(academy, "ana-resident")


@pytest.fixture(scope="module")
def bob(academy: RunningAcademy) -> Person:
    return sign_up(academy, "bob-resident")


def tar(*members: tuple[str, bytes], link: str = "", moment: float = 0) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), moment
            made.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo("link.ipynb")
            member.type, member.linkname = tarfile.SYMTYPE, link
            made.addfile(member)
    return file.getvalue()


def recorded(academy: RunningAcademy) -> list[dict[str, Any]]:
    file = academy.state / "receipts" / f"{COURSE}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


@integration
def test_who_and_when_are_nothing_that_a_request_says(
    academy: RunningAcademy, ana: Person, bob: Person
) -> None:
    before = datetime.now(UTC)
    forged = tar(
        (NOTEBOOK, b"{}"),
        ("timestamp.txt", b"2001-01-01 00:00:00.000000 UTC"),
        moment=1_000_000_000,
    )

    answer = bob.submit(
        forged,
        params={"learner": ana.name, "student_id": ana.name, "timestamp": "2001-01-01"},
        headers={"X-Forwarded-User": ana.name, "Date": "Mon, 01 Jan 2001 00:00:00 GMT"},
    )

    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert receipt["learner"] == bob.name
    assert before <= datetime.fromisoformat(receipt["submitted_at"]) <= datetime.now(UTC)
    assert receipt in recorded(academy)
    assert receipt["folder"].startswith(f"{bob.name}+{ASSIGNMENT}+")
    assert {one["learner"] for one in recorded(academy)} == {bob.name}


@integration
def test_everybody_lists_their_own_alone(ana: Person, bob: Person) -> None:
    mine = ana.submit(tar((NOTEBOOK, b"{}"))).json()

    assert [one["number"] for one in ana.listed()] == [mine["number"]]
    assert ana.listed(f"?course={COURSE}&assignment={ASSIGNMENT}") == ana.listed()
    for query in ("", f"?learner={ana.name}", f"?course={COURSE}&student_id={ana.name}"):
        assert {one["learner"] for one in bob.listed(query)} <= {bob.name}


@integration
@pytest.mark.parametrize(
    ("course", "status"),
    [("no-such-course", 403), ("..", 404), ("%2e%2e", 403), ("start-here%2F..%2Fstart-here", 403)],
)
def test_a_course_that_one_does_not_take_is_closed(bob: Person, course: str, status: int) -> None:
    path = f"/courses/{course}/assignments/{ASSIGNMENT}/submissions"

    assert bob.ask("POST", path, content=tar((NOTEBOOK, b"{}"))).status_code == status


@integration
def test_an_assignment_that_is_not_released_is_told(bob: Person) -> None:
    path = f"/courses/{COURSE}/assignments/%2e%2e/submissions"

    answer = bob.ask("POST", path, content=tar((NOTEBOOK, b"{}")))

    assert answer.status_code == 404
    assert "no released assignment" in answer.json()["problem"]


@integration
def test_only_a_token_for_the_exchange_opens_it(academy: RunningAcademy, bob: Person) -> None:
    number = len(recorded(academy))
    narrow = bob.new_token(note="narrow", scopes=[f"read:users:name!user={bob.name}"])
    for token in ("", "nonsense", narrow):
        stranger = Person(bob.name, academy, bob.client, token)
        answer = stranger.submit(tar((NOTEBOOK, b"{}")))
        assert answer.status_code == 403
        assert answer.json()["problem"] == "The exchange does not know who you are."
        assert stranger.ask("GET", "/submissions").status_code == 403
    in_address = httpx.get(str(bob.ask("GET", "/submissions").url) + f"?token={bob.token}")
    assert in_address.status_code == 403
    assert len(recorded(academy)) == number


@integration
@pytest.mark.parametrize(
    "content",
    [
        tar((NOTEBOOK, b"{}"), link="/etc/passwd"),
        tar((NOTEBOOK, b"{}"), link=f"../../{COURSE}/gradebook.db"),
        tar(("../../outbound/load-and-count/load-and-count.ipynb", b"{}")),
        tar(("/tmp/of-the-exchange", b"{}")),
        tar((NOTEBOOK, b"{}"))[:700],
        b"",
    ],
)
def test_a_tar_that_is_not_plain_leaves_nothing(
    academy: RunningAcademy, bob: Person, content: bytes
) -> None:
    inbound = academy.state / "exchange" / COURSE / "inbound"
    before = sorted(inbound.iterdir())

    answer = bob.submit(content)

    assert answer.status_code == 400, answer.text
    assert "your work is in your folder as you left it" in answer.json()["kept"]
    assert sorted(inbound.iterdir()) == before
    assert not Path("/tmp/of-the-exchange").exists()


@integration
@pytest.mark.parametrize("size", [2_100_000, 40_000_000])
def test_what_is_too_large_is_refused_in_words(bob: Person, size: int) -> None:
    answer = bob.submit(tar((NOTEBOOK, bytes(size))))

    assert answer.status_code == 413
    assert "at most 2 MB are taken" in answer.json()["problem"]


@integration
def test_a_body_of_unknown_or_absurd_length_is_refused(bob: Person) -> None:
    assert bob.submit(iter([b"x"])).status_code == 411  # type: ignore[arg-type]
    path = f"/courses/{COURSE}/assignments/{ASSIGNMENT}/submissions"
    with socket.create_connection(("127.0.0.1", bob.port), timeout=30) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: token {bob.token}\r\n"
        connection.sendall(f"{head}Content-Length: {10**15}\r\n\r\n".encode())
        answer = connection.recv(1000)
        assert b"201" not in answer
        assert connection.recv(1000) == b"" or b"HTTP/1.1 4" in answer


@integration
def test_a_submission_that_breaks_off_leaves_nothing(academy: RunningAcademy, bob: Person) -> None:
    inbound = academy.state / "exchange" / COURSE / "inbound"
    before = sorted(inbound.iterdir())
    with socket.create_connection(("127.0.0.1", bob.port)) as connection:
        connection.sendall(
            f"POST /courses/{COURSE}/assignments/{ASSIGNMENT}/submissions HTTP/1.1\r\n"
            f"Host: x\r\nAuthorization: token {bob.token}\r\nContent-Length: 90000\r\n\r\n".encode()
            + bytes(4000)
        )
        deadline = time.monotonic() + 30
        while sorted(inbound.iterdir()) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        second = bob.submit(tar((NOTEBOOK, b"{}")))
        assert "on its way already" in second.json()["problem"]
        arriving = sorted(inbound.iterdir())
    assert len(arriving) == len(before) + 1
    while sorted(inbound.iterdir()) != before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(inbound.iterdir()) == before


@integration
def test_a_flood_ends_for_its_sender_alone(
    academy: RunningAcademy, ana: Person, bob: Person
) -> None:
    answers = [bob.submit(tar((NOTEBOOK, b"%d" % n))) for n in range(6)]

    assert [one.status_code for one in answers[-2:]] == [429, 429]
    assert "no more than 4 are taken" in answers[-1].json()["problem"]
    assert sum(one["learner"] == bob.name for one in recorded(academy)) == 4
    assert ana.submit(tar((NOTEBOOK, b"{}"))).status_code == 201


@integration
def test_the_lab_hands_in_and_shows_what_came_back(academy: RunningAcademy) -> None:
    """Over the learner's own server, with the token and the variables that the hub gave it."""
    mia, eve = sign_up(academy, "mia-resident"), sign_up(academy, "eve-resident")
    deadline = time.monotonic() + 90
    while "jupyter-config-data" not in mia.client.get(f"user/{mia.name}/lab").text:
        assert time.monotonic() < deadline, academy.log()
        time.sleep(0.3)
    assert mia.lab("fetch")["success"]
    work = academy.state / "homes" / mia.name / "assignments" / COURSE / ASSIGNMENT
    assert (work / NOTEBOOK).is_file()

    answer = mia.lab("submit")

    assert answer["success"], answer
    (receipt,) = mia.listed()
    (handed_in,) = answer["value"][-1]["submissions"]
    assert handed_in["timestamp"].startswith(receipt["submitted_at"][:10])
    for step in ("collect", "grade", "return"):
        done = academy.run("course", step, COURSE, ASSIGNMENT)
        assert f"{mia.name}: " in done.stdout, done.stdout + done.stderr
    fetched = mia.lab("fetch_feedback")["value"][-1]["submissions"][0]
    assert fetched["has_local_feedback"], fetched
    page = f"/courses/{COURSE}/submissions/{receipt['number']}/feedback/{ASSIGNMENT}"
    mine = mia.ask("GET", page)
    assert mine.status_code == 200
    assert (work / "feedback" / handed_in["timestamp"] / f"{ASSIGNMENT}.html").read_bytes() == (
        mine.content
    )
    refused = eve.ask("GET", page)
    assert refused.status_code == 404
    assert refused.json()["problem"] == "There is no such feedback of yours."


@integration
def test_the_proxy_leads_nobody_to_the_exchange(bob: Person) -> None:
    for path in ("services/exchange/", "services/exchange/submissions"):
        answer = bob.client.get(path, headers={"Authorization": f"token {bob.token}"})
        assert answer.status_code == 404


# Without a hub


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ({"kind": "user", "name": "ana", "scopes": [SCOPE], "groups": ["nbgrader-a"]}, "ana"),
        ({"kind": "user", "name": "ana", "scopes": ["access:services"]}, "ana"),
        ({"kind": "service", "name": "start-here", "scopes": [SCOPE]}, None),
        ({"kind": "user", "name": "ana", "scopes": ["access:services!service=start-here"]}, None),
        ({"kind": "user", "name": "ana", "scopes": ["access:servers!server=bob/"]}, None),
        ({"name": "ana", "scopes": [SCOPE]}, None),
    ],
)
def test_only_a_user_with_the_permission_is_a_caller(
    model: dict[str, Any], name: str | None
) -> None:
    found = caller_of(model)

    assert (found.name if found else None) == name


def test_courses_come_from_the_hubs_groups() -> None:
    groups = ["nbgrader-a", "formgrade-b", "x-nbgrader-c", "nbgrader-", "other"]

    found = caller_of({"kind": "user", "name": "ana", "scopes": [SCOPE], "groups": groups})

    assert found
    assert found.courses == {"a", "b"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_and_a_hub_that_is_silent_is_told_in_words(
    number: signal.Signals,
) -> None:
    port = free_port()
    variables = exchange_service.environment(port, ExchangeLimits())
    command = [sys.executable, "-m", "academy.hub.exchange_service"]
    # A shell that runs a job in the background hands SIGINT down as ignored.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = subprocess.Popen(
        command, env={**os.environ, **variables, "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api"}
    )
    signal.signal(signal.SIGINT, before)
    try:
        answer = _first_answer(f"http://127.0.0.1:{port}/submissions")
        process.send_signal(number)
        code = process.wait(30)
    finally:
        process.kill()

    assert code == 0
    assert answer.status_code == 503
    assert answer.json()["problem"] == "The exchange can't ask the hub who you are."


def _first_answer(url: str) -> httpx.Response:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return httpx.get(url, headers={"Authorization": "token x"})
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the service did not start")


def test_it_starts_without_anything_heavy() -> None:
    heavy = {"pandas", "nbgrader", "nbconvert", "jupyterhub", "sqlalchemy", "nbformat"}
    code = (
        "import sys, academy.hub.exchange_service\nprint(*{n.split('.')[0] for n in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=paths.checkout(),
    )

    assert not set(done.stdout.split()) & heavy
