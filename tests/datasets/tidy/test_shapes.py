"""Steps that the geographic tables share."""

from __future__ import annotations

import geopandas
import pytest
from shapely.geometry import LineString, Polygon, box

from academy.datasets.tidy.ledger import Ledger
from academy.datasets.tidy.shapes import (
    PLANE,
    choose_properties,
    drop_shapeless,
    mend_shapes,
    simplify_metres,
)
from academy.errors import AcademyError

BOW_TIE = Polygon([(-91.1, 30.4), (-91.0, 30.5), (-91.0, 30.4), (-91.1, 30.5), (-91.1, 30.4)])


def frame(*shapes: object) -> geopandas.GeoDataFrame:
    keys = [f"shape {number}" for number in range(1, len(shapes) + 1)]
    return geopandas.GeoDataFrame({"KEY": keys}, geometry=list(shapes), crs="EPSG:4326")


def test_properties_are_taken_by_any_of_their_spellings_and_nothing_else() -> None:
    raw = frame(box(0, 0, 1, 1)).assign(secret="9012 PRETEND ST")
    chosen = choose_properties(raw, {"area_id": ("fid", "key"), "note": ("remark",)}, {"note"})
    assert list(chosen.columns) == ["area_id", "geometry"]
    assert chosen.crs == "EPSG:4326"


def test_a_lost_property_is_named() -> None:
    with pytest.raises(AcademyError, match=r"fid or objectid.*found: KEY, geometry"):
        choose_properties(frame(box(0, 0, 1, 1)), {"area_id": ("fid", "objectid")})


def test_missing_and_empty_shapes_are_left_out_by_their_key() -> None:
    ledger = Ledger()
    kept = drop_shapeless(frame(box(0, 0, 1, 1), None, Polygon()), "KEY", ledger)
    assert list(kept["KEY"]) == ["shape 1"]
    assert ledger.dropped == [
        ("shape 2", "the feature has no shape"),
        ("shape 3", "the feature has no shape"),
    ]


def test_only_broken_shapes_are_mended() -> None:
    ledger = Ledger()
    whole = box(-91.1, 30.4, -91.0, 30.5)
    mended = mend_shapes(frame(BOW_TIE, whole), "crossed", ledger)
    assert mended.geometry.is_valid.all()
    assert mended.geometry.iloc[0].area > 0
    assert mended.geometry.iloc[1].equals_exact(whole, 0)
    assert ledger.repaired == {"crossed": 1}


def test_corners_within_the_tolerance_go_and_others_stay() -> None:
    # 0.00001 degrees of latitude are a metre: the second corner is 1 m off, the third 22.
    line = LineString([(-91.1, 30.4), (-91.09, 30.40009), (-91.08, 30.4002), (-91.07, 30.4)])
    light = simplify_metres(frame(line), 10)
    assert len(light.geometry.iloc[0].coords) == 3
    moved = light.to_crs(PLANE).geometry.hausdorff_distance(frame(line).to_crs(PLANE).geometry)
    assert moved.iloc[0] <= 10
    assert light.crs == "EPSG:4326"
