"""In which order datasets are made: sources before what is made from them."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from academy.datasets.template import load_template, template_names
from academy.errors import AcademyError


def made_from(name: str) -> set[str]:
    """Return the datasets that one is made from; none where its words can't be read.

    Compiling it tells what is wrong with them; they must not be in the way of other datasets.
    """
    try:
        return set(load_template(name).sources_on_the_shelf)
    except AcademyError:
        return set()


def referred_to(name: str) -> set[str]:
    """Return the datasets whose values a dataset's fields must be found in."""
    try:
        tables = load_template(name).all_tables.values()
    except AcademyError:
        return set()
    references = [field.references for table in tables for field in table.fields]
    return {each.partition(".")[0] for each in references if each} - {name}


def with_dependents(names: list[str]) -> set[str]:
    """Return the datasets and all that are made from them; all there are for an empty list."""
    every = template_names()
    wanted = {load_template(name).name for name in names} if names else set(every)
    sources = {name: made_from(name) for name in every}
    while more := {name for name in every if sources[name] & wanted} - wanted:
        wanted |= more
    return wanted


def on_live_portals() -> list[str]:
    """Return the datasets whose own export a live portal has; words that can't be read count."""
    return [name for name in template_names() if _is_live(name)]


def _is_live(name: str) -> bool:
    try:
        template = load_template(name)
    except AcademyError:
        return True
    portal = template.portal
    has_export = any(each.export for each in template.all_inputs)
    reachable = portal is not None and (portal.id or portal.layer)
    return bool(has_export and reachable and template.cuts.live)


def in_order(names: set[str]) -> list[str]:
    """Return datasets so that each stands behind those that it needs.

    Raises
    ------
    AcademyError
        When datasets are made from each other in a circle.
    """
    graph = {name: (made_from(name) | referred_to(name)) & names for name in sorted(names)}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise AcademyError(
            f"These datasets are made from each other in a circle: {', '.join(error.args[1])}.",
            kept="Nothing was changed.",
            next_step="Look at `inputs` and `references` in their package.yaml.",
        ) from None


def together(ordered: list[str]) -> list[list[str]]:
    """Part datasets into groups that need nothing of each other; the order stays in each group.

    Parameters
    ----------
    ordered
        As `in_order` returns them.
    """
    groups: list[list[str]] = []
    for name in ordered:
        needed = made_from(name) | referred_to(name)
        mine = [group for group in groups if needed.intersection(group)]
        joined = [each for group in mine for each in group]
        groups = [group for group in groups if group not in mine] + [[*joined, name]]
    return groups
