"""The card of a dataset: text in a terminal, HTML with text alternatives in a notebook."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pandas as pd
import pytest
from rich.console import Console

from academy.datasets import list_datasets, show_dataset
from academy.datasets.bars import Bars
from academy.datasets.card import Card
from academy.datasets.thumbnail import Thumbnail
from academy.errors import AcademyError


def printed(card: Card) -> str:
    text = io.StringIO()
    Console(width=100, file=text).print(card)
    return text.getvalue()


class Tags(HTMLParser):
    """Every tag with its attributes, and whether all were closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", list_datasets())
def test_every_dataset_has_a_card_whose_pictures_say_what_they_show(name: str) -> None:
    card = show_dataset(name)
    tags = Tags(card._repr_html_())
    assert tags.open == []
    pictures = [attributes for tag, attributes in tags.seen if tag == "svg"]
    assert len(pictures) == len(card.pictures())
    for attributes in pictures:
        assert attributes["role"] == "img"
        assert str(attributes["aria-label"]).startswith(("Bar chart: ", "Small map of "))
    scopes = {attributes.get("scope") for tag, attributes in tags.seen if tag == "th"}
    assert scopes == {"col", "row"}
    assert len(card._repr_html_()) < 200_000


def test_geographic_datasets_show_a_map_and_others_a_chart() -> None:
    kinds = {
        name: [type(picture) for picture in show_dataset(name).pictures()]
        for name in ("service-requests", "flood-2016", "street-lights", "bus-routes")
    }
    assert kinds["service-requests"] == [Bars]
    assert kinds["flood-2016"][0] is kinds["bus-routes"][0] is Thumbnail
    assert Thumbnail in kinds["street-lights"]


def test_a_chart_counts_what_the_table_holds() -> None:
    card = show_dataset("service-requests")
    (chart,) = card.pictures()
    assert isinstance(chart, Bars)
    years = card.frame["created_at"].dt.year.value_counts().sort_index()
    assert chart.labels == [str(year) for year in years.index]
    assert chart.values == years.tolist()
    assert chart.title == "Rows by year"
    assert f"{len(years)} bars" in chart.alt


def test_the_text_says_the_same_without_a_picture() -> None:
    text = " ".join(printed(show_dataset("service-requests")).split())
    for words in ("One row is", "4,134 rows", "Rows by year", "GARBAGE (2,243)", "(47 of the"):
        assert words in text, words


def test_several_tables_are_named_and_can_be_chosen() -> None:
    first, other = show_dataset("crime-counts"), show_dataset("crime-counts", "by-zip")
    assert other.resource.name == "by-zip"
    assert any("by-zip" in fact for fact in first.facts())
    assert other.how_to_load() == 'load_dataset("crime-counts", resource="by-zip")'
    with pytest.raises(AcademyError, match=r"no table called 'by-zp'.*Did you mean 'by-zip'"):
        show_dataset("crime-counts", "by-zp")


def test_words_from_data_are_text_and_never_markup() -> None:
    card = show_dataset("service-requests")
    spoilt = card.frame.assign(street_name="<script>alert(1)</script>")
    html = Card(card.descriptor, card.resource, spoilt)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_line_is_told_from_an_area_and_from_points() -> None:
    import shapely

    points = Thumbnail(shapely.points([-91.1, -91.0, -91.0], [30.4, 30.5, 30.5]), "made up")
    assert points.svg().count("<rect") == 2
    area = Thumbnail(shapely.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"]), "made up")
    assert 'fill="none"' not in area.svg()
    assert sum(line.count("█") for line in area.lines()) > 500
    line = Thumbnail(shapely.from_wkt(["LINESTRING (0 0, 1 1)"]), "made up")
    assert 'fill="none"' in line.svg()
    assert 20 < sum(text.count("█") for text in line.lines()) < 120


def test_bars_begin_at_zero_and_tell_their_ends() -> None:
    chart = Bars("Rows by kind", ["A", "B"], [10.0, 5.0])
    assert [line.count("█") for line in chart.lines()[1:]] == [30, 15]
    assert "the most is 10 (A), the least 5 (B)" in chart.alt
    assert pd.Series(chart.svg().split('width="')).str.startswith("230.0").sum() == 1
