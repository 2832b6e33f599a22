"""The installer, on a copy of the checkout and without a network: it says what is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from academy import paths

COPIED = ("academy/install.py", "pyproject.toml", "requirements/run.txt", "hub_config/proxy")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the installer looks at, in a folder with a space in its name."""
    copy = tmp_path / "a checkout"
    for name in COPIED:
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        source = paths.checkout() / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return copy


def install(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run the installer where no package can be had."""
    environment = dict(os.environ, PIP_NO_INDEX="1", HOME=str(checkout.parent))
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
        environment.pop(name, None)
    environment["PIP_CONFIG_FILE"] = os.devnull
    return subprocess.run(
        [sys.executable, str(checkout / "academy" / "install.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installation_that_was_cut_short_is_told_and_taken_up_again(checkout: Path) -> None:
    first = install(checkout)
    second = install(checkout)

    for run in (first, second):
        assert run.returncode == 1
        assert "so the installation is not finished" in run.stderr
        assert "run the same command again" in run.stderr
        assert "Traceback" not in run.stderr
    assert "Installing the Academy into" in first.stdout
    assert "was cut short; it is taken up again" in second.stdout


def test_what_is_installed_is_not_installed_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from academy import install as installer

    for name, value in {
        "CHECKOUT": str(checkout),
        "STAMPS": str(checkout / "stamps.json"),
        "PYTHON": sys.executable,
    }.items():
        monkeypatch.setattr(installer, name, value)
    wanted = {"run": installer.fingerprint("requirements/run.txt")}
    assert not installer.up_to_date(wanted)

    installer.write_stamps(wanted)
    assert installer.up_to_date(wanted)

    (checkout / "requirements" / "run.txt").write_text("another lock")
    assert not installer.up_to_date({"run": installer.fingerprint("requirements/run.txt")})
