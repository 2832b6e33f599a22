"""Find a Chromium for the browser tests, and install one where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_or_install() -> str | None:
    """Return the path of a Chromium, or None when none is to be had."""
    found = find()
    if found is None:
        print("No Chromium here; trying to install one for the browser tests ...", flush=True)
        _from_the_system()
        found = find()
    if found is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        found = find()
    return found


def find() -> str | None:
    """Return a Chromium of this machine: `$CHROMIUM`, on the path, or Playwright's own."""
    named = os.environ.get(VARIABLE)
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_the_system() -> None:
    """Use apt when this user may: as root, or by a sudo that asks no password."""
    if shutil.which("apt-get") is None:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and (shutil.which("sudo") is None or subprocess.call([*sudo, "true"])):
        return
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    apt = [*sudo, "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    packages = ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"]
    for command in (["update"], packages):
        subprocess.run([*apt, *command], stdout=subprocess.DEVNULL, env=environment, check=False)
