"""The full export beside the checkout gives the embedded table, byte for byte."""

from __future__ import annotations

import pandas as pd

from academy import paths
from academy.datasets import load_dataset
from academy.datasets.refresh import compile_export, find_export

NAME = "service-requests"
EXPORTS = paths.checkout().parent / "shared" / "portal"


def test_the_embedded_folder_is_what_the_export_gives() -> None:
    compiled = compile_export(NAME, EXPORTS)
    embedded = paths.embedded_datasets() / NAME
    for name, data in compiled.files.items():
        assert (embedded / name).read_bytes() == data, f"run academy data refresh {NAME} --embed"


def test_no_row_of_the_export_is_lost_and_no_house_number_stays() -> None:
    raw = pd.read_csv(find_export(EXPORTS, "7ixm-mnvx"), dtype=str, keep_default_na=False)
    table = load_dataset(NAME)
    assert list(table["request_id"]) == list(raw["ID"].astype(int))
    same = table["block_address"].fillna("") == raw["STREETADDRESS"]
    assert (~same).sum() == 6
    assert not raw["STREETADDRESS"][~same].str.contains("BLK").any()
    for column, theirs in (("status", "STATUSDESC"), ("city_name", "CITYNAME")):
        assert (table[column].astype(str) == raw[theirs]).all()
