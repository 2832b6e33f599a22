"""A small bar chart of a table: as SVG for a notebook, as text for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.schema import Field, Resource

_MOST_BARS = 24
_MOST_CATEGORIES = 10
_WIDTH, _ROW, _LABEL, _VALUE = 480, 18, 170, 80
_TEXT_WIDTH = 30
_BAR_COLOUR = "#2b6b77"


@dataclass(frozen=True)
class Bars:
    """Bars that begin at zero, one a label, with their numbers beside them."""

    title: str
    labels: list[str]
    values: list[float]

    @property
    def alt(self) -> str:
        """The chart in one sentence, for those who don't see it."""
        low, high = min(self.values), max(self.values)
        least = self.labels[self.values.index(low)]
        most = self.labels[self.values.index(high)]
        return (
            f"Bar chart: {self.title}. {len(self.values)} bars; the most is {high:,.0f} "
            f"({most}), the least {low:,.0f} ({least})."
        )

    def svg(self) -> str:
        """Return the chart as a picture with its text alternative."""
        longest = max(*self.values, 1)
        room = _WIDTH - _LABEL - _VALUE
        rows = []
        for number, (label, value) in enumerate(zip(self.labels, self.values, strict=True)):
            top, width = number * _ROW, max(value, 0) / longest * room
            middle = top + _ROW * 0.7
            rows.append(
                f'<text x="{_LABEL - 6}" y="{middle:.1f}" text-anchor="end">{escape(label)}</text>'
                f'<rect x="{_LABEL}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}" '
                f'fill="{_BAR_COLOUR}"/>'
                f'<text x="{_LABEL + width + 6:.1f}" y="{middle:.1f}">{value:,.0f}</text>'
            )
        return svg(_WIDTH, len(self.values) * _ROW, self.alt, "".join(rows))

    def lines(self) -> list[str]:
        """Return the chart as lines of text."""
        longest = max(*self.values, 1)
        wide = max(len(label) for label in self.labels)
        return [self.title] + [
            f"{label:>{wide}} {'█' * round(max(value, 0) / longest * _TEXT_WIDTH)} {value:,.0f}"
            for label, value in zip(self.labels, self.values, strict=True)
        ]


def svg(width: float, height: float, alt: str, content: str) -> str:
    """Return an SVG picture that says in words what it shows."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
        f'width="{width}" height="{height:.0f}" role="img" aria-label="{escape(alt)}" '
        f'font-family="sans-serif" font-size="12" fill="currentColor">{content}</svg>'
    )


def bars_of(resource: Resource, frame: pd.DataFrame) -> Bars | None:
    """Choose what to draw: rows, or the first count of a table of counts, by time or by kind.

    Returns
    -------
    Bars or None
        None where a table has neither a time nor a column of few kinds.
    """
    values, what = _values(resource, frame)
    period = resource.period_column
    if period is not None and frame[period].nunique() > 1:
        labels, unit = _times(frame[period])
        sums = values.groupby(labels).sum().sort_index()
        if len(sums) <= _MOST_BARS:
            return Bars(f"{what} by {unit}", [str(each) for each in sums.index], _plain(sums))
    field = _kind(resource, frame)
    if field is None:
        return None
    sums = values.groupby(frame[field.name], observed=True).sum()
    top = sums.sort_values(ascending=False).head(_MOST_CATEGORIES)
    rest = f", the first {len(top)} of {len(sums)}" if len(sums) > len(top) else ""
    title = f"{what} by {field.title.lower()}{rest}"
    return Bars(title, [str(each)[:26] for each in top.index], _plain(top))


def _plain(sums: pd.Series[Any]) -> list[float]:
    return [float(value) for value in sums]


def _values(resource: Resource, frame: pd.DataFrame) -> tuple[pd.Series[Any], str]:
    """What to add up: each row counts one, but in a table of counts its count."""
    import pandas as pd

    counts = [
        field
        for field in resource.fields
        if field.name.endswith(("_count", "_usd")) and field.type in ("integer", "number")
    ]
    if counts and resource.period_column in resource.table_schema.primary_key:
        return frame[counts[0].name].fillna(0).astype("float64"), counts[0].title
    return pd.Series(1.0, index=frame.index), "Rows"


def _times(moments: pd.Series[Any]) -> tuple[pd.Series[Any], str]:
    """Years, or months where the table is short."""
    if not hasattr(moments, "dt"):
        return moments, "year"
    years: pd.Series[Any] = moments.dt.year
    if years.nunique() > 2:
        return years, "year"
    return moments.dt.strftime("%Y-%m"), "month"


def _kind(resource: Resource, frame: pd.DataFrame) -> Field | None:
    """The first column of few kinds."""
    for field in resource.fields:
        few = field.categories is not None and len(field.categories) > 1
        if few and frame[field.name].nunique() <= len(frame) / 2:
            return field
    return None
