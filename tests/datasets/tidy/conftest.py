"""Fixtures: made-up exports as text, and two square tracts to lay points on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas
import pandas as pd
import pytest
from shapely.geometry import box

from academy import paths
from academy.datasets.geo import read_geojson_export

DATA = Path(__file__).parents[1] / "data"

# The full exports lie beside the checkout on some machines only.
EXPORTS_BESIDE = paths.checkout().parent / "shared" / "portal"
collect_ignore_glob = [] if EXPORTS_BESIDE.is_dir() else ["test_full_*.py"]

MadeUp = Callable[[str], pd.DataFrame]


def read_made_up(name: str) -> pd.DataFrame:
    """Read the one export in ``tests/datasets/data/<name>`` as text."""
    (path,) = (DATA / name).glob("*.csv")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(name="made_up")
def _made_up() -> MadeUp:
    """Read a made-up export: ``made_up("traffic-signals")``."""
    return read_made_up


MadeUpShapes = Callable[[str], geopandas.GeoDataFrame]


@pytest.fixture
def made_up_shapes() -> MadeUpShapes:
    """Read a made-up GeoJSON export: ``made_up_shapes("flood-2016")``."""

    def read(name: str) -> geopandas.GeoDataFrame:
        (path,) = (DATA / name).glob("*.geojson")
        return read_geojson_export(path.read_bytes(), path.name)

    return read


@pytest.fixture
def two_tracts() -> geopandas.GeoDataFrame:
    """Two tracts side by side, west and east of 91.1 degrees, and one without a soul far away."""
    shapes = [
        box(-91.2, 30.3, -91.1, 30.6),
        box(-91.1, 30.3, -91.0, 30.6),
        box(-90.95, 30.7, -90.9, 30.75),
    ]
    ids = ["22033000001", "22033000002", "22033000003"]
    return geopandas.GeoDataFrame(
        {"tract_id": ids, "land_area_km2": [2.0, 4.0, 1.0]}, geometry=shapes, crs="EPSG:4326"
    )
