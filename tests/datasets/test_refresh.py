"""From an export or a live portal to a folder in its place."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from academy import paths
from academy.datasets import load_dataset
from academy.datasets.compiler import Compiled, compile_dataset, tidy_module
from academy.datasets.portal.soda import SodaClient
from academy.datasets.refresh import compile_export, compile_live, find_export, install
from academy.datasets.template import load_template
from academy.datasets.verify import verify_folder
from academy.errors import AcademyError, FindingsError

NAME, ID = "service-requests", "7ixm-mnvx"
DAY = datetime.date(2026, 8, 29)
DATA = Path(__file__).parent / "data"


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_twice_gives_the_same_bytes(compiled: Compiled) -> None:
    again = compile_export(NAME, DATA, taken=DAY)
    assert again.files == compiled.files
    assert set(again.files) == {"datapackage.json", "README.md", "service-requests.csv"}


def test_what_was_measured_stands_in_the_descriptor(compiled: Compiled) -> None:
    descriptor = compiled.descriptor
    assert descriptor.taken == DAY
    assert (descriptor.resource.rows, len(descriptor.dropped_rows)) == (36, 4)
    assert descriptor.resource.bytes == len(compiled.files["service-requests.csv"])
    assert str(descriptor.period.start) == "2012-07-10"
    assert str(descriptor.period.end) == "2026-08-04"
    assert descriptor.how_it_was_cut == (
        "An export file (7ixm-mnvx_made_up_requests.csv); how it was cut is not known."
    )
    categories = {field.name: field.categories for field in descriptor.fields}
    assert categories["status"] == ["CLOSED", "IN PROGRESS", "OPEN"]


def test_the_readme_tells_people_what_is_wrong(compiled: Compiled) -> None:
    text = compiled.files["README.md"].decode()
    assert "36 rows" in text
    assert "**3 rows.** Some web reports say" in text
    assert "- `137-A`: the ID is not a whole number." in text
    assert all(f"`{field.name}`" in text for field in compiled.descriptor.fields)
    assert "1 rows" not in text


def test_a_refreshed_table_lands_in_state_and_is_used(compiled: Compiled, own_state: Path) -> None:
    folder = install(compiled)
    assert folder == own_state / "datasets" / NAME
    assert verify_folder(folder) == []
    assert len(load_dataset(NAME)) == 36
    before = content(folder)
    assert content(install(compiled)) == before
    assert [path.name for path in folder.parent.iterdir()] == [NAME]


def test_embedding_keeps_what_people_wrote(compiled: Compiled, own_checkout: Path) -> None:
    words = (own_checkout / "datasets" / NAME / "package.yaml").read_bytes()
    folder = install(compiled, embed=True)
    assert folder == own_checkout / "datasets" / NAME
    assert content(folder) == compiled.files | {"package.yaml": words}
    assert not paths.refreshed_datasets().exists()


def test_folders_that_people_made_are_not_lost(compiled: Compiled, own_checkout: Path) -> None:
    notes = own_checkout / "datasets" / NAME / "notes"
    notes.mkdir()
    with pytest.raises(AcademyError, match="has folders: notes"):
        install(compiled, embed=True)
    assert notes.is_dir()


def test_a_table_that_shrank_is_refused_unless_asked_for(compiled: Compiled) -> None:
    folder = install(compiled)
    descriptor = folder / "datapackage.json"
    descriptor.write_text(
        descriptor.read_text().replace('"rows": 36,\n      "schema"', '"rows": 60,\n      "schema"')
    )
    with pytest.raises(AcademyError, match=r"has 36 rows, and the one that is there has 60"):
        install(compiled)
    assert '"rows": 60' in descriptor.read_text()
    install(compiled, allow_shrink=True)
    assert verify_folder(folder) == []


def test_a_table_whose_descriptor_is_broken_can_be_replaced(compiled: Compiled) -> None:
    folder = install(compiled)
    (folder / "datapackage.json").write_text("{")
    install(compiled)
    assert verify_folder(folder) == []


def test_an_export_of_unknown_day_is_refused() -> None:
    with pytest.raises(AcademyError, match=r"its day is not known.*--taken"):
        compile_export(NAME, DATA)


def test_one_export_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match="begins with 7ixm-mnvx is expected; found: none"):
        find_export(tmp_path, ID)
    for name in ("7ixm-mnvx_a.csv", "7ixm-mnvx_b.csv", "aaaa-bbbb_c.csv"):
        (tmp_path / name).touch()
    with pytest.raises(AcademyError, match=r"found: 7ixm-mnvx_a.csv, 7ixm-mnvx_b.csv\."):
        find_export(tmp_path, ID)
    (tmp_path / "7ixm-mnvx_a.csv").unlink()
    assert find_export(tmp_path, ID).name == "7ixm-mnvx_b.csv"


@pytest.mark.parametrize("data", [b"", b"ID,STATUS\n1,\xe9\n", b'ID,A\n1,"2\n'])
def test_an_export_that_is_not_csv(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "7ixm-mnvx_bad.csv").write_bytes(data)
    with pytest.raises(AcademyError, match=r"can't be read as CSV in UTF-8.*stays as it is"):
        compile_export(NAME, tmp_path, taken=DAY)


def test_a_byte_order_mark_in_an_export_is_no_column_name(
    tmp_path: Path, compiled: Compiled
) -> None:
    name = "7ixm-mnvx_made_up_requests.csv"
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (DATA / name).read_bytes())
    assert compile_export(NAME, tmp_path, taken=DAY).files == compiled.files


def test_the_live_portal_gives_the_table(portal: Any) -> None:
    with SodaClient(portal.url, page_rows=2) as client:
        live = compile_live(NAME, client)
    assert live.descriptor.how_it_was_cut == "All requests that the portal held on that day."
    install(live)
    table = load_dataset(NAME).set_index("request_id")
    assert list(table.index) == [201, 202, 203]
    assert str(table.loc[202, "created_at"]) == "2024-07-01 22:30:00-05:00"
    assert list(table["closed_at"].isna()) == [False, True, True]
    assert table.loc[201, "block_address"] == "9000 BLK MADE UP AVE"


def test_personal_columns_are_not_even_asked_for(portal: Any) -> None:
    with SodaClient(portal.url) as client:
        live = compile_live(NAME, client)
    asked = {name for query in portal.requests for name in query["$select"].split(",")}
    assert {"id", "streetaddress"} <= asked
    private = {"comments", "streetnum", "streetname", "latitude", "longitude", "phone", "email"}
    assert private <= set(portal.columns)
    assert not asked & (private | {"requestername"})
    everything = b"".join(live.files.values()).decode()
    for secret in ("225-555", "MADEUP", "9012", "14155", "gate code", "30.45"):
        assert secret not in everything


def test_a_column_that_the_portal_renamed_stops_the_work(portal: Any) -> None:
    portal.columns.remove("closeddate")
    with (
        SodaClient(portal.url) as client,
        pytest.raises(AcademyError, match="has no column closeddate any more"),
    ):
        compile_live(NAME, client)
    assert portal.requests == []


def test_a_pull_that_failed_leaves_the_old_table(portal: Any, compiled: Compiled) -> None:
    before = content(install(compiled))
    portal.miscount = 5
    with SodaClient(portal.url) as client, pytest.raises(AcademyError, match="not whole"):
        install(compile_live(NAME, client))
    assert content(paths.refreshed_datasets() / NAME) == before


def test_an_unwritable_place_is_said_in_a_sentence(compiled: Compiled, own_state: Path) -> None:
    own_state.mkdir()
    (own_state / "datasets").write_text("a file where a folder should be")
    with pytest.raises(AcademyError, match=r"could not be written: (File exists|Not a directory)"):
        install(compiled)


def test_words_and_program_must_name_the_same_faults() -> None:
    template = load_template(NAME)
    renamed = template.known_faults[0].model_copy(update={"id": "something_else"})
    template = template.model_copy(update={"known_faults": [renamed, *template.known_faults[1:]]})
    import pandas as pd

    from academy.datasets.compiler import Cut

    raw = pd.DataFrame(json.loads((DATA / "live_rows.json").read_text()))
    with pytest.raises(FindingsError) as caught:
        compile_dataset(template, raw, Cut(DAY, "made up"))
    assert [finding.problem for finding in caught.value.findings] == [
        "The fault 'created_in_utc' is counted by the program but not described.",
        "The fault 'something_else' is described but not counted by the program.",
    ]


def test_a_table_that_breaks_its_promise_is_not_written(own_checkout: Path) -> None:
    path = own_checkout / "datasets" / NAME / "package.yaml"
    path.write_text(path.read_text().replace("minimum: 1}", "minimum: 60}"))
    with pytest.raises(FindingsError) as caught:
        compile_export(NAME, DATA, taken=DAY)
    assert "division_code is less than 60" in str(caught.value)
    assert "It was not written" in str(caught.value)


def test_a_mistake_in_the_words_is_told_with_its_line(own_checkout: Path) -> None:
    path = own_checkout / "datasets" / NAME / "package.yaml"
    path.write_text(path.read_text().replace("oneRow:", "onerow:"))
    with pytest.raises(FindingsError, match=r"line \d+: There is no setting 'onerow'"):
        load_template(NAME)


def test_a_dataset_without_a_tidy_module_or_words(own_checkout: Path) -> None:
    with pytest.raises(AcademyError, match="knows how to tidy 'nothing-here'"):
        tidy_module("nothing-here")
    shutil.rmtree(own_checkout / "datasets")
    with pytest.raises(AcademyError, match="The shelf is empty"):
        load_template(NAME)
