"""A Socrata dataset, page by page, from a real HTTP server."""

from __future__ import annotations

from typing import Any

import pytest

from academy.datasets.portal.soda import SodaSource, soda_transport
from academy.datasets.portal.source import ChangedError, Mark
from academy.datasets.portal.transport import Transport
from academy.errors import AcademyError
from portals.server import PortalServer
from portals.tables import Table

ID = "7ixm-mnvx"


@pytest.fixture
def source(transport: Transport) -> SodaSource:
    return SodaSource(transport, ID, page_rows=10)


def ids(source: SodaSource, columns: list[str] | None = None) -> list[int]:
    pages = source.pages(columns or ["id"], 0, "")
    return [int(row["id"]) for page in pages for row in page.rows]


def test_all_pages_come_in_order_and_nothing_else_is_asked_for(
    source: SodaSource, portal: PortalServer
) -> None:
    assert ids(source) == list(range(25))
    assert {query["$select"] for query in portal.requests} == {":id,id"}
    assert {query["$order"] for query in portal.requests} == {":id"}
    asked = [(query["$offset"], query["$limit"]) for query in portal.requests]
    assert asked == [("0", "10"), ("9", "11"), ("19", "11")], "a page begins with the last row"


def test_the_mark_is_the_count_and_the_time_of_change(
    source: SodaSource, portal: PortalServer
) -> None:
    before = source.mark()
    assert before == Mark(25, "1788000000")
    portal.tables[ID].insert(3, {"id": "99"})
    assert source.mark() == Mark(26, "1788000060")


def test_what_it_offers(source: SodaSource, portal: PortalServer) -> None:
    assert source.offered() == ["id", "closeddate", "comments"]
    assert source.shape_column() is None
    portal.tables[ID].kinds["closeddate"] = "multiline"
    assert source.shape_column() == "closeddate"


@pytest.mark.parametrize("cap", [4, 24])
def test_a_portal_that_gives_fewer_rows_than_asked_for(
    source: SodaSource, portal: PortalServer, cap: int
) -> None:
    source.page_rows = 100
    portal.row_cap = cap
    assert ids(source) == list(range(25))


def test_the_limit_of_50_000_rows_cuts_nothing_off(transport: Transport) -> None:
    portal = PortalServer({ID: Table(["id"], [{"id": str(n)} for n in range(50_003)])})
    from portals.server import running

    with running(portal), Transport(portal.url) as connection:
        pages = SodaSource(connection, ID, page_rows=200_000).pages(["id"], 0, "")
        sizes = [len(page.rows) for page in pages]
    assert sizes == [50_000, 3]


@pytest.mark.parametrize("fault", ["429", "503", "html", "cut", "cut inside", "empty"])
def test_a_page_that_fails_once_is_asked_for_again(
    source: SodaSource, portal: PortalServer, waits: list[float], fault: str
) -> None:
    portal.faults = ["", fault]
    assert ids(source) == list(range(25))
    assert [query["$offset"] for query in portal.requests] == ["0", "9", "9", "19"]
    assert len(waits) == 1


def test_an_empty_list_where_rows_are_expected_is_said(
    source: SodaSource, portal: PortalServer
) -> None:
    portal.faults = ["", *["empty"] * 8]
    with pytest.raises(AcademyError, match="No rows came after the first 10, and more were exp"):
        ids(source)


def test_a_short_page_loses_no_row(source: SodaSource, portal: PortalServer) -> None:
    portal.faults = ["short", "short"]
    assert ids(source) == list(range(25))


@pytest.mark.parametrize("change", ["insert", "remove"])
def test_a_row_that_comes_or_goes_in_front_is_seen_on_the_next_page(
    source: SodaSource, portal: PortalServer, change: str
) -> None:
    table = portal.tables[ID]
    if change == "insert":
        portal.faults = ["", lambda: table.insert(5, {"id": "99"})]
    else:
        portal.faults = ["", lambda: table.remove(5)]
    with pytest.raises(ChangedError, match=r"After 20 rows the portal goes on with another row"):
        ids(source)


@pytest.mark.parametrize(
    ("fault", "words"),
    [("object", "Rows were expected, and a dict came"), ("no object", "a str came")],
)
def test_json_of_another_kind(
    source: SodaSource, portal: PortalServer, fault: str, words: str
) -> None:
    portal.faults = [fault]
    with pytest.raises(AcademyError, match=words):
        ids(source)


def test_pages_that_are_too_large_are_halved(portal: PortalServer) -> None:
    portal.tables[ID] = Table(
        ["id", "text"], [{"id": str(n), "text": "x" * 999} for n in range(999)]
    )
    with Transport(portal.url, largest=300_000) as transport:
        source = SodaSource(transport, ID, page_rows=800)
        assert ids(source, ["id", "text"]) == list(range(999))
        assert source.page_rows == 200


def test_an_unknown_dataset_is_refused_in_the_portals_words(transport: Transport) -> None:
    with pytest.raises(AcademyError, match=r"HTTP 404\. no such dataset"):
        SodaSource(transport, "aaaa-bbbb").offered()


@pytest.mark.parametrize("token", ["made-up-token", None])
def test_the_app_token_comes_from_the_environment(
    portal: PortalServer, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    monkeypatch.delenv("SOCRATA_APP_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("SOCRATA_APP_TOKEN", token)
    with soda_transport(portal.url) as transport:
        SodaSource(transport, ID).mark()
    sent: dict[str, Any] = {name.lower(): value for name, value in portal.headers[0].items()}
    assert sent.get("x-app-token") == token
