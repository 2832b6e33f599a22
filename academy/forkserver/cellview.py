"""What a sandbox sees: a base view that is built once, and what each sandbox has of its own.

The base holds what all may read: the system, the interpreter, the Academy's code, the data. Each
sandbox lays over it what is its own and empty: home, temporary folders, processes, terminals.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from academy import paths
from academy.datasets.catalogue import dataset_folders
from academy.isolation import syscalls
from academy.isolation.cgroups import Controller
from academy.isolation.syscalls import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY
from academy.isolation.view import Bind, View, account_files

HOME = Path("/home/learner")
WORK = HOME / "work"
#: The sandbox's end of the folder that it shares with who asked for it: sockets, nothing else.
SHARED = Path("/run/academy")
#: Where the maker has the folders of all sandboxes, and the control groups.
CELLS = Path("/run/cells")
_GROUPS = Path("/run/groups")
#: The state directory as a sandbox knows it; nothing but refreshed datasets is in it.
STATE = Path("/srv/academy")
_OWN = Path("/mnt")
_SAFE = MS_NOSUID | MS_NODEV
_INODES = 50_000
_MAKERS_BYTES = 64 << 20


def base_view(cells: Path, controllers: Sequence[Controller]) -> View:
    """Return what the maker sees, and each sandbox after it.

    Parameters
    ----------
    cells
        The folder in which each sandbox gets a folder for its sockets.
    controllers
        The control groups that can be used.
    """
    groups = {
        str(one.folder): Bind(str(one.folder), str(_inside(one).folder), writable=True)
        for one in controllers
    }
    binds = [
        *(Bind(name) for name in _read_only()),
        Bind(str(paths.refreshed_datasets()), str(STATE / "datasets")),
        Bind(str(cells), str(CELLS), writable=True),
        *groups.values(),
    ]
    return View(
        tuple(binds),
        account_files([]),
        tmp_bytes=_MAKERS_BYTES,
        places=(str(HOME), str(_OWN), str(STATE / "datasets")),
    )


def inside(controllers: Sequence[Controller]) -> list[Controller]:
    """Return the control groups as they are named in the base view."""
    return [_inside(one) for one in controllers]


def _inside(controller: Controller) -> Controller:
    # In version 2 all controllers have one folder.
    name = controller.name if controller.version == 1 else "all"
    return Controller(controller.name, controller.version, _GROUPS / name)


def _read_only() -> list[str]:
    checkout = paths.checkout()
    names = [sys.base_prefix, sys.prefix, checkout / "academy", checkout / "datasets"]
    return list(dict.fromkeys(str(name) for name in names))


def rehearse() -> None:
    """Mount what a sandbox has of its own, without anything in it."""
    _mount_processes()
    _mount_own(1 << 20)


def _mount_processes() -> None:
    syscalls.mount("proc", "/proc", "proc", _SAFE | MS_NOEXEC)


def furnish(cell: str, uid: int, gid: int, disk_bytes: int) -> None:
    """Lay a sandbox's own places over the base view.

    This process must be the first of its process space and have its own mount namespace.

    Parameters
    ----------
    cell
        The name of the sandbox's folder for sockets.
    uid, gid
        Who lives here.
    disk_bytes
        Room for everything that is written here.
    """
    _mount_processes()
    with _held([CELLS / cell, *_lying_in("/tmp"), *_lying_in("/run")]) as (shared, *others):
        _mount_own(disk_bytes)
        _show_again(others)
        SHARED.mkdir()
        syscalls.mount(shared[1], str(SHARED), "", MS_BIND)
    os.chown(HOME, uid, gid)
    files = account_files([("learner", uid, str(HOME))])
    for name in ("passwd", "group"):
        file = Path("/run") / name
        file.write_text(files[f"/etc/{name}"], encoding="ascii")
        syscalls.mount(str(file), f"/etc/{name}", "", MS_BIND)


def _mount_own(disk_bytes: int) -> None:
    """Put one file system of bounded size in the place of all that may be written."""
    options = f"mode=0755,size={disk_bytes},nr_inodes={_INODES}"
    syscalls.mount("academy", str(_OWN), "tmpfs", _SAFE, options)
    places = {"home": (HOME, 0o700), "tmp": (Path("/tmp"), 0o1777), "run": (Path("/run"), 0o755)}
    places["shm"] = (Path("/dev/shm"), 0o1777)
    for name, (place, mode) in places.items():
        (_OWN / name).mkdir()
        (_OWN / name).chmod(mode)
        syscalls.mount(str(_OWN / name), str(place), "", MS_BIND)
    syscalls.unmount(str(_OWN))
    options = "newinstance,ptmxmode=0666,mode=0620"
    syscalls.mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, options)


def _lying_in(folder: str) -> list[Path]:
    """Return what the base view shows below a folder that each sandbox has anew.

    A checkout in `/tmp` is rare, and would vanish under the sandbox's own.
    """
    return [Path(name) for name in _read_only() if name.startswith(f"{folder}/")]


@contextmanager
def _held(places: Sequence[Path]) -> Iterator[list[tuple[Path, str]]]:
    """Hold files and folders, so that they can be named when something lies over them."""
    with ExitStack() as stack:
        held = []
        for place in places:
            number = os.open(place, os.O_PATH | os.O_CLOEXEC)
            stack.callback(os.close, number)
            held.append((place, f"/proc/self/fd/{number}"))
        yield held


def _show_again(held: Sequence[tuple[Path, str]]) -> None:
    for place, name in sorted(held):
        if not place.exists():
            place.mkdir(parents=True)
        syscalls.mount(name, str(place), "", MS_BIND)


def close_shared() -> None:
    """Let nothing more be written into the shared folder: the sockets stand."""
    flags = syscalls.MS_REMOUNT | MS_BIND | MS_RDONLY | _SAFE
    syscalls.mount("none", str(SHARED), "", flags)


def link_data() -> None:
    """Show each dataset's plain files under ``~/data/<name>``, as in a learner's home."""
    folder = HOME / "data"
    folder.mkdir()
    for name, target in dataset_folders().items():
        (folder / name).symlink_to(target)
