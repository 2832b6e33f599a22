"""Work out the expressions of a facts file, in the notebook's own names after its last cell."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from typing import Any


def helpers() -> dict[str, Any]:
    """Return what expressions may name besides the notebook's own names."""
    import numpy as np
    import pandas as pd

    from academy.datasets import load_dataset
    from academy.ranges import range_of_share, redrawn_share

    return {
        "pd": pd,
        "np": np,
        "load_dataset": load_dataset,
        "range_of_share": range_of_share,
        "redrawn_share": redrawn_share,
    }


def measure(names: Mapping[str, Any], setup: str, expressions: Iterable[str]) -> list[Any]:
    """Evaluate expressions after a setup.

    Parameters
    ----------
    names
        What the notebook left behind; it is not changed.
    setup
        Code to be run first.
    expressions
        Python expressions, each for one number or for several.

    Returns
    -------
    list
        For each expression a list of plain values, or what went wrong as text. A number is a
        number, a moment is its ``year``, ``month``, ``day`` and ``clock`` (minutes of the day).
    """
    space = helpers() | dict(names)
    try:
        exec(compile(setup, "setup", "exec"), space)  # noqa: S102 - instructors run their code
    except Exception as error:  # noqa: BLE001 - whatever an instructor's code may raise
        return [f"the setup fails with {_said(error)}" for _ in expressions]
    return [_measured(expression, space) for expression in expressions]


def _measured(expression: str, space: dict[str, Any]) -> Any:
    try:
        code = compile(expression.strip(), "value", "eval")
        return _plain(eval(code, space))  # noqa: S307 - instructors run their code
    except Exception as error:  # noqa: BLE001 - whatever an instructor's code may raise
        return f"it fails with {_said(error)}"


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _plain(value: Any) -> list[Any]:
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":
        import pandas as pd

        value = pd.to_datetime(value)  # numpy's own list of moments holds bare numbers
    if hasattr(value, "tolist") and not isinstance(value, datetime.date):
        value = value.tolist()  # numpy's and pandas' numbers, arrays, columns and indexes
    several = isinstance(value, list | tuple | set | frozenset)
    return [_plain_one(one) for one in (value if several else [value])]


def _plain_one(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if hasattr(value, "start_time"):  # a pandas Period
        value = value.start_time
    if isinstance(value, datetime.date) and value == value:  # a missing moment is not itself
        clock = getattr(value, "hour", 0) * 60 + getattr(value, "minute", 0)
        return {"year": value.year, "month": value.month, "day": value.day, "clock": clock}
    if isinstance(value, bool):
        raise TypeError(f"a number is expected, and {value} is none")
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        raise TypeError(f"a number is expected, and this is text: {value[:60]!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a number is expected, and this is {number}")
    return number


def kind_of(value: Any) -> str:
    """Return in a word what an answer is: a number, text, a table, several values, a function."""
    named = {one.__name__ for one in type(value).__mro__}
    kinds = (
        ("yes or no", {"bool", "bool_"}),
        ("number", {"Number", "int", "float", "complex", "number", "Decimal", "Fraction"}),
        ("text", {"str", "str_"}),
        ("table", {"DataFrame"}),
        ("several values", {"Series", "Index", "ndarray", "ExtensionArray"}),
        ("several values", {"list", "tuple", "set", "frozenset", "dict"}),
        ("moment", {"date", "datetime64"}),
    )
    found = [kind for kind, names in kinds if named & names]
    if found:
        return found[0]
    return "function" if callable(value) else type(value).__name__
