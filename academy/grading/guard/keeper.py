"""The guard itself: it lives in an audit hook, to which no name in the process leads.

The interpreter holds audit hooks in a list of its own, and tells of everybody who looks for them
in memory. Whoever wants something of the guard raises an audit event. It answers to orders that
are sealed by the engine, each of them once.

The copy of this module that keeps guard was loaded with built-in functions of its own, before the
learner's first cell, and is in no list of modules. It defines no class, which would be found among
the subclasses of ``object``.
"""

from __future__ import annotations

import builtins
import sys
from _ast import (
    AsyncFunctionDef,
    ClassDef,
    Expr,
    Expression,
    FunctionDef,
    Import,
    ImportFrom,
    Module,
    PyCF_ALLOW_TOP_LEVEL_AWAIT,
    PyCF_ONLY_AST,
)
from inspect import CO_COROUTINE
from sys import addaudithook, setprofile, settrace
from types import SimpleNamespace
from typing import Any

#: The audit event by which the guard is spoken to.
EVENT = "academy.guard"

_MOST_NOTICES = 20
#: Nobody asks a learner to write these, so a check gets Python's own. Those that an exercise may
#: ask for (`sum`, `max`, `sorted`) stay the learner's, and it is noted that a check uses them.
_OURS_ALWAYS = frozenset(
    """
    bool bytes callable classmethod delattr dict eval exec float frozenset getattr globals
    hasattr int isinstance issubclass list locals object property repr set setattr
    staticmethod str super tuple type vars
    """.split()  # noqa: SIM905 - a list would take thirty lines
)
_FLAGS = PyCF_ALLOW_TOP_LEVEL_AWAIT
_MODULE = type(sys)


#: What the guard knows. Nobody has this module, so nobody has its variables.
_parts: Any = None
_keys: dict[str, bytes] = {}
_space: dict[str, Any] = {}
_first: dict[str, Any] = {}
_spaces: list[Any] = []
_core: list[Any] = []
_modules: dict[str, Any] = {}
_imported: dict[str, Any] = {}
_defined: dict[str, Any] = {}
_noticed: list[str] = []
_used: set[str] = set()
_running: list[str] = []


def keep(parts: Any, orders: bytes, verdicts: bytes, space: dict[str, Any]) -> None:
    """Begin to keep guard; this can't be undone.

    Parameters
    ----------
    parts
        The guard's own copies of `seal`, `baseline` and `watching`.
    orders, verdicts
        The keys.
    space
        The learner's namespace, in which checks run as well.
    """
    global _parts, _space
    _parts, _space = parts, space
    _keys.update(orders=orders, verdicts=verdicts)
    _first.update(space)
    _spaces.extend(parts.baseline.take())
    _core.extend(parts.baseline.core_of(_spaces))
    _modules.update({name: owner for name, owner, *_ in _spaces if isinstance(owner, _MODULE)})
    parts.watching.begin(_note, lambda: _running[0] if _running else "")
    addaudithook(_listen)


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == EVENT:
        _answer(*arguments)
    else:
        _parts.watching.see(event, arguments)


def _answer(kind: str, text: str, box: list[Any]) -> None:
    if kind == "tell":
        box.append(_told(text, {}))
        return
    order = _parts.seal.unseal(_keys["orders"], text)
    if order is None or f"{kind} {order[0]}" in _used:
        return
    _used.add(f"{kind} {order[0]}")
    if kind == "check":
        box.append(_check(*order))
    elif kind == "before":
        _restore(order[2].split())
    else:
        _, imports, changes, definitions = order
        _take_over(imports.split(), changes.split())
        _defined.update({name: _space.get(name) for name in definitions.split()})


def _told(request: str, verdict: dict[str, Any]) -> tuple[str, str]:
    text = repr({**verdict, "noticed": _noticed})
    return text, _parts.seal.proof(_keys["verdicts"], request, text)


def _note(word: str) -> None:
    if not _noticed:
        _keys["verdicts"] = _parts.seal.after_notice(_keys["verdicts"])
    if word not in _noticed and len(_noticed) < _MOST_NOTICES:
        _noticed.append(word)


def _restore(names: list[str]) -> None:
    """Put back what the course's cell that is to be run relies on."""
    settrace(None)
    setprofile(None)
    _space["__builtins__"] = builtins
    for what in _parts.baseline.put_back(_parts.baseline.changes(_spaces)):
        _note(f"replaced {what}")
    for name, module in _modules.items():
        if sys.modules.get(name) is not module:
            sys.modules[name] = module
            _note(f"replaced the module {name}")
    for name, value in _imported.items():
        if _space.get(name) is not value and _is_own(_space.get(name)):
            _note(f"replaced {name}, which a cell of the course had imported")
            # An exercise may ask for a function that there is already, but not for a module.
            _space[name] = value if isinstance(value, _MODULE) else _space[name]
    for name in names:
        _look_at(name)


def _look_at(name: str) -> None:
    """Look at what a name stands for that a check uses."""
    value = _space.get(name)
    if name in _defined and value is not _defined[name]:
        _note(f"replaced {name}, which a cell of the course had defined")
    real = vars(builtins).get(name)
    is_old = value is _first.get(name) or value is real or name in _imported
    if real is None or is_old or not callable(value):
        return
    if name in _OURS_ALWAYS:
        _note(f"replaced {name}")
        del _space[name]
    else:
        _note(f"defines {name} anew, which a check uses")


def _take_over(imports: list[str], changes: list[str]) -> None:
    """Take what a cell of the course did for what later cells of the course rely on."""
    _parts.baseline.accept(_parts.baseline.changes(_spaces), changes)
    _imported.update({name: _space[name] for name in imports if name in _space})


async def _check(
    request: str, imports: str, names: str, changes: str, source: str
) -> dict[str, Any]:
    """Run a check, statement by statement; that the last one ended is what counts."""
    _restore(names.split())
    own: dict[str, Any] = {}
    value = error = None
    is_spoiled = False
    _running.append(_file(request))
    try:
        for node in _nodes(source):
            value = await _run(node, request)
            is_spoiled = _was_changed(changes.split()) or is_spoiled
            _hold(node, own, changes.split())
    except BaseException as raised:  # noqa: BLE001 - whatever it is, the check did not end
        error = raised
    finally:
        _running.clear()
    _take_over(imports.split(), changes.split())
    verdict = {"ended": error is None, "spoiled": is_spoiled, "result": _result(value)}
    return {"error": error, "value": value, "told": _told(request, verdict)}


async def _run(node: Any, name: str) -> Any:
    code = _compiled(node, name)
    value = eval(code, _space)  # noqa: S307 - to run it is what this is for
    return await value if code.co_flags & CO_COROUTINE else value


def _was_changed(changes: list[str]) -> bool:
    """Put back what was changed since the last statement, and tell whether anything was."""
    found = [one for one in _parts.baseline.changes(_core) if one[1] not in changes]
    for what in _parts.baseline.put_back(found):
        _note(f"replaced {what} while a check ran")
    return bool(found)


def _hold(node: Any, own: dict[str, Any], changes: list[str]) -> None:
    """Keep what a check imports and defines from being replaced by what it calls."""
    own.update({name: _space.get(name) for name in _bound(node) if name not in changes})
    for name, value in own.items():
        if _space.get(name) is not value:
            _space[name] = value
            _note(f"replaced {name} while a check ran")


def _result(value: Any) -> str:
    """Return the value of a check as text where it can be points, written by nobody else."""
    if type(value).__module__ == "__main__":
        _note("gave a check a result of a class of its own")
    is_plain = type(value) in (int, float) or type(value).__module__ == "numpy"
    return repr(value) if is_plain else ""


def _nodes(source: str) -> list[Any]:
    nodes: list[Any] = compile(source, "<check>", "exec", PyCF_ONLY_AST | _FLAGS, True).body
    return nodes


def _compiled(node: Any, name: str) -> Any:
    if isinstance(node, Expr):
        return compile(Expression(node.value), _file(name), "eval", _FLAGS, True)
    return compile(Module([node], []), _file(name), "exec", _FLAGS, True)


def _file(request: str) -> str:
    """Return the file name of a check's code; it is used once, and no file has it."""
    return f"<check {request}>"


def _bound(node: Any) -> list[str]:
    if isinstance(node, (Import, ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, (FunctionDef, AsyncFunctionDef, ClassDef)):
        return [node.name]
    return []


def _is_own(value: Any) -> bool:
    """Tell whether something that could take the place of a module or function is the learner's.

    What comes from a library is not: `from datetime import datetime` is honest work.
    """
    if isinstance(value, _MODULE):
        return value not in sys.modules.values()
    kind = type(value)
    is_made = getattr(value, "__module__", "") == "__main__" and callable(value)
    return is_made or kind.__module__ == "__main__" or kind is SimpleNamespace
