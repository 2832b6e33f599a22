"""What the lessons say about crimes, crashes, calls, lights and signals, from the full exports.

Collected only where the exports lie beside the checkout.
"""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest

from academy import paths
from academy.datasets.geo import read_geojson_export, tract_of
from academy.datasets.inputs import find_export
from academy.datasets.privacy import protected_rows
from academy.datasets.tidy import (
    animal_control,
    census_tracts,
    crime_counts,
    crime_incidents,
    fire_incidents,
    lights_by_tract,
    street_lights,
    traffic_counts,
    traffic_incidents,
    traffic_signals,
)
from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.repairs import dates, points_from_text

EXPORTS = paths.checkout().parent / "shared" / "portal"


def read(pattern: str) -> pd.DataFrame:
    return pd.read_csv(find_export(EXPORTS, pattern), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def tracts() -> geopandas.GeoDataFrame:
    path = find_export(EXPORTS, "tracts_acs*")
    tidied = census_tracts.tidy(read_geojson_export(path.read_bytes(), str(path)))
    assert isinstance(tidied.frame, geopandas.GeoDataFrame)
    return tidied.frame


@pytest.fixture(scope="module")
def raw_crime() -> pd.DataFrame:
    return read("fabb-cnnu_crime_incidents_2016*")


@pytest.fixture(scope="module")
def raw_three_years() -> pd.DataFrame:
    return read("fabb-cnnu_crime_incidents_2015_2017*")


@pytest.fixture(scope="module")
def crime(raw_crime: pd.DataFrame) -> Tidied:
    return crime_incidents.tidy(raw_crime)


@pytest.fixture(scope="module")
def counts(raw_three_years: pd.DataFrame, crime: Tidied, tracts: geopandas.GeoDataFrame) -> Tidied:
    return crime_counts.tidy(raw_three_years, crime.frame, tracts)


@pytest.fixture(scope="module")
def crashes() -> Tidied:
    return traffic_incidents.tidy(read("2tu5-7kif*"))


@pytest.fixture(scope="module")
def lights() -> Tidied:
    return street_lights.tidy(read("2jru-byiu*"))


def test_rows_of_the_crime_export_are_charges(raw_crime: pd.DataFrame, crime: Tidied) -> None:
    cases = raw_crime.loc[raw_crime["FILE NUMBER"].ne(""), "FILE NUMBER"]
    assert len(raw_crime) == 40_432
    assert cases.nunique() == 26_402
    assert len(crime.frame) + sum(crime.ledger.withheld.values()) == 40_432
    assert crime.ledger.dropped == []
    # Whole cases are withheld: 195 of them, with 261 charges of other kinds.
    assert list(crime.ledger.withheld.values()) == [861, 261]
    assert crime.frame["case_number"].nunique() == 26_402 - 195
    kept = crime.frame["crime_kind"].value_counts() / raw_crime["CRIME"].value_counts()
    assert set(kept.index[kept.isna()]) == {"JUVENILE", "SEXUAL ASSAULT"}
    assert kept["VICE"] == pytest.approx(0.77, abs=0.005)
    assert kept.drop("VICE").min() == kept["OTHER"] == pytest.approx(0.97, abs=0.005)
    november = crime.frame["offense_on"].between("2016-11-01", "2016-11-30")
    assert november.sum() == 3_141


def test_protected_rows_are_found_by_more_than_their_kind(raw_crime: pd.DataFrame) -> None:
    protected = protected_rows(raw_crime, ["CRIME", "OFFENSE DESC"])
    unnumbered = raw_crime["FILE NUMBER"].eq("")
    assert unnumbered.sum() == 652
    assert raw_crime.loc[unnumbered, "CRIME"].isin(["JUVENILE", "SEXUAL ASSAULT"]).all()
    assert protected[unnumbered].all()
    assert protected.sum() == 861


def test_protected_rows_stand_on_seventeen_zip_centres(
    raw_crime: pd.DataFrame, crime: Tidied
) -> None:
    unnumbered = raw_crime[raw_crime["FILE NUMBER"].eq("")]
    points = points_from_text(unnumbered["GEOLOCATION"]).dropna()
    assert len(points) == crime.ledger.repaired["zip_centre"] == 371
    assert len(points.drop_duplicates()) == 17
    assert points.value_counts().iloc[0] == 117
    shown = crime.frame.merge(points.drop_duplicates(), on=["latitude", "longitude"])
    assert shown.empty


def test_faults_of_the_crime_export(raw_crime: pd.DataFrame, crime: Tidied) -> None:
    zips, times = raw_crime["ZIP"], raw_crime["OFFENSE TIME"]
    assert raw_crime.duplicated().sum() == 179
    assert zips.eq("").sum() == 18_710
    assert (zips.ne("") & zips.str.len().ne(5)).sum() == 80
    # And two of five characters: 708`5, 7-815. Every one of them is in a row that is kept.
    assert crime.ledger.repaired["zip_unreadable"] == 82
    assert times.str.len().between(1, 3).sum() == 12_621
    assert raw_crime["DISTRICT"].eq("").sum() == 2_376
    assert raw_crime["DISTRICT"].eq("O").sum() == 78
    days = raw_crime[raw_crime["FILE NUMBER"].ne("")].groupby("FILE NUMBER")["OFFENSE DATE"]
    assert (days.nunique() > 1).sum() == 695
    assert crime.frame["offense_at"].notna().all()
    assert crime.frame["offense_on"].between("2016-01-01", "2016-12-01").all()


def test_no_address_of_a_crime_holds_a_house_number(crime: Tidied) -> None:
    blocks = crime.frame["block_address"].dropna()
    assert crime.ledger.repaired["house_numbers"] == 0
    assert crime.ledger.repaired["addresses_withheld"] == 4
    numbers = blocks.str.extract(r"^(\d+) BLK ")[0].dropna().astype(int)
    assert (numbers % 100 == 0).all()


def test_homicides_and_burglaries(crime: Tidied) -> None:
    frame = crime.frame
    homicides = frame[frame["crime_kind"].eq("HOMICIDE")]
    committed = homicides[~homicides["is_attempted"].astype(bool)]
    # The export has 344; 7 are charges of cases that are withheld.
    assert len(homicides) == 337
    assert len(committed) == 126
    assert committed["case_number"].nunique() == 113
    # The export has 1,074 and 703, with 18 cases in both.
    residential = frame[frame["crime_kind"].eq("RESIDENTIAL BURGLARY")]
    elsewhere = frame[frame["charge_description"].eq("BURGLARY/S INHAB DWELLING")]
    assert (len(residential), len(elsewhere)) == (1_072, 703)
    assert set(elsewhere["crime_kind"]) == {"OTHER"}
    assert len({*residential["case_number"]} & {*elsewhere["case_number"]}) == 18
    assert frame["charge_description"].eq("LOOTING").sum() == 86


def test_the_codes_of_charges_were_taken_for_clock_times(raw_crime: pd.DataFrame) -> None:
    """A later, whole export writes 14:62.2, 14:62 and 13:67 beside the same words."""
    codes = raw_crime.groupby("OFFENSE DESC")["OFFENSE"].unique()
    whole = read("fabb-cnnu_crime_incidents_2019*")
    later = whole.groupby("OFFENSE DESCRIPTION")["OFFENSE"].unique()
    for words, damaged, code in (
        ("BURGLARY/S INHAB DWELLING", "15:02.2", "14:62.2"),
        ("BURGLARY/SIMPLE", "0.626388889", "14:62"),
        ("THEFT/MISD/CC", "0.588194444", "13:67"),
    ):
        assert list(codes[words]) == [damaged]
        assert list(later[words]) == [code]
    minutes = 14 * 60 + 62
    assert f"{minutes / (24 * 60):.9f}" == "0.626388889"


def test_crimes_and_tracts(
    raw_crime: pd.DataFrame, crime: Tidied, counts: Tidied, tracts: geopandas.GeoDataFrame
) -> None:
    points = points_from_text(raw_crime["GEOLOCATION"])
    found = tract_of(points["latitude"], points["longitude"], tracts)
    unnumbered = raw_crime["FILE NUMBER"].eq("")
    assert points["latitude"].notna().sum() == 37_466
    assert found.notna().sum() == 37_446
    assert (points["latitude"].isna() & ~unnumbered).sum() == 2_685
    assert (points["latitude"].isna() & unnumbered).sum() == 281
    by_tract = found.value_counts().reindex(tracts["tract_id"].astype(str)).fillna(0)
    few = tracts["tract_id"].isin(by_tract[by_tract < 10].index)
    assert (few.sum(), by_tract.eq(0).sum()) == (32, 15)
    assert tracts.loc[few, "population"].sum() / tracts["population"].sum() == pytest.approx(
        0.354, abs=0.001
    )
    assert tracts.loc[few, "crime_count"].sum() == 23_786
    # Without protected rows, and by cases, four tracts more have fewer than ten, two more none.
    table = counts.others["by-tract"]
    assert (~table["is_covered"]).sum() == 36
    assert table["charge_count"].eq(0).sum() == 17
    assert crime.frame["latitude"].notna().sum() == 36_633
    assert counts.ledger.repaired["outside_the_tracts"] == 5


def test_the_later_pull_holds_the_earlier_one(
    raw_crime: pd.DataFrame, raw_three_years: pd.DataFrame
) -> None:
    earlier = set(raw_crime["FILE NUMBER"]) - {""}
    later = raw_three_years[raw_three_years["offensedate"].between("2016-01-01", "2016-11-30")]
    assert earlier <= set(raw_three_years["filenumber"])
    new = later[~later["filenumber"].isin(earlier)]
    november = new["offensedate"].str.startswith("2016-11")
    assert (new["filenumber"].nunique(), len(new), november.sum()) == (660, 974, 646)
    numbered = raw_crime[raw_crime["FILE NUMBER"].ne("")]
    assert numbered["OFFENSE DATE"].str.startswith("11/").sum() == 3_194
    assert later["offensedate"].str.startswith("2016-11").sum() == 3_965


def test_rows_that_stand_twice_are_mostly_different_charges(
    raw_crime: pd.DataFrame, raw_three_years: pd.DataFrame
) -> None:
    """A double of the short export counts as explained by the words of the fuller one."""
    assert len(raw_three_years) == 141_465
    assert raw_three_years.duplicated().sum() == 16_653
    assert raw_three_years["crimeId"].nunique() == 15
    key = ["case", "kind", "committed", "day", "time"]
    short = raw_three_years[raw_three_years["offensedate"].between("2016-01-01", "2016-10-31")]
    short = short.assign(is_double=short.duplicated()).drop(columns="day")
    short = short.rename(columns={"filenumber": "case", "crime": "kind", "offensedate": "day"})
    short["time"] = short["offensetime"].str.replace(":", "").str[:4]
    full = pd.DataFrame(
        {
            "case": raw_crime["FILE NUMBER"],
            "kind": raw_crime["CRIME"].str.lower(),
            "committed": raw_crime["COMMITTED"].str.lower(),
            "day": dates(raw_crime["OFFENSE DATE"]).dt.strftime("%Y-%m-%d"),
            "time": raw_crime["OFFENSE TIME"].str.zfill(4),
            "words": raw_crime["OFFENSE DESC"],
        }
    )
    groups = short.groupby(key).agg(rows=("is_double", "size"), doubles=("is_double", "sum"))
    words = full.groupby(key)["words"].nunique().reindex(groups.index).fillna(0)
    explained = (words - (groups["rows"] - groups["doubles"])).clip(lower=0)
    assert groups["doubles"].sum() == 4_471
    assert explained.clip(upper=groups["doubles"]).sum() == 4_232


def test_months_hold_every_charge_of_the_three_years(counts: Tidied) -> None:
    frame = counts.frame
    assert frame["charge_count"].sum() == 141_465
    assert len(frame) == 36 * 15
    assert frame["is_whole_month"].all()
    november = frame[frame["month"].eq("2016-11-01")]
    assert november["charge_count"].sum() == 3_965


def test_zip_codes_hold_a_bit_more_than_half_of_the_charges(counts: Tidied) -> None:
    left_out = {key: rows for key, rows in counts.ledger.repaired.items() if "zip_" in key}
    assert left_out["zip_blank"] == 65_685
    assert 141_465 - sum(left_out.values()) == 75_406
    shown = counts.others["by-zip"]["charge_count"]
    assert shown[shown > 0].min() >= 10


def test_crashes_in_time(crashes: Tidied) -> None:
    raw = read("2tu5-7kif*")
    days = dates(raw["CRASH DATE"])
    assert len(raw) == len(crashes.frame) == 74_228
    assert days.sort_values().iloc[49_999] == pd.Timestamp("2015-01-24")
    assert (days.dt.year == 2016).sum() == 12_868
    assert (days.iloc[:50_000].dt.year == 2016).sum() == 3_133
    table = traffic_counts.tidy(crashes.frame).frame
    assert table["crash_count"].sum() == 74_228
    all_roads = table.groupby("month")["crash_count"].sum()
    without = table[table["road_kind"].ne("INTERSTATE")].groupby("month")["crash_count"].sum()
    assert autumn_rise(all_roads) == pytest.approx(0.74, abs=0.005)
    assert autumn_rise(without) == pytest.approx(0.48, abs=0.005)
    interstate = table[table["road_kind"].eq("INTERSTATE")].set_index("month")["crash_count"]
    assert interstate[:"2015-12-01"].sum() == 120
    assert interstate["2016-08-01":"2016-10-01"].tolist() == [170, 260, 278]


def autumn_rise(counts: pd.Series[int]) -> float:
    """September and October 2016 against the same months of 2015."""
    now = counts["2016-09-01":"2016-10-01"].sum()
    return float(now / counts["2015-09-01":"2015-10-01"].sum() - 1)


def test_crashes_and_signals_in_space(crashes: Tidied, tracts: geopandas.GeoDataFrame) -> None:
    frame = crashes.frame
    assert crashes.ledger.repaired["street_in_coordinates"] == 2
    assert crashes.ledger.repaired["outside_parish"] == 16
    assert tract_of(frame["latitude"], frame["longitude"], tracts).notna().sum() == 74_210
    signals = traffic_signals.tidy(read("i5j3-69mv*")).frame
    assert tract_of(signals["latitude"], signals["longitude"], tracts).notna().sum() == 520


def test_street_lights(lights: Tidied, tracts: geopandas.GeoDataFrame) -> None:
    frame = lights.frame
    assert len(frame) == 42_643
    assert street_lights.measure_shown_faults(frame) == {
        "light_unknown": 2_940,
        "no_light": 1,
        "below_the_sea": 65,
    }
    assert frame["elevation_ft"].min() == pytest.approx(-52.024)
    table = lights_by_tract.tidy(frame, tracts).frame
    assert table["pole_count"].sum() == 42_640


def test_what_the_poorest_quarter_is_decides_where_the_lights_are(
    lights: Tidied, tracts: geopandas.GeoDataFrame
) -> None:
    """By income the poorest quarter has most poles; by share in poverty the third quarter has."""
    table = lights_by_tract.tidy(lights.frame, tracts).frame
    people = tracts[["tract_id", "population", "median_household_income_usd", "poverty_percent"]]
    joined = table.merge(people.astype({"tract_id": str}), on="tract_id")
    joined = pd.DataFrame(joined[joined["population"].gt(0)])
    by_income = poles_by_quarter(joined, "median_household_income_usd")
    assert by_income == pytest.approx([91, 27, 29, 33], abs=0.6)
    by_poverty = poles_by_quarter(joined, "poverty_percent")
    assert by_poverty.index(max(by_poverty)) == 2


def poles_by_quarter(tracts: pd.DataFrame, column: str) -> list[float]:
    """Poles for each square kilometre in the quarters of a column, lowest first."""
    known = tracts[tracts[column].notna()]
    quarter = pd.qcut(known[column].astype(float), 4, labels=False)
    sums = known.groupby(quarter)[["pole_count", "land_area_km2"]].sum()
    return (sums["pole_count"] / sums["land_area_km2"]).tolist()


def test_fire_calls_hold_no_fire() -> None:
    frame = fire_incidents.tidy(read("dakq-4sda*")).frame
    assert len(frame) == 971
    assert not frame["incident_group"].eq("Fire").any()
    assert frame["incident_type_code"].eq("311").sum() == 764
    assert frame["dispatched_on"].dt.strftime("%Y-%m").eq("2015-01").sum() == 877


def test_most_animal_calls_end_without_an_animal() -> None:
    frame = animal_control.tidy(read("qmns-hw3s*")).frame
    assert len(frame) == 582
    assert frame["animal_number"].eq(0).sum() == 420
    assert frame["call_number"].nunique() == 558
    zips = frame["zip_code"].value_counts()
    assert (len(zips), (zips < 10).sum()) == (21, 15)
    assert frame["arrived_at"].isna().sum() == 156
