"""Paths below the template's home that libraries worked out when they were imported.

They stand in variables of modules and in defaults of traits: where JupyterLab keeps a person's
layout, where jedi keeps its cache. The template notes where they are; each fork puts its own home
in their place.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The template's home, and every place that names something below it.
_home = ""
_places: list[tuple[dict[str, Any], str]] = []
_defaults: list[Any] = []


def note(home: str) -> None:
    """Note every place that names the template's home; done once, after the imports."""
    global _home
    _home = home
    if not home:
        return
    modules = [module for module in sys.modules.values() if hasattr(module, "__dict__")]
    spaces = [vars(module) for module in modules if module.__name__ != __name__]
    for cls in _trait_classes():
        _defaults.extend(
            trait
            for trait in vars(cls).values()
            if _names_home(vars(trait).get("default_value") if hasattr(trait, "__dict__") else None)
        )
        spaces.append(getattr(cls, "_static_immutable_initial_values", {}))
    for space in {id(space): space for space in spaces}.values():
        _places.extend((space, name) for name, value in space.items() if _names_home(value))


def point_to(home: str) -> None:
    """Put another home in the place of the template's, everywhere."""
    for space, name in _places:
        space[name] = _moved(space[name], home)
    for trait in _defaults:
        trait.default_value = _moved(trait.default_value, home)


def _trait_classes() -> Iterator[Any]:
    traitlets = sys.modules.get("traitlets")
    waiting = [traitlets.HasTraits] if traitlets else []
    seen = set(waiting)
    while waiting:
        cls = waiting.pop()
        yield cls
        new = [one for one in cls.__subclasses__() if one not in seen]
        seen.update(new)
        waiting += new


def _names_home(value: object) -> bool:
    if isinstance(value, list):
        return any(isinstance(one, str) and one.startswith(_home) for one in value)
    if isinstance(value, str | Path):
        return str(value).startswith(_home)
    return False


def _moved(value: Any, home: str) -> Any:
    """Return the value with the new home; a list is changed in place, others may hold it."""
    if isinstance(value, list):
        value[:] = [_moved(one, home) for one in value]
        return value
    if isinstance(value, str | Path) and str(value).startswith(_home):
        return type(value)(home + str(value)[len(_home) :])
    return value
