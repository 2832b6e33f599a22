"""The full exports beside the checkout give the embedded tables, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from academy import paths
from academy.datasets import load_dataset
from academy.datasets.inputs import ExportFolder, find_export
from academy.datasets.refresh import from_folder, refresh, workshop
from academy.datasets.template import template_names
from academy.datasets.verify import verify_folder
from academy.datasets.workshop import Workshop

EXPORTS = paths.checkout().parent / "shared" / "portal"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Compiles each dataset once, also where several are made from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(tmp_path_factory.mktemp("state")))
        with workshop(from_folder(ExportFolder(EXPORTS)), embed=True) as shop:
            yield shop


@pytest.mark.parametrize("name", template_names())
def test_the_embedded_folder_is_what_the_export_gives(name: str, shop: Workshop) -> None:
    embedded = paths.embedded_datasets() / name
    for file, data in shop.compile(name).files.items():
        assert (embedded / file).read_bytes() == data, f"run academy data refresh {name} --embed"


def test_a_full_refresh_is_as_described() -> None:
    outcome = refresh([], from_folder(ExportFolder(EXPORTS)))
    assert outcome.failed == {}
    assert len(outcome.renewed) == len(template_names())
    for renewed in outcome.renewed:
        assert verify_folder(renewed.folder) == []
        assert all(each.sampling is None for each in renewed.compiled.descriptor.resources)


def test_no_request_of_the_export_is_lost_and_no_house_number_stays() -> None:
    raw = pd.read_csv(find_export(EXPORTS, "7ixm-mnvx*"), dtype=str, keep_default_na=False)
    table = load_dataset("service-requests")
    assert list(table["request_id"]) == list(raw["ID"].astype(int))
    same = table["block_address"].fillna("") == raw["STREETADDRESS"]
    assert (~same).sum() == 6
    assert not raw["STREETADDRESS"][~same].str.contains("BLK").any()
    for column, theirs in (("status", "STATUSDESC"), ("city_name", "CITYNAME")):
        assert (table[column].astype(str) == raw[theirs]).all()
