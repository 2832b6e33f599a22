"""The private file system of a process: an allow-list on an empty root, nothing else.

What is not named is not there: other homes, the state directory, the hub's files, the checkout's
courses. Folders on the way to what is named are made anew, so a checkout or an interpreter under a
closed folder such as ``/root`` is reachable and that folder's permissions stay as they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from academy.isolation import syscalls
from academy.isolation.syscalls import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
)

#: Programs and libraries; where one is a link (a merged ``/usr``), the link is made.
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
#: What programs look up in ``/etc`` and everybody may read; accounts and keys are not in it.
SYSTEM_SETTINGS = tuple(
    f"/etc/{name}"
    for name in [
        "alternatives",
        "bash.bashrc",
        "ca-certificates.conf",
        "debian_version",
        "fonts",
        "host.conf",
        "inputrc",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.conf.d",
        "locale.alias",
        "localtime",
        "login.defs",
        "magic",
        "mime.types",
        "os-release",
        "pki/tls/certs",
        "protocols",
        "services",
        "shells",
        "ssl/certs",
        "ssl/openssl.cnf",
        "terminfo",
        "timezone",
    ]
)
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_OLD = "/.old"
_SAFE = MS_NOSUID | MS_NODEV


@dataclass(frozen=True)
class Bind:
    """A file or folder of the machine that is seen inside.

    Parameters
    ----------
    source
        Its path on the machine.
    target
        Its path inside; the same by default.
    writable
        Whether it may be written there, as far as its permissions allow.
    """

    source: str
    target: str = ""
    writable: bool = False

    @property
    def inside(self) -> str:
        """The path inside."""
        return self.target or self.source


@dataclass(frozen=True)
class View:
    """What a process sees.

    Parameters
    ----------
    binds
        Files and folders of the machine; one that is not there is left out.
    files
        Small text files that exist only inside, by path: ``/etc/passwd`` and the like.
    private
        Folders that exist only inside, empty at the start, by path; each belongs to the user.
    tmp_bytes
        Room in ``/tmp``, ``/run`` and ``/dev/shm`` each.
    places
        Empty folders, in which a process that still may do so can mount something later.
    """

    binds: tuple[Bind, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    tmp_bytes: int = 512 << 20
    places: tuple[str, ...] = ()


def account_files(accounts: Iterable[tuple[str, int, str]]) -> dict[str, str]:
    """Return ``/etc/passwd`` and ``/etc/group`` with nobody but the named accounts in it.

    Parameters
    ----------
    accounts
        Name, user id (also the group id) and home of each; root and nobody are added.
    """
    people = [("root", 0, "/"), ("nobody", 65534, "/"), *accounts]
    passwd = "".join(f"{name}:x:{uid}:{uid}::{home}:/bin/bash\n" for name, uid, home in people)
    group = "".join(f"{name}:x:{uid}:\n" for name, uid, _ in people)
    return {
        "/etc/passwd": passwd,
        "/etc/group": group,
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "/etc/hosts": "127.0.0.1 localhost\n",
    }


def enter_view(view: View, uid: int) -> None:
    """Make the view and move this process into it; it must have its own mount namespace by now.

    Parameters
    ----------
    view
        What is to be seen.
    uid
        Who owns the private folders.
    """
    sources = [(Path(bind.source).resolve(), bind) for bind in _with_system(view.binds)]
    syscalls.mount("none", "/", "", MS_REC | MS_PRIVATE)
    # Whatever lies on the base is seen again under /.old as soon as the root has moved.
    base = "/tmp"
    syscalls.mount("academy", base, "tmpfs", _SAFE, "mode=0755,size=4m,nr_inodes=20000")
    Path(f"{base}{_OLD}").mkdir()
    syscalls.pivot_root(base, f"{base}{_OLD}")
    os.chdir("/")
    _make_devices(view)
    _make_private_places(view, uid)
    for source, bind in sources:
        _bind(source, bind)
    for path, content in view.files.items():
        _make_file(path, content)
    syscalls.mount("proc", "/proc", "proc", _SAFE | MS_NOEXEC)
    syscalls.unmount(_OLD)
    Path(_OLD).rmdir()
    syscalls.mount("academy", "/", "", MS_REMOUNT | MS_BIND | MS_RDONLY | _SAFE)


def _with_system(binds: Iterable[Bind]) -> list[Bind]:
    """Put the system before what is asked for; what lies deeper comes later."""
    settings = [Bind(path) for path in SYSTEM_SETTINGS]
    system = [Bind(path) for path in SYSTEM if not Path(path).is_symlink()]
    every = [*system, *settings, *binds]
    # A path with a link in it is named either way by the programs that lie there.
    resolved = (str(Path(bind.source).resolve()) for bind in every)
    twins = [
        Bind(path, writable=bind.writable)
        for path, bind in zip(resolved, every, strict=True)
        if not bind.target and path != bind.source and not bind.source.startswith("/etc/")
    ]
    return sorted({*every, *twins}, key=lambda bind: bind.inside.count("/"))


def _make_devices(view: View) -> None:
    dev = Path("/dev")
    for folder in (dev, dev / "pts", dev / "shm", Path("/proc"), Path("/etc")):
        folder.mkdir()
    for name in _DEVICES:
        if Path(f"{_OLD}/dev/{name}").exists():
            (dev / name).touch()
            syscalls.mount(f"{_OLD}/dev/{name}", f"/dev/{name}", "", MS_BIND)
            flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOEXEC
            syscalls.mount("none", f"/dev/{name}", "", flags)
    for name, target in _DEVICE_LINKS.items():
        (dev / name).symlink_to(target)
    options = "newinstance,ptmxmode=0666,mode=0620"
    syscalls.mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, options)
    _tmpfs("/dev/shm", view, "1777")
    for path in SYSTEM:
        if Path(f"{_OLD}{path}").is_symlink():
            Path(path).symlink_to(Path(f"{_OLD}{path}").readlink())


def _make_private_places(view: View, uid: int) -> None:
    for path, mode in (("/tmp", "1777"), ("/run", "0755")):
        Path(path).mkdir(exist_ok=True)
        _tmpfs(path, view, mode)
    Path("/var").mkdir()
    Path("/var/tmp").symlink_to("/tmp")
    for name in view.places:
        Path(name).mkdir(parents=True, exist_ok=True)
    for name in view.private:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, uid, uid)
        folder.chmod(0o700)


def _tmpfs(path: str, view: View, mode: str) -> None:
    options = f"mode={mode},size={view.tmp_bytes},nr_inodes=100000"
    syscalls.mount("academy", path, "tmpfs", _SAFE, options)


def _bind(source: Path, bind: Bind) -> None:
    """Show a file or folder of the machine; no device and no set-user-id bit works on it."""
    old, inside = f"{_OLD}{source}", Path(bind.inside)
    if not Path(old).exists():
        return
    inside.parent.mkdir(parents=True, exist_ok=True)
    if Path(old).is_dir():
        inside.mkdir(exist_ok=True)
    else:
        inside.touch()
    syscalls.mount(old, str(inside), "", MS_BIND)
    # What forbids more already must go on doing so; else a user namespace may not change it.
    kept = os.statvfs(inside).f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    flags = MS_REMOUNT | MS_BIND | _SAFE | kept | (0 if bind.writable else MS_RDONLY)
    syscalls.mount("none", str(inside), "", flags)


def _make_file(path: str, content: str) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    file.chmod(0o644)
