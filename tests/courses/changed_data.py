"""Copies of the shelf's tables in which nearly every count, share, sum and day is another."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from academy.datasets.writing import hash_of
from academy.paths import embedded_datasets

#: Of a small table, such as one row a month, only few rows go: code picks single ones by name.
SMALL = 400
REPLACED = 0.35


def put_changed(names: list[str], state: Path, seed: int) -> None:
    """Put changed copies of datasets into a state directory, as a refresh puts newer ones."""
    shutil.rmtree(state / "datasets", ignore_errors=True)
    for name in names:
        folder = state / "datasets" / name
        shutil.copytree(embedded_datasets() / name, folder)
        described = json.loads((folder / "datapackage.json").read_text("utf-8"))
        for resource in described["resources"]:
            _change(folder, resource, np.random.default_rng(seed))
        (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")


def _change(folder: Path, resource: dict[str, Any], luck: np.random.Generator) -> None:
    file = folder / resource["path"]
    change = _changed_features if resource["format"] == "geojson" else _changed_rows
    content, rows = change(file.read_bytes(), resource, luck)
    file.write_bytes(content)
    resource |= {"bytes": len(content), "hash": hash_of(content), "rowCount": rows}
    resource["copies"] = []


def _changed_rows(
    content: bytes, resource: dict[str, Any], luck: np.random.Generator
) -> tuple[bytes, int]:
    table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    kept = changed(table, resource, luck)
    return kept.to_csv(index=False, lineterminator="\n").encode(), len(kept)


def _changed_features(
    content: bytes, resource: dict[str, Any], luck: np.random.Generator
) -> tuple[bytes, int]:
    shapes = json.loads(content)
    table = pd.DataFrame([feature["properties"] for feature in shapes["features"]])
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    text = table.map(lambda value: "" if value is None or value != value else str(value))
    kept = changed(text, resource, luck)
    features = []
    for row, values in kept.to_dict("index").items():
        properties = {name: _typed(value, kinds.get(name, "")) for name, value in values.items()}
        features.append(shapes["features"][row] | {"properties": properties})
    return json.dumps(shapes | {"features": features}).encode(), len(features)


def _typed(value: str, kind: str) -> Any:
    if value == "":
        return None
    if kind == "boolean":
        return value.lower() == "true"
    return {"integer": lambda text: int(float(text)), "number": float}.get(kind, str)(value)


def changed(
    table: pd.DataFrame, resource: dict[str, Any], luck: np.random.Generator
) -> pd.DataFrame:
    """Return a table of text with fewer rows, flatter columns and larger numbers."""
    is_small = len(table) < SMALL
    kept = table[luck.random(len(table)) > (0.06 if is_small else 0.3)].copy()
    key = resource["schema"].get("primaryKey", [])
    for field in resource["schema"]["fields"]:
        name, kind = field["name"], field["type"]
        if name in key or name in ("latitude", "longitude") or name not in kept:
            continue
        kept[name] = _changed_column(kept[name], kind, luck)
    return kept


def _changed_column(column: pd.Series[str], kind: str, luck: np.random.Generator) -> pd.Series[str]:
    known = column[column != ""]
    values = sorted(set(known))
    if kind in ("integer", "number") and len(values) > 30:
        return _larger(column, kind, luck)
    edge = len(values) // 10
    pool = (
        values[edge : len(values) - edge] if kind in ("date", "datetime") else sorted(set(column))
    )
    if not pool:
        return column
    picked = pd.Series(luck.choice(np.array(pool, dtype=object), len(column)), column.index)
    replaced = luck.random(len(column)) < REPLACED
    return column.where(~replaced & column.isin([*pool, ""]), picked)


def _larger(column: pd.Series[str], kind: str, luck: np.random.Generator) -> pd.Series[str]:
    numbers = pd.to_numeric(column) * luck.uniform(0.7, 2.2, len(column))
    written = numbers.round().map("{:.0f}".format) if kind == "integer" else numbers.map(repr)
    return written.where(column != "", "")
