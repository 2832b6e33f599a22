"""The pages before the lab: plain words, every reader, every width, and no way for tricksters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from integration.accessible import assert_accessible
from integration.people import Person
from running import RunningAcademy


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["hub/login", "hub/signup", "hub/nothing-here", "hub/claim"])
def test_pages_for_everybody_are_accessible(
    person: Callable[..., Person], path: str, width: int
) -> None:
    someone = person("visitor", width=width, height=800)

    someone.page.goto(someone.url + path)

    assert_accessible(someone.page)
    assert someone.outside == []


def test_sign_up_works_with_the_keyboard_alone(person: Callable[..., Person]) -> None:
    kim = person("kim-2", width=320, height=640)
    kim.page.goto(f"{kim.url}hub/signup")
    kim.page.get_by_label("User name").focus()
    for word in (kim.name, kim.password, kim.password):
        kim.page.keyboard.type(word)
        kim.page.keyboard.press("Tab")
    kim.page.keyboard.press("Enter")

    kim.wait_for_welcome()

    kim.page.goto(f"{kim.url}hub/home")
    expect(kim.page.get_by_role("button", name="Close my desk")).to_be_visible()
    assert_accessible(kim.page)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bob:x:0:0", "A user name is"),
        ("a*", "A user name is"),
        ("../x", "A user name is"),
        ("x" * 300, "A user name is"),
        ("root", "reserved"),
        ("start-here", "reserved"),
        ("director", "kept for a member of staff"),
        ("teacher", "kept for a member of staff"),
    ],
)
def test_names_that_nobody_can_sign_up(
    academy: RunningAcademy, person: Callable[..., Person], name: str, words: str
) -> None:
    trickster = person("trickster")
    page = trickster.page
    page.goto(f"{trickster.url}hub/signup")
    # A trickster does not let the form's own checks stop them.
    page.evaluate("document.querySelector('form').noValidate = true")
    page.evaluate("document.querySelector('#username').removeAttribute('maxlength')")
    page.get_by_label("User name").fill(name)
    trickster.fill_passwords()
    page.get_by_role("button", name="Make my account").click()

    expect(page.get_by_role("alert")).to_contain_text(words)
    assert_accessible(page)
    assert name not in accounts(academy)


def accounts(academy: RunningAcademy) -> set[str]:
    """The names that have a password."""
    with closing(sqlite3.connect(academy.state / "hub" / "jupyterhub.sqlite")) as database:
        return {row[0] for row in database.execute("SELECT username FROM users_info")}


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("short", "short", "at least 10 characters"),
        ("password12", "password12", "easy to guess"),
        ("é" * 60, "é" * 60, "at most 72"),
        ("one two three", "one two four", "The two passwords differ"),
        ("visitor-name", "visitor-name", "easy to guess"),
    ],
)
def test_passwords_that_are_refused(
    person: Callable[..., Person], password: str, again: str, words: str
) -> None:
    visitor = person("visitor")
    page = visitor.page
    page.goto(f"{visitor.url}hub/signup")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.get_by_label("User name").fill("visitor-name")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("The same password again").fill(again)
    page.get_by_role("button", name="Make my account").click()

    expect(page.get_by_role("alert")).to_contain_text(words)


def test_too_many_tries_make_a_name_wait(person: Callable[..., Person]) -> None:
    lou = person("lou-resident")
    lou.sign_up()
    lou.page.wait_for_url("**/user/**")
    lou.log_out()

    right, lou.password = lou.password, "something else"
    for _ in range(5):
        lou.log_in()
    expect(lou.page.get_by_role("alert")).to_contain_text("Please wait 5 minutes")
    assert_accessible(lou.page)

    lou.password = right
    lou.log_in()
    expect(lou.page.get_by_role("alert")).to_contain_text("Too many tries")


def test_changing_ones_password(person: Callable[..., Person]) -> None:
    mia = person("mia-resident", width=320, height=700)
    mia.sign_up()
    mia.page.wait_for_url("**/user/**")
    mia.page.goto(f"{mia.url}hub/change-password")
    assert_accessible(mia.page)
    old, mia.password = mia.password, "a brand new password"

    mia.page.get_by_label("The password that you have now").fill("not this one")
    mia.fill_passwords()
    mia.page.get_by_role("button", name="Change my password").click()
    expect(mia.page.get_by_role("alert")).to_contain_text("is another one")

    mia.page.get_by_label("The password that you have now").fill(old)
    mia.fill_passwords()
    mia.page.get_by_role("button", name="Change my password").click()
    expect(mia.page.get_by_role("status")).to_contain_text("was changed")
    mia.log_out()
    mia.log_in()
    mia.page.wait_for_url("**/user/**")


@pytest.fixture(scope="module")
def used_link(browser: Browser, academy: RunningAcademy) -> str:
    """The administrator's one-time link, which the administrator has used."""
    director = Person(browser, academy.url, "director", width=320, height=700)
    link = academy.claim_link()
    director.page.goto(link)
    expect(director.page.get_by_role("heading", name="Welcome, director")).to_be_visible()
    assert_accessible(director.page)
    director.claim(link)
    director.page.wait_for_url("**/user/**")
    director.context.close()
    return link


def test_a_claimed_link_does_not_work_again(used_link: str, person: Callable[..., Person]) -> None:
    thief = person("thief")

    thief.page.goto(used_link)

    expect(thief.page.get_by_role("heading")).to_contain_text("does not work any more")
    assert_accessible(thief.page)


@pytest.mark.usefixtures("used_link")
def test_a_token_does_what_it_says_and_no_more(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    made = academy.run("hub", "token", "director", "--scope", "list:groups", "--json")
    assert made.returncode == 0, made.stderr
    headers = {"Authorization": f"token {json.loads(made.stdout)['token']}"}
    api = person("script").context.request

    groups = api.get(f"{academy.url}hub/api/groups", headers=headers)
    users = api.get(f"{academy.url}hub/api/users", headers=headers)

    assert {group["name"] for group in groups.json()} >= {"nbgrader-start-here"}
    assert users.status == 403


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("lou-resident", "--scope", "read:users"), "not an administrator"),
        (("director", "--scope", "read:everything"), "There is no scope read:everything"),
        (("director", "--scope", "inherit"), "stand for all that an administrator may do"),
        (("director", "--scope", "read:users", "--days", "4000"), "1 to 365 days"),
    ],
)
@pytest.mark.usefixtures("used_link")
def test_tokens_that_are_refused(
    academy: RunningAcademy, arguments: tuple[str, ...], words: str
) -> None:
    refused = academy.run("hub", "token", *arguments)

    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
