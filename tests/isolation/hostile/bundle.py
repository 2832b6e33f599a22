"""Pack the part of this folder that runs in a lab, and run it there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .catalogue import Attempt, Facts

if TYPE_CHECKING:
    from integration.lab_client import LabClient

OUTSIDE = ("bundle.py", "browser.py", "judges.py", "play.py", "scene.py", "stock.py", "table.py")
NAME = "hostile.zip"


def bundle() -> bytes:
    """Return a zip file that Python can run modules from."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hostile/__init__.py", "")
        for file in sorted(Path(__file__).parent.glob("*.py")):
            if file.name not in OUTSIDE and not file.name.startswith("test_"):
                archive.write(file, f"hostile/{file.name}")
    return packed.getvalue()


def run_in(
    lab: LabClient, facts: Facts, attempts: Sequence[Attempt], *, patience: float = 400
) -> dict[str, dict[str, str]]:
    """Run attempts in somebody's lab, from a terminal there; return the outcomes by name.

    What a lab that was lost on the way has written until then is returned when it is back.
    """
    lab.upload(NAME, bundle())
    lab.upload("facts.json", json.dumps(asdict(facts)).encode())
    lab.upload("outcomes.json", b"{}")
    names = " ".join(one.name for one in attempts)
    command = f"PYTHONPATH={NAME} python -m hostile.run facts.json outcomes.json {names}"
    screen = lab.shell(command, patience)
    outcomes: dict[str, dict[str, str]] = json.loads(lab.download("outcomes.json"))
    missing = {one.name for one in attempts} - set(outcomes)
    assert not missing, f"{sorted(missing)} said nothing: {screen}"
    return outcomes
