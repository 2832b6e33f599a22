"""Rules for colours that code names: seen on white by people whose eyes are not the best."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_notebook import at_cell
from academy.errors import Finding

#: WCAG 2.1, success criteria 1.4.11 (what must be seen) and 1.4.3 (text).
MARKS, TEXT = 3.0, 4.5

_NAMES = frozenset(
    {"c", "color", "colors", "edgecolor", "edgecolors", "ecolor", "facecolor", "fc", "ec"}
    | {"fill_color", "labelcolor", "markeredgecolor", "markerfacecolor", "textcolor"}
)
_TEXT_CALLS = frozenset(
    {"annotate", "bar_label", "figtext", "set_label", "set_title", "set_xlabel", "set_ylabel"}
    | {"set_xticklabels", "set_yticklabels", "suptitle", "supxlabel", "supylabel", "text"}
    | {"tick_params", "title", "xlabel", "ylabel"}
)
# Grids, bands and backgrounds help the eye and carry no meaning of their own.
_BACKGROUND_CALLS = frozenset({"axhspan", "axvspan", "grid", "set_facecolor", "subplots", "figure"})


def colour_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding for each named colour that is too pale on white.

    White itself is left out: it is for edges, and for words on a dark mark.

    Parameters
    ----------
    notebook
        The notebook.
    shown
        How messages name it.
    """
    findings, constants = [], dict[str, list[str]]()
    for cell in notebook.code_cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue  # A run tells of it; magics are not Python.
        constants |= _constants(tree)
        pale = {
            (colour, least)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            for colour, least in _named(call, constants)
            if (found := contrast_on_white(colour)) is not None and 1.01 < found < least
        }
        findings += [_pale(colour, least, cell, shown) for colour, least in sorted(pale)]
    return findings


def _constants(tree: ast.Module) -> dict[str, list[str]]:
    """Names that a cell gives to colours."""
    return {
        target.id: list(_texts(node.value, {}))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _named(call: ast.Call, constants: dict[str, list[str]]) -> Iterator[tuple[str, float]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in _BACKGROUND_CALLS:
        return
    for keyword in call.keywords:
        if keyword.arg in _NAMES:
            least = TEXT if name in _TEXT_CALLS else MARKS
            yield from ((colour, least) for colour in _texts(keyword.value, constants))


def _texts(value: ast.expr, constants: dict[str, list[str]]) -> Iterator[str]:
    """The texts that an expression may give: itself, each of a list, either side of an if."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name):
        yield from constants.get(value.id, [])
    elif isinstance(value, ast.IfExp):
        yield from (*_texts(value.body, constants), *_texts(value.orelse, constants))
    elif isinstance(value, ast.List | ast.Tuple):
        for one in value.elts:
            yield from _texts(one, constants)


def contrast_on_white(colour: str) -> float | None:
    """Return the contrast of a colour with white, from 1 to 21; None for what is no colour.

    By the formula of WCAG 2.1 (relative luminance).
    """
    from matplotlib.colors import to_rgba

    try:
        red, green, blue, opacity = to_rgba(colour)
    except ValueError:
        return None
    if opacity == 0:
        return None
    mixed = [channel * opacity + 1 - opacity for channel in (red, green, blue)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mixed]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def _pale(colour: str, least: float, cell: Cell, shown: str) -> Finding:
    what = "text" if least == TEXT else "marks"
    problem = (
        f"The colour '{colour}' has a contrast of {contrast_on_white(colour):.1f} with white, and "
        f"at least {least} is wanted for {what}."
    )
    return Finding(problem, at_cell(shown, cell), "Choose a darker one.")
