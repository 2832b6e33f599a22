"""What the source of an answer says about itself: acts that no exercise asks for.

This reads the learner's cells where nothing of theirs runs, so it can't be talked out of it. Who
writes the same thing in another way is not seen here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

#: Words, and what they are a sign of.
_SIGNS = {
    r"\bctypes\b|\bcffi\b|from_address|string_at": "uses ctypes to reach into memory",
    r"gc\s*\.\s*get_(objects|referrers|referents)": "looks through the objects in memory",
    r"_getframe|currentframe|f_back|f_locals|tb_frame|gi_frame|cr_frame": "looks at frames",
    r"inspect\s*\.\s*(stack|trace)\b": "looks at frames",
    r"\b(settrace|setprofile|addaudithook)\b|sys\s*\.\s*monitoring": "watches the running code",
    r"/proc/(self|\d+)/": "looks at its own process through /proc",
    r"academy\s*\.\s*grading|GradingKernel": "names the grader",
    r"\.kernel\b|IPKernelApp|execute_reply|execute_result|shell_stream|iopub": "uses the kernel",
    r"ast_transformers|input_transformers?\b|run_cell|run_code\b|showtraceback|set_custom_exc": (
        "changes how IPython runs cells"
    ),
    r"sys\s*\.\s*modules\s*\[|meta_path|path_hooks": "replaces modules",
    r"__subclasses__|__closure__|cell_contents|__globals__": "looks into functions",
    r"\b(mock\s*\.\s*)?ANY\b": "uses an object that equals everything",
    r"os\s*\.\s*_exit|os\s*\.\s*kill|os\s*\.\s*abort": "ends the process",
    r"(setattr|patch)\s*\(\s*(builtins|np|numpy|pd|pandas|unittest|operator|math)\b": (
        "changes a library"
    ),
    r"\bHIDDEN TESTS\b|linecache": "looks for the tests",
    r"\b(sys\.)?(stdout|stderr)\s*\.\s*close": "closes the output",
}
#: A learner's text is looked at as far as this.
_MOST_CHARACTERS = 200_000


def signs(source: str) -> list[str]:
    """Return what speaks for a closer look at a learner's cell, in words; mostly nothing."""
    text = source[:_MOST_CHARACTERS]
    found = [words for pattern, words in _SIGNS.items() if re.search(pattern, text)]
    if any(_equals_all(node) for node in _functions(text)):
        found.append("has an object that equals everything")
    return list(dict.fromkeys(found))


def _functions(text: str) -> Iterator[ast.AST]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return iter(())
    return ast.walk(tree)


def _equals_all(node: ast.AST) -> bool:
    """Tell whether it is an ``__eq__`` (or the like) that doesn't look at what it compares."""
    if isinstance(node, ast.FunctionDef):
        return node.name in _COMPARISONS and _says_yes(node.body[-1])
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return bool(names & _COMPARISONS) and isinstance(node.value.body, ast.Constant)
    return False


def _says_yes(last: ast.stmt) -> bool:
    is_constant = isinstance(last, ast.Return) and isinstance(last.value, ast.Constant)
    return is_constant and last.value.value is True  # type: ignore[attr-defined]


_COMPARISONS = {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"} | {
    "__bool__",
    "__contains__",
    "__instancecheck__",
}
