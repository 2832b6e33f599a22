"""What a hostile learner tries with a browser: the pages and servers of others, over the proxy.

These run in the test itself, with the attacker's session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import websocket

from .catalogue import Facts, Outcome, attempt, held, succeeded

if TYPE_CHECKING:
    from integration.lab_client import LabClient

BROWSER = "With the own session in a browser"
ALWAYS = "The hub decides, so it holds without walls too."


def may_get(lab: LabClient, path: str, *, word: str = "") -> Outcome:
    """Succeed when a page is given out, with a word in it that only the real one has."""
    answer = lab.http.get(path, follow_redirects=False)
    if answer.status_code == 200 and word in answer.text:
        return succeeded(f"GET {path}: {answer.text[:100]!r}")
    return held(f"GET {path}: {answer.status_code}")


@attempt(BROWSER, who="browser", behind="succeeded", note="It is our own; this proves the way.")
def open_the_own_lab(facts: Facts, lab: LabClient) -> Outcome:
    """Open the lab of our own."""
    return may_get(lab, f"user/{facts.me}/lab", word="jupyter-config-data")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def open_anothers_lab(facts: Facts, lab: LabClient) -> Outcome:
    """Open the lab of another learner."""
    answer = lab.http.get(f"user/{facts.victim}/lab")
    is_lab = "jupyter-config-data" in answer.text
    return succeeded("it opened") if is_lab else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def ask_anothers_server(facts: Facts, lab: LabClient) -> Outcome:
    """Ask another's server for its files."""
    return may_get(lab, f"user/{facts.victim}/api/contents/Secret.ipynb")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def open_a_terminal_of_another(facts: Facts, lab: LabClient) -> Outcome:
    """Open a terminal in another's server."""
    headers = {"X-XSRFToken": lab.xsrf(f"/user/{facts.victim}/")}
    answer = lab.http.post(f"user/{facts.victim}/api/terminals", headers=headers)
    return succeeded(answer.text) if answer.status_code < 300 else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def listen_at_anothers_kernel(facts: Facts, lab: LabClient) -> Outcome:
    """Open the websocket of another's kernel."""
    kernel = facts.kernel_sockets[0].split("kernel-")[1].split("-ipc")[0]
    cookies = "; ".join(f"{one.name}={one.value}" for one in lab.http.cookies.jar)
    address = f"{lab.url.replace('http', 'ws', 1)}user/{facts.victim}/api/kernels/{kernel}/channels"
    try:
        websocket.create_connection(
            address, cookie=cookies, origin=lab.url.rstrip("/"), timeout=20, http_no_proxy=["*"]
        ).close()
    except (websocket.WebSocketException, OSError) as error:
        return held(f"{type(error).__name__}: {str(error)[:80]}")
    return succeeded("connected")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def climb_in_an_address(facts: Facts, lab: LabClient) -> Outcome:
    """Reach another's server by an address that climbs out of our own."""
    said = []
    for way in ("%2e%2e", "..%2f..%2fuser", "..;", "%252e%252e"):
        path = f"{lab.url}user/{facts.me}/{way}/{facts.victim}/api/contents/Secret.ipynb"
        answer = lab.http.get(path, follow_redirects=False)
        if answer.status_code == 200 and facts.is_secret(answer.content):
            return succeeded(path)
        said.append(str(answer.status_code))
    return held(", ".join(said))


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def read_outside_of_the_home(facts: Facts, lab: LabClient) -> Outcome:
    """Ask our own server for a file outside of our home."""
    said = []
    for name in ("..", "../..", "%2e%2e"):
        path = f"user/{facts.me}/api/contents/{name}/{facts.victim}/Secret.ipynb"
        answer = lab.http.get(f"{lab.url}{path}", follow_redirects=False)
        if answer.status_code == 200:
            return succeeded(path)
        said.append(str(answer.status_code))
    return held(", ".join(said))


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def open_the_formgrader(facts: Facts, lab: LabClient) -> Outcome:
    """Open the formgrader of a course as its learner."""
    answer = lab.http.get(f"services/{facts.course}/formgrader")
    is_open = "formgrader" in answer.text.lower() and answer.status_code == 200
    return succeeded("it opened") if is_open else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def reach_the_exchange_from_outside(facts: Facts, lab: LabClient) -> Outcome:
    """Reach the exchange's service over the public address."""
    answer = lab.http.get("services/exchange/submissions", follow_redirects=False)
    return succeeded(answer.text) if answer.status_code == 200 else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def open_the_administration(facts: Facts, lab: LabClient) -> Outcome:
    """Open the administrator's page."""
    return may_get(lab, "hub/admin")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def list_users_with_the_session(facts: Facts, lab: LabClient) -> Outcome:
    """Ask the hub for all learners, with the session instead of the server's token."""
    headers = {"X-XSRFToken": lab.xsrf("/hub/"), "Referer": f"{lab.url}hub/home"}
    answer = lab.http.get("hub/api/users", headers=headers)
    return succeeded(answer.text) if facts.victim in answer.text else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def start_anothers_server(facts: Facts, lab: LabClient) -> Outcome:
    """Start another's server."""
    headers = {"X-XSRFToken": lab.xsrf("/hub/"), "Referer": f"{lab.url}hub/home"}
    answer = lab.http.post(f"hub/api/users/{facts.victim}/server", headers=headers)
    return succeeded(answer.text) if answer.status_code < 300 else held(f"{answer.status_code}")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def change_the_proxys_table(facts: Facts, lab: LabClient) -> Outcome:
    """Ask the proxy itself, over the public address, to send another's visitors to us."""
    answer = lab.http.post(f"api/routes/user/{facts.victim}", json={"target": "http://127.0.0.1:1"})
    return succeeded(answer.text) if answer.status_code < 300 else held(f"{answer.status_code}")


def _sign_up(lab: LabClient, name: str) -> httpx.Response:
    with httpx.Client(base_url=lab.url, follow_redirects=True, timeout=60, trust_env=False) as new:
        new.get("hub/signup")
        word = "red beans and rice again"
        form = {"username": name, "password": word, "password_again": word}
        return new.post("hub/signup", data=form | {"_xsrf": new.cookies["_xsrf"]})


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def sign_up_as_another(facts: Facts, lab: LabClient) -> Outcome:
    """Sign up with another's name, written a little differently, and a password of our own."""
    for name in (facts.victim, facts.victim.upper(), f" {facts.victim} ", f"{facts.victim}\n"):
        answer = _sign_up(lab, name)
        if f"/user/{facts.victim}" in str(answer.url) or "desk is being set up" in answer.text:
            return succeeded(f"{name!r} came in")
    return held("four ways of writing the name")


@attempt(BROWSER, who="browser", open="held", note=ALWAYS)
def sign_up_as_administrator(facts: Facts, lab: LabClient) -> Outcome:
    """Sign up with a name that has a role: administrator, instructor, service, root."""
    for name in ("director", "Director", "teacher", "root", facts.course, "exchange"):
        answer = _sign_up(lab, name)
        if "/user/" in str(answer.url) or "desk is being set up" in answer.text:
            return succeeded(f"{name!r} came in")
    return held("six names")
