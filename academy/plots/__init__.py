"""What a lesson shows: charts and maps with words for those who can't see them, and a source.

``show`` and ``show_map`` are all that there is to learn; the rest is matplotlib and folium. The
style is ``plt.style.use("academy.plots.lesson")``. Nothing here asks the internet for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from academy.errors import AcademyError

if TYPE_CHECKING:
    import folium
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["show", "show_map"]


def show(figure: Figure, *, alt: str, source: str) -> None:
    """Show a chart as a picture, with its words and the line that says where it is from.

    Parameters
    ----------
    figure
        What ``plt.subplots()`` gave. It is closed, so that it does not come out twice.
    alt
        What the chart shows, in words, with its main numbers: a screen reader reads it aloud.
    source
        Who counted, what, and when; it stands below the chart.

    Raises
    ------
    AcademyError
        When ``alt`` or ``source`` says nothing, or ``figure`` is none.
    """
    from academy.plots.charts import as_picture, chart_page

    _has_words(alt, source)
    if not hasattr(figure, "savefig") or not hasattr(figure, "axes"):
        raise AcademyError(
            f"show() needs a figure, and got {type(figure).__name__}.",
            next_step='Make one with "figure, axes = plt.subplots()" and hand over the figure.',
        )
    _display(chart_page(as_picture(figure), alt, source), alt)


def show_map(
    the_map: folium.Map,
    *,
    table: pd.DataFrame,
    alt: str,
    source: str,
    key: Mapping[str, str] | None = None,
) -> None:
    """Show a map in a frame, the same numbers in a table, and where they are from.

    Parameters
    ----------
    the_map
        A map of ``import offlinefolium as folium``, made with ``tiles=None``.
    table
        The numbers that the map shows, a row for each place. Its first column names the place.
    alt
        What the map shows, in words: the name of its frame, which a screen reader reads aloud.
    source
        Who counted, what, and when; it stands below the table.
    key
        What the colors mean, words to color, where the map has classes: a list below the map.

    Raises
    ------
    AcademyError
        When ``alt`` or ``source`` says nothing, the table has no rows, or the map would ask an
        address on the internet for something.
    """
    from academy.plots.maps import map_page
    from academy.plots.tables import as_key, as_table

    _has_words(alt, source)
    _display(map_page(the_map, as_key(key or {}) + as_table(table), alt, source), alt)


def _has_words(alt: str, source: str) -> None:
    if not isinstance(alt, str) or not alt.strip():
        raise AcademyError(
            "This picture has no words: alt is empty.",
            next_step="Say in alt=... what it shows, with its main numbers, for a neighbor who "
            "can't see it.",
        )
    if not isinstance(source, str) or not source.strip():
        raise AcademyError(
            "This picture does not say where its numbers are from: source is empty.",
            next_step="Say in source=... who counted, what, and when.",
        )


def _display(page: str, words: str) -> None:
    from IPython.display import display

    # JupyterLab gives a plain picture no alt text, whatever its metadata say: so it is a page.
    display(  # type: ignore[no-untyped-call]
        {"text/html": page, "text/plain": words}, raw=True
    )
