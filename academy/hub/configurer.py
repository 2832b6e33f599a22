"""Turn the operator's settings and the courses into JupyterHub's configuration.

Each ``update_<area>`` sets the traits of one area and reads nothing but its arguments, so each
can be tested on a bare ``Config()``. Configuration is only ever set, never appended to.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from traitlets.config import Config

from academy import paths
from academy.courses.course import Course
from academy.hub import access, names, ports
from academy.hub.accounts import AcademyAuthenticator
from academy.hub.environment import jupyter_environment
from academy.hub.settings import HubSettings, address
from academy.hub.spawner import AcademySpawner


def apply_settings(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Set everything that the Academy wants of JupyterHub.

    Parameters
    ----------
    c
        The configuration object of ``jupyterhub_config.py``.
    settings
        The operator's settings.
    courses
        The live courses, in the order in which pages show them.
    """
    update_state(c)
    update_network(c, settings)
    update_pages(c, settings)
    update_accounts(c, settings, courses)
    update_access(c, settings, courses)
    update_servers(c, settings, courses)


def update_state(c: Config) -> None:
    """Put the database and the secrets into the state directory."""
    folder = paths.hub_state()
    c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
    c.JupyterHub.db_kwargs = {"connect_args": {"timeout": 30}}
    c.JupyterHub.cookie_secret_file = str(folder / "jupyterhub_cookie_secret")
    c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")


def update_network(c: Config, settings: HubSettings) -> None:
    """Listen where the operator wants; hub and proxy talk on loopback ports of their own."""
    network = settings.network
    port = int(os.environ.get(ports.PUBLIC_PORT_VARIABLE, network.port))
    internal = ports.internal_ports(["hub", "proxy"])
    c.JupyterHub.bind_url = address(settings, port)
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{internal['hub']}"
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{internal['proxy']}"
    command = paths.checkout() / ".venv" / "bin" / "configurable-http-proxy"
    c.ConfigurableHTTPProxy.command = [str(command)]


def update_pages(c: Config, settings: HubSettings) -> None:
    """Use our templates over JupyterHub's."""
    c.JupyterHub.template_paths = [str(paths.checkout() / "hub_config" / "templates")]
    c.JupyterHub.template_vars = {
        "site_name": settings.site.name,
        "site_place": settings.site.place,
        "signup": settings.accounts.signup,
    }
    c.JupyterHub.services_display = True
    # The site's name is the way home; JupyterHub's logo is not ours.
    c.JupyterHub.logo_file = ""


def update_accounts(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Set up log-in, sign-up, lock-out and which names may exist."""
    accounts = settings.accounts
    reserved = names.reserved_names(course.id for course in courses)
    c.JupyterHub.authenticator_class = AcademyAuthenticator
    # On the base class too: these hold for whatever authenticator an operator puts in its place.
    c.Authenticator.username_pattern = names.PATTERN
    c.Authenticator.blocked_users = set(reserved)
    c.Authenticator.admin_users = set(accounts.administrators)
    c.Authenticator.allow_all = True
    c.AcademyAuthenticator.signup = accounts.signup
    c.AcademyAuthenticator.staff = set(settings.staff)
    c.AcademyAuthenticator.reserved_names = set(reserved)
    c.AcademyAuthenticator.instructors = dict(accounts.instructors)
    c.AcademyAuthenticator.open_courses = [
        course.id for course in courses if course.enrol == "open"
    ]
    c.AcademyAuthenticator.minimum_password_length = accounts.minimum_password_length
    c.AcademyAuthenticator.check_common_password = True
    c.AcademyAuthenticator.allowed_failed_logins = accounts.failed_logins
    c.AcademyAuthenticator.seconds_before_next_try = accounts.wait_seconds
    c.AcademyAuthenticator.enable_signup = accounts.signup != "off"
    c.AcademyAuthenticator.open_signup = accounts.signup == "open"


def update_access(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Derive groups, roles and services from the courses."""
    folders: dict[str, Path] = {course.id: paths.live_courses() / course.id for course in courses}
    environments = {course: course_environment(course) for course in folders}
    c.JupyterHub.load_groups = access.groups(settings, folders)
    c.JupyterHub.load_roles = access.roles(settings, folders)
    c.JupyterHub.services = access.services(
        settings, folders, environments, ports.internal_ports(folders)
    )


def course_environment(course_id: str) -> dict[str, str]:
    """Return the environment of a course's formgrader."""
    home = paths.hub_state() / "services" / course_id
    return {
        **jupyter_environment(f"course {course_id}", "course"),
        "HOME": str(home),
        "ACADEMY_COURSE": course_id,
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
    }


def update_servers(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Set how learners' servers start, where they open, and how many may run."""
    servers = settings.servers
    c.JupyterHub.spawner_class = AcademySpawner
    c.JupyterHub.active_server_limit = servers.most
    c.JupyterHub.concurrent_spawn_limit = max(10, servers.most)
    c.AcademySpawner.courses = [course.id for course in courses]
    c.Spawner.default_url = "/lab/tree/Welcome.md"
    c.Spawner.server_token_scopes = access.SERVER_SCOPES
    c.Spawner.start_timeout = servers.start_seconds
    c.Spawner.http_timeout = servers.start_seconds
