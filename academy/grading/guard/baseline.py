"""What tests rely on, as it was before the learner's first cell.

Only what can be called is put back: data in modules (options, caches, the state of a random
generator) changes in honest work as well. `warnings` is left alone: many silence it, and nbgrader
gives points for a check that is silent.

The guard has a copy of this module to itself, so it defines no class.
"""

from __future__ import annotations

import builtins
import sys
from operator import is_
from typing import Any

#: Packages whose modules and classes are looked after, once they are imported.
WHOLE = ("numpy", "unittest", "pandas._testing")
#: Single modules of the standard library and others.
MODULES = frozenset(
    """
    abc ast bisect builtins calendar cmath collections contextlib copy csv datetime decimal doctest
    enum fractions functools hashlib heapq importlib inspect io itertools json json.decoder
    json.encoder linecache math numbers operator os os.path pathlib posixpath pprint random re
    shutil sqlite3 statistics string sys tempfile textwrap time tokenize traceback types typing
    pandas pandas.testing pandas.core.api pandas.core.arraylike pandas.core.arrays.base
    pandas.core.base pandas.core.dtypes.missing pandas.core.frame pandas.core.generic
    pandas.core.groupby.generic pandas.core.groupby.groupby pandas.core.indexes.base
    pandas.core.indexes.datetimes pandas.core.indexes.multi pandas.core.indexes.range
    pandas.core.indexing pandas.core.ops.common pandas.core.series pandas.core.strings.accessor
    pandas.io.parsers.readers
    matplotlib.artist matplotlib.axes._axes matplotlib.axes._base matplotlib.axis
    matplotlib.figure matplotlib.legend matplotlib.lines matplotlib.patches matplotlib.pyplot
    matplotlib.text
    geopandas.base geopandas.geodataframe geopandas.geoseries geopandas.testing
    """.split()  # noqa: SIM905 - a list would take seventy lines
)
#: What a check decides by: a change of it while the check runs spoils the check.
_CORE = ("builtins", "numpy.testing", "unittest", "pandas.testing", "pandas._testing", "operator")
#: Jupyter itself changes these around a cell.
_JUPYTERS = {
    *(("builtins", name) for name in ("display", "exit", "get_ipython", "input", "quit")),
    ("getpass", "getpass"),
    ("sys", "displayhook"),
    ("sys", "excepthook"),
    ("sys", "breakpointhook"),
}
_HEAP_TYPE = 1 << 9
_MODULE = type(sys)
_OF_CLASSES: Any = (type.__setattr__, type.__delattr__)
_OF_MODULES: Any = (_MODULE.__setattr__, _MODULE.__delattr__)

#: A namespace: its name, what is changed in it, its dictionary, and that as it was.
Namespace = tuple[str, Any, Any, dict[str, Any]]


def take() -> list[Namespace]:
    """Remember every namespace that is looked after."""
    found: list[Namespace] = []
    seen: set[int] = set()
    for name, module in sorted(sys.modules.items()):
        if isinstance(module, _MODULE) and _is_looked_after(name):
            found.append((name, module, vars(module), dict(vars(module))))
            if name != "builtins":
                _take_classes(name, module, found, seen)
    return found


def core_of(spaces: list[Namespace]) -> list[Namespace]:
    """Return those that a check decides by."""
    return [space for space in spaces if space[0].startswith(_CORE)]


def _is_looked_after(name: str) -> bool:
    parts = [name.startswith(f"{package}.") or name == package for package in WHOLE]
    return True in parts or name in MODULES


def _take_classes(name: str, module: Any, found: list[Namespace], seen: set[int]) -> None:
    for value in tuple(vars(module).values()):
        if not isinstance(value, type) or id(value) in seen or not value.__flags__ & _HEAP_TYPE:
            continue
        if value.__module__.partition(".")[0] == name.partition(".")[0]:
            seen.add(id(value))
            found.append((f"{name}.{value.__name__}", value, vars(value), dict(vars(value))))


def changes(spaces: list[Namespace]) -> list[tuple[Namespace, str]]:
    """Return which names don't stand for what they stood for."""
    found: list[tuple[Namespace, str]] = []
    for space in spaces:
        _, _, now, before = space
        if len(now) == len(before) and all(map(is_, now.values(), before.values())):
            continue
        found += [(space, name) for name in {**before, **now} if _is_changed(space, name)]
    return found


def _is_changed(space: Namespace, name: str) -> bool:
    where, owner, now, before = space
    if (where, name) in _JUPYTERS:
        return False
    if name in before:
        value = before[name]
        is_used = callable(value) or isinstance(
            value, (_MODULE, property, classmethod, staticmethod)
        )
        return is_used and now.get(name) is not value
    if where == "builtins":
        return False
    if isinstance(owner, type):
        return any(name in vars(base) for base in owner.__mro__[1:]) and name not in _INHERITED
    # A module's own name goes before a built-in one.
    return name in _BUILTINS and callable(now[name])


#: Python sets these on classes by itself.
_INHERITED = {"__abstractmethods__", "__annotations__", "__doc__", "__match_args__", "__dict__"}
_BUILTINS = frozenset(vars(builtins))


def put_back(found: list[tuple[Namespace, str]]) -> list[str]:
    """Undo changes; return the names of what was changed."""
    for (_, owner, _, before), name in found:
        setter, deleter = _OF_CLASSES if isinstance(owner, type) else _OF_MODULES
        if name in before:
            setter(owner, name, before[name])
        else:
            deleter(owner, name)
    return [f"{space[0]}.{name}" for space, name in found]


def accept(found: list[tuple[Namespace, str]], names: list[str]) -> None:
    """Take what the course's own cell has changed for what tests rely on from now on."""
    for (_, _, now, before), name in found:
        if name not in names:
            continue
        if name in now:
            before[name] = now[name]
        else:
            before.pop(name, None)
