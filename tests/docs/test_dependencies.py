"""What is installed: every dependency has a reason, every lock has hashes and no address."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from academy import paths

ROOT = paths.checkout()


def test_every_direct_dependency_has_a_reason() -> None:
    page = (ROOT / "docs" / "explanation" / "dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", page, re.MULTILINE)
    reasons = {name: reason for names, reason in rows for name in re.findall(r"`([^`]+)`", names)}

    assert set(reasons) == direct_dependencies()
    assert all(len(reason.strip()) > 10 for reason in reasons.values())


def direct_dependencies() -> set[str]:
    """What the short lists name, of Python and of Node.js."""
    names: set[str] = set()
    for file in (ROOT / "requirements").glob("*.in"):
        names |= set(re.findall(r"^([a-z][\w.-]*?)(?=[=<>~\[;\s]|$)", file.read_text(), re.M))
    package = json.loads((ROOT / "hub_config" / "proxy" / "package.json").read_text())
    return names | set(package["dependencies"])


def test_the_environment_for_conda() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    plain = [one for one in environment["dependencies"] if isinstance(one, str)]
    by_pip = [one["pip"] for one in environment["dependencies"] if isinstance(one, dict)]
    versions = dict(re.fullmatch(r"([a-z]+)[>=]*(.*)", one).groups() for one in plain)  # type: ignore[union-attr]

    assert {"python", "nodejs", "pip", "git"} <= set(versions)
    assert tuple(map(int, versions["python"].split("."))) >= (3, 11)
    assert int(versions["nodejs"]) >= 18
    assert by_pip == [["-r requirements/run.txt"]]


@pytest.mark.parametrize("name", ["run", "dev", "node"])
def test_locks_have_hashes_and_no_address(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())

    assert "://" not in lock
    assert not re.search(r"^\s*--?(index|extra|find|i\b|f\b)", lock, re.MULTILINE)
    for entry in entries:
        assert re.match(r"[a-z0-9][\w.\[\]-]*==\S+ (;.*)?\\\n", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry[:80]


def test_locks_hold_what_the_short_lists_name() -> None:
    locked = set()
    for name in ("run", "dev", "node"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        locked |= set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))

    package = json.loads((ROOT / "hub_config" / "proxy" / "package.json").read_text())
    assert direct_dependencies() - set(package["dependencies"]) <= locked


def test_run_and_dev_agree() -> None:
    run, dev = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.M))
        for name in ("run.txt", "dev.txt")
    )

    assert {name: dev.get(name) for name in run} == run


def test_the_proxys_lock_has_hashes_and_no_address() -> None:
    text = (ROOT / "hub_config" / "proxy" / "package-lock.json").read_text()
    packages: dict[str, Any] = json.loads(text)["packages"]

    assert '"resolved"' not in text
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name


def kept_files() -> list[Path]:
    """Every file that is in the repository, or would be by the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file()]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    # Split, so that this file does not name them either.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "npmjs" + ".com"]
    hosts += ["yarnpkg" + ".com", "conda" + ".anaconda.org", "artifact" + "ory"]
    needles = [host.encode() for host in hosts]
    files = kept_files()

    assert len(files) > 100
    found = [
        str(file.relative_to(ROOT))
        for file in files
        if any(needle in file.read_bytes().lower() for needle in needles)
    ]
    assert found == []
