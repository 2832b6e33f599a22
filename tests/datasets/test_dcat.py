"""The catalogue is DCAT-US 3 as far as we write it, and what it says is what the shelf says."""

from __future__ import annotations

import copy
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from academy.cli.data import app
from academy.datasets.catalogue import dataset_folders
from academy.datasets.dcat import Publisher, export, findings, schema
from academy.datasets.quality import Shelf, shelf
from academy.errors import AcademyError, FindingsError

TODAY = datetime.date(2026, 11, 22)
NAMES = ("service-requests", "traffic-incidents", "traffic-counts", "bus-routes", "census-tracts")
BASE = "https://example.org/datasets"
MAIL = "data@example.org"


def some(names: tuple[str, ...] = NAMES) -> Shelf:
    """A few datasets, one of each sort of file."""
    folders = dataset_folders()
    return Shelf({name: folders[name] for name in names})


def two() -> Shelf:
    """Two that are quick to judge."""
    return some(("bus-routes", "parish-boundary"))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(tmp_path_factory.mktemp("state")))
        return export(some(), Publisher("Made-up City", MAIL, BASE), TODAY)


def dataset(catalogue: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in catalogue["dataset"] if each["identifier"] == name]
    return dict(found)


def test_it_says_what_the_descriptor_says(catalogue: dict[str, Any]) -> None:
    described = shelf().descriptors["service-requests"]
    told = dataset(catalogue, "service-requests")
    assert (told["title"], told["description"]) == (described.title, described.description)
    assert told["publisher"]["name"] == "Made-up City"
    assert told["contactPoint"][0]["hasEmail"] == f"mailto:{MAIL}"
    assert told["modified"] == "2026-08-29"
    assert told["temporal"][0]["startDate"] == "2012-05-18"
    assert any("1,195,849" in text for text in told["provenance"])
    assert told["landingPage"]["accessURL"] == "https://data.brla.gov/d/7ixm-mnvx"


def test_each_file_is_a_distribution_that_can_be_checked(catalogue: dict[str, Any]) -> None:
    for name, described in some().descriptors.items():
        files = [f for r in described.resources for f in (r, *(r.copies or []))]
        told = dataset(catalogue, name)["distribution"]
        assert [each["downloadURL"] for each in told] == [f"{BASE}/{name}/{f.path}" for f in files]
        assert [each["checksum"]["checksumValue"] for each in told] == [f.hash[7:] for f in files]
        assert [each["byteSize"] for each in told] == [str(f.bytes) for f in files]
    formats = {each["format"] for d in catalogue["dataset"] for each in d["distribution"]}
    assert formats == {"CSV", "GeoJSON", "Apache Parquet"}


def test_it_measures_quality_in_six_dimensions_and_one(catalogue: dict[str, Any]) -> None:
    told = dataset(catalogue, "service-requests")["hasQualityMeasurement"]
    values = {
        one["isMeasurementOf"]["inDimension"].rpartition(":")[2]: one["value"] for one in told
    }
    assert list(values) == [
        *("documentation", "freshness", "completeness", "validity", "uniqueness", "joinability"),
        "overall",
    ]
    assert values["freshness"] == f"{0.5 ** (108 / 365):.3f}"


def test_the_schema_is_a_schema_and_the_catalogue_keeps_to_it(catalogue: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema())
    assert findings(catalogue) == []
    assert json.loads(json.dumps(catalogue)) == catalogue


SPOILT: list[tuple[list[Any], Any, str]] = [
    (["dataset", 0, "title"], None, "'title' is a required property"),
    (["dataset", 0, "contactPoint"], [], "contactPoint"),
    (["dataset", 0, "contactPoint", 0, "hasEmail"], "data@example.org", "hasEmail"),
    (["dataset", 0, "modified"], "22 November 2026", "modified"),
    (["dataset", 0, "tittle"], "Poles", "tittle"),
    (["dataset", 0, "accrualPeriodicity"], "often", "accrualPeriodicity"),
    (["dataset", 0, "distribution", 0, "byteSize"], 12, "byteSize"),
    (["dataset", 0, "distribution", 0, "checksum", "checksumValue"], "abc", "checksumValue"),
    (["dataset", 0, "distribution", 0, "downloadURL"], "poles.csv", "downloadURL"),
    (["dataset", 0, "hasQualityMeasurement", 0, "value"], "1.2", "value"),
    (["dataset", 0, "temporal", 0, "endDate"], "2026", "endDate"),
    (["dataset"], [], "dataset"),
    (["conformsTo"], "DCAT-US 3.0", "conformsTo"),
]


@pytest.mark.parametrize(("path", "value", "words"), SPOILT)
def test_the_schema_refuses(
    catalogue: dict[str, Any], path: list[Any], value: Any, words: str
) -> None:
    spoilt = copy.deepcopy(catalogue)
    spoilt["dataset"] = [dataset(spoilt, "service-requests")]
    place: Any = spoilt
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    found = findings(spoilt)
    assert len(found) == 1
    assert words in str(found[0])


def test_without_an_address_there_are_no_links_to_files() -> None:
    told = export(two(), Publisher("Made-up City", MAIL), TODAY)["dataset"][0]
    assert "@id" not in told
    assert "downloadURL" not in told["distribution"][0]
    assert told["distribution"][0]["accessURL"] == "https://data.brla.gov/d/4a42-smtm"


@pytest.mark.parametrize("mail", ["", "nobody", "a@b", "mailto:a@example.org", "a b@example.org"])
def test_a_contact_must_be_an_e_mail_address(mail: str) -> None:
    with pytest.raises(AcademyError, match="Expected an e-mail address such as"):
        Publisher("Made-up City", mail)


@pytest.mark.parametrize(
    "base", ["", "example.org", "ftp://example.org", "https://", "https://a b"]
)
def test_a_base_must_be_an_address_of_the_web(base: str) -> None:
    with pytest.raises(AcademyError, match="Expected an address such as"):
        Publisher("Made-up City", MAIL, base)


def test_a_broken_descriptor_stops_the_export(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(FindingsError, match="The shelf can't be exported"):
        export(Shelf({"broken": tmp_path}), Publisher("Made-up City", MAIL), TODAY)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_the_command_writes_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academy.datasets.quality.shelf", two)
    file = tmp_path / "catalog.json"
    arguments = ["export-dcat", "--contact-email", MAIL, "--output", str(file)]
    assert run(*arguments).stdout == f"2 datasets, now in {file}\n"
    assert findings(json.loads(file.read_text())) == []
    assert json.loads(run(*arguments, "--json").stdout)["datasets"] == [*two().descriptors]
    on_screen = json.loads(run("export-dcat", "--contact-email", MAIL, "--publisher", "P").stdout)
    assert on_screen["publisher"]["name"] == "P"
    with pytest.raises(AcademyError, match="The catalogue can't be written"):
        run(*arguments[:-1], str(tmp_path / "nowhere" / "catalog.json"))


def test_the_quality_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academy.datasets.quality.shelf", two)
    lines = run("quality").stdout.splitlines()
    assert lines[0].split() == [
        *("documentation", "freshness", "completeness", "validity", "uniqueness", "joinability"),
        "overall",
    ]
    assert {line.split()[0] for line in lines[1:]} == set(two().descriptors)
    one = run("quality", "bus-routes").stdout
    assert one.startswith("bus-routes: 0.")
    assert "\nfreshness: 0." in one
    (entry,) = json.loads(run("quality", "bus-routes", "--json").stdout)
    assert entry["dataset"] == "bus-routes"
    assert entry["dimensions"]["freshness"]["reasons"]


def test_quality_tells_of_a_broken_descriptor_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "datapackage.json").write_text("{")
    monkeypatch.setattr("academy.datasets.quality.shelf", lambda: Shelf({"broken": tmp_path}))
    result = run("quality")
    assert result.exit_code == 1
    assert "not valid JSON" in result.output
