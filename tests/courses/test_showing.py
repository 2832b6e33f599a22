"""What a run shows: pictures need words, and maps need their numbers in a table."""

from __future__ import annotations

from pathlib import Path

from nbformat.v4 import new_code_cell

from academy.courses.lesson import read_notebook
from academy.courses.running import run_notebook
from tests.courses.conftest import notebook, write_notebook

SETUP = """
import matplotlib.pyplot as plt
import offlinefolium as folium
import pandas as pd
from IPython.display import HTML, Image, display
from academy.plots import show, show_map
figure, axes = plt.subplots()
"""
WORDS = 'alt="Two bars.", source="Nobody, 2016"'
TABLE = 'pd.DataFrame({"place": ["Baker"], "rows": [15]})'
NO_WORDS = "shows a picture that has no text alternative"
NO_TABLE = "shows a map that has no table with the same numbers beside it"
CASES = [
    (SETUP + f"show(figure, {WORDS})", []),
    ("figure, axes = plt.subplots()\naxes.bar([1], [2])", [NO_WORDS]),
    ("figure, axes = plt.subplots()\nplt.show()", [NO_WORDS]),
    ('pd.DataFrame({"n": [1, 2]}).plot()', [NO_WORDS]),
    ('HTML("<p>words</p><img src=x>")', [NO_WORDS]),
    ("HTML(\"<img src=x alt=' '>\")", [NO_WORDS]),
    ("HTML(\"<img alt='two bars' src=x>\")", []),
    ('pd.DataFrame({"n": [1, 2]})', []),
    ("the_map = folium.Map(location=[30.4, -91.1], tiles=None)\nthe_map", [NO_TABLE]),
    (f"show_map(the_map, table={TABLE}, {WORDS})", []),
]


def test_each_output_is_judged_in_the_cell_that_shows_it(tmp_path: Path) -> None:
    write_notebook(tmp_path / "n" / "n.ipynb", notebook(*(new_code_cell(c) for c, _ in CASES)))
    results = run_notebook(read_notebook(tmp_path / "n" / "n.ipynb")).versions[0]
    assert [result.error for result in results.values()] == [""] * len(CASES)
    assert [result.faults for result in results.values()] == [faults for _, faults in CASES]
