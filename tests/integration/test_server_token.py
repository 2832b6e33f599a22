"""What the tokens that lie in learners' and courses' processes can't be used for."""

from __future__ import annotations

import contextlib
import time

import httpx
import psutil
import pytest

from integration.lab_client import LabClient
from running import RunningAcademy, shipped_courses

ANA, BEN = "ana-resident", "ben-resident"
#: Nobody's token may do any of these; each answer says no, or that there is nothing.
NOT_FOR_ANYBODY = [
    ("GET", "hub/api/groups"),
    ("GET", "hub/api/groups/nbgrader-start-here"),
    ("POST", f"hub/api/groups/formgrade-start-here/users?users={ANA}"),
    ("GET", "hub/api/services"),
    ("GET", "hub/api/proxy"),
    ("GET", "hub/api/info"),
    ("POST", "hub/api/shutdown"),
    ("POST", "hub/api/users/mallory"),
    ("PATCH", f"hub/api/users/{ANA}"),
    ("DELETE", f"hub/api/users/{BEN}"),
    ("GET", f"hub/api/users/{ANA}/tokens"),
    ("POST", f"hub/api/users/{ANA}/tokens"),
    ("GET", f"hub/api/users/{BEN}/tokens"),
    ("POST", f"hub/api/users/{BEN}/tokens"),
    ("POST", f"hub/api/users/{BEN}/server"),
    ("POST", f"hub/api/users/{BEN}/activity"),
    ("GET", f"hub/api/shares/{BEN}"),
    ("POST", f"hub/api/shares/{ANA}/"),
    ("GET", f"user/{BEN}/api/status"),
    ("GET", f"user/{BEN}/api/contents"),
    ("POST", f"user/{BEN}/api/terminals"),
]
#: A learner's server may not do these either; the idle culler may, it is what it is for.
NOT_FOR_LEARNERS = [
    ("GET", "hub/api/users"),
    ("GET", f"hub/api/users/{BEN}"),
    ("POST", f"hub/api/users/{ANA}/server"),
    ("DELETE", f"hub/api/users/{ANA}/server"),
    ("DELETE", f"hub/api/users/{BEN}/server"),
    ("GET", "services/start-here/api/status"),
    ("GET", "services/start-here/formgrader/api/assignments"),
]


@pytest.fixture(scope="module")
def people(academy: RunningAcademy) -> list[LabClient]:
    """Two learners whose desks are open."""
    signed_up = [LabClient(academy.url, name).sign_up() for name in (ANA, BEN)]
    return [one.wait() for one in signed_up]


@pytest.fixture(scope="module")
def tokens(academy: RunningAcademy, people: list[LabClient]) -> dict[str, str]:
    """The tokens that processes have, by whose they are."""
    assert academy.process is not None
    say = "import json, os; print(json.dumps(os.environ['JUPYTERHUB_API_TOKEN']))"
    found = {person.name: person.run(say) for person in people}
    wanted = {ANA, BEN, "start-here", "exchange", "idle-culler"}
    deadline = time.monotonic() + 90
    # The services of courses come up one after the other, once the hub is open.
    while not wanted <= set(found):
        assert time.monotonic() < deadline, set(found)
        time.sleep(0.5)
        found |= tokens_below(academy.process.pid)
    return found


def tokens_below(pid: int) -> dict[str, str]:
    """The tokens of a process's descendants, by whose they are."""
    found = {}
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            given = process.environ()
            owner = given.get("JUPYTERHUB_USER") or given.get("JUPYTERHUB_SERVICE_NAME")
            if owner and given.get("JUPYTERHUB_API_TOKEN"):
                found[owner] = given["JUPYTERHUB_API_TOKEN"]
    return found


def ask(academy: RunningAcademy, token: str, method: str, path: str) -> httpx.Response:
    body = {"admin": True} if method in ("POST", "PATCH") else None
    headers = {"Authorization": f"token {token}"}
    return httpx.request(
        method, academy.url + path, headers=headers, json=body, timeout=60, trust_env=False
    )


@pytest.mark.parametrize(("method", "path"), NOT_FOR_ANYBODY + NOT_FOR_LEARNERS)
def test_a_learners_token_can_not(
    academy: RunningAcademy, tokens: dict[str, str], method: str, path: str
) -> None:
    assert ask(academy, tokens[ANA], method, path).status_code in (403, 404)


@pytest.mark.parametrize(("method", "path"), NOT_FOR_ANYBODY)
@pytest.mark.parametrize("owner", ["start-here", "exchange", "idle-culler"])
def test_a_services_token_can_not(
    academy: RunningAcademy, tokens: dict[str, str], owner: str, method: str, path: str
) -> None:
    if owner not in tokens:
        pytest.fail(f"no process has the token of {owner}")
    answer = ask(academy, tokens[owner], method, path)

    assert answer.status_code in (403, 404), answer.text


def test_a_learners_token_says_who_it_belongs_to_and_no_more(
    academy: RunningAcademy, tokens: dict[str, str]
) -> None:
    answer = ask(academy, tokens[ANA], "GET", "hub/api/user")

    assert answer.status_code == 200
    known = answer.json()
    assert known["name"] == ANA
    assert sorted(known["groups"]) == [f"nbgrader-{course}" for course in shipped_courses()]
    assert not {"servers", "auth_state", "roles", "created"} & set(known), known
    for_servers = f"access:servers!server={ANA}/"
    assert set(known["scopes"]) == {
        for_servers,
        f"read:users:groups!user={ANA}",
        f"read:users:name!user={ANA}",
        f"users:activity!user={ANA}",
        f"read:users:activity!user={ANA}",
        "access:services!service=exchange",
    }


def test_a_learners_token_opens_the_learners_own_desk(
    academy: RunningAcademy, tokens: dict[str, str]
) -> None:
    assert ask(academy, tokens[ANA], "GET", f"user/{ANA}/api/status").status_code == 200
