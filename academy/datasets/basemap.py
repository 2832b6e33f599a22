"""A base map without the internet: light layers of our own that any folium map can lie on.

There is no road layer: none is to be had that could be kept here. Every map says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from academy.datasets.catalogue import folder_of, nearest
from academy.errors import AcademyError

if TYPE_CHECKING:
    from pathlib import Path

CENTRE = (30.52, -91.09)
ZOOM = 10
STATEMENT = (
    "Base map: parish boundary, census tracts, flood area of August 2016 and bus routes, from the "
    "Academy's own tables. There are no roads, as no road layer is to be had that works without "
    "the internet."
)
# Outlines are drawn to about 30 metres, so that a map stays small: look, don't measure.
_TOLERANCE = 0.0003


@dataclass(frozen=True)
class Layer:
    """One layer: where its shapes come from and how lightly it is drawn."""

    dataset: str
    title: str
    style: dict[str, Any]
    draw: Callable[[Any], Any]
    shown: bool = True


def _one_by_one(shapes: Any) -> Any:
    return shapes.simplify(_TOLERANCE)


def _sharing_edges(shapes: Any) -> Any:
    """Neighbours keep their common line, without gaps between them."""
    return shapes.simplify_coverage(_TOLERANCE)


def _as_one(shapes: Any) -> Any:
    import geopandas

    return geopandas.GeoSeries([shapes.union_all()], crs=shapes.crs).simplify(_TOLERANCE)


LAYERS = {
    "tracts": Layer(
        "census-tracts",
        "Census tracts",
        {"color": "#9aa5ab", "weight": 0.7, "fillColor": "#f4f1ea", "fillOpacity": 0.6},
        _sharing_edges,
    ),
    "flood": Layer(
        "flood-2016",
        "Flood area, August 2016 (estimated)",
        {"color": "#8fb8d8", "weight": 0.5, "fillColor": "#a9cbe6", "fillOpacity": 0.45},
        _as_one,
        shown=False,
    ),
    "bus-routes": Layer(
        "bus-routes",
        "Bus routes",
        {"color": "#8a7fa8", "weight": 1.5, "fill": False},
        _one_by_one,
        shown=False,
    ),
    "parish": Layer(
        "parish-boundary",
        "Parish boundary",
        {"color": "#444444", "weight": 2, "fill": False},
        _one_by_one,
    ),
}


def base_map(layers: Sequence[str] | None = None, **options: Any) -> Any:
    """Make a map of the parish that asks nothing of the internet.

    Parameters
    ----------
    layers
        Some of ``tracts``, ``flood``, ``bus-routes`` and ``parish``; all of them without it.
    **options
        Handed to `folium.Map`, e.g. ``zoom_start``.

    Returns
    -------
    folium.Map
        With its libraries inside it, and no tiles. Add your own layers, and
        ``folium.LayerControl()`` last, from ``import offlinefolium as folium``.
    """
    import offlinefolium

    chosen: dict[str, Any] = {"location": CENTRE, "zoom_start": ZOOM} | options
    return add_base_layers(offlinefolium.Map(tiles=None, **chosen), layers)


def add_base_layers(target: Any, layers: Sequence[str] | None = None) -> Any:
    """Lay the base layers under a map that has no tiles.

    Parameters
    ----------
    target
        A ``folium.Map(tiles=None)``.
    layers
        Some of ``tracts``, ``flood``, ``bus-routes`` and ``parish``; all of them without it.

    Returns
    -------
    folium.Map
        The same map. A line below it says what the base map is and that it has no roads.

    Raises
    ------
    AcademyError
        When there is no such layer.
    """
    import offlinefolium

    for name in layers if layers is not None else list(LAYERS):
        if name not in LAYERS:
            raise AcademyError(
                f"There is no base layer called '{name}'. {nearest(name, list(LAYERS))}"
            )
        layer = LAYERS[name]
        offlinefolium.GeoJson(
            _geojson(name, folder_of(layer.dataset)),
            name=layer.title,
            style_function=_always(layer.style),
            show=layer.shown or layers is not None,
            # A click belongs to the layers that lie on top.
            interactive=False,
        ).add_to(target)
    words = f'<p style="font: 12px sans-serif; margin: 4px">{STATEMENT}</p>'
    target.get_root().html.add_child(offlinefolium.Element(words))
    return target


def _always(style: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda _feature: dict(style)


@lru_cache(maxsize=len(LAYERS) * 2)
def _geojson(name: str, folder: Path) -> str:
    """Return a layer's shapes without their numbers, drawn roughly: a notebook asks often."""
    import shapely

    from academy.datasets.load import load_folder

    shapes = LAYERS[name].draw(load_folder(folder).geometry)
    rounded = shapely.transform(shapes.to_numpy(), lambda points: points.round(5))
    features = ",".join(
        f'{{"type": "Feature", "properties": {{}}, "geometry": {text}}}'
        for text in shapely.to_geojson(rounded)
    )
    return f'{{"type": "FeatureCollection", "features": [{features}]}}'
