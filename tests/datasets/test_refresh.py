"""From an export or a live portal to a folder in its place."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from academy import paths
from academy.datasets import dataset_folders, load_dataset
from academy.datasets.compiler import Compiled, compile_dataset, tidy_module
from academy.datasets.inputs import ExportFolder, find_export
from academy.datasets.refresh import LivePortal, from_folder, install, refresh
from academy.datasets.template import load_template
from academy.datasets.verify import verify_folder
from academy.errors import AcademyError, FindingsError
from portals.server import PortalServer

NAME, ID = "service-requests", "7ixm-mnvx"
DAY = datetime.date(2026, 8, 29)
DATA = Path(__file__).parent / "data"
Compile = Callable[..., Compiled]

# The made-up rows are far fewer than those of the embedded table.
no_embedded_table = pytest.mark.usefixtures("own_checkout")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def live(portal: PortalServer) -> LivePortal:
    return LivePortal(paths.refreshed_datasets(), portal.url)


def error_of(portal: PortalServer) -> str:
    outcome = refresh([NAME], live(portal))
    assert outcome.renewed == []
    return str(outcome.failed[NAME])


def test_twice_gives_the_same_bytes(compiled: Compiled, compile_export: Compile) -> None:
    again = compile_export(NAME, DATA, taken=DAY)
    assert again.files == compiled.files
    assert set(again.files) == {"datapackage.json", "README.md", "service-requests.csv"}


def test_what_was_measured_stands_in_the_descriptor(compiled: Compiled) -> None:
    descriptor = compiled.descriptor
    assert (descriptor.taken, descriptor.when.first_day) == ("2026-08-29", DAY)
    assert (descriptor.resource.rows, descriptor.rows_left_out) == (36, 4)
    assert descriptor.resource.bytes == len(compiled.files["service-requests.csv"])  # type: ignore[arg-type]
    assert descriptor.period is not None
    assert str(descriptor.period.start) == "2012-07-10"
    assert str(descriptor.period.end) == "2026-08-04"
    assert descriptor.how_it_was_cut == (
        "An export file (7ixm-mnvx_made_up_requests.csv); how it was cut is not known."
    )
    assert [each.title for each in descriptor.made_from] == ["7ixm-mnvx_made_up_requests.csv"]
    categories = {field.name: field.categories for field in descriptor.fields}
    assert categories["status"] == ["CLOSED", "IN PROGRESS", "OPEN"]


def test_the_readme_tells_people_what_is_wrong(compiled: Compiled) -> None:
    text = bytes(compiled.files["README.md"]).decode()
    assert "36 rows" in text
    assert "**3 of 40 rows.** Some web reports say" in text
    assert "- **1 of 40 rows:** the ID is not a whole number. `137-A`." in text
    assert all(f"`{field.name}`" in text for field in compiled.descriptor.fields)
    assert "1 rows" not in text


@no_embedded_table
def test_a_refreshed_table_lands_in_state_and_is_used(compiled: Compiled, own_state: Path) -> None:
    folder = install(compiled).folder
    assert folder == own_state / "datasets" / NAME
    assert verify_folder(folder) == []
    assert len(load_dataset(NAME)) == 36
    before = content(folder)
    assert content(install(compiled).folder) == before
    assert [path.name for path in folder.parent.iterdir()] == [NAME]


def test_embedding_keeps_what_people_wrote(compiled: Compiled, own_checkout: Path) -> None:
    folder = own_checkout / "datasets" / NAME
    words = (folder / "package.yaml").read_bytes()
    (folder / "an-old-table.parquet").write_text("left from an earlier form of the dataset")
    assert install(compiled, embed=True).folder == folder
    assert content(folder) == compiled.files | {"package.yaml": words}
    assert not paths.refreshed_datasets().exists()


def test_folders_that_people_made_are_not_lost(compiled: Compiled, own_checkout: Path) -> None:
    notes = own_checkout / "datasets" / NAME / "notes"
    notes.mkdir()
    with pytest.raises(AcademyError, match="has folders: notes"):
        install(compiled, embed=True)
    assert notes.is_dir()


def test_a_first_refresh_is_compared_with_the_embedded_table(
    compiled: Compiled, portal: PortalServer
) -> None:
    """What came is 3 rows, where learners have had 4,134 until now."""
    outcome = refresh([NAME], live(portal))
    assert outcome.renewed == []
    assert "It had 4,134 rows, and has 3" in str(outcome.failed[NAME])
    assert str(paths.embedded_datasets() / NAME) in str(outcome.failed[NAME])
    assert dataset_folders()[NAME] == paths.embedded_datasets() / NAME
    with pytest.raises(FindingsError, match="Fewer than 90% of the old rows stop a refresh"):
        install(compiled)
    assert install(compiled, allow_shrink=True).drift.stops


def test_a_first_refresh_that_lost_a_column_is_stopped(
    compiled: Compiled, own_checkout: Path
) -> None:
    folder = install(compiled, embed=True).folder
    path = folder / "datapackage.json"
    lost = path.read_text().replace('"name": "city_name"', '"name": "town_name"')
    path.write_text(lost.replace('"type": "integer"', '"type": "number"', 1))
    with pytest.raises(FindingsError) as stopped:
        install(compiled)
    problems = [finding.problem for finding in stopped.value.findings]
    assert "It was number, and is integer." in problems
    assert any(problem.startswith("The column is gone.") for problem in problems)


def test_a_first_refresh_is_compared_with_the_rows_before_the_sample(
    compiled: Compiled, own_checkout: Path
) -> None:
    """36 rows are far more than a sample's 4, and less than the 60 that it was taken from."""
    folder = install(compiled, embed=True).folder
    path = folder / "datapackage.json"
    text = path.read_text()
    sampling = '"rowCount": 4, "sampling": {"everyNth": 15, "rowsBefore": 60},'
    path.write_text(text.replace('"rowCount": 36,', sampling))
    with pytest.raises(FindingsError, match="It had 60 rows, and has 36"):
        install(compiled)
    path.write_text(text.replace('"rowCount": 36,', sampling.replace("60", "38")))
    assert install(compiled).drift.stops == []


@no_embedded_table
def test_a_table_that_shrank_is_refused_unless_asked_for(compiled: Compiled) -> None:
    folder = install(compiled).folder
    descriptor = folder / "datapackage.json"
    descriptor.write_text(descriptor.read_text().replace('"rowCount": 36,', '"rowCount": 60,'))
    with pytest.raises(FindingsError, match="36"):
        install(compiled)
    assert '"rowCount": 60' in descriptor.read_text()
    install(compiled, allow_shrink=True)
    assert verify_folder(folder) == []


@no_embedded_table
def test_a_table_whose_descriptor_is_broken_can_be_replaced(compiled: Compiled) -> None:
    folder = install(compiled).folder
    (folder / "datapackage.json").write_text("{")
    install(compiled)
    assert verify_folder(folder) == []


def test_an_export_of_unknown_day_is_refused(compile_export: Compile) -> None:
    with pytest.raises(AcademyError, match=r"its day is not known.*--taken"):
        compile_export(NAME, DATA)


def test_one_export_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match=r"like 7ixm-mnvx\* is expected; found: none"):
        find_export(tmp_path, f"{ID}*")
    for name in ("7ixm-mnvx_a.csv", "7ixm-mnvx_b.csv.gz", "7ixm-mnvx.txt", "aaaa-bbbb_c.csv"):
        (tmp_path / name).touch()
    with pytest.raises(AcademyError, match=r"found: 7ixm-mnvx_a.csv, 7ixm-mnvx_b.csv.gz\."):
        find_export(tmp_path, f"{ID}*")
    assert find_export(tmp_path, "aaaa*").name == "aaaa-bbbb_c.csv"


@pytest.mark.parametrize("data", [b"", b"ID,STATUS\n1,\xe9\n", b'ID,A\n1,"2\n', b"<html>"])
def test_an_export_that_is_not_csv(tmp_path: Path, data: bytes, compile_export: Compile) -> None:
    (tmp_path / "7ixm-mnvx_bad.csv").write_bytes(data)
    with pytest.raises(AcademyError, match=r"7ixm-mnvx_bad\.csv.*stays as it is"):
        compile_export(NAME, tmp_path, taken=DAY)


def test_a_byte_order_mark_in_an_export_is_no_column_name(
    tmp_path: Path, compiled: Compiled, compile_export: Compile
) -> None:
    name = "7ixm-mnvx_made_up_requests.csv"
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (DATA / name).read_bytes())
    table = compile_export(NAME, tmp_path, taken=DAY).files["service-requests.csv"]
    assert table == compiled.files["service-requests.csv"]


def test_a_formula_in_an_export_is_made_harmless(tmp_path: Path, compile_export: Compile) -> None:
    name = "7ixm-mnvx_made_up_requests.csv"
    text = (DATA / name).read_text()
    assert "SANITATION" in text
    (tmp_path / name).write_text(text.replace("SANITATION", "=cmd|' /C calc'!A0"))
    compiled = compile_export(NAME, tmp_path, taken=DAY)
    assert b",'=cmd|' /C calc'!A0," in bytes(compiled.files["service-requests.csv"])
    (fault,) = [each for each in compiled.descriptor.known_faults if each.id == "formula_signs"]
    assert fault.rows


@no_embedded_table
def test_the_live_portal_gives_the_table(portal: PortalServer) -> None:
    (renewed,) = refresh([NAME], live(portal)).renewed
    descriptor = renewed.compiled.descriptor
    assert descriptor.how_it_was_cut == "All requests that the portal held on that day."
    table = load_dataset(NAME).set_index("request_id")
    assert list(table.index) == [201, 202, 203]
    assert str(table.loc[202, "created_at"]) == "2024-07-01 22:30:00-05:00"
    assert list(table["closed_at"].isna()) == [False, True, True]
    assert table.loc[201, "block_address"] == "9000 BLK MADE UP AVE"


@no_embedded_table
def test_personal_columns_are_not_even_asked_for(portal: PortalServer) -> None:
    (renewed,) = refresh([NAME], live(portal)).renewed
    asked = {name for query in portal.requests for name in query["$select"].split(",")}
    assert {"id", "streetaddress"} <= asked
    private = {"comments", "streetnum", "streetname", "latitude", "longitude", "phone", "email"}
    assert private <= set(portal.tables[ID].columns)
    assert not asked & (private | {"requestername"})
    everything = b"".join(content(renewed.folder).values()).decode()
    for secret in ("225-555", "MADEUP", "9012", "14155", "gate code", "30.45"):
        assert secret not in everything


def test_a_column_that_the_portal_renamed_stops_the_work(portal: PortalServer) -> None:
    portal.tables[ID].columns.remove("closeddate")
    assert "has no column closeddate" in error_of(portal)
    assert portal.requests == []


@no_embedded_table
def test_a_pull_that_failed_leaves_the_old_table(portal: PortalServer, compiled: Compiled) -> None:
    before = content(install(compiled).folder)
    portal.tables[ID].rename("createdate", "made_on")
    assert "createdate" in error_of(portal)
    assert content(paths.refreshed_datasets() / NAME) == before


def test_a_dataset_that_no_live_portal_has_is_told(portal: PortalServer) -> None:
    outcome = refresh(["parish-boundary"], live(portal))
    assert "--from" in str(outcome.failed["parish-boundary"])
    assert portal.requests == []


def test_an_unwritable_place_is_said_in_a_sentence(compiled: Compiled, own_state: Path) -> None:
    own_state.mkdir()
    (own_state / "datasets").write_text("a file where a folder should be")
    with pytest.raises(AcademyError, match=r"could not be written: (File exists|Not a directory)"):
        install(compiled)
    with pytest.raises(AcademyError, match=r"could not be written: (File exists|Not a directory)"):
        refresh([NAME], from_folder(ExportFolder(DATA, DAY)))


def test_words_and_program_must_name_the_same_faults(own_checkout: Path) -> None:
    path = own_checkout / "datasets" / NAME / "package.yaml"
    path.write_text(path.read_text().replace("id: created_in_utc", "id: something_else"))
    outcome = refresh([NAME], from_folder(ExportFolder(DATA, DAY)))
    assert [finding.problem for finding in outcome.failed[NAME].findings] == [
        "The fault 'created_in_utc' is counted by the program but not described.",
        "The fault 'something_else' is described but not counted by the program.",
    ]


def test_a_table_that_breaks_its_promise_is_not_written(own_checkout: Path) -> None:
    path = own_checkout / "datasets" / NAME / "package.yaml"
    path.write_text(path.read_text().replace("minimum: 1}", "minimum: 60}"))
    outcome = refresh([NAME], from_folder(ExportFolder(DATA, DAY)))
    assert "division_code is less than 60" in str(outcome.failed[NAME])
    assert "It was not written" in str(outcome.failed[NAME])


def test_a_mistake_in_the_words_is_told_with_its_line(own_checkout: Path) -> None:
    path = own_checkout / "datasets" / NAME / "package.yaml"
    path.write_text(path.read_text().replace("oneRow:", "onerow:"))
    with pytest.raises(FindingsError, match=r"line \d+: There is no setting 'onerow'"):
        load_template(NAME)
    assert NAME in refresh([], from_folder(ExportFolder(DATA, DAY))).failed


def test_a_dataset_without_a_tidy_module_or_words(own_checkout: Path) -> None:
    with pytest.raises(AcademyError, match="knows how to tidy 'nothing-here'"):
        tidy_module("nothing-here")
    shutil.rmtree(own_checkout / "datasets")
    with pytest.raises(AcademyError, match="The shelf is empty"):
        load_template(NAME)


def test_rows_that_a_program_did_not_foresee_end_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(**inputs: object) -> None:
        raise ValueError("unable to parse 'abc'")

    monkeypatch.setattr(tidy_module(NAME), "tidy", stumble)
    outcome = refresh([NAME], from_folder(ExportFolder(DATA, DAY)))
    assert "does not know: ValueError: unable to parse 'abc'" in str(outcome.failed[NAME])


def test_the_compiler_takes_no_empty_table(tmp_path: Path) -> None:
    import pandas as pd

    from academy.datasets.compiler import Inputs
    from academy.datasets.inputs import Cut

    raw = pd.read_csv(DATA / "7ixm-mnvx_made_up_requests.csv", dtype=str, keep_default_na=False)
    inputs = Inputs(Cut("2026", "Made up."), [], pieces=[raw.head(0)])
    with pytest.raises(AcademyError, match="hold no usable request"):
        compile_dataset(load_template(NAME), inputs, tmp_path)
