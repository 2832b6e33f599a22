from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from academy import paths


@pytest.fixture
def hub_state() -> Path:
    paths.hub_state().mkdir(parents=True)
    return paths.hub_state()


@pytest.fixture
def courses() -> list[SimpleNamespace]:
    """Two courses, as far as the hub's configuration looks at them."""
    return [
        SimpleNamespace(id="start-here", enrol="open"),
        SimpleNamespace(id="deeper-still", enrol="roster"),
    ]
