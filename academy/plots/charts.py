"""A chart as a picture in a page: with its words, its source, and a title that fits."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from io import BytesIO
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Pixels of the picture for each inch of the figure, and of the page where it has room.
_PIXELS_AN_INCH = 200
_SHOWN_AN_INCH = 116
#: How wide a letter of a bold title is, as a share of its height.
_LETTER = 0.68


def as_picture(figure: Figure) -> tuple[bytes, int]:
    """Draw a figure and close it.

    Returns
    -------
    tuple of bytes and int
        The picture (PNG), and its width on a page that has room, in pixels.
    """
    import matplotlib.pyplot as plt

    for axes in figure.axes:
        _clear_names(axes)
    fold_titles(figure)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=_PIXELS_AN_INCH, facecolor="white")
    plt.close(figure)
    return picture.getvalue(), round(figure.get_figwidth() * _SHOWN_AN_INCH)


def chart_page(drawn: tuple[bytes, int], alt: str, source: str) -> str:
    """Return a picture and its source as a piece of a page."""
    picture, width = drawn
    data = b64encode(picture).decode("ascii")
    return (
        '<figure style="margin: 0.5em 0">'
        f'<img alt="{escape(alt.strip())}" style="width: {width}px; max-width: 100%; height: auto" '
        f'src="data:image/png;base64,{data}">'
        f"<figcaption>Source: {escape(without_label(source))}</figcaption></figure>"
    )


def without_label(source: str) -> str:
    """Return a source line without a "Source:" of its own."""
    text = source.strip()
    return text[7:].strip() if text.lower().startswith("source:") else text


def fold_titles(figure: Figure) -> None:
    """Break titles that are too long for the figure, beginning at the chart's left edge."""
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    for axes in figure.axes:
        axes.set_title("", loc="left")  # a long title would push the chart to the side
    figure.draw_without_rendering()
    for axes, title in zip(figure.axes, titles, strict=True):
        if title:
            _fold_title(axes, title, figure.dpi)


def _fold_title(axes: Axes, title: str, dpi: float) -> None:
    area = axes.get_window_extent()
    around = axes.get_tightbbox(for_layout_only=True)
    left, right = (around.x0, around.x1) if around else (area.x0, area.x1)
    letters = _letters(axes, right - left, dpi)
    lines = [fill(line, letters, break_long_words=False) for line in title.split("\n")]
    axes.set_title("\n".join(lines), loc="left").set_x((left - area.x0) / area.width)


def _clear_names(axes: Axes) -> None:
    """Take away the grid of an axis of names: its lines run through the numbers at the bars."""
    for axis in (axes.xaxis, axes.yaxis):
        if type(axis.get_major_formatter()).__name__ == "StrCategoryFormatter":
            axis.grid(visible=False)


def _letters(axes: Axes, pixels: float, dpi: float) -> int:
    """How many letters of a title fit into a width."""
    size = float(axes.set_title("", loc="left").get_fontsize())
    return max(12, int(pixels / (size / 72 * dpi * _LETTER)))
