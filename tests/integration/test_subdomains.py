"""A host name for each lab: browsers themselves keep one learner's pages from another's desk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from integration.people import Person
from running import RunningAcademy, free_port

ANA, BEN = "ana-resident", "ben-resident"
#: What a hostile page tries, in the browser of somebody who is logged in; each says what it got.
ATTACK = """async ([lab, hub, socket]) => {
    const send = {method: "POST", credentials: "include"};
    const look = async (url, more) => {
        try {
            const answer = await fetch(url, {credentials: "include", ...more});
            if (answer.type === "opaque") return "nothing to read";
            return (await answer.text()).slice(0, 80);
        } catch (error) { return "refused"; }
    };
    const found = {
        contents: await look(lab + "api/contents"),
        page: await look(lab + "lab"),
        person: await look(hub + "api/user"),
        token_page: await look(hub + "token"),
        unread: await look(lab + "api/contents", {mode: "no-cors"}),
        terminal: await look(lab + "api/terminals", {...send, mode: "no-cors"}),
        token: await look(hub + "api/users/ben-resident/tokens", {...send, mode: "no-cors"}),
    };
    found.socket = await new Promise(done => {
        const one = new WebSocket(socket);
        one.onopen = () => done("open");
        one.onerror = () => done("refused");
    });
    const opened = window.open(lab + "lab");
    await new Promise(done => setTimeout(done, 3000));
    try { found.window = opened.document.title; } catch (error) { found.window = "refused"; }
    opened?.close();
    found.cookies = document.cookie;
    return found;
}"""


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAcademy]:
    """An Academy with a host of its own; browsers find every name below ``localhost`` here."""
    folder = tmp_path_factory.mktemp("hosts")
    port = free_port()
    settings = folder / "hub.yaml"
    settings.write_text(
        f"network: {{subdomain_host: 'http://academy.localhost:{port}'}}\n"
        "accounts: {instructors: {start-here: [teacher]}}\n"
    )
    running = RunningAcademy(folder / "state", port=port, settings=settings).start()
    yield running
    running.stop()


def lab_of(academy: RunningAcademy, name: str) -> str:
    return f"http://{name}.academy.localhost:{academy.port}/user/{name}/"


def front(academy: RunningAcademy) -> str:
    return f"http://academy.localhost:{academy.port}/"


def come_in(browser: Browser, academy: RunningAcademy, name: str) -> Person:
    """Sign up and wait for the lab, which has a host of its own."""
    someone = Person(browser, front(academy), name)
    someone.sign_up()
    someone.wait_for_welcome()
    assert someone.page.url.startswith(lab_of(academy, name))
    return someone


@pytest.fixture(scope="module")
def ben(browser: Browser, academy: RunningAcademy) -> Iterator[Person]:
    """The one who is attacked: logged in, with an open desk."""
    someone = come_in(browser, academy, BEN)
    yield someone
    someone.context.close()


def status(page: Page, path: str) -> int:
    """What a page of the lab itself is answered."""
    asked: int = page.evaluate(
        """async path => {
            const xsrf = document.cookie.match(/_xsrf=([^;]+)/)[1];
            return (await fetch(path, {headers: {"X-XSRFToken": xsrf}})).status;
        }""",
        path,
    )
    return asked


def test_the_terminal_and_the_links_name_the_host(academy: RunningAcademy) -> None:
    assert f"is open at {front(academy)}" in academy.output
    assert f"{front(academy)}hub/claim#" in academy.output


def test_leaving_and_coming_back(browser: Browser, academy: RunningAcademy) -> None:
    kim = come_in(browser, academy, "kim-resident")
    assert status(kim.page, f"/user/{kim.name}/api/contents") == 200

    kim.log_out()
    kim.page.goto(lab_of(academy, kim.name) + "lab")
    kim.page.wait_for_url("**/hub/login**")
    kim.log_in()

    kim.wait_for_welcome()
    kim.context.close()


def test_a_page_of_one_learner_gets_nothing_of_anothers_desk(
    academy: RunningAcademy, ben: Person
) -> None:
    lab, hub = lab_of(academy, BEN), f"{front(academy)}hub/"
    own = f"{lab}api/contents"
    assert status(ben.page, own) == 200
    terminals = ben.page.evaluate(f"fetch('{lab}api/terminals').then(one => one.status)")
    assert terminals == 403  # even a page of the lab has to show the lab's own word

    # Ana's server can answer whatever Ana likes; Ben is made to open it.
    trap = f"{lab_of(academy, ANA)}trap.html"
    page = ben.context.new_page()
    page.route(trap, lambda route: route.fulfill(body="<h1>Hello</h1>", content_type="text/html"))
    page.goto(trap)
    found = page.evaluate(ATTACK, [lab, hub, f"{lab.replace('http', 'ws', 1)}api/events/subscribe"])

    for name in ("contents", "page", "person", "token_page", "socket", "window"):
        assert found[name] == "refused", found
    for name in ("unread", "terminal", "token"):
        assert found[name] in ("nothing to read", "refused"), found
    assert found["cookies"] == ""
    ben.page.bring_to_front()
    assert terminals_of(ben.page, lab) == []
    page.close()


def terminals_of(page: Page, lab: str) -> list[object]:
    listed: list[object] = page.evaluate(
        """async lab => {
            const xsrf = document.cookie.match(/_xsrf=([^;]+)/)[1];
            return await (await fetch(lab + "api/terminals", {
                headers: {"X-XSRFToken": xsrf}})).json();
        }""",
        lab,
    )
    return listed


def test_a_planted_cookie_does_not_log_in_as_another(academy: RunningAcademy, ben: Person) -> None:
    page = ben.context.new_page()
    trap = f"{lab_of(academy, ANA)}trap.html"
    page.route(trap, lambda route: route.fulfill(body="<h1>Hello</h1>", content_type="text/html"))
    page.goto(trap)
    page.evaluate("document.cookie = '_xsrf=planted; domain=academy.localhost; path=/hub/'")

    page.goto(f"{front(academy)}hub/home")

    expect(page.get_by_text(BEN)).to_be_visible()
    refused = page.evaluate(
        "fetch('/hub/change-password', {method: 'POST', headers: {'X-XSRFToken': 'planted'}})"
        ".then(one => one.status)"
    )
    assert refused == 403
    page.close()


def test_an_instructor_finds_the_formgrader_at_its_own_host(
    browser: Browser, academy: RunningAcademy
) -> None:
    teacher = Person(browser, front(academy), "teacher")
    teacher.claim(academy.run("hub", "invite", "teacher").stdout.split()[-1])
    teacher.wait_for_welcome()
    teacher.page.goto(f"{front(academy)}hub/home")

    with teacher.context.expect_page() as opened:
        teacher.page.get_by_role("link", name="Grade start-here").click()

    grader = opened.value
    service = f"http://start-here--service.academy.localhost:{academy.port}/services/start-here/"
    grader.wait_for_url(f"{service}**")
    grader.goto(f"{service}formgrader")
    expect(grader.get_by_text("Manage Assignments").first).to_be_visible()
    teacher.context.close()
