"""What `show` and `show_map` put on a page, told by a real kernel and a real page."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from academy.errors import AcademyError
from academy.plots import show, show_map
from academy.plots.charts import as_picture, fold_titles
from academy.plots.maps import outside_addresses, without_unused
from academy.plots.tables import as_table

ALT, SOURCE = 'Two bars: "carts" 3, <grass> 1.', "Open Data BR, 2016"
CHART = f"""
import matplotlib.pyplot as plt
from academy.plots import show
plt.style.use("academy.plots.lesson")
figure, axes = plt.subplots()
axes.bar(["carts", "grass"], [3, 1])
show(figure, alt={ALT!r}, source={SOURCE!r})
"""
MAP = """
import offlinefolium as folium
import pandas as pd
from academy.plots import show_map
here = folium.Map(location=[30.5, -91.1], tiles=None)
folium.CircleMarker([30.5, -91.1], tooltip="Here").add_to(here)
numbers = pd.DataFrame({"tract": ["1", "<2>"], "lights": [1234, None]})
show_map(here, table=numbers, alt="One dot.", source="Source: the parish",
         key={"lit & new": "#3182bd"})
"""


class Tags(HTMLParser):
    """The tags of a page with their attributes, and its plain text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, wanted: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == wanted]


@pytest.fixture(scope="module")
def notebook() -> Any:
    """A notebook with a chart and a map, run by a kernel as a lab runs it."""
    cells = [nbformat.v4.new_code_cell(source) for source in (CHART, MAP)]
    made = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(made, timeout=120, kernel_name="python3").execute()
    return made


def test_a_cell_shows_its_chart_once_with_words_and_source(notebook: Any) -> None:
    (output,) = notebook.cells[0].outputs
    page = Tags(output.data["text/html"])

    (picture,) = page.of("img")
    assert picture["alt"] == ALT
    assert str(picture["src"]).startswith("data:image/png;base64,")
    assert "max-width: 100%" in str(picture["style"])
    assert page.text == f"Source: {SOURCE}"
    assert output.data["text/plain"] == ALT


def test_a_cell_shows_its_map_with_a_name_a_table_and_the_source(notebook: Any) -> None:
    (output,) = notebook.cells[1].outputs
    page = Tags(output.data["text/html"])

    (frame,) = page.of("iframe")
    assert frame["title"] == "One dot."
    inside = str(frame["srcdoc"])
    assert "default-src 'none'" in inside
    assert "L.circleMarker" in inside
    assert [each["scope"] for each in page.of("th")] == ["col", "col", "row", "row"]
    assert len(page.of("caption")) == 1
    assert [each["aria-label"] for each in page.of("ul")] == ["Key to the map"]
    assert "background: #3182bd" in str(page.of("span")[0]["style"])
    for words in ("lit & new", "1,234", "<2>", "no number"):
        assert words in page.text
    assert page.text.endswith("Source: the parish")


def test_a_page_made_of_the_notebook_keeps_words_and_table(notebook: Any) -> None:
    page = Tags(HTMLExporter().from_notebook_node(notebook)[0])

    assert [picture["alt"] for picture in page.of("img")] == [ALT]
    assert [frame["title"] for frame in page.of("iframe")] == ["One dot."]
    assert len(page.of("table")) == 1


def a_figure() -> Figure:
    figure, axes = plt.subplots()
    axes.bar(["a"], [1])
    return figure


@pytest.mark.parametrize(("alt", "source", "told"), [("", "x", "alt is"), ("x", " ", "source is")])
def test_a_picture_without_words_or_source_is_refused(alt: str, source: str, told: str) -> None:
    figure = a_figure()
    with pytest.raises(AcademyError, match=f"{told} empty"):
        show(figure, alt=alt, source=source)
    with pytest.raises(AcademyError, match=f"{told} empty"):
        show_map(object(), table=pd.DataFrame({"a": [1]}), alt=alt, source=source)
    plt.close(figure)


def test_what_is_no_figure_map_or_table_is_told_by_its_kind() -> None:
    with pytest.raises(AcademyError, match="needs a figure, and got int"):
        show(3, alt="x", source="x")  # type: ignore[arg-type]
    with pytest.raises(AcademyError, match="needs a map, and got int"):
        show_map(3, table=pd.DataFrame({"a": [1]}), alt="x", source="x")
    with pytest.raises(AcademyError, match="is Series"):
        as_table(pd.Series([1]))  # type: ignore[arg-type]
    with pytest.raises(AcademyError, match="has no rows"):
        as_table(pd.DataFrame({"a": []}))


def test_the_figure_is_closed() -> None:
    figure = a_figure()
    as_picture(figure)

    assert not plt.fignum_exists(figure.number)  # type: ignore[attr-defined]


def test_a_map_that_would_ask_the_internet_is_refused() -> None:
    import folium
    import offlinefolium

    table = pd.DataFrame({"a": [1]})
    for bad, named in (
        (offlinefolium.Map(), "openstreetmap"),
        (folium.Map(tiles=None), "cdn|jquery|netdna"),
    ):
        with pytest.raises(AcademyError, match=named):
            show_map(bad, table=table, alt="x", source="x")


def test_addresses_are_found_wherever_they_stand_but_not_in_links_to_click() -> None:
    harmless = '<a href="https://leafletjs.com">Leaflet</a><svg xmlns="http://www.w3.org/2000/svg">'
    asked = '<script src="//cdn.example.com/x.js"></script> url(https://fonts.example.org/a)'

    assert outside_addresses(harmless) == []
    assert outside_addresses(harmless + asked) == ["cdn.example.com", "https://fonts.example.org"]


def test_libraries_for_icons_are_there_only_where_an_icon_is() -> None:
    import offlinefolium

    plain, iconic = offlinefolium.Map(tiles=None), offlinefolium.Map(tiles=None)
    offlinefolium.Marker([30, -91], icon=offlinefolium.Icon(icon="home")).add_to(iconic)
    without, with_icons = (without_unused(each.get_root().render()) for each in (plain, iconic))

    assert "Font Awesome" not in without
    assert "Font Awesome" in with_icons
    assert "L.map(" in without
    assert len(without) < len(with_icons) / 2


def test_a_named_index_heads_the_rows_and_shapes_are_left_out() -> None:
    table = pd.DataFrame({"rate": [6.54], "geometry": ["x"]}, index=pd.Index(["7"], name="tract"))
    page = Tags(as_table(table))

    assert [each["scope"] for each in page.of("th")] == ["col", "col", "row"]
    assert page.text.endswith("tractrate76.5")


def test_long_titles_are_broken_and_stay_inside_the_figure() -> None:
    with plt.style.context("academy.plots.lesson"):
        figure, axes = plt.subplots()
        axes.barh(["a rather long name of a bar"], [1])
        axes.set_title("A sentence that is far too long for one line and says what is to be seen")
        fold_titles(figure)
        figure.draw_without_rendering()
        edges = axes.get_tightbbox()
        plt.close(figure)

    assert "\n" in axes.get_title(loc="left")
    assert edges is not None
    assert edges.x0 >= 0
    assert edges.x1 <= figure.bbox.width


def contrast_with_white(color: str) -> float:
    """The contrast ratio of WCAG 2.1."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_the_style_has_contrast_and_a_font_that_matplotlib_brings() -> None:
    with plt.style.context("academy.plots.lesson"):
        words = [mpl.rcParams[name] for name in ("text.color", "xtick.color", "axes.labelcolor")]
        marks = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
        font = mpl.font_manager.findfont(mpl.rcParams["font.family"][0], fallback_to_default=False)

    assert min(map(contrast_with_white, words)) >= 7
    assert min(map(contrast_with_white, marks)) >= 3
    assert "mpl-data" in font


def test_letters_are_ten_pixels_high_on_a_telephone() -> None:
    with plt.style.context("academy.plots.lesson"):
        inches = mpl.rcParams["figure.figsize"][0]
        points = min(mpl.rcParams["font.size"], mpl.rcParams["xtick.labelsize"])

    # JupyterLab and a rendered page leave 300 of 320 pixels to an output.
    assert points / 72 * 300 / inches >= 9.5


def test_charts_alone_load_no_map_library() -> None:
    code = (
        "import sys, academy.plots\nprint(*{name.split('.')[0] for name in sys.modules})\n"
        "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "academy.plots.show(plt.figure(), alt='x', source='x')\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, *_, last = done.stdout.splitlines()

    assert not set(first.split()) & {"matplotlib", "pandas", "IPython", "folium"}
    assert not set(last.split()) & {"folium", "offlinefolium", "branca", "pandas"}
