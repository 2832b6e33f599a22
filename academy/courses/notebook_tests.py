"""Hooks for pytest: the notebooks that nbval runs get forked kernels, so a run takes seconds.

`courses/conftest.py` takes them up. Without them everything passes or fails as well, more slowly.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from academy.forkserver.local import environment_with, nursery_at_hand

_open = contextlib.ExitStack()
_variables: dict[str, str] = {}


#: So many notebooks have run by the time that a nursery has imported everything.
FEW_NOTEBOOKS = 4


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Have a nursery at hand while nbval starts a notebook's kernel, and no longer."""
    notebooks = {one.path for one in item.session.items if one.path.suffix == ".ipynb"}
    if not _variables and len(notebooks) > FEW_NOTEBOOKS:
        _variables.update(_open.enter_context(nursery_at_hand()))
    with environment_with(_variables):
        yield


def pytest_sessionfinish() -> None:
    """End the nursery."""
    _variables.clear()
    _open.close()
