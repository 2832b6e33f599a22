"""The numbers that lessons tell about places and money, computed from the shelf's own tables.

None of these tables is sampled, so what is found here is found in every row of the exports.
"""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest

from academy.datasets import load_dataset
from academy.datasets.tidy.shapes import PLANE


@pytest.fixture(scope="module")
def tracts() -> geopandas.GeoDataFrame:
    """The census tracts, by their short number."""
    table = load_dataset("census-tracts")
    assert isinstance(table, geopandas.GeoDataFrame)
    return table.set_index("tract_number")


@pytest.fixture(scope="module")
def peopled(tracts: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Tracts where somebody lives, with crime by people and blight by homes, per 1,000."""
    lived_in = pd.DataFrame(tracts[tracts["population"] > 0])
    return lived_in.assign(
        crime_rate=1000 * lived_in["crime_count"] / lived_in["population"],
        blight_rate=1000 * lived_in["blight_count"] / lived_in["housing_units"],
    ).astype({"crime_rate": "float64", "blight_rate": "float64"})


def ranks(column: pd.Series[float]) -> pd.Series[float]:
    """1 for the largest."""
    return column.rank(ascending=False)


def test_the_tract_that_drops_most_from_count_to_rate(peopled: pd.DataFrame) -> None:
    count, rate = ranks(peopled["crime_count"]), ranks(peopled["crime_rate"])
    drop = (rate - count).sort_values(ascending=False)
    assert list(drop.index[:2]) == ["40.26", "36.04"]
    assert (count["40.26"], rate["40.26"], len(rate)) == (35, 77, 107)
    assert (count["3"], rate["3"]) == (30, 1)
    assert peopled.loc["40.26", "crime_rate"] == pytest.approx(111, abs=0.5)


def test_a_rate_depends_on_whose_number_of_people_is_at_the_bottom(peopled: pd.DataFrame) -> None:
    other = 1000 * peopled["crime_count"] / peopled["health_file_population"]
    place, other_place = ranks(peopled["crime_rate"])["35.05"], ranks(other)["35.05"]
    assert (place, other_place) == (2, 12)


def test_no_rate_exists_where_nobody_lives(tracts: geopandas.GeoDataFrame) -> None:
    assert list(tracts.index[tracts["population"] == 0]) == ["9800"]
    assert tracts.loc["9800", "crime_count"] == 1814


def test_blight_per_home_drops_one_tract_most(peopled: pd.DataFrame) -> None:
    count, rate = ranks(peopled["blight_count"]), ranks(peopled["blight_rate"])
    assert (rate - count).idxmax() == "39.07"
    assert (count["39.07"], rate["39.07"]) == (39, 56)


@pytest.mark.parametrize(
    ("column", "tracts_with_it", "straight", "by_rank"),
    [
        ("expected_poor_housing_percent", 106, 0.65, 0.74),
        ("expected_poor_neighborhood_percent", 107, 0.68, 0.73),
        ("expected_cost_burden_percent", 107, 0.44, 0.55),
    ],
)
def test_blight_goes_with_the_expected_shares(
    peopled: pd.DataFrame, column: str, tracts_with_it: int, straight: float, by_rank: float
) -> None:
    known = peopled[peopled[column].notna()]
    assert len(known) == tracts_with_it
    assert known[column].corr(known["blight_rate"]) == pytest.approx(straight, abs=0.006)
    ranked = known[column].rank().corr(known["blight_rate"].rank())
    assert ranked == pytest.approx(by_rank, abs=0.006)


def test_tracts_with_fewer_calls_than_expected_have_many_flats(peopled: pd.DataFrame) -> None:
    known = peopled[peopled["expected_poor_housing_percent"].notna()]
    line = np.polyfit(known["expected_poor_housing_percent"], known["blight_rate"], 1)
    expected_rate = np.polyval(line, known["expected_poor_housing_percent"])
    expected = expected_rate * known["housing_units"].astype("float64") / 1000
    seen = known["blight_count"]
    told = {"28.02": (0, 64), "40.13": (34, 215), "11.02": (37, 168), "42.05": (10, 140)}
    for tract, (calls, calls_expected) in (told | {"1": (56, 109), "27": (195, 40)}).items():
        assert seen[tract] == calls
        assert expected[tract] == pytest.approx(calls_expected, abs=0.6)
    flats = known["homes_in_buildings_of_5_or_more"] / known["housing_units"]
    assert flats[["28.02", "40.13", "11.02"]].between(0.675, 0.805).all()
    assert known["blight_count"].sum() < 10_253 <= peopled["blight_count"].sum()


def test_parks_do_not_reach_every_tract(tracts: geopandas.GeoDataFrame) -> None:
    parks = load_dataset("parks")
    assert (len(parks), parks["latitude"].isna().sum()) == (179, 17)
    within = parks[parks["latitude"].notna()].sjoin(tracts[["tract_id", "geometry"]])
    without = tracts[~tracts["tract_id"].isin(within["tract_id"])]
    assert (len(without), without["population"].sum()) == (24, 93_795)


def test_what_followed_august_2016_shows_in_sales_tax_later() -> None:
    tax = load_dataset("sales-tax").set_index("month")
    change = (tax / tax.shift(12) - 1) * 100
    assert change.loc["2016-08-01", "total_sales_tax_usd"] == pytest.approx(-0.3, abs=0.05)
    vehicles = change.loc["2016-08-01":"2017-01-01", "vehicle_sales_tax_usd"].round()
    assert list(vehicles) == [-11, 59, 128, 140, 43, 37]
    autumn, before = (
        tax.loc[f"{year}-09-01" : f"{year}-12-01", "total_sales_tax_usd"].sum()
        for year in (2016, 2015)
    )
    assert autumn / before - 1 == pytest.approx(0.185, abs=0.0005)
    assert autumn - before == pytest.approx(11.8e6, abs=5e4)
    assert change.loc["2017-09-01":"2017-12-01", "total_sales_tax_usd"].between(-17.3, -11).all()


def test_the_control_chart_of_vehicle_tax() -> None:
    tax = load_dataset("sales-tax").set_index("month")["vehicle_sales_tax_usd"].astype("float64")
    usual = tax["2014-07-01":"2016-07-01"]
    width = 2.66 * usual.diff().abs().mean()
    assert (usual.mean() - width) / 1e6 == pytest.approx(0.96, abs=0.005)
    assert (usual.mean() + width) / 1e6 == pytest.approx(1.63, abs=0.005)
    assert tax["2016-08-01"] < usual.mean() + width
    assert (tax["2016-09-01":"2017-01-01"] > usual.mean() + width).all()


def test_august_2016_is_the_lowest_month_of_the_libraries() -> None:
    visits = load_dataset("library-visits")
    by_branch = (
        visits[visits["is_branch"]]
        .pivot_table(index="month", columns="branch_name", values="visits", observed=True)
        .astype("float64")
    )
    total = by_branch.sum(axis=1)
    assert (len(total), total.idxmin(), total.min()) == (117, pd.Timestamp(2016, 8, 1), 140_023)
    steady = by_branch.drop(columns=["Fairwood", "Greenwell Springs", "River Center"]).sum(axis=1)
    for series, fall in ((total, -31), (steady, -23), (by_branch["River Center"], -80)):
        change = 100 * (series / series.shift(12) - 1)
        assert change["2016-08-01"] == pytest.approx(fall, abs=0.5)
    river_center = by_branch["River Center"]
    assert (river_center["2016-06-01"], river_center["2016-07-01"]) == (7281, 1045)
    closed = by_branch.loc["2016-08-01":"2017-02-01", "Greenwell Springs"]
    assert (closed == 0).all()
    assert (by_branch["Greenwell Springs"] == 0).sum() == 7
    assert (by_branch["Fairwood"] == 0).sum() == 38


def test_the_flood_covers_nearly_half_of_the_parish(tracts: geopandas.GeoDataFrame) -> None:
    flood = load_dataset("flood-2016").to_crs(PLANE).union_all()
    parish = load_dataset("parish-boundary").to_crs(PLANE).union_all()
    assert flood.intersection(parish).area / parish.area == pytest.approx(0.47, abs=0.005)
    plane = tracts.to_crs(PLANE)
    shares = plane.geometry.intersection(flood).area / plane.area
    # One tract lies at 49.96 % by the outline before it was simplified.
    assert (shares > 0.5).sum() in (38, 39)
    assert shares[shares.between(0.499, 0.501)].size == 1


def test_lots_are_a_subset_of_few_tracts(tracts: geopandas.GeoDataFrame) -> None:
    lots = load_dataset("property-lots")
    within = lots.sjoin(tracts[["tract_id", "geometry"]])
    assert (len(lots), len(within), within["tract_id"].nunique()) == (13_942, 13_932, 15)
    assert lots["zip_code"].eq("70810").mean() == pytest.approx(0.68, abs=0.005)
    assert lots["lot_area_acres"].mean() == pytest.approx(1.80, abs=0.005)
    assert lots["lot_area_acres"].median() == 0.24


def test_pay_without_names_still_points_at_people() -> None:
    pay = load_dataset("employee-pay")
    last = pay[pay["year"] == 2019]
    keys = ["department_name", "job_title", "hire_year"]
    alike = last.groupby(keys, observed=True)["year"].transform("size")
    # With the day of hiring, which is not told here, it would be 3,365.
    assert ((alike == 1).sum(), len(last)) == (1745, 5069)
    assert last["job_title"].value_counts().eq(1).sum() == 226


def test_overtime_is_the_uniformed_departments() -> None:
    pay = load_dataset("employee-pay")
    last = pay[pay["year"] == 2019]
    uniformed = last["department_name"].isin(
        ["POLICE DEPARTMENT", "FIRE DEPARTMENT", "EMERGENCY MEDICAL SERVICES"]
    )
    overtime = last["overtime_pay_usd"]
    assert uniformed.mean() == pytest.approx(0.37, abs=0.005)
    assert overtime[uniformed].sum() / overtime.sum() == pytest.approx(0.79, abs=0.005)
    assert overtime.eq(0).mean() == pytest.approx(0.51, abs=0.005)


def test_comparing_active_people_compares_different_people() -> None:
    pay = load_dataset("employee-pay")
    middle = pay[pay["employment_status"] == "active"].groupby("year")["base_pay_usd"].median()
    assert 100 * (middle[2019] / middle[2018] - 1) == pytest.approx(-2.2, abs=0.05)
    assert ((pay["year"] == 2018) & (pay["end_year"] == 2019)).sum() == 425
    hours = pay.loc[pay["year"] == 2018, "overtime_hours"]
    paid = pay.loc[pay["year"] == 2018, "overtime_pay_usd"]
    assert (len(hours), hours.isna().all(), (paid > 0).sum()) == (5236, True, 2322)
    assert paid.sum() == pytest.approx(18.5e6, abs=5e4)
