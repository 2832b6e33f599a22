"""The whole shelf as one DCAT-US 3 catalogue, for a data portal to harvest.

DCAT-US 3 is the metadata standard of data.gov, an application profile of the W3C's DCAT 3; its
JSON Schema is kept at github.com/GSA/dcat-us. The parts of it that are written here are checked
with a schema of our own, ``dcat_us_3.schema.json``.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from academy.datasets.quality import Quality, Shelf, judge
from academy.datasets.readme import taken_in_words
from academy.errors import AcademyError, Finding, FindingsError

if TYPE_CHECKING:
    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Copy, Resource

SCHEMA_FILE = "dcat_us_3.schema.json"
PLACE = "East Baton Rouge Parish, Louisiana"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_FORMATS = {"csv": "CSV", "geojson": "GeoJSON", "parquet": "Apache Parquet"}
_METRICS = {
    "documentation": "What is said of the dataset and of its columns, out of what should be said.",
    "freshness": "One half for each year since the last day that the table can speak of.",
    "completeness": "Values that are there, times rows kept, times whether the cut is known.",
    "validity": "Values that keep to a stated rule, times rows without a known or a seen fault.",
    "uniqueness": "Rows that a key names and that are said once.",
    "joinability": "Rows that find a partner in another table of the catalogue.",
    "overall": "The mean of the six.",
}


@dataclass(frozen=True)
class Publisher:
    """Who stands behind a catalogue.

    Parameters
    ----------
    name
        The organisation that makes the tables available.
    email
        An address that somebody reads: the standard asks for one.
    base_url
        Where the folder ``datasets/`` is served; None where only the portal's pages can be given.
    """

    name: str
    email: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        if not _EMAIL.fullmatch(self.email):
            raise _wrong("an e-mail address such as data@example.org", self.email)
        if self.base_url is not None and not _ADDRESS.fullmatch(self.base_url):
            raise _wrong("an address such as https://example.org/datasets", self.base_url)

    def address(self, *parts: str) -> str | None:
        """Return the address of a file below the base, or None without one."""
        return None if self.base_url is None else "/".join((self.base_url.rstrip("/"), *parts))


def _wrong(expected: str, found: str) -> AcademyError:
    return AcademyError(
        f"Expected {expected}, and found '{found}'.",
        kept="Nothing was written.",
        next_step="See `academy data export-dcat --help`.",
    )


def export(on: Shelf, publisher: Publisher, today: datetime.date) -> dict[str, Any]:
    """Return the catalogue of the shelf, with a measurement of each dataset's quality.

    Parameters
    ----------
    on
        The shelf.
    publisher
        Who makes it available.
    today
        The day of the export, from which ages are reckoned.

    Raises
    ------
    FindingsError
        When a descriptor of the shelf can't be read, or the catalogue breaks the schema.
    AcademyError
        When a table can't be read.
    """
    _refuse("The shelf can't be exported.", on.problems)
    datasets = [
        _dataset(descriptor, judge(name, on, today), publisher)
        for name, descriptor in on.descriptors.items()
    ]
    catalogue = {
        "@type": "Catalog",
        "title": f"Data shelf of the {publisher.name}",
        "description": "Tables compiled from open data, each with its faults and its quality.",
        "publisher": {"@type": "Agent", "name": publisher.name},
        "language": ["en"],
        "modified": str(today),
        "conformsTo": {"@type": "Standard", "title": "DCAT-US 3.0"},
        "dataset": datasets,
    }
    _refuse("The catalogue breaks the schema of DCAT-US 3.", findings(catalogue))
    return catalogue


def findings(catalogue: Any) -> list[Finding]:
    """Check a catalogue against the parts of DCAT-US 3 that are written here."""
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(schema()).iter_errors(catalogue)
    return [Finding(f"{error.message[:300]}.", error.json_path) for error in errors]


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the parts of DCAT-US 3 that are written here."""
    text = resources.files("academy.datasets").joinpath(SCHEMA_FILE).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _refuse(headline: str, problems: Iterable[Finding]) -> None:
    problems = list(problems)
    if problems:
        raise FindingsError(headline, problems, kept="Nothing was written.")


def _dataset(descriptor: Descriptor, quality: Quality, publisher: Publisher) -> dict[str, Any]:
    described = {
        "@type": "Dataset",
        "@id": publisher.address(descriptor.name),
        "identifier": descriptor.name,
        "title": descriptor.title,
        "description": descriptor.description,
        "publisher": {"@type": "Organization", "name": publisher.name},
        "contactPoint": [
            {"@type": "Kind", "fn": publisher.name, "hasEmail": f"mailto:{publisher.email}"}
        ],
        "keyword": descriptor.keywords or None,
        "landingPage": _page(descriptor),
        "language": ["en"],
        "license": "; ".join(each.path or each.title for each in descriptor.licenses),
        "accessRights": "Public",
        "accrualPeriodicity": "unknown",
        # The standard wants a day: where none is known, the provenance says what is.
        "modified": descriptor.taken,
        "spatial": [{"@type": "Location", "prefLabel": PLACE}],
        "temporal": _period(descriptor),
        "provenance": _provenance(descriptor),
        "scopeNote": " ".join(descriptor.not_included) or None,
        "conformsTo": [{"@type": "Standard", "title": "Data Package 2.0"}],
        "describedBy": _dictionary(descriptor, publisher),
        "distribution": _distributions(descriptor, publisher),
        "hasQualityMeasurement": _measurements(quality),
    }
    return _said(described)


def _page(descriptor: Descriptor) -> dict[str, Any]:
    title = descriptor.portal.title if descriptor.portal else descriptor.title
    return {"@type": "Document", "title": title, "accessURL": descriptor.homepage}


def _period(descriptor: Descriptor) -> list[dict[str, str]] | None:
    if descriptor.period is None:
        return None
    start, end = str(descriptor.period.start), str(descriptor.period.end)
    return [{"@type": "PeriodOfTime", "startDate": start, "endDate": end}]


def _provenance(descriptor: Descriptor) -> list[str]:
    """Say where the rows come from, since when, how they were chosen, and what is wrong."""
    return [
        *(f"Source: {source.title}." for source in descriptor.sources),
        *(f"Made from {made.title} ({made.hash})." for made in descriptor.made_from),
        f"{taken_in_words(descriptor)}.",
        descriptor.how_it_was_cut,
        *(f"{fault.description} {fault.what_was_done}" for fault in descriptor.known_faults),
    ]


def _dictionary(descriptor: Descriptor, publisher: Publisher) -> dict[str, Any]:
    return _said(
        {
            "@type": "Distribution",
            "title": f"Data dictionary of {descriptor.title}",
            "mediaType": "application/json",
            "format": "Data Package",
            "accessURL": descriptor.homepage,
            "downloadURL": publisher.address(descriptor.name, "datapackage.json"),
        }
    )


def _distributions(descriptor: Descriptor, publisher: Publisher) -> list[dict[str, Any]]:
    written = []
    for resource in descriptor.resources:
        files: list[Resource | Copy] = [resource, *(resource.copies or [])]
        written += [_distribution(descriptor, resource, file, publisher) for file in files]
    return written


def _distribution(
    descriptor: Descriptor, resource: Resource, file: Resource | Copy, publisher: Publisher
) -> dict[str, Any]:
    return _said(
        {
            "@type": "Distribution",
            "title": f"{resource.title or descriptor.title} ({_FORMATS[file.format]})",
            "description": f"{resource.rows:,} rows; one row is {descriptor.one_row}.",
            "format": _FORMATS[file.format],
            "mediaType": file.mediatype,
            "byteSize": str(file.bytes),
            "characterEncoding": ["UTF-8"] if file is resource else None,
            "accessURL": descriptor.homepage,
            "downloadURL": publisher.address(descriptor.name, file.path),
            "checksum": {
                "@type": "Checksum",
                "algorithm": "SHA-256",
                "checksumValue": file.hash.removeprefix("sha256:"),
            },
        }
    )


def _measurements(quality: Quality) -> list[dict[str, Any]]:
    scores = {each.name: each.score for each in quality.dimensions} | {"overall": quality.overall}
    return [
        {
            "@type": "QualityMeasurement",
            "isMeasurementOf": {
                "@type": "Metric",
                "expectedDataType": "xsd:decimal",
                "inDimension": f"urn:citizen-data-academy:quality:{name}",
                "definition": f"{_METRICS[name]} Measured on {quality.measured_on}; from 0 to 1.",
            },
            "value": f"{score:.3f}",
        }
        for name, score in scores.items()
    ]


def _said(described: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known: an absent key says so, and null says it less plainly."""
    return {key: value for key, value in described.items() if value is not None}
