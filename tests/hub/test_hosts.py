from __future__ import annotations

import pytest
from pydantic import ValidationError

from academy.hub import hosts
from academy.hub.settings import HubSettings, NetworkSettings, public_address


@pytest.mark.parametrize(
    "value",
    [
        "",
        "https://academy.example.org",
        "http://academy.localhost:8000",
        "https://data-school.brla.gov:8443",
    ],
)
def test_hosts_that_are_accepted(value: str) -> None:
    assert hosts.check_origin(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "academy.example.org",
        "ftp://academy.example.org",
        "https://academy.example.org/",
        "https://academy.example.org/path",
        "https://academy.example.org?x=1",
        "https://someone@academy.example.org",
        "https://academy.example.org:port",
        "https://academy.example.org:99999",
        "https://academy",
        "https://Academy.example.org",
        "https://academy..org",
        "https://*.example.org",
        "https://-academy.example.org",
        "https://127.0.0.1:8000",
        "https://[::1]:8000",
        "https://academy.example.org; frame-ancestors *",
        "https://",
    ],
)
def test_hosts_that_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        hosts.check_origin(value)


def test_two_hosts_are_refused() -> None:
    with pytest.raises(ValidationError, match="not both"):
        NetworkSettings(public_host="https://a.example.org", subdomain_host="https://b.example.org")


def test_servers_in_front_are_addresses() -> None:
    assert NetworkSettings(trusted_proxies=["127.0.0.1", "::1"]).trusted_proxies
    with pytest.raises(ValidationError, match="not an IP address"):
        NetworkSettings(trusted_proxies=["example.org"])


@pytest.mark.parametrize(
    ("network", "address"),
    [
        (NetworkSettings(base_url="/school/"), "http://127.0.0.1:8123/school/"),
        (
            NetworkSettings(public_host="https://a.example.org", base_url="/school/"),
            "https://a.example.org/school/",
        ),
        (
            NetworkSettings(subdomain_host="http://academy.localhost:8123"),
            "http://academy.localhost:8123/",
        ),
    ],
)
def test_the_address_that_people_type(network: NetworkSettings, address: str) -> None:
    assert public_address(HubSettings(network=network), 8123) == address
