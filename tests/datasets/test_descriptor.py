"""The descriptor: what it accepts, and what it says of a bad one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package, validate

from academy import paths
from academy.datasets.compiler import Compiled
from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.datasets.template import template_names
from academy.errors import AcademyError, FindingsError

EMBEDDED = paths.embedded_datasets() / "service-requests"


def spoil(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "datapackage.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data, indent=2))


def table(data: dict[str, Any]) -> dict[str, Any]:
    resource: dict[str, Any] = data["resources"][0]
    return resource


def test_a_descriptor_survives_writing_and_reading(compiled: Compiled, folder: Path) -> None:
    descriptor = load_descriptor(folder)
    assert descriptor == compiled.descriptor
    assert descriptor.to_json() == (folder / "datapackage.json").read_text()


def test_frictionless_finds_our_package_and_table_valid(folder: Path) -> None:
    path = folder / "datapackage.json"
    names = Package(str(path)).resources[0].schema.field_names
    assert names[:3] == ["request_id", "status", "created_at"]
    report = validate(str(path))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


@pytest.mark.parametrize("name", template_names())
def test_frictionless_finds_every_embedded_package_valid(name: str) -> None:
    report = validate(str(paths.embedded_datasets() / name / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])
    kinds = {task.type for task in report.tasks}
    assert kinds <= {"table", "json", "file", "resource"}


@pytest.mark.parametrize("name", template_names())
def test_every_field_of_every_dataset_is_described(name: str) -> None:
    descriptor = load_descriptor(paths.embedded_datasets() / name)
    for resource in descriptor.resources:
        for field in resource.fields:
            assert len(field.description) > 10, field.name
            assert field.description.endswith((".", "?", ")")), field.name
    counted = [each for each in descriptor.known_faults if each.handling != "unknowable"]
    assert all(fault.rows is not None for fault in counted)
    page = (paths.embedded_datasets() / name / "README.md").read_text()
    for fault in descriptor.known_faults:
        assert fault.rows == 0 or fault.description in page


def test_the_shelf_stays_small() -> None:
    files = [path for path in paths.embedded_datasets().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 15_000_000
    for name in template_names():
        for resource in load_descriptor(paths.embedded_datasets() / name).resources:
            assert resource.rows <= 20_000, name
            assert bool(resource.copies) == (resource.format == "csv" and resource.bytes > 1e6)


def test_frictionless_would_see_a_bad_row(folder: Path) -> None:
    path = folder / "service-requests.csv"
    path.write_text(path.read_text().replace("2012-07-10T16:33:00-05:00", "last summer"))
    report = validate(str(folder / "datapackage.json"))
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert "type-error" in kinds
    assert "hash-count" in kinds


def test_every_field_and_fault_is_described() -> None:
    descriptor = load_descriptor(EMBEDDED)
    assert len(descriptor.fields) == 12
    assert all(len(field.description) > 20 and field.example for field in descriptor.fields)
    assert all(fault.rows is not None for fault in descriptor.known_faults[:-2])


def test_every_mistake_is_told_at_once_with_its_line(folder: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["licence"] = "?"
        del data["title"]
        table(data)["hash"] = "md5:123"
        table(data)["schema"]["fields"][0]["type"] = "number!"

    spoil(folder, change)
    with pytest.raises(FindingsError) as caught:
        load_descriptor(folder)
    text = str(caught.value)
    assert len(caught.value.findings) == 4, text
    assert "There is no setting 'licence'" in text
    assert "'title' is missing" in text
    assert all("datapackage.json, line " in f.where for f in caught.value.findings[1:])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: table(d).update(path="../other.csv"), "must lie inside the dataset's folder"),
        (lambda d: table(d).update(path="/etc/passwd"), "must lie inside the dataset's folder"),
        (lambda d: table(d)["schema"].update(primaryKey=["number"]), "the primary key names no"),
        (lambda d: table(d)["schema"]["fields"][2].pop("timezone"), "must name its timezone"),
        (lambda d: table(d)["schema"]["fields"][0].update(categories=["1"]), "only a string field"),
        (
            lambda d: table(d)["schema"]["fields"][1].update(constraints={"minimum": 1}),
            "and status is a string with the limit 1",
        ),
        (
            lambda d: table(d)["schema"]["fields"][1].update(constraints={"pattern": "("}),
            "not a regular expression",
        ),
        (
            lambda d: table(d)["schema"]["fields"].append(table(d)["schema"]["fields"][0]),
            "stand more than once: request_id",
        ),
    ],
)
def test_contradictions_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    spoil(folder, change)
    with pytest.raises(FindingsError, match=words):
        load_descriptor(folder)


def test_a_key_that_stands_twice_is_refused(folder: Path) -> None:
    path = folder / "datapackage.json"
    path.write_text(path.read_text().replace('"taken"', '"name": "other",\n  "taken"'))
    with pytest.raises(FindingsError, match="'name' stands here a second time"):
        load_descriptor(folder)


def test_text_that_is_not_json(folder: Path) -> None:
    path = folder / "datapackage.json"
    path.write_text(path.read_text()[:300])
    with pytest.raises(AcademyError, match=r"datapackage.json, line \d+: .* not valid JSON"):
        load_descriptor(folder)
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(AcademyError, match="not UTF-8"):
        load_descriptor(folder)


def test_a_folder_without_a_descriptor(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match=r"must hold a datapackage\.json"):
        load_descriptor(tmp_path)


def test_the_model_and_its_manual_name_the_same_properties() -> None:
    """Our own properties, beyond the standard's, are told in the model's docstring."""
    standard = {"$schema", "name", "title", "description", "homepage", "keywords", "sources"}
    standard |= {"licenses", "resources"}
    own = {info.alias or name for name, info in Descriptor.model_fields.items()} - standard
    assert own, "there is nothing to check"
    for name in own:
        assert f"``{name}``" in str(Descriptor.__doc__), name
