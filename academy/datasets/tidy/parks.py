"""From the portal's BREC parks to the Academy's table ``parks``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.privacy import block_of
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import whole_numbers
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    five_digit_zips,
    mapped,
    points_from_text,
)

FEATURES: dict[str, tuple[str, ...]] = {
    "recreation_centers": ("recreation center", "rec_center"),
    "playgrounds": ("playgound", "playground"),
    "restrooms": ("restroom",),
    "swimming_pools": ("swimming pool", "swimming_pool"),
    "spray_pads": ("spray pad", "spray_pad"),
    "indoor_basketball_courts": ("indoor basketball", "indoor_basketball"),
    "outdoor_basketball_courts": ("outdoor basketball", "outdoor_basketball"),
    "unlighted_baseball_fields": ("baseball unlighted", "baseball_unlighted"),
    "lighted_baseball_fields": ("baseball lighted", "baseball_lighted"),
    "soccer_fields": ("soccer field", "soccer_field"),
    "unlighted_tennis_courts": ("tennis unlighted", "tennis_unlighted"),
    "lighted_tennis_courts": ("tennis lighted", "tennis_lighted"),
    "disc_golf_courses": ("disc golf", "disc_golf"),
    "fishing_lakes": ("fishing lake", "fishing_lake"),
    "dog_parks": ("dog park", "dog_park"),
    "skate_parks": ("skate park", "skate_park"),
    "mountain_bike_trails": ("mountain bike trail", "mountain_bike_trail"),
    "paved_walking_paths": ("walking path surfaced", "walking_path_surfaced"),
    "walking_loops": ("walking loop", "walking_loop"),
}
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "park_id": ("park id", "parkid"),
    "park_name": ("park name", "park_name"),
    "park_type": ("classification",),
    "block_address": ("full address", "full_address"),
    "city_name": ("city",),
    "zip_code": ("zip",),
    **FEATURES,
    "geolocation": ("geolocation",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
COLUMNS = [*list(PORTAL_COLUMNS)[:6], "latitude", "longitude", *FEATURES]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    ordered = blanks_missing(frame).sort_values("park_id")
    return Tidied(ordered[COLUMNS].reset_index(drop=True), ledger)


def drop_repeats(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A park is known by its number, and has one row."""
    repeated = frame.duplicated("park_id")
    ledger.drop(frame.loc[repeated, "park_id"], "the park stands there already")
    kept = frame[~repeated]
    return kept.assign(park_id=whole_numbers(kept["park_id"]))


def points_in_addresses(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The point stands on the last line of a text that begins with the address."""
    points = points_from_text(frame["geolocation"])
    ledger.repair("point_inside_address", int(points["latitude"].notna().sum()))
    return frame.assign(latitude=points["latitude"], longitude=points["longitude"])


def addresses_by_block(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A park's house number becomes its block, as in every other table."""
    blocks = mapped(frame["block_address"], block_of)
    ledger.repair("house_numbers", int(blocks.ne(frame["block_address"]).sum()))
    return frame.assign(block_address=blocks, zip_code=five_digit_zips(frame["zip_code"]))


def features_as_counts(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """What a park has is counted; blank stays missing, as it may mean none or not noted."""
    return frame.assign(**{name: whole_numbers(frame[name]) for name in FEATURES})


STEPS = (
    drop_repeats,
    points_in_addresses,
    blank_strangers,
    addresses_by_block,
    features_as_counts,
)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the parks of every fault that is left in the table."""
    placed = frame["latitude"].notna()
    shared = frame.duplicated(["latitude", "longitude"], keep=False) & placed
    return {"no_point": int((~placed).sum()), "same_point": int(shared.sum())}
