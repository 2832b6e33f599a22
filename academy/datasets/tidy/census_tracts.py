"""From the file of census tracts to the Academy's table ``census-tracts``, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academy.datasets.privacy import SMALLEST_CELL
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.shapes import choose_properties

if TYPE_CHECKING:
    import geopandas as gpd

PLACE: dict[str, tuple[str, ...]] = {
    "tract_id": ("geoid",),
    "tract_number": ("name",),
    "tract_name": ("namelsad",),
    "land_area_km2": ("aland",),
    "water_area_km2": ("awater",),
}
PEOPLE: dict[str, tuple[str, ...]] = {
    "population": ("total_population",),
    "population_white": ("white_alone",),
    "population_black": ("black_alone",),
    "population_asian": ("asian_alone",),
    "population_hispanic": ("hispanic_latino",),
    "median_household_income_usd": ("median_household_income",),
    "people_in_poverty": ("below_poverty_level",),
    "poverty_percent": ("percent_below_poverty",),
    "households": ("total_households",),
    "family_households": ("family_households",),
    "one_person_households": ("nonfamily_living_alone",),
    "households_with_children": ("households_with_children_under_18",),
}
HOMES: dict[str, tuple[str, ...]] = {
    "housing_units": ("total_housing_units",),
    "vacant_housing_units": ("vacant_units",),
    "owner_occupied_housing_units": ("owner_occupied",),
    "renter_occupied_housing_units": ("renter_occupied",),
    "detached_houses": ("single_family_detached",),
    "attached_houses": ("single_family_attached",),
    "mobile_homes": ("mobile_home",),
    "homes_in_buildings_of_2_or_more": ("multi_family_all_units",),
    "homes_in_buildings_of_5_or_more": ("multi_family_5_plus_units",),
    "built_before_1980_percent": ("percent_built_pre_1980",),
    "built_2000_or_later_percent": ("percent_built_2000_plus",),
    "median_home_value_usd": ("median_home_value",),
    "median_gross_rent_usd": ("median_gross_rent",),
    "median_housing_cost_usd": ("s2503_median_housing_costs",),
    "cost_burdened_households": ("total_cost_burden_30_plus",),
    "rent_burdened_households": ("high_rent_burden_30_plus_units",),
    "severely_rent_burdened_households": ("high_rent_burden_50_plus_units",),
}
# A national survey's answers, carried over to tracts by a model: nobody here was asked.
RATINGS: dict[str, tuple[str, ...]] = {
    "expected_poor_housing_percent": ("pi_mean_perc",),
    "expected_poor_housing_error_points": ("pi_meanse",),
    "expected_poor_neighborhood_percent": ("pnp_mean_perc",),
    "expected_poor_neighborhood_error_points": ("pnp_meanse",),
    "expected_cost_burden_percent": ("hcb_mean_perc",),
    "expected_cost_burden_error_points": ("hcb_meanse",),
}
HEALTH: dict[str, tuple[str, ...]] = {
    "health_file_population": ("totalpopulation",),
    "health_file_adults": ("totalpop18plus",),
    "uninsured_percent": ("access2_crudeprev",),
    "fair_or_poor_health_percent": ("general.health",),
    "poor_mental_health_percent": ("poor.mental.health",),
    "poor_physical_health_percent": ("poor.physical.health",),
    "depression_percent": ("depression",),
    "asthma_percent": ("asthma",),
    "high_blood_pressure_percent": ("high.blood.pressure",),
    "heart_disease_percent": ("coronary.heart.disease",),
    "stroke_percent": ("stroke_crudeprev",),
    "diabetes_percent": ("diabetes",),
    "obesity_percent": ("obesity",),
    "smoking_percent": ("csmoking_crudeprev",),
    "no_exercise_percent": ("lpa_crudeprev",),
    "short_sleep_percent": ("sleep_crudeprev",),
    "routine_checkup_percent": ("checkup_crudeprev",),
    "dental_visit_percent": ("dental_crudeprev",),
    "disability_percent": ("disability_crudeprev",),
}
COUNTS: dict[str, tuple[str, ...]] = {
    "blight_count": ("blight_count",),
    "residential_permit_count": ("permits_res_count",),
    "commercial_permit_count": ("permits_com_count",),
    "crime_count": ("crime_count",),
}
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = PLACE | PEOPLE | HOMES | RATINGS | HEALTH | COUNTS
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None

TEXTS = ("tract_id", "tract_number", "tract_name")
# The name says what is not a whole number.
FRACTIONS = ("_percent", "_points", "_km2")
SHARES = {
    "poverty_percent": "population",
    "built_before_1980_percent": "housing_units",
    "built_2000_or_later_percent": "housing_units",
}


def tidy(raw: gpd.GeoDataFrame) -> Tidied:
    """Make the tidy table from the features of the file.

    Parameters
    ----------
    raw
        One feature a tract, in degrees (EPSG:4326), with the file's properties.
    """
    ledger = Ledger()
    frame = choose_properties(raw, PORTAL_COLUMNS)
    for step in (drop_tracts_without_a_number, areas_in_km2, no_shares_of_nobody, sensible_numbers):
        frame = step(frame, ledger)
    return Tidied(frame.sort_values("tract_id").reset_index(drop=True), ledger)


def drop_tracts_without_a_number(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """A tract is known by its 11 digits; a feature without them can't be joined to anything."""
    ids = frame["tract_id"].fillna("").astype(str).str.strip()
    known = ids.str.fullmatch(r"\d{11}")
    ledger.drop(ids[~known], "the tract's number has not 11 digits")
    return frame.assign(tract_id=ids)[known]


def areas_in_km2(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """The file gives areas in square metres."""
    ledger.repair("areas_in_square_metres", len(frame))
    areas = {name: frame[name] / 1e6 for name in ("land_area_km2", "water_area_km2")}
    return frame.assign(**areas)


def no_shares_of_nobody(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Where nobody lives or no home stands, the file says 0 %; there is no share to speak of."""
    empty = {share: frame[whole].fillna(0).eq(0) for share, whole in SHARES.items()}
    shares = {share: frame[share].mask(nobody) for share, nobody in empty.items()}
    touched = sum((nobody & frame[share].notna() for share, nobody in empty.items()), start=0)
    ledger.repair("shares_of_nobody", int((touched > 0).sum()))
    return frame.assign(**shares)


def sensible_numbers(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:  # noqa: ARG001
    """People, homes, dollars and reports are whole numbers, also where one is missing.

    A share has two decimals: more of them would promise what an estimate can't keep.
    """
    counted = [name for name in PORTAL_COLUMNS if name not in TEXTS and not _is_fraction(name)]
    shares = {name: frame[name].round(2) for name in SHARES}
    return frame.assign(**shares).astype(dict.fromkeys(counted, "Int64"))


def _is_fraction(name: str) -> bool:
    return name.endswith(FRACTIONS)


def measure_shown_faults(frame: gpd.GeoDataFrame) -> dict[str, int]:
    """Count the tracts of every fault that is left in the table."""
    people = frame["population"]
    difference = (frame["health_file_population"] - people).abs()
    small = frame[list(COUNTS)].apply(lambda count: count.between(1, SMALLEST_CELL - 1))
    return {
        "small_counts": int(small.any(axis=1).sum()),
        "nobody_lives_there": int(people.eq(0).sum()),
        "income_missing": int(frame["median_household_income_usd"].isna().sum()),
        "expected_poor_housing_missing": int(frame["expected_poor_housing_percent"].isna().sum()),
        "health_missing": int(frame["health_file_population"].isna().sum()),
        "home_value_missing": int(frame["median_home_value_usd"].isna().sum()),
        "rent_missing": int(frame["median_gross_rent_usd"].isna().sum()),
        "two_populations": int((difference > 0.2 * people).fillna(False).sum()),
    }
