"""What the hub tells browsers about its pages and cookies, so that one page can't harm another."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from jinja2.ext import Extension
from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform

from academy.hub.settings import HubSettings

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: JupyterHub notes whose session it gives a cookie to, by what stands in the person's own cookies.
QUIET_ABOUT_SESSIONS: dict[str, Any] = {"loggers": {"tornado.application": {"level": "WARNING"}}}
#: How the policy begins that the hub sends by itself; another is an operator's own and is kept.
_OF_THE_HUB = "frame-ancestors 'none'; report-uri"
_nonce: ContextVar[str] = ContextVar("nonce", default="")


def page_nonce(_user: Any = None) -> str:
    """Return the word of this page's answer that its own scripts, and no others, carry."""
    if not _nonce.get():
        _nonce.set(secrets.token_urlsafe(16))
    return _nonce.get()


class ScriptNonces(Extension):
    """Give each script that stands in a template's own text the page's nonce.

    JupyterHub's pages hold scripts in the page itself. What somebody typed can never get the
    nonce, because it enters the page after the template was read.
    """

    def preprocess(self, source: str, *_of_the_file: Any, **_named: Any) -> str:
        """Add the attribute to the template's text."""
        return re.sub(r"<script(?=[\s>])", '<script nonce="{{ script_nonce }}"', source)


class SecureHeaders(OutputTransform):
    """Add the headers of security to every answer of the hub.

    Parameters
    ----------
    form_targets
        Addresses, besides the hub's own, to which a form may lead.
    """

    def __init__(self, _request: Any, *, form_targets: str = "") -> None:
        self.form_targets = form_targets

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002 - tornado's signature
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the headers when the answer begins."""
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if headers.get("Content-Type", "").startswith("text/html"):
            # A shared computer's "back" shows nobody the page of the one before.
            headers.setdefault("Cache-Control", "no-store")
            if headers.get("Content-Security-Policy", _OF_THE_HUB).startswith(_OF_THE_HUB):
                headers["Content-Security-Policy"] = page_policy(_nonce.get(), self.form_targets)
        return status_code, headers, chunk


def page_policy(nonce: str, form_targets: str = "") -> str:
    """Return the Content-Security-Policy of a page.

    Parameters
    ----------
    nonce
        The nonce of its scripts; empty where it has none.
    form_targets
        Addresses, besides the hub's own, to which a form may lead.
    """
    scripts = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    forms = f"'self' {form_targets}".rstrip()
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",  # JupyterHub's pages hold style attributes
            "img-src 'self' data:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action {forms}",
            "frame-ancestors 'none'",
        ]
    )


def form_targets(settings: HubSettings) -> str:
    """Return where forms may lead besides the hub: to the labs, which have hosts of their own.

    Browsers hold a form to this policy through every redirect after it.
    """
    host = settings.network.subdomain_host
    if not host:
        return ""
    parts = urlsplit(host)
    return f"{parts.scheme}://*.{parts.netloc}"


def cookie_options(settings: HubSettings) -> dict[str, Any]:
    """Return how the hub and the labs set their cookies; HttpOnly is JupyterHub's own doing."""
    options: dict[str, Any] = {
        "samesite": "Lax",  # a link from elsewhere, such as a QR code, finds one logged in
        "expires_days": settings.accounts.logged_in_days,
    }
    return options | ({"secure": True} if is_https(settings) else {})


def is_https(settings: HubSettings) -> bool:
    """Tell whether people reach the Academy over https."""
    return settings.network.origin.startswith("https://")
