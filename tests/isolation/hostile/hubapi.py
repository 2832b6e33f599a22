"""The hub's API and the exchange's, asked with the token that every learner's server has."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request

from .catalogue import Facts, Outcome, attempt, held, succeeded

API = "The hub's API, with our own server's token"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method: str, path: str, body: object = None) -> tuple[int, str]:
    """Ask the hub something as our own server would; return its status and its words."""
    url = os.environ["JUPYTERHUB_API_URL"] + path
    token = os.environ["JUPYTERHUB_API_TOKEN"]
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=data, method=method, headers={"Authorization": f"token {token}"}
    )
    try:
        with _DIRECT.open(request, timeout=20) as answer:
            return answer.status, answer.read(100_000).decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read(1000).decode(errors="replace")


def may(method: str, path: str, body: object = None) -> Outcome:
    """Succeed when the hub does as it is asked."""
    status, words = ask(method, path, body)
    if 200 <= status < 300:
        return succeeded(f"{method} {path}: {status} {words[:100]}")
    return held(f"{method} {path}: {status}")


SCOPES = "The hub's scopes hold without walls too, as long as nobody can read another's token."


@attempt(API, open="succeeded", behind="succeeded", note="It is our own; this proves the way.")
def ask_who_we_are(facts: Facts) -> Outcome:
    """Ask the hub about our own account."""
    return may("GET", f"/users/{facts.me}")


@attempt(API, open="held", note=SCOPES)
def list_users(facts: Facts) -> Outcome:
    """Ask the hub for the list of learners."""
    status, words = ask("GET", "/users")
    names = [user["name"] for user in json.loads(words)] if status == 200 else []
    others = set(names) - {facts.me}
    return succeeded(f"{others}") if others else held(f"{status}, {len(names)} names")


@attempt(API, open="held", note=SCOPES)
def ask_about_a_learner(facts: Facts) -> Outcome:
    """Ask the hub about another learner."""
    return may("GET", f"/users/{facts.victim}")


@attempt(API, open="held", note=SCOPES)
def mint_a_token(facts: Facts) -> Outcome:
    """Ask the hub for a token of another learner."""
    return may("POST", f"/users/{facts.victim}/tokens", {"note": "hostile"})


@attempt(API, open="held", note=SCOPES)
def mint_a_wider_token(facts: Facts) -> Outcome:
    """Ask the hub for a token of our own with an administrator's scopes."""
    return may("POST", f"/users/{facts.me}/tokens", {"scopes": ["admin:users", "admin:servers"]})


@attempt(API, open="held", note=SCOPES)
def stop_a_server(facts: Facts) -> Outcome:
    """Ask the hub to stop another's server."""
    return may("DELETE", f"/users/{facts.victim}/server")


@attempt(API, open="held", note=SCOPES)
def join_the_instructors(facts: Facts) -> Outcome:
    """Ask the hub to make us an instructor."""
    return may("POST", f"/groups/formgrade-{facts.course}/users", {"users": [facts.me]})


@attempt(API, open="held", note=SCOPES)
def become_administrator(facts: Facts) -> Outcome:
    """Ask the hub to make us an administrator."""
    return may("PATCH", f"/users/{facts.me}", {"admin": True})


@attempt(API, open="held", note=SCOPES)
def rename_ourselves(facts: Facts) -> Outcome:
    """Ask the hub to give us another's name with a space of difference."""
    return may("PATCH", f"/users/{facts.me}", {"name": f"{facts.victim}-"})


@attempt(API, open="held", note=SCOPES)
def shut_the_hub_down(facts: Facts) -> Outcome:
    """Ask the hub to shut down."""
    return may("POST", "/shutdown", {"servers": True, "proxy": True})


@attempt(API, open="held", note=SCOPES)
def read_the_proxys_table(facts: Facts) -> Outcome:
    """Ask the hub where its proxy sends whom."""
    return may("GET", "/proxy")


@attempt(API, open="held", note=SCOPES)
def list_services(facts: Facts) -> Outcome:
    """Ask the hub for its services and their addresses."""
    status, words = ask("GET", "/services")
    names = list(json.loads(words)) if status == 200 else []
    return succeeded(f"{names}") if names else held(f"{status}, no service is told")


@attempt(API, open="held", note=SCOPES)
def report_activity_of_another(facts: Facts) -> Outcome:
    """Keep another's server alive, or let it be stopped, by reporting false activity."""
    body = {"last_activity": "2000-01-01T00:00:00Z", "servers": {}}
    return may("POST", f"/users/{facts.victim}/activity", body)


@attempt(API, open="held", note=SCOPES)
def use_our_token_at_anothers_server(facts: Facts) -> Outcome:
    """Ask another's server for its files with the token of our own, through the proxy."""
    base = f"http://127.0.0.1:{facts.ports['public']}/user/{facts.victim}/api/contents"
    request = urllib.request.Request(
        base, headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"}
    )
    try:
        with _DIRECT.open(request, timeout=20) as answer:
            return succeeded(f"{answer.status}")
    except urllib.error.HTTPError as error:
        return held(f"{error.code}")
