"""The catalogue: derived from folders, refreshed tables first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from academy import paths
from academy.datasets import dataset_folders, load_dataset
from academy.datasets.catalogue import at_one_moment
from academy.datasets.switch import replace_folder
from academy.errors import AcademyError

NAME = "service-requests"


def test_the_embedded_table_is_used_where_nothing_was_refreshed() -> None:
    assert dataset_folders()[NAME] == paths.embedded_datasets() / NAME


def test_a_refreshed_table_wins(folder: Path, own_state: Path) -> None:
    shutil.copytree(folder, own_state / "datasets" / NAME)
    assert dataset_folders()[NAME] == own_state / "datasets" / NAME
    assert len(load_dataset(NAME)) == 36


def test_a_state_directory_that_a_learner_may_not_enter(folder: Path, own_state: Path) -> None:
    """They have the tables that come with the Academy (here there are none), not an error."""
    shutil.copytree(folder, own_state / "datasets" / NAME)
    program = (
        "import os, pathlib; from academy import paths; from academy.datasets import catalogue\n"
        "paths.embedded_datasets = lambda: pathlib.Path('/there is no such folder')\n"
        "if os.geteuid() == 0:\n"  # root may enter any folder, so the program becomes nobody
        "    os.setuid(65534)\n"
        "print(catalogue.dataset_folders())"
    )
    own_state.chmod(0)
    try:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        own_state.chmod(0o755)
    assert done.stdout.strip() == "{}", done.stderr


def test_only_folders_with_a_descriptor_count(
    folder: Path, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = own_state / "datasets"
    shutil.copytree(folder, shelf / f".{NAME}.new-1234")
    (shelf / NAME).mkdir()
    (shelf / "notes").mkdir()
    monkeypatch.setattr(paths, "embedded_datasets", lambda: shelf / "notes")
    assert dataset_folders() == {}
    shutil.copytree(folder, shelf / NAME, dirs_exist_ok=True)
    assert dataset_folders() == {NAME: shelf / NAME}


def test_work_is_done_anew_when_a_refresh_comes_in_between(folder: Path, own_state: Path) -> None:
    files: dict[str, bytes | Path] = {path.name: path.read_bytes() for path in folder.iterdir()}
    shelf = own_state / "datasets" / NAME
    replace_folder(shelf, files)
    seen = []

    def look(found: Path) -> int:
        seen.append((found / "datapackage.json").stat().st_mtime_ns)
        if len(seen) == 1:
            replace_folder(shelf, files)
            raise AcademyError("half of one and half of the other")
        if len(seen) == 2:
            replace_folder(shelf, files)
        return len(seen)

    assert at_one_moment(NAME, look) == 3
    assert len(set(seen)) == 3


def test_work_that_fails_on_a_folder_that_stayed_is_not_done_again() -> None:
    looks = []

    def fail(found: Path) -> None:
        looks.append(found)
        raise AcademyError("wrong")

    with pytest.raises(AcademyError, match="wrong"):
        at_one_moment(NAME, fail)
    assert len(looks) == 1
