"""Sign-up by approval, sign-up that is off, and what a course that an instructor broke does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from running import RunningAcademy

PASSWORD = "red beans and rice"
Start = Callable[[str], RunningAcademy]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an Academy with settings."""
    started: list[RunningAcademy] = []

    def run(settings: str) -> RunningAcademy:
        file = tmp_path / "hub.yaml"
        file.write_text(settings)
        academy = RunningAcademy(tmp_path / "state", settings=file)
        started.append(academy.start())
        return academy

    yield run
    for academy in started:
        academy.stop()


def send(client: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    """Fill in a page's form."""
    client.get(path)
    return client.post(path, data={**form, "_xsrf": client.cookies["_xsrf"]})


def test_sign_up_by_approval(start: Start) -> None:
    academy = start("accounts:\n  signup: approval\n")
    form = {"username": "ana-resident", "password": PASSWORD, "password_again": PASSWORD}
    log_in = {"username": "ana-resident", "password": PASSWORD}
    with httpx.Client(base_url=academy.url, follow_redirects=True, timeout=60) as ana:
        signed_up = send(ana, "hub/signup", form)
        assert "An administrator will let" in signed_up.text
        wrong = send(ana, "hub/login", {**log_in, "password": "another one"})
        assert "don&#39;t go together" in wrong.text
        waiting = send(ana, "hub/login", log_in)
        assert "still waits for an administrator" in waiting.text

        with httpx.Client(base_url=academy.url, timeout=60) as director:
            code = academy.claim_link().split("#")[1]
            passwords = {k: form[k] for k in form if k != "username"}
            send(director, "hub/claim", {"code": code, **passwords})
            by_link = director.get("hub/authorize/ana-resident")
            assert by_link.status_code == 404
            let_in = send(
                director, "hub/authorize", {"username": "ana-resident", "action": "let-in"}
            )
            assert let_in.status_code == 302

        entered = send(ana, "hub/login", log_in)
        assert "Your desk is being set up" in entered.text or "/user/" in str(entered.url)


def test_sign_up_that_is_off(start: Start) -> None:
    academy = start("accounts:\n  signup: off\n")

    page = httpx.get(f"{academy.url}hub/signup")

    assert page.status_code == 404
    assert "Sign-up is closed" in page.text
    assert "Make a free account" not in httpx.get(f"{academy.url}hub/login").text


def test_too_many_forms_from_one_address(start: Start) -> None:
    academy = start("accounts: {tries_at_once: 10, tries_per_minute: 1}\n")
    pages, form = ("hub/login", "hub/signup", "hub/claim"), {"username": "x", "code": "x"}
    # Only what our own proxy writes about a visitor's address is believed.
    made_up = {"X-Forwarded-For": "203.0.113.9", "X-Real-Ip": "203.0.113.9"}
    with httpx.Client(base_url=academy.url, headers=made_up, timeout=60) as client:
        taken = [send(client, path, form).status_code for path in (*pages, *pages[1:]) * 2]
        assert taken == [403, 400, 410, 400, 410] * 2
        for path in pages:
            refused = send(client, path, form)
            assert refused.status_code == 429
            assert 1 <= int(refused.headers["Retry-After"]) <= 60
            assert "Please wait" in refused.text


def test_a_course_that_an_instructor_broke_is_left_out_and_told(start: Start) -> None:
    academy = start("")
    academy.stop()
    settings = academy.state / "courses" / "start-here" / "course.yaml"
    settings.write_text(settings.read_text().replace("title:", "titel:", 1))

    academy.start()

    assert "titel" in academy.output
    assert httpx.get(f"{academy.url}hub/login").status_code == 200


@pytest.mark.parametrize(
    "settings", ["accounts:\n  instructors: {no-such-course: [teacher]}\n", "site: [\n"]
)
def test_wrong_settings_are_told_and_nothing_starts(tmp_path: Path, settings: str) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(settings)
    academy = RunningAcademy(tmp_path / "state", settings=file)

    refused = academy.run("hub", "serve", "--port", str(academy.port))

    assert refused.returncode == 1
    assert "hub.yaml" in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout
    with pytest.raises(httpx.ConnectError):
        httpx.get(academy.url)
