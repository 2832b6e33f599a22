"""The portal's client against a real HTTP server with a portal's faults."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from academy.datasets.portal.soda import SodaClient
from academy.errors import AcademyError

ID = "7ixm-mnvx"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(portal: Any, waits: list[float]) -> SodaClient:
    portal.rows = [{"id": str(number), "comments": "private"} for number in range(25)]
    return SodaClient(portal.url, page_rows=10, app_token=None, sleep=waits.append, timeout=5)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [int(row["id"]) for row in rows]


def test_all_pages_come_in_order_and_nothing_else_is_asked_for(
    client: SodaClient, portal: Any
) -> None:
    seen: list[tuple[int, int]] = []
    rows = client.rows(ID, ["id"], lambda done, total: seen.append((done, total)))
    assert ids(rows) == list(range(25))
    assert seen == [(10, 25), (20, 25), (25, 25)]
    assert {query["$select"] for query in portal.requests} == {":id,id"}
    assert [query["$offset"] for query in portal.requests] == ["0", "10", "20"]
    assert all(set(row) == {"id"} for row in rows)


def test_a_blank_value_that_the_portal_leaves_out_is_none(client: SodaClient, portal: Any) -> None:
    portal.rows[3]["closeddate"] = "2024-01-01T00:00:00.000"
    rows = client.rows(ID, ["id", "closeddate"])
    assert rows[3]["closeddate"] == "2024-01-01T00:00:00.000"
    assert rows[4] == {"id": "4", "closeddate": None}


@pytest.mark.parametrize("fault", ["503", "429", "html", "cut"])
def test_a_page_that_fails_once_is_asked_for_again(
    client: SodaClient, portal: Any, waits: list[float], fault: str
) -> None:
    portal.faults = ["", fault]
    assert ids(client.rows(ID, ["id"])) == list(range(25))
    assert [query["$offset"] for query in portal.requests] == ["0", "10", "10", "20"]
    assert len(waits) == 1
    if fault == "429":
        assert waits == [7.0], "the portal said how long to wait"
    else:
        assert 0.5 <= waits[0] <= 1.5


def test_waits_grow_and_the_error_says_what_came_last(
    client: SodaClient, portal: Any, waits: list[float]
) -> None:
    portal.faults = ["503"] * 4 + ["html"]
    with pytest.raises(AcademyError, match=r"5 tries; the last time: JSON was expected.*text/html"):
        client.rows(ID, ["id"])
    assert len(waits) == 4
    assert waits[3] > waits[0]


def test_a_short_page_loses_no_row(client: SodaClient, portal: Any) -> None:
    portal.faults = ["short"]
    assert ids(client.rows(ID, ["id"])) == list(range(25))


def test_a_portal_with_a_smaller_page_than_asked_for_loses_no_row(
    client: SodaClient, portal: Any
) -> None:
    portal.page_cap = 4
    assert ids(client.rows(ID, ["id"])) == list(range(25))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"miscount": 3}, r"counted 28 rows before and 28 after, 25 came"),
        ({"miscount": -3}, r"counted 22 rows before and 22 after, 25 came"),
        ({"faults": ["", "empty"]}, r"counted 25 rows before and 25 after, 10 came"),
        ({"faults": ["grow"]}, r"counted 25 rows before and 26 after, 26 came"),
        ({"faults": ["", "", "grow"]}, r"counted 25 rows before and 26 after, 25 came"),
        ({"faults": ["shift"]}, r"25 after, 25 came, and 24 of them are different rows"),
    ],
)
def test_a_pull_that_is_not_whole_is_refused(
    client: SodaClient, portal: Any, change: dict[str, Any], words: str
) -> None:
    for name, value in change.items():
        setattr(portal, name, value)
    with pytest.raises(AcademyError, match=words):
        client.rows(ID, ["id"])


def test_an_unknown_dataset_is_refused_in_the_portals_words(
    client: SodaClient, waits: list[float]
) -> None:
    with pytest.raises(AcademyError, match=r"HTTP 404\. no such dataset"):
        client.columns("aaaa-bbbb")
    assert waits == [], "an error that will not pass must not be tried again"


def test_a_portal_that_is_not_there(waits: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = SodaClient(address, tries=2, sleep=waits.append)
    with pytest.raises(AcademyError, match=r"could not be read in 2 tries.*stays as it is"):
        client.count(ID)
    assert len(waits) == 1


def test_the_app_token_comes_from_the_environment(
    portal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCRATA_APP_TOKEN", "made-up-token")
    with SodaClient(portal.url) as client:
        client.count(ID)
    assert portal.headers[0]["X-App-Token"] == "made-up-token"
    monkeypatch.delenv("SOCRATA_APP_TOKEN")
    with SodaClient(portal.url) as client:
        client.count(ID)
    assert "X-App-Token" not in portal.headers[1]
