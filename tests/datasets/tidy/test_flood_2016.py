"""Each repair of the flood area and of the bus routes."""

from __future__ import annotations

import geopandas
import pytest
import shapely

from academy.datasets.tidy import bus_routes, flood_2016
from academy.datasets.tidy.shapes import PLANE
from datasets.tidy.conftest import MadeUpShapes


@pytest.fixture
def flood(made_up_shapes: MadeUpShapes) -> geopandas.GeoDataFrame:
    return made_up_shapes("flood-2016")


@pytest.fixture
def routes(made_up_shapes: MadeUpShapes) -> geopandas.GeoDataFrame:
    return made_up_shapes("bus-routes")


def test_flooded_areas_are_valid_and_in_order(flood: geopandas.GeoDataFrame) -> None:
    frame = flood_2016.tidy(flood).frame
    assert list(frame["area_id"]) == [1, 3, 5]
    assert frame.geometry.is_valid.all()
    assert list(frame.columns) == ["area_id", "area_km2", "geometry"]


def test_areas_without_a_shape_are_left_out_and_crossed_outlines_are_counted(
    flood: geopandas.GeoDataFrame,
) -> None:
    ledger = flood_2016.tidy(flood).ledger
    assert [key for key, _ in ledger.dropped] == ["2", "4"]
    assert ledger.repaired == {"outlines_crossed_themselves": 1, "outlines_simplified": 3}


def test_simplifying_leaves_the_ground_and_takes_corners(flood: geopandas.GeoDataFrame) -> None:
    frame = flood_2016.tidy(flood).frame
    before = flood.set_index("FID").geometry[1]
    after = frame.set_index("area_id").geometry[1]
    assert shapely.get_num_coordinates(after) < shapely.get_num_coordinates(before) / 3
    both = geopandas.GeoSeries([before.buffer(0), after], crs="EPSG:4326").to_crs(PLANE)
    assert both[0].symmetric_difference(both[1]).area < 0.01 * both[0].area
    assert both[1].hausdorff_distance(both[0]) <= flood_2016.TOLERANCE_M + 0.2


def test_the_area_is_that_of_the_outline_before_it_was_simplified(
    flood: geopandas.GeoDataFrame,
) -> None:
    frame = flood_2016.tidy(flood).frame.set_index("area_id")
    exact = flood.set_index("FID").to_crs(PLANE).geometry[5].area / 1e6
    assert frame.loc[5, "area_km2"] == pytest.approx(exact, abs=1e-4)
    assert flood_2016.measure_shown_faults(frame.reset_index()) == {
        "areas_smaller_than_a_hectare": 1
    }


def test_routes_stand_in_the_order_of_their_numbers_as_numbers(
    routes: geopandas.GeoDataFrame,
) -> None:
    frame = bus_routes.tidy(routes).frame
    assert list(frame["route_number"]) == ["7", "54"]
    assert list(frame["route_name"]) == ["Made Up St", "Pretend Hwy"]


def test_routes_without_a_number_or_a_line_are_left_out(routes: geopandas.GeoDataFrame) -> None:
    assert bus_routes.tidy(routes).ledger.dropped == [
        ("Nowhere Ave", "the route has no number"),
        ("8", "the feature has no shape"),
    ]


def test_a_nearly_straight_line_keeps_its_ends_and_its_length(
    routes: geopandas.GeoDataFrame,
) -> None:
    frame = bus_routes.tidy(routes).frame.set_index("route_number")
    assert shapely.get_num_coordinates(frame.geometry["54"]) == 2
    assert shapely.get_num_coordinates(frame.geometry["7"]) == 3
    assert frame.loc["54", "line_length_km"] == pytest.approx(0.96, abs=0.01)


def test_a_number_on_two_routes_is_counted(routes: geopandas.GeoDataFrame) -> None:
    frame = bus_routes.tidy(routes).frame
    assert bus_routes.measure_shown_faults(frame) == {"route_repeats": 0}
    twice = frame.assign(route_number="7")
    assert bus_routes.measure_shown_faults(twice) == {"route_repeats": 1}
