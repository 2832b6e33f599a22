"""What the engine tells the guard about a cell that is the course's, not the learner's."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

#: Modules that tests rely on are imported before the learner's first cell, if these hold them.
_KNOWN = frozenset({"numpy", "pandas", "unittest", "matplotlib", "geopandas", "shapely", "folium"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Order:
    """One cell as the guard needs it.

    Parameters
    ----------
    request
        A number that is used once.
    imports
        Names that the cell imports.
    names
        Names that it uses.
    definitions
        Functions and classes that it defines.
    changes
        Attributes and variables that it sets itself, e.g. ``show`` in ``plt.show = print``.
    source
        Python, with IPython's own syntax translated.
    quiet
        Whether its last value is not shown, because a semicolon ends it.
    """

    request: str
    imports: tuple[str, ...]
    names: tuple[str, ...]
    definitions: tuple[str, ...]
    changes: tuple[str, ...]
    source: str
    quiet: bool

    def fields_of_check(self) -> tuple[str, ...]:
        """Return what is sealed for a check."""
        lists = (" ".join(one) for one in (self.imports, self.names, self.changes))
        return (self.request, *lists, self.source)

    def fields_before(self) -> tuple[str, ...]:
        """Return what is sealed for a locked cell that is not a check, before it runs."""
        return (self.request, "", " ".join(self.names))

    def fields_after(self) -> tuple[str, ...]:
        """Return what is sealed for it, after it has run."""
        lists = (" ".join(one) for one in (self.imports, self.changes, self.definitions))
        return (self.request, *lists)


def order_for(request: str, source: str) -> Order:
    """Look at a cell's source, and say what the guard has to know."""
    # No Python source has this character, which parts the fields of an order.
    plain = _plain(source.replace("\0", ""))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Order(request, (), (), (), (), plain, False)
    nodes = list(ast.walk(tree))
    return Order(
        request,
        _unique(_imported(tree.body)),
        _unique(node.id for node in nodes if isinstance(node, ast.Name)),
        _unique(node.name for node in tree.body if isinstance(node, _DEFINITIONS)),
        _unique(_set(nodes)),
        plain,
        _ends_with_semicolon(plain),
    )


def watched_modules(sources: Iterable[str]) -> list[str]:
    """Return the modules that tests import and that are to be known before the first cell."""
    found: set[str] = set()
    for source in sources:
        for node in _walk(source):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Attribute) and node.attr == "testing":
                found |= {"numpy.testing", "pandas.testing"}
    return sorted(name for name in found if _is_known(name.partition(".")[0]))


def _walk(source: str) -> Iterator[ast.AST]:
    try:
        return ast.walk(ast.parse(_plain(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return iter(())


def _plain(source: str) -> str:
    """Return a cell as Python, with IPython's own syntax translated."""
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager()  # type: ignore[no-untyped-call]
    return str(manager.transform_cell(source))


def _ends_with_semicolon(source: str) -> bool:
    from IPython.core.displayhook import DisplayHook

    hook: Any = DisplayHook
    return bool(hook.semicolon_at_end_of_expression(source))


def _is_known(package: str) -> bool:
    return package in _KNOWN or package in sys.stdlib_module_names


def _imported(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _set(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # As in setattr(module, "name", value), or patch("module.name").
            last = node.value.rpartition(".")[2]
            if last.isidentifier():
                yield last


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {"*"}))
