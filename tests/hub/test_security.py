from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader, Environment
from jupyterhub.app import JupyterHub
from tornado.httputil import HTTPHeaders
from traitlets.config import Config

from academy.hub import configurer, security
from academy.hub.settings import AccountSettings, HubSettings, NetworkSettings

HTTPS = NetworkSettings(public_host="https://academy.example.org")
HOSTS = NetworkSettings(subdomain_host="https://academy.example.org:8443")


def configured(settings: HubSettings) -> Config:
    c = Config()
    configurer.update_network(c, settings)
    configurer.update_security(c, settings)
    return c


def answered(headers: dict[str, str], **options: Any) -> HTTPHeaders:
    transform = security.SecureHeaders(None, **options)
    _, sent, _ = transform.transform_first_chunk(200, HTTPHeaders(headers), b"", True)
    return sent


def test_only_scripts_of_the_template_itself_get_the_nonce() -> None:
    template = (
        "<script>a()</script><script\n src='b.js'></script><scripted></scripted>{{ typed | safe }}"
    )
    environment = Environment(
        loader=DictLoader({"page": template}), extensions=[security.ScriptNonces], autoescape=True
    )

    page = environment.get_template("page").render(
        script_nonce="n0nce", typed="<script>evil()</script>"
    )

    assert page == (
        '<script nonce="n0nce">a()</script><script nonce="n0nce"\n src=\'b.js\'></script>'
        "<scripted></scripted><script>evil()</script>"
    )


def test_the_policy_of_a_page() -> None:
    policy = dict(part.split(" ", 1) for part in security.page_policy("n0nce").split("; "))

    assert policy["script-src"] == "'self' 'nonce-n0nce'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == policy["default-src"] == "'self'"


def test_every_answer_has_the_headers_and_pages_have_the_policy() -> None:
    page = answered({"Content-Type": "text/html; charset=UTF-8"})
    data = answered({"Content-Type": "application/json", "Content-Security-Policy": "x 'none'"})

    for sent in (page, data):
        assert sent["X-Content-Type-Options"] == "nosniff"
        assert sent["Referrer-Policy"] == "same-origin"
        assert "camera=()" in sent["Permissions-Policy"]
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "no-store"
    assert data["Content-Security-Policy"] == "x 'none'"
    assert "Cache-Control" not in data


def test_an_operators_own_policy_is_kept() -> None:
    own = {"Content-Type": "text/html", "Content-Security-Policy": "frame-ancestors https://x.org"}
    hubs = own | {"Content-Security-Policy": "frame-ancestors 'none'; report-uri /hub/x"}

    assert answered(own)["Content-Security-Policy"] == "frame-ancestors https://x.org"
    assert "script-src" in answered(hubs)["Content-Security-Policy"]


def test_forms_lead_to_labs_only_where_those_have_hosts_of_their_own() -> None:
    assert security.form_targets(HubSettings(network=HTTPS)) == ""
    targets = security.form_targets(HubSettings(network=HOSTS))

    assert targets == "https://*.academy.example.org:8443"
    page = answered({"Content-Type": "text/html"}, form_targets=targets)
    assert f"form-action 'self' {targets};" in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("network", "is_secure", "has_prefix"),
    [(NetworkSettings(), False, False), (HTTPS, True, False), (HOSTS, True, True)],
)
def test_cookies(
    hub_state: Path, network: NetworkSettings, is_secure: bool, has_prefix: bool
) -> None:
    settings = HubSettings(network=network, accounts=AccountSettings(logged_in_days=3))

    c = configured(settings)

    cookies = c.JupyterHub.tornado_settings["cookie_options"]
    assert cookies.get("secure", False) is is_secure
    assert cookies["samesite"] == "Lax"
    assert cookies["expires_days"] == c.JupyterHub.cookie_max_age_days == 3
    assert c.JupyterHub.tornado_settings["xsrf_cookie_kwargs"] == cookies | {"httponly": True}
    assert c.JupyterHub.cookie_host_prefix_enabled is has_prefix


def test_no_token_lasts_for_ever(hub_state: Path) -> None:
    assert configured(HubSettings()).JupyterHub.token_expires_in_max_seconds == 365 * 86_400


def test_jupyterhub_takes_the_hosts(hub_state: Path) -> None:
    hub = JupyterHub(config=configured(HubSettings(network=HOSTS)))

    assert hub.subdomain_host == "https://academy.example.org:8443"
    assert hub.public_url == "https://academy.example.org:8443/"
    assert hub.domain == "academy.example.org"
    assert hub.hub_routespec == "/"


def test_the_limits_reach_the_authenticator(
    hub_state: Path, courses: list[SimpleNamespace]
) -> None:
    accounts = AccountSettings(tries_at_once=20, tries_per_minute=2, tries_in_all=40)
    network = NetworkSettings(trusted_proxies=["127.0.0.1"])
    c = Config()

    configurer.update_accounts(
        c,
        HubSettings(accounts=accounts, network=network),
        courses,  # type: ignore[arg-type]
    )

    assert c.AcademyAuthenticator.tries_at_once == 20
    assert c.AcademyAuthenticator.tries_per_minute == 2
    assert c.AcademyAuthenticator.tries_in_all == 40
    assert c.AcademyAuthenticator.trusted_proxies == {"127.0.0.1"}


def test_the_limit_of_one_fits_into_the_limit_of_all() -> None:
    with pytest.raises(ValueError, match="raise 'tries_in_all'"):
        AccountSettings(tries_at_once=500)
