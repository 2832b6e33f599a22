"""What a stranger on the web may try at the doors of a real hub, and what must not work."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, expect

from integration.lab_client import PASSWORD, LabClient
from integration.people import Person
from running import RunningAcademy

LOGGED_IN = "jupyterhub-hub-login"


@pytest.fixture
def visitor(academy: RunningAcademy) -> Iterator[httpx.Client]:
    """Somebody with a browser, who follows no redirect."""
    with httpx.Client(base_url=academy.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def ana(academy: RunningAcademy) -> LabClient:
    """A learner whose desk is open."""
    return LabClient(academy.url, "ana-resident").sign_up().wait()


def send(client: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    """Fill in a page's form."""
    page = client.get(path)
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert token, page.text
    return client.post(path, data={**form, "_xsrf": token[1]})


def log_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return send(client, "hub/login", {"username": name, "password": password})


# What is written down


def test_no_secret_comes_to_a_log_or_a_process_list(
    academy: RunningAcademy, ana: LabClient, visitor: httpx.Client
) -> None:
    assert log_in(visitor, "ana-resident").status_code == 302
    code = claim(academy)
    written = (academy.state / "hub" / "hub.log").read_text(errors="replace")
    on_screen = academy.output.replace(code, "")
    commands = "\n".join(" ".join(one.cmdline()) for one in processes(academy))
    assert "POST /hub/claim" in written
    assert "jupyterhub.singleuser" in commands

    secrets = {PASSWORD, code, *cookies(ana.http), *cookies(visitor), *stored(academy)}
    secrets |= tokens_in_environments(academy)

    assert len(secrets) > 12
    for secret in secrets:
        assert len(secret) > 8
        for text in (written, on_screen, commands):
            assert secret not in text


def claim(academy: RunningAcademy) -> str:
    """Let the director come in by the link; return its code."""
    code = academy.claim_link().split("#")[1]
    with httpx.Client(base_url=academy.url, timeout=60, trust_env=False) as director:
        asked = send(director, "hub/claim", {"code": code})
        assert "Welcome, director" in asked.text
        passwords = {"password": PASSWORD, "password_again": PASSWORD}
        entered = send(director, "hub/claim", {"code": code, **passwords})
        assert entered.status_code == 302
    return code


def processes(academy: RunningAcademy) -> list[psutil.Process]:
    assert academy.process is not None
    return psutil.Process(academy.process.pid).children(recursive=True)


def cookies(client: httpx.Client) -> set[str]:
    return {str(one.value).strip('"') for one in client.cookies.jar}


def stored(academy: RunningAcademy) -> set[str]:
    """The cookie secret, and what tells people's cookies apart in the database."""
    folder = academy.state / "hub"
    with contextlib.closing(sqlite3.connect(folder / "jupyterhub.sqlite")) as database:
        ids = {row[0] for row in database.execute("SELECT cookie_id FROM users")}
    return {(folder / "jupyterhub_cookie_secret").read_text().strip(), *ids}


def tokens_in_environments(academy: RunningAcademy) -> set[str]:
    found: set[str] = set()
    for process in processes(academy):
        with contextlib.suppress(psutil.Error):
            environment = process.environ()
            found |= {value for key, value in environment.items() if key.endswith("TOKEN")}
    assert len(found) >= 4
    return found


# Pages and their forms


@pytest.mark.parametrize("path", ["login", "signup", "claim", "logout", "nothing-here"])
def test_pages_tell_browsers_to_be_careful(visitor: httpx.Client, path: str) -> None:
    first, second = visitor.get(f"hub/{path}"), visitor.get(f"hub/{path}")

    policy = first.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)';", policy)
    assert nonce
    assert nonce[1] not in second.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert set(re.findall(r"<script(.{10})", first.text)) == {' nonce="' + nonce[1][:2]}
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["login", "signup", "claim", "change-password", "logout", "authorize"]
)
def test_a_form_without_the_pages_own_word_is_refused(
    academy: RunningAcademy, ana: LabClient, visitor: httpx.Client, path: str
) -> None:
    visitor.cookies.update(ana.http.cookies)
    form = {"username": "eve-stranger", "password": PASSWORD, "password_again": PASSWORD}

    for more in ({}, {"_xsrf": "made-up"}):
        refused = visitor.post(f"hub/{path}", data={**form, **more}, follow_redirects=False)
        assert refused.status_code == 403
    assert visitor.get("hub/home").status_code == 200


def test_names_and_passwords_in_an_address_do_nothing(
    ana: LabClient, visitor: httpx.Client
) -> None:
    answer = visitor.get("hub/login", params={"username": ana.name, "password": PASSWORD})

    assert answer.status_code == 200
    assert PASSWORD not in answer.text
    assert LOGGED_IN not in visitor.cookies


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "https://evil.example/",
        "https:evil.example",
        "http://127.0.0.1@evil.example/",
        "javascript:alert(1)",
        "/%0d%0aLocation:%20https://evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_logging_in(
    academy: RunningAcademy, ana: LabClient, visitor: httpx.Client, target: str
) -> None:
    page = visitor.get("hub/login", params={"next": target})
    action = re.search(r'action="([^"]+)"', page.text)
    token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert action
    assert token
    form = {"username": ana.name, "password": PASSWORD, "_xsrf": token[1]}

    answer = visitor.post(action[1].replace("&amp;", "&"), data=form)

    assert answer.status_code == 302
    landed = httpx.URL(academy.url).join(answer.headers["Location"])
    assert str(landed).startswith(academy.url)


# Sessions


def test_a_link_elsewhere_does_not_log_out(ana: LabClient, visitor: httpx.Client) -> None:
    log_in(visitor, ana.name)
    for origin in ("cross-site", "same-site"):
        asked = visitor.get("hub/logout", headers={"Sec-Fetch-Site": origin})
        assert "Log out?" in asked.text
        assert visitor.get("hub/home").status_code == 200

    send(visitor, "hub/logout", {})

    assert visitor.get("hub/home").status_code == 302


def test_a_session_begins_anew_at_log_in(ana: LabClient, visitor: httpx.Client) -> None:
    visitor.cookies.set("jupyterhub-session-id", "planted-by-somebody-else", domain="127.0.0.1")

    answer = log_in(visitor, ana.name)

    given = [one for one in answer.headers.get_list("set-cookie") if "session-id" in one]
    assert given
    assert "planted-by-somebody-else" not in given[-1]
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_a_changed_password_ends_other_sessions(academy: RunningAcademy) -> None:
    with (
        httpx.Client(base_url=academy.url, timeout=60, trust_env=False) as here,
        httpx.Client(base_url=academy.url, timeout=60, trust_env=False) as elsewhere,
    ):
        form = {"username": "mia-resident", "password": PASSWORD, "password_again": PASSWORD}
        assert send(here, "hub/signup", form).status_code == 302
        assert log_in(elsewhere, "mia-resident").status_code == 302
        new = "a brand new password"
        passwords = {"old_password": PASSWORD, "password": new, "password_again": new}

        changed = send(here, "hub/change-password", passwords)

        assert "was changed" in changed.text
        assert here.get("hub/home").status_code == 200
        assert elsewhere.get("hub/home").status_code == 302


def test_nobody_learns_by_a_log_in_which_names_exist(ana: LabClient, visitor: httpx.Client) -> None:
    told: dict[str, list[str]] = {}
    for name in ("kim-nobody", "mia-known"):
        if name == "mia-known":
            form = {"username": name, "password": PASSWORD, "password_again": PASSWORD}
            send(visitor, "hub/signup", form)
            visitor.cookies.clear()
        answers = [log_in(visitor, name, "something wrong") for _ in range(6)]
        alerts = [re.search(r'role="alert"[^>]*>([^<]+)', one.text) for one in answers]
        told[name] = [alert[1] for alert in alerts if alert]

    assert told["kim-nobody"] == told["mia-known"]
    assert "Too many tries" in told["kim-nobody"][-1]


# In a browser


def test_our_pages_break_no_rule_of_their_own(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    teacher = person("teacher")
    complaints: list[str] = []
    teacher.page.on("console", lambda message: complaints.append(message.text))
    teacher.page.on("pageerror", lambda error: complaints.append(str(error)))
    teacher.claim(academy.run("hub", "invite", "teacher").stdout.split()[-1])
    teacher.wait_for_welcome()
    complaints.clear()

    for path in ("hub/home", "hub/token", "hub/change-password", "hub/spawn-pending/teacher"):
        teacher.page.goto(teacher.url + path)
        teacher.page.wait_for_load_state("networkidle")
    teacher.page.goto(f"{teacher.url}hub/home")
    teacher.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.evil=1>')"
    )
    teacher.page.wait_for_timeout(300)

    assert teacher.page.evaluate("window.evil") is None
    blocked = [one for one in complaints if "Content Security Policy" in one]
    assert len(blocked) == 1, complaints
    assert "inline event handler" in blocked[0]


def test_the_links_code_leaves_the_address_bar(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    teacher = person("teacher")
    asked: list[str] = []
    teacher.page.on("request", lambda request: asked.append(request.url))
    link = academy.run("hub", "invite", "teacher").stdout.split()[-1]

    teacher.page.goto(link)
    expect(teacher.page.get_by_role("heading", name="Welcome, teacher")).to_be_visible()

    code = link.split("#")[1]
    assert code not in teacher.page.url
    assert not any(code in address for address in asked)


def test_a_link_works_without_scripts(browser: Browser, academy: RunningAcademy) -> None:
    link = academy.run("hub", "invite", "teacher").stdout.split()[-1]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link)

    page.get_by_label("Code").focus()
    page.keyboard.type(link.split("#")[1])
    page.keyboard.press("Enter")
    page.get_by_label("Password", exact=True).fill("teacher likes red beans")
    page.get_by_label("The same password again").fill("teacher likes red beans")
    page.get_by_role("button", name="Set my password").click()

    page.wait_for_url(re.compile(r"/(hub/spawn|user/teacher)"))
    context.close()
