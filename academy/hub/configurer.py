"""Turn the operator's settings and the courses into JupyterHub's configuration.

Each ``update_<area>`` sets the traits of one area and reads nothing but its arguments, so each
can be tested on a bare ``Config()``. Configuration is only ever set, never appended to.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from traitlets.config import Config

from academy import paths
from academy.courses.course import Course
from academy.forkserver import making
from academy.hub import access, exchange_service, names, ports, security, tokens, walls
from academy.hub.accounts import AcademyAuthenticator
from academy.hub.course_process import course_environment
from academy.hub.settings import HubSettings, address
from academy.hub.spawner import AcademySpawner
from academy.isolation import launch


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
    update_security(c, settings)
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
    c.JupyterHub.subdomain_host = network.subdomain_host
    c.JupyterHub.public_url = f"{network.origin}{network.base_url}" if network.origin else ""
    c.JupyterHub.trusted_downstream_ips = list(network.trusted_proxies)


def update_security(c: Config, settings: HubSettings) -> None:
    """Set headers, cookies and how long log-ins and tokens last."""
    targets = security.form_targets(settings)
    cookies = security.cookie_options(settings)
    c.JupyterHub.tornado_settings = {
        "cookie_options": cookies,
        "xsrf_cookie_kwargs": cookies | {"httponly": True},  # the pages hold the word themselves
        "transforms": [partial(security.SecureHeaders, form_targets=targets)],
    }
    c.JupyterHub.jinja_environment_options = {"extensions": [security.ScriptNonces]}
    c.JupyterHub.logging_config = security.QUIET_ABOUT_SESSIONS
    c.JupyterHub.cookie_max_age_days = settings.accounts.logged_in_days
    c.JupyterHub.token_expires_in_max_seconds = tokens.LONGEST_DAYS * 86_400
    # A cookie of this kind can't come from a learner's host below ours; browsers want https for it.
    has_hosts = bool(settings.network.subdomain_host)
    c.JupyterHub.cookie_host_prefix_enabled = has_hosts and security.is_https(settings)


def update_pages(c: Config, settings: HubSettings) -> None:
    """Use our templates over JupyterHub's."""
    c.JupyterHub.template_paths = [str(paths.checkout() / "hub_config" / "templates")]
    c.JupyterHub.template_vars = {
        "site_name": settings.site.name,
        "site_place": settings.site.place,
        "signup": settings.accounts.signup,
        "walls": walls.standing(settings),
        "script_nonce": security.page_nonce,
    }
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
    c.AcademyAuthenticator.tries_at_once = accounts.tries_at_once
    c.AcademyAuthenticator.tries_per_minute = accounts.tries_per_minute
    c.AcademyAuthenticator.tries_in_all = accounts.tries_in_all
    c.AcademyAuthenticator.trusted_proxies = set(settings.network.trusted_proxies)
    c.AcademyAuthenticator.enable_signup = accounts.signup != "off"
    c.AcademyAuthenticator.open_signup = accounts.signup == "open"


def update_access(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Derive groups, roles and services from the courses."""
    folders: dict[str, Path] = {course.id: paths.live_courses() / course.id for course in courses}
    environments = {course: course_environment(course, settings) for course in folders}
    numbers = ports.internal_ports([*folders, exchange_service.SERVICE])
    c.JupyterHub.load_groups = access.groups(settings, folders)
    c.JupyterHub.load_roles = access.roles(settings, folders)
    services = access.services(settings, folders, environments, numbers)
    c.JupyterHub.services = [behind_a_wall(service, settings, folders) for service in services]


def behind_a_wall(
    service: dict[str, Any], settings: HubSettings, courses: Mapping[str, Path]
) -> dict[str, Any]:
    """Return a service of the hub as it is started where there are walls.

    Parameters
    ----------
    service
        As `academy.hub.access` describes it.
    settings
        The operator's settings.
    courses
        Folder of each live course, by course id.
    """
    name = service["name"]
    if not walls.standing(settings).is_on or name not in {*courses, walls.EXCHANGE}:
        return service
    port = ports.internal_ports([name])[name]
    if name == walls.EXCHANGE:
        plan = walls.exchange_plan(
            service["command"], courses, port=port, settings=settings.isolation
        )
    else:
        plan = walls.course_plan(
            name,
            service["command"],
            port=port,
            sandbox=service.get("environment", {}).get(making.VARIABLE, ""),
            settings=settings.isolation,
        )
    variables = {**service.get("environment", {}), **plan.to_environment()}
    return {**service, "command": launch.command(), "cwd": "/", "environment": variables}


def update_servers(c: Config, settings: HubSettings, courses: Sequence[Course]) -> None:
    """Set how learners' servers start, where they open, and how many may run."""
    servers = settings.servers
    c.JupyterHub.spawner_class = AcademySpawner
    c.JupyterHub.active_server_limit = servers.most
    c.JupyterHub.concurrent_spawn_limit = max(10, servers.most)
    c.AcademySpawner.courses = [course.id for course in courses]
    c.AcademySpawner.has_walls = walls.standing(settings).is_on
    c.AcademyHub.forks_servers = servers.forkserver == "auto" and walls.standing(settings).is_on
    c.AcademySpawner.limits = settings.isolation.model_dump()
    # Not lab/tree/Welcome.md: see academy/hub/layout.py.
    c.Spawner.default_url = "/lab"
    c.Spawner.server_token_scopes = server_scopes
    c.Spawner.start_timeout = servers.start_seconds
    c.Spawner.http_timeout = servers.start_seconds


def server_scopes(spawner: AcademySpawner) -> list[str]:
    """Return what a server's token may do; an instructor's may also use their courses' services."""
    services = [f"access:services!service={course}" for course in spawner.taught_course_ids()]
    return [*access.SERVER_SCOPES, *services]
