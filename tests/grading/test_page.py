from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_output

from academy.grading.page import checks, picture_text, points, safe_html, words
from tests.grading.classroom import cell, source_notebook


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>Mine</h1>", "<h3>Mine</h3>"),
        ("<h5>Deep</h5>", "<h6>Deep</h6>"),
        ("a<script>alert(1)</script>b", "ab"),
        ("<style>p { color: red }</style><p>x</p>", "<p>x</p>"),
        ('<p onclick="f()">x</p>', "<p>x</p>"),
        ('<a href="javascript:f()">x</a>', "<a>x</a>"),
        ('<iframe src="https://x.example"></iframe>', ""),
        ("</main></body>x", "x"),
    ],
)
def test_html_of_a_notebook_is_made_harmless(html: str, expected: str) -> None:
    assert safe_html(html) == expected


def test_a_table_of_pandas_stays_a_table() -> None:
    import pandas as pd

    html = safe_html(pd.DataFrame({"kind": ["GARBAGE"], "count": [2_243]})._repr_html_())

    assert "<th>kind</th>" in html
    assert "<td>2243</td>" in html
    assert "<style" not in html


def test_a_picture_without_words_says_so() -> None:
    assert 'alt="Picture without a description"' in safe_html('<img src="data:image/png;base64,">')
    assert 'alt="A map"' in safe_html('<img alt="A map" src="data:image/png;base64,">')


def test_a_charts_own_description_wins() -> None:
    code = new_code_cell(execution_count=3)
    data = {"image/png": "AAAA"}
    plain = new_output("display_data", data=data)
    described = new_output("display_data", data=data, metadata={"image/png": {"alt": "Bars"}})

    assert picture_text(described, code) == "Bars"
    assert picture_text(plain, code) == (
        "Picture made by the code in cell 3; it has no description."
    )


def test_points_are_written_without_needless_decimals() -> None:
    assert [points(value) for value in (7.0, 7.5, 20 / 3, None)] == ["7", "7.5", "6.67", "0"]


def test_a_check_is_called_by_the_courses_heading_not_the_learners() -> None:
    notebook = source_notebook()
    cell(notebook, "why").source = "# My *own* heading"

    labels = [row["label"] for row in checks(notebook, waiting={"why"})]

    assert labels == ["Add two numbers", "Double it", "Say why"]


def test_a_name_becomes_words() -> None:
    assert words("load-and-count") == "Load and count"
