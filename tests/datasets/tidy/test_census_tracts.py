"""Each repair of the table of census tracts, and of the parish's outline."""

from __future__ import annotations

import geopandas
import pytest

from academy.datasets.tidy import parish_boundary
from academy.datasets.tidy.census_tracts import PORTAL_COLUMNS, measure_shown_faults, tidy
from academy.errors import AcademyError
from datasets.tidy.conftest import MadeUpShapes


@pytest.fixture
def raw(made_up_shapes: MadeUpShapes) -> geopandas.GeoDataFrame:
    return made_up_shapes("census-tracts")


@pytest.fixture
def table(raw: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    return tidy(raw).frame.set_index("tract_number")


def test_tracts_stand_in_the_order_of_their_numbers(raw: geopandas.GeoDataFrame) -> None:
    frame = tidy(raw).frame
    assert list(frame["tract_id"]) == ["22033000102", "22033000300", "22033980000"]
    assert list(frame.columns) == [*PORTAL_COLUMNS, "geometry"]
    assert frame.crs == "EPSG:4326"


def test_a_feature_without_a_number_is_left_out(raw: geopandas.GeoDataFrame) -> None:
    assert tidy(raw).ledger.dropped == [("", "the tract's number has not 11 digits")]


def test_areas_are_in_square_kilometres(table: geopandas.GeoDataFrame) -> None:
    assert table.loc["3", "land_area_km2"] == 2.5


def test_nobody_has_no_share_in_poverty(
    table: geopandas.GeoDataFrame, raw: geopandas.GeoDataFrame
) -> None:
    shares = ["poverty_percent", "built_before_1980_percent", "built_2000_or_later_percent"]
    assert table.loc["9800", shares].isna().all()
    assert table.loc["3", shares].notna().all()
    assert table.loc["9800", "population"] == 0
    assert tidy(raw).ledger.repaired["shares_of_nobody"] == 1


def test_people_homes_and_dollars_are_whole_numbers_even_where_one_is_missing(
    table: geopandas.GeoDataFrame,
) -> None:
    for name in ("population", "median_gross_rent_usd", "health_file_population", "crime_count"):
        assert table[name].dtype == "Int64"
    assert table["poverty_percent"].dtype == "float64"


def test_what_stays_wrong_is_counted(raw: geopandas.GeoDataFrame) -> None:
    assert measure_shown_faults(tidy(raw).frame) == {
        "small_counts": 0,
        "nobody_lives_there": 1,
        "income_missing": 1,
        "expected_poor_housing_missing": 1,
        "health_missing": 1,
        "home_value_missing": 1,
        "rent_missing": 2,
        "two_populations": 1,
    }


def test_a_lost_property_stops_the_work(raw: geopandas.GeoDataFrame) -> None:
    with pytest.raises(AcademyError, match="lack these properties: crime_count"):
        tidy(raw.drop(columns="crime_count"))


def test_the_parish_is_one_outline(made_up_shapes: MadeUpShapes) -> None:
    raw = made_up_shapes("parish-boundary")
    (parish,) = parish_boundary.tidy(raw).frame.to_dict("records")
    assert (parish["parish_id"], parish["land_area_km2"]) == ("22033", 12)
    two = geopandas.GeoDataFrame(raw.loc[[0, 0]], crs=raw.crs)
    with pytest.raises(AcademyError, match="One outline of the parish is expected; found: 2"):
        parish_boundary.tidy(two)


def test_a_share_has_no_more_decimals_than_an_estimate_can_keep(
    raw: geopandas.GeoDataFrame,
) -> None:
    exact = raw.assign(Percent_Built_Pre_1980=71.4876033057851)
    assert tidy(exact).frame["built_before_1980_percent"].iloc[0] == 71.49
