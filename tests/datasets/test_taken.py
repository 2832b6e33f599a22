"""When data left their source: no more is said than is known."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from academy import paths
from academy.cli.data import app
from academy.datasets.card import card_of
from academy.datasets.dcat import Publisher, export
from academy.datasets.descriptor import load_descriptor
from academy.datasets.quality import Shelf
from academy.datasets.taken import Taken
from academy.datasets.template import load_template, template_names
from academy.errors import AcademyError


@pytest.mark.parametrize(
    ("known", "first", "last"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2016-12", "2016-12-01", "2016-12-31"),
        ("2016-02-03", "2016-02-03", "2016-02-03"),
    ],
)
def test_a_day_that_is_only_partly_known_lies_between_two(
    known: str, first: str, last: str
) -> None:
    taken = Taken(known)
    assert (str(taken.first_day), str(taken.last_day)) == (first, last)


@pytest.mark.parametrize(
    ("taken", "words", "is_exact"),
    [
        (Taken("2026-08-29"), "on 2026-08-29", True),
        (Taken("2016-12"), "in 2016-12", False),
        (Taken("2018", is_earliest=True), "not before 2018 (day not known)", False),
        (Taken("2019-12-20", is_earliest=True), "not before 2019-12-20 (day not known)", False),
    ],
)
def test_words_promise_no_more_than_is_known(taken: Taken, words: str, is_exact: bool) -> None:
    assert taken.in_words() == words
    assert taken.is_exact is is_exact


@pytest.mark.parametrize("both", [(None, None), ("2018", "2018")])
def test_one_of_the_two_must_be_said(both: tuple[str | None, str | None]) -> None:
    with pytest.raises(ValueError, match="either `taken` or `takenNotBefore`"):
        Taken.of(*both)


def test_a_descriptor_that_says_both_is_refused(tmp_path: Path) -> None:
    text = (paths.embedded_datasets() / "parks" / "datapackage.json").read_text("utf-8")
    copy = text.replace('"takenNotBefore"', '"taken": "2019",\n  "takenNotBefore"')
    (tmp_path / "datapackage.json").write_text(copy, "utf-8")
    with pytest.raises(AcademyError, match="either `taken` or `takenNotBefore`"):
        load_descriptor(tmp_path)


# Days that a source states; every other export's is not noted anywhere.
STATED = {"service-requests": "2026-08-29", "crime-incidents": "2016-12"}


def test_only_days_that_a_source_states_are_said_to_be_the_day() -> None:
    said = {
        name: export.taken
        for name in template_names()
        for export in load_template(name).cuts.exports
        if export.taken
    }
    assert said == STATED


def test_card_readme_list_and_catalogue_say_the_same() -> None:
    name, words = "crime-counts", "not before 2017-12-31 (day not known)"
    folder = paths.embedded_datasets() / name
    assert f"Taken from the portal {words}." in (folder / "README.md").read_text("utf-8")
    assert any(words in fact for fact in card_of(name).facts())
    listed = CliRunner().invoke(app, ["list"]).output
    assert f"taken {words}" in " ".join(listed.split())
    dictionary = (paths.checkout() / "docs/reference/data-dictionary.md").read_text("utf-8")
    assert f"2015 to 2017. Taken from the portal {words}." in dictionary


def test_the_catalogue_gives_no_day_that_is_not_known() -> None:
    name = "parish-boundary"
    shelf = Shelf({name: paths.embedded_datasets() / name})
    today = datetime.date(2026, 11, 22)
    (told,) = export(shelf, Publisher("Made-up City", "data@example.org"), today)["dataset"]
    assert "modified" not in told
    assert "Taken from the source not before 2015 (day not known)." in told["provenance"]
