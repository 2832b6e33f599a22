"""The base map: light layers of our own, nothing from the internet, and it says what is missing."""

from __future__ import annotations

import json
import re

import offlinefolium
import pytest

from academy.datasets import basemap
from academy.datasets.basemap import LAYERS, STATEMENT, add_base_layers, base_map
from academy.datasets.catalogue import folder_of
from academy.errors import AcademyError

# What makes a browser fetch something: addresses in tags, in styles, and layers of tiles.
LOADED = re.compile(
    r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']?(https?:[^\"' >]+)|"
    r"url\([\"']?(https?:[^)]+)|(L\.tileLayer\()|@import[^;]+(https?:[^;]+)"
)


def page(target: offlinefolium.Map) -> str:
    text: str = target.get_root().render()
    return text


def test_a_map_with_every_layer_asks_nothing_of_the_internet() -> None:
    here = base_map()
    offlinefolium.CircleMarker((30.45, -91.19), radius=6).add_to(here)
    offlinefolium.LayerControl().add_to(here)
    text = page(here)
    assert LOADED.findall(text) == []
    for layer in LAYERS.values():
        assert layer.title in text


def test_the_check_would_see_tiles() -> None:
    assert LOADED.findall(page(offlinefolium.Map()))


def test_the_map_says_that_it_has_no_roads() -> None:
    assert "no roads" in STATEMENT
    assert STATEMENT in page(base_map())


def test_layers_can_be_chosen_and_lie_on_any_map() -> None:
    here = offlinefolium.Map(tiles=None)
    assert add_base_layers(here, ["parish"]) is here
    text = page(here)
    assert LAYERS["parish"].style["color"] in text
    assert LAYERS["tracts"].style["fillColor"] not in text
    with pytest.raises(AcademyError, match=r"no base layer called 'roads'.*There are: tracts"):
        base_map(["roads"])


@pytest.mark.parametrize("name", list(LAYERS))
def test_a_layer_is_light_and_holds_shapes_alone(name: str) -> None:
    text = basemap._geojson(name, folder_of(LAYERS[name].dataset))
    assert len(text) < 300_000
    features = json.loads(text)["features"]
    assert features
    assert all(each["geometry"]["coordinates"] and not each["properties"] for each in features)


def test_neighbouring_tracts_still_share_their_edges() -> None:
    import shapely

    text = basemap._geojson("tracts", folder_of("census-tracts"))
    shapes = shapely.get_parts(shapely.from_geojson(text))
    assert len(shapes) == 108
    gaps = shapely.union_all(shapes).area - sum(shape.area for shape in shapes)
    assert abs(gaps) < 1e-6
