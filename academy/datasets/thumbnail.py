"""A small map of a table's places: as SVG for a notebook, as text for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from academy.datasets.bars import svg

if TYPE_CHECKING:
    import numpy as np

_WIDTH = 320
_COLUMNS = 40
_SHADES = " ░▒▓█"
_LINE_COLOUR = "#2b6b77"
# A degree of longitude is shorter than one of latitude here, and a character taller than wide.
_LONGITUDE_SHARE = 0.861
_CHARACTER_SHARE = 0.5
# Shapes are drawn to about a pixel.
_TOLERANCE = 0.002


@dataclass(frozen=True)
class Thumbnail:
    """Where the places of a table lie.

    Parameters
    ----------
    shapes
        The table's geometries in degrees, without missing ones.
    what
        One of them, in words.
    """

    shapes: Any
    what: str

    @cached_property
    def _bounds(self) -> tuple[float, float, float, float]:
        import shapely

        west, south, east, north = shapely.total_bounds(self.shapes)
        margin = 0.01
        return west - margin, south - margin, east + margin, north + margin

    @property
    def _height_share(self) -> float:
        west, south, east, north = self._bounds
        return float((north - south) / ((east - west) * _LONGITUDE_SHARE))

    @property
    def alt(self) -> str:
        """The map in one sentence, for those who don't see it."""
        west, south, east, north = self._bounds
        return (
            f"Small map of {len(self.shapes):,} places ({self.what}), between {south:.2f} and "
            f"{north:.2f} degrees north and {-east:.2f} and {-west:.2f} degrees west."
        )

    @property
    def title(self) -> str:
        """What the map shows."""
        return f"Where they lie: {len(self.shapes):,} places"

    def svg(self) -> str:
        """Return the map: outlines, or darker squares where more points lie."""
        height = _WIDTH * self._height_share
        content = self._squares(height) if self._dimension == 0 else self._outlines()
        return svg(_WIDTH, height, self.alt, content)

    def lines(self) -> list[str]:
        """Return the map as lines of characters, darker where more lies."""
        grid = self._grid(max(round(_COLUMNS * self._height_share * _CHARACTER_SHARE), 1))
        most = max(grid.max(), 1)
        shades = len(_SHADES) - 1
        rows = [
            "".join(_SHADES[-int(-(count * shades) // most)] for count in row).rstrip()
            for row in grid[::-1]
        ]
        return [self.title, *rows]

    @cached_property
    def _dimension(self) -> int:
        """0 where all places are points, 1 for lines, 2 where there is an area."""
        import shapely

        return int(shapely.get_dimensions(self.shapes).max())

    def _grid(self, rows: int) -> np.ndarray[Any, Any]:
        """What lies in each cell, south first: how many points; else 1 where a shape covers it."""
        import numpy as np
        import shapely

        west, south, east, north = self._bounds
        if self._dimension == 0:
            x, y = shapely.get_x(self.shapes), shapely.get_y(self.shapes)
            box = ((south, north), (west, east))
            counts: np.ndarray[Any, Any] = np.histogram2d(y, x, bins=(rows, _COLUMNS), range=box)[0]
            return counts
        wide, tall = (east - west) / _COLUMNS, (north - south) / rows
        left = np.tile(west + wide * np.arange(_COLUMNS), rows)
        low = np.repeat(south + tall * np.arange(rows), _COLUMNS)
        # A line hardly ever meets the middle of a cell; an area of a cell's size does.
        cells = (
            shapely.box(left, low, left + wide, low + tall)
            if self._dimension == 1
            else shapely.points(left + wide / 2, low + tall / 2)
        )
        hit = shapely.STRtree(cells).query(self.shapes, predicate="intersects")[1]
        grid = np.zeros(rows * _COLUMNS)
        grid[np.unique(hit)] = 1
        return grid.reshape(rows, _COLUMNS)

    def _squares(self, height: float) -> str:
        rows = max(round(_COLUMNS * self._height_share), 1)
        grid = self._grid(rows)
        wide, tall = _WIDTH / _COLUMNS, height / rows
        most = max(grid.max(), 1)
        return "".join(
            f'<rect x="{column * wide:.1f}" y="{height - (row + 1) * tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}" fill="{_LINE_COLOUR}" '
            f'fill-opacity="{0.15 + 0.85 * grid[row, column] / most:.2f}"/>'
            for row in range(rows)
            for column in range(_COLUMNS)
            if grid[row, column]
        )

    def _outlines(self) -> str:
        import shapely

        west, _, east, north = self._bounds
        scale = _WIDTH / (east - west)
        down = scale / _LONGITUDE_SHARE
        outlines = self.shapes if self._dimension == 1 else shapely.boundary(self.shapes)
        lines = shapely.get_parts(outlines)
        paths = []
        for line in shapely.simplify(lines, _TOLERANCE):
            points = [f"{(x - west) * scale:.1f} {(north - y) * down:.1f}" for x, y in line.coords]
            paths.append("M" + "L".join(points))
        fill = "none" if self._dimension == 1 else _LINE_COLOUR
        return (
            f'<path d="{"".join(paths)}" fill="{fill}" fill-opacity="0.3" fill-rule="evenodd" '
            f'stroke="{_LINE_COLOUR}" stroke-width="1"/>'
        )


def thumbnail_of(frame: Any, what: str) -> Thumbnail | None:
    """Return the map of a geographic table; None where no row has a place."""
    shapes = frame.geometry.dropna().to_numpy()
    return Thumbnail(shapes, what) if len(shapes) else None
