from __future__ import annotations

import os
from pathlib import Path

import pytest

from academy import paths
from academy.errors import AcademyError


def test_the_state_directory_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "elsewhere"))
    assert paths.homes() == tmp_path / "elsewhere" / "homes"

    monkeypatch.delenv("ACADEMY_STATE")
    assert paths.state() == paths.checkout() / "state"


def test_sockets_fit_however_deep_the_state_directory_lies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / ("deep/" * 40) / "state"))

    directory = paths.run_directory()

    # A learner's part, then kernel-<uuid>-ipc-<n>.
    assert len(os.fsencode(directory)) + len("/01234567/") + 49 <= 80
    assert directory.stat().st_mode & 0o777 == 0o700
    assert paths.run_directory() == directory


def test_a_run_directory_that_others_can_enter_is_refused() -> None:
    directory = paths.run_directory()
    directory.chmod(0o755)

    with pytest.raises(AcademyError, match=r"private folder.*Nothing was changed"):
        paths.run_directory()

    directory.rmdir()


def test_a_run_directory_that_is_a_link_is_refused(tmp_path: Path) -> None:
    directory = paths.run_directory()
    directory.rmdir()
    directory.symlink_to(tmp_path)

    with pytest.raises(AcademyError, match="private folder"):
        paths.run_directory()

    directory.unlink()


def test_writing_replaces_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file.txt"
    paths.write_atomically(file, "first", mode=0o600)
    assert file.stat().st_mode & 0o777 == 0o600

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        paths.write_atomically(file, "second")

    assert file.read_text() == "first"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file.txt"]
