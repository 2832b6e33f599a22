"""A map in a frame of its own, which can ask nobody for anything."""

from __future__ import annotations

import re
import sys
from html import escape
from typing import TYPE_CHECKING

from academy.errors import AcademyError
from academy.plots.charts import without_label

if TYPE_CHECKING:
    import folium

# The frame's own rule: whatever a map holds, the browser requests nothing for it.
_CLOSED = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
# Leaflet paints what is not on the map gray, which is a color of its own on a map of classes.
_WHITE = "<style>.leaflet-container { background: white }</style>"
# What folium puts into every map for the sake of markers with icons.
_ICON = "AwesomeMarkers.icon("
_FOR_ICONS = ("awesome", "bootstrap", "glyphicons")
_ADDRESS = re.compile(r"""(?:\b(?:https?|wss?|ftp):)?//[a-z0-9{][\w.{}-]*\.[a-z]{2,}""", re.I)
# A link is followed only when somebody clicks it, and a name space is a name.
_HARMLESS = re.compile(r"""<a\b[^>]*>|\bxmlns(?::\w+)?=(["']).*?\1|https?://www\.w3\.org/""", re.I)


def map_page(the_map: folium.Map, table: str, alt: str, source: str) -> str:
    """Return a map, its table and its source as a piece of a page.

    Raises
    ------
    AcademyError
        When the map would ask an address on the internet for something.
    """
    if not hasattr(the_map, "get_root"):
        raise AcademyError(
            f"show_map() needs a map, and got {type(the_map).__name__}.",
            next_step='Make one with "the_map = folium.Map(tiles=None)".',
        )
    inside = without_unused(str(the_map.get_root().render()))
    asked = outside_addresses(inside)
    if asked:
        raise AcademyError(
            f"This map would ask {asked[0]} for something, and a lesson works without the "
            "internet.",
            kept="It was not shown.",
            next_step='Write "import offlinefolium as folium", and folium.Map(..., tiles=None).',
        )
    inside = inside.replace("<html>", '<html lang="en">', 1)
    head = f"<head>{_CLOSED}<title>{escape(alt.strip())}</title>"
    inside = inside.replace("<head>", head, 1).replace("</head>", f"{_WHITE}</head>", 1)
    return (
        '<figure style="margin: 0.5em 0">'
        f'<iframe title="{escape(alt.strip())}" srcdoc="{escape(inside)}" '
        'style="width: 100%; max-width: 720px; height: 460px; border: 1px solid #767676">'
        f"</iframe>{table}"
        f"<figcaption>Source: {escape(without_label(source))}</figcaption></figure>"
    )


def outside_addresses(page: str) -> list[str]:
    """Return the addresses on the internet that a map's page names, beyond links to click.

    The libraries that ``offlinefolium`` puts into the page are left out: they name addresses in
    their comments, and request none.
    """
    for library in _libraries().values():
        page = page.replace(library, "")
    return sorted({found.group().lstrip("/") for found in _ADDRESS.finditer(_plain(page))})


def without_unused(page: str) -> str:
    """Return a map's page without the libraries for icons, where no marker has an icon.

    They are two thirds of it, and they look for fonts that are not there.
    """
    libraries = _libraries()
    own = page
    for library in libraries.values():
        own = own.replace(library, "")
    if _ICON in own:
        return page
    for address, library in libraries.items():
        if any(word in address for word in _FOR_ICONS):
            page = page.replace(library, "")
    return page


def _libraries() -> dict[str, str]:
    """The libraries that ``offlinefolium`` puts into pages, by their address on the internet."""
    elements = sys.modules.get("offlinefolium.elements")
    return {address: text.strip() for address, text in getattr(elements, "_res", {}).items()}


def _plain(page: str) -> str:
    return _HARMLESS.sub("", page)
