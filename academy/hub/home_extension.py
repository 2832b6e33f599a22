"""A Jupyter server extension: bring the learner's home up to date before the lab opens.

It runs in the learner's own server and with the learner's own rights.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from academy.hub.homes import open_home

COURSES_VARIABLE = "ACADEMY_COURSES"
TEACHES_VARIABLE = "ACADEMY_TEACHES"


def _load_jupyter_server_extension(server: Any) -> None:
    """Jupyter calls this before the server listens."""
    if COURSES_VARIABLE not in os.environ:
        return
    open_home(
        Path.home(),
        courses=os.environ[COURSES_VARIABLE].split(),
        taught=os.environ.get(TEACHES_VARIABLE, "").split(),
        base_url=server.base_url,
        log=server.log,
    )
