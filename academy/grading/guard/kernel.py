"""The kernel that a submission is run in: IPython's own, with a guard in it.

It only passes on what the engine and the guard say to each other. A learner's code may change
anything here, and gains nothing by it: orders are sealed, and a verdict needs a proof.
"""

from __future__ import annotations

import builtins
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import SimpleNamespace
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from IPython.core.interactiveshell import ExecutionInfo

from academy.grading.guard.seal import NAME, PLACEHOLDER

_EVENT = "academy.guard"
#: What those hear who wait for a cell to be run, when it is a check.
_INFO: Any = ExecutionInfo(PLACEHOLDER, False, False, True, None, None)  # type: ignore[no-untyped-call]


class GradingKernel(IPythonKernel):
    """Runs a learner's cells as IPython does, and the course's checks under guard."""

    _told: Any = None

    async def execute_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Take the keys out of the first request, then do what is asked."""
        orders = parent["metadata"].get(NAME, {})
        if "keys" in orders:
            _keep_guard(orders.pop("keys"), orders.pop("modules"), self.shell)
        await super().execute_request(stream, ident, parent)  # type: ignore[no-untyped-call]

    async def do_execute(
        self, code: str, silent: bool, *arguments: Any, cell_meta: Any = None, **options: Any
    ) -> dict[str, Any]:
        """Run a cell: a check under guard, any other as IPython does."""
        orders = (cell_meta or {}).get(NAME, {})
        self._told = None
        if "check" in orders:
            return await self._check(orders["check"], bool(orders.get("quiet")))
        if "before" in orders:
            sys.audit(_EVENT, "before", orders["before"], [])
        reply: dict[str, Any] = await super().do_execute(  # type: ignore[no-untyped-call]
            code, silent, *arguments, cell_meta=cell_meta, **options
        )
        if "after" in orders:
            sys.audit(_EVENT, "after", orders["after"], [])
        return reply

    def finish_metadata(self, parent: Any, metadata: Any, reply_content: Any) -> Any:
        """Add what the guard says, with its proof."""
        metadata = super().finish_metadata(parent, metadata, reply_content)  # type: ignore[no-untyped-call]
        if self._told is None:
            box: list[Any] = []
            sys.audit(_EVENT, "tell", parent["header"]["msg_id"], box)
            self._told = box[0] if box else None
        metadata[NAME] = self._told
        return metadata

    async def _check(self, sealed: str, quiet: bool) -> dict[str, Any]:
        shell: Any = self.shell
        self._forward_input(False)  # type: ignore[no-untyped-call]
        shell.events.trigger("pre_execute")
        shell.events.trigger("pre_run_cell", _INFO)
        shell.history_manager.store_inputs(shell.execution_count, PLACEHOLDER, PLACEHOLDER)
        shell.execution_count += 1
        error: BaseException | None = None
        try:
            error = await self._judged(sealed, quiet)
        finally:
            self._restore_input()  # type: ignore[no-untyped-call]
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", None)
        reply = {"execution_count": shell.execution_count - 1, "user_expressions": {}}
        return {**reply, "payload": [], **_status(error, shell)}

    async def _judged(self, sealed: str, quiet: bool) -> BaseException | None:
        """Have the guard run a check; show what it raised or what its last value is."""
        shell: Any = self.shell
        with shell.builtin_trap, shell.display_trap:
            box: list[Any] = []
            sys.audit(_EVENT, "check", sealed, box)
            outcome = await box[0]
            self._told = outcome["told"]
            error: BaseException | None = outcome["error"]
            if error is not None:
                _show(error, shell)
            elif outcome["value"] is not None and not quiet:
                shell.displayhook(outcome["value"])
        return error


def _keep_guard(keys: list[str], modules: list[str], shell: Any) -> None:
    """Load the guard in copies of its own, which stand in no list of modules."""
    for name in modules:
        # What can't be imported now can't be imported by the test either, and it will say so.
        with suppress(Exception):
            import_module(name)
    orders, verdicts = (bytes.fromhex(key) for key in keys)
    parts = SimpleNamespace(**{name: _own_copy(name) for name in ("seal", "baseline", "watching")})
    _own_copy("keeper").keep(parts, orders, verdicts, shell.user_ns)


def _own_copy(name: str) -> Any:
    spec = find_spec(f"academy.grading.guard.{name}")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Later changes of the built-in functions don't reach it.
    vars(module)["__builtins__"] = dict(vars(builtins))
    spec.loader.exec_module(module)
    return module


def _show(error: BaseException, shell: Any) -> None:
    """Show an error as IPython does, then forget the frames in which a check's source lies."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    try:
        raise error.with_traceback(trace)
    except BaseException:  # noqa: BLE001 - it is shown, which is all that is left to do
        shell.showtraceback(exception_only=isinstance(error, SystemExit))
    _forget(error, shell)


def _forget(error: BaseException, shell: Any) -> None:
    following: BaseException | None = error
    seen: set[int] = set()
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        following.__traceback__ = None
        following = following.__cause__ or following.__context__
    shell.InteractiveTB.tb = None
    for name in ("last_type", "last_value", "last_traceback"):
        if hasattr(sys, name):
            delattr(sys, name)


def _status(error: BaseException | None, shell: Any) -> dict[str, Any]:
    if error is None:
        return {"status": "ok"}
    try:
        value = str(error)
    except Exception:  # noqa: BLE001 - an exception of the learner's that can't be printed
        value = ""
    lines = [str(line) for line in shell._last_traceback or []]
    return {"status": "error", "ename": type(error).__name__, "evalue": value, "traceback": lines}
