from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from academy.hub import configurer
from academy.hub.accounts import AcademyAuthenticator
from academy.hub.settings import AccountSettings, HubSettings, NetworkSettings, ServerSettings

Courses = list[SimpleNamespace]


def configured(settings: HubSettings, courses: Courses) -> Config:
    c = Config()
    configurer.apply_settings(c, settings, courses)  # type: ignore[arg-type]
    return c


def test_applying_twice_changes_nothing(hub_state: Path, courses: Courses) -> None:
    c = configured(HubSettings(), courses)
    once = str(c)

    configurer.apply_settings(c, HubSettings(), courses)  # type: ignore[arg-type]

    assert str(c) == once


def test_everything_that_changes_lies_in_the_state_directory(
    hub_state: Path, courses: Courses
) -> None:
    c = configured(HubSettings(), courses)

    assert c.JupyterHub.db_url == f"sqlite:///{hub_state}/jupyterhub.sqlite"
    assert Path(c.JupyterHub.cookie_secret_file).parent == hub_state
    assert Path(c.ConfigurableHTTPProxy.pid_file).parent == hub_state


def test_the_hub_listens_where_the_operator_wants(
    hub_state: Path, courses: Courses, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = HubSettings(network=NetworkSettings(port=8123, base_url="/academy/"))

    assert configured(settings, courses).JupyterHub.bind_url == "http://127.0.0.1:8123/academy/"

    monkeypatch.setenv("ACADEMY_PORT", "9000")
    assert configured(settings, courses).JupyterHub.bind_url == "http://127.0.0.1:9000/academy/"


def test_hub_and_proxy_come_back_to_the_same_loopback_ports(
    hub_state: Path, courses: Courses
) -> None:
    first = configured(HubSettings(), courses)
    second = configured(HubSettings(), courses)

    assert first.JupyterHub.hub_bind_url == second.JupyterHub.hub_bind_url
    assert first.ConfigurableHTTPProxy.api_url == second.ConfigurableHTTPProxy.api_url
    assert first.JupyterHub.hub_bind_url != first.ConfigurableHTTPProxy.api_url
    assert first.JupyterHub.hub_bind_url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("signup", "enabled", "at_once"),
    [("open", True, True), ("approval", True, False), ("off", False, False)],
)
def test_signup(
    hub_state: Path, courses: Courses, signup: str, enabled: bool, at_once: bool
) -> None:
    settings = HubSettings(accounts=AccountSettings(signup=signup))  # type: ignore[arg-type]

    c = configured(settings, courses)

    assert c.JupyterHub.authenticator_class is AcademyAuthenticator
    assert c.AcademyAuthenticator.enable_signup is enabled
    assert c.AcademyAuthenticator.open_signup is at_once


def test_names_are_ruled_for_every_authenticator(hub_state: Path, courses: Courses) -> None:
    c = configured(HubSettings(), courses)

    assert c.Authenticator.username_pattern == r"^[a-z][a-z0-9-]{2,31}$"
    assert {"root", "start-here", "deeper-still"} <= c.Authenticator.blocked_users
    assert c.Authenticator.admin_users == {"director"}


def test_only_open_courses_enrol_at_signup(hub_state: Path, courses: Courses) -> None:
    c = configured(HubSettings(), courses)

    assert c.AcademyAuthenticator.open_courses == ["start-here"]
    assert c.AcademySpawner.courses == ["start-here", "deeper-still"]


def test_groups_and_services_come_from_the_courses(hub_state: Path, courses: Courses) -> None:
    settings = HubSettings(accounts=AccountSettings(instructors={"start-here": ["teacher"]}))

    c = configured(settings, courses)

    assert set(c.JupyterHub.load_groups) == {
        "nbgrader-start-here",
        "formgrade-start-here",
        "nbgrader-deeper-still",
        "formgrade-deeper-still",
    }
    assert c.JupyterHub.load_groups["formgrade-start-here"] == {"users": ["teacher"]}
    assert [service["name"] for service in c.JupyterHub.services] == [
        "start-here",
        "deeper-still",
        "exchange",
        "idle-culler",
    ]
    urls = {service.get("url") for service in c.JupyterHub.services[:2]}
    assert len(urls) == 2


def test_scopes_are_the_smallest(hub_state: Path, courses: Courses) -> None:
    c = configured(HubSettings(), courses)

    scopes = {role["name"]: role["scopes"] for role in c.JupyterHub.load_roles}
    assert scopes["instructor-start-here"] == ["access:services!service=start-here"]
    assert not any("admin" in scope for one in scopes.values() for scope in one)
    assert scopes["user"] == ["self", "access:services!service=exchange"]


def test_the_idle_culler_follows_the_settings(hub_state: Path, courses: Courses) -> None:
    never = HubSettings(servers=ServerSettings(idle_minutes=0))
    limited = HubSettings(servers=ServerSettings(idle_minutes=30, longest_hours=2))

    assert "idle-culler" not in str(configured(never, courses).JupyterHub.services)
    command = configured(limited, courses).JupyterHub.services[-1]["command"]
    assert command[-2:] == ["--timeout=1800", "--max-age=7200"]


def test_the_supervisor_gets_a_service_only_when_it_runs_the_hub(
    hub_state: Path, courses: Courses, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = configured(HubSettings(), courses).JupyterHub.services
    assert "supervisor" not in {service["name"] for service in services}

    monkeypatch.setenv("ACADEMY_SUPERVISOR_TOKEN", "0123456789abcdef")
    c = configured(HubSettings(), courses)

    assert c.JupyterHub.services[-1] == {"name": "supervisor", "api_token": "0123456789abcdef"}
    assert c.JupyterHub.load_roles[-1]["scopes"] == ["shutdown"]


def test_the_wiring_stays_short() -> None:
    from academy import paths

    lines = (paths.checkout() / "jupyterhub_config.py").read_text().splitlines()

    assert len(lines) <= 40
