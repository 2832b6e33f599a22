"""What lessons tell about the exports themselves, and how much of them reaches the tables."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest

from academy.datasets import load_dataset
from academy.datasets.geo import inside_bounds
from academy.datasets.tidy import businesses, flood_2016
from academy.datasets.tidy.shapes import PLANE
from datasets.tidy.conftest import EXPORTS_BESIDE


def export(pattern: str) -> pd.DataFrame:
    (path,) = EXPORTS_BESIDE.glob(pattern)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_the_register_is_swapped_in_every_row_and_repeats_itself() -> None:
    raw = export("xw6s-bcqm_*")
    latitude, longitude = pd.to_numeric(raw["LATITUDE"]), pd.to_numeric(raw["LONGITUDE"])
    assert inside_bounds(latitude, longitude).sum() == 0
    assert inside_bounds(longitude, latitude).sum() == len(raw) == 17_392
    assert raw.duplicated().sum() == 1387
    account = ["BUSINESS NAME", "BUSINESS OPEN DATE", "FULL STREET NAME"]
    assert raw.duplicated(account).sum() == 2119
    assert raw["BUSINESS OPEN DATE"].str.startswith("01/01/").sum() == 2287
    assert raw["BUSINESS CLOSE DATE"].eq("11/04/2022").sum() == 240


def test_rounding_to_the_block_moves_few_businesses_to_another_tract() -> None:
    raw = export("xw6s-bcqm_*").drop_duplicates().reset_index(drop=True)
    exact = geopandas.points_from_xy(raw["LATITUDE"].astype(float), raw["LONGITUDE"].astype(float))
    tracts = load_dataset("census-tracts")[["tract_id", "geometry"]]
    points = geopandas.GeoDataFrame(geometry=exact, crs="EPSG:4326")
    decimals = businesses.BLOCK_DECIMALS
    rounded = geopandas.GeoDataFrame(
        geometry=geopandas.points_from_xy(
            points.geometry.x.round(decimals), points.geometry.y.round(decimals)
        ),
        crs="EPSG:4326",
    )
    before, after = (
        frame.sjoin(tracts, how="left")["tract_id"].groupby(level=0).first()
        for frame in (points, rounded)
    )
    assert (before.fillna("") != after.fillna("")).mean() < 0.05


def test_ten_of_sixty_flooded_areas_have_no_shape_and_six_are_broken() -> None:
    raw = geopandas.read_file(EXPORTS_BESIDE / "flood_inundation_2016-08.geojson")
    tidied = flood_2016.tidy(raw)
    assert (len(raw), len(tidied.frame), len(tidied.ledger.dropped)) == (60, 50, 10)
    assert tidied.ledger.repaired["outlines_crossed_themselves"] == 6


def test_simplifying_the_flood_moves_less_than_one_percent_of_the_ground() -> None:
    raw = geopandas.read_file(EXPORTS_BESIDE / "flood_inundation_2016-08.geojson")
    shaped = raw[~raw.geometry.isna() & ~raw.geometry.is_empty].geometry
    before = shaped.buffer(0).to_crs(PLANE).union_all()
    after = load_dataset("flood-2016").to_crs(PLANE).union_all()
    assert before.symmetric_difference(after).area < 0.01 * before.area


def test_the_two_files_of_tract_counts_agree() -> None:
    other = export("openbr_tract_totals.csv").set_index("tract_id")
    ours = load_dataset("census-tracts").set_index("tract_id")
    names = {
        "blight_count": "blight_count",
        "permits_res_count": "residential_permit_count",
        "permits_com_count": "commercial_permit_count",
        "crime_count": "crime_count",
    }
    for theirs, name in names.items():
        assert (other[theirs].astype(int) == ours[name].reindex(other.index)).all()


def test_people_on_both_full_years_gain_though_the_middle_falls() -> None:
    raw = export("g9vh-zeiw_*").drop_duplicates(["YEAR", "UNIQUEID"])
    active = raw[raw["EMPLOYMENT STATUS"] == "A"]
    whole_2018 = pd.to_datetime(active["CURRENT HIRE DATE"]) < pd.Timestamp(2018, 1, 1)
    base = active[whole_2018].assign(pay=pd.to_numeric(active["BASE PAY"]))
    years = base.pivot(index="UNIQUEID", columns="YEAR", values="pay").dropna()
    both = years[(years > 0).all(axis=1)]
    assert len(both) == 3477
    assert (both["2019"] / both["2018"] - 1).median() == pytest.approx(0.030, abs=0.0006)


def test_names_of_two_spellings_and_two_codes() -> None:
    raw = export("g9vh-zeiw_*")
    assert raw["JOB CODE"].nunique() == 564
    assert raw.groupby("JOB CODE")["JOB TITLE"].nunique().gt(1).sum() == 2
    assert raw.groupby("JOB TITLE")["JOB CODE"].nunique().gt(1).sum() == 2
    last = raw[raw["YEAR"] == "2019"]
    keys = ["DEPARTMENT NAME", "JOB TITLE", "CURRENT HIRE DATE"]
    assert (last.groupby(keys)["YEAR"].transform("size") == 1).sum() == 3365


def test_library_totals_and_copies() -> None:
    raw = export("library_gate_counts.csv")
    wide = raw.set_index(raw["ID"].astype(int)).drop(columns=["ID", "MONTH"]).astype(int)
    wide = wide.sort_index()
    branches = wide.drop(columns=["YEAR", "GATE COUNT TOTAL", "RECYCLED READS"]).sum(axis=1)
    over = wide["GATE COUNT TOTAL"] - branches
    assert set(over[over > 0].index) == set(range(201901, 201910))
    assert (over.loc[201901:] == wide.loc[201901:, "RECYCLED READS"]).all()
    assert list(over[over < 0].items()) == [(201804, -1)]
    scotlandville, shop = wide["SCOTLANDVILLE"], wide["RECYCLED READS"]
    assert list(scotlandville.loc[201502:201507]) == list(scotlandville.loc[201602:201607])
    assert list(shop.loc[201701:201712]) == list(shop.loc[201801:201812])
    assert list(shop.loc[201711:201712]) == [0, 0]
