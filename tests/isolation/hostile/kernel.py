"""Doors of the system itself: mounts, namespaces, devices, privileges, limits."""

# ruff: noqa: PTH115 (it speaks as attackers do, in the words of the system)
from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from . import system
from .catalogue import (
    Facts,
    Outcome,
    attempt,
    can_change,
    can_read,
    held,
    read,
    succeeded,
    too_dangerous,
)
from .processes import process_ids

DOORS = "Doors of the system"
ROOT_TOO = "Many machines refuse it to root as well."
CLOCK_REALTIME = 0
BLOCK, CHARACTER = 0o060000, 0o020000


@attempt(DOORS)
def become_root(facts: Facts) -> Outcome:
    """Change the user id to root's, or to another learner's."""
    for uid in (0, facts.victim_uid):
        with suppress(OSError):
            os.setresuid(uid, uid, uid)
            return succeeded(f"user id {uid}")
    os.setgroups([0])
    return succeeded("group root")


@attempt(DOORS)
def have_capabilities(facts: Facts) -> Outcome:
    """Find a capability that the lab has, or may get."""
    sets = [line for line in read("/proc/self/status").decode().splitlines() if "Cap" in line]
    some = [line for line in sets if int(line.split()[1], 16)]
    return succeeded("; ".join(some)) if some else held("all five sets are empty")


@attempt(DOORS, open="held", note=ROOT_TOO)
def raise_capabilities(facts: Facts) -> Outcome:
    """Ask the system for all capabilities."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0, 0x1FF, 0x1FF, 0)
    system.syscall(system.SYS_CAPSET, header, data)
    return succeeded("they were given")


@attempt(DOORS)
def run_setuid_programs(facts: Facts) -> Outcome:
    """Run a set-user-id program of the system and look whether it becomes root."""
    tried = []
    for folder in ("/usr/bin", "/bin", "/usr/sbin"):
        for name in ("su", "newgrp", "passwd", "chsh", "mount"):
            program = Path(folder, name)
            if program.exists() and program.stat().st_mode & 0o4000:
                tried.append(name)
                if _becomes_root(program):
                    return succeeded(f"{program} runs as root")
    if os.getuid() == 0:
        return succeeded("everything runs as root here")
    return held(f"tried {sorted(set(tried))}")


def _becomes_root(program: Path) -> bool:
    """Start a program on a terminal of its own and look at its user id while it runs."""
    mine, its = os.openpty()
    process = subprocess.Popen([program], stdin=its, stdout=its, stderr=its, close_fds=True)
    try:
        for _ in range(20):
            with suppress(OSError):
                uids = read(f"/proc/{process.pid}/status").partition(b"Uid:")[2].split()[:4]
                if b"0" in uids:
                    return True
            time.sleep(0.01)
        return False
    finally:
        process.kill()
        process.wait()
        os.close(mine)
        os.close(its)


@attempt(DOORS)
def set_file_capabilities(facts: Facts) -> Outcome:
    """Give an own copy of a program file capabilities."""
    copy = facts.home / "copy-of-id"
    shutil.copy("/usr/bin/id", copy)
    everything = b"\x01\x00\x00\x02" + b"\xff" * 16
    try:
        os.setxattr(copy, "security.capability", everything)
    finally:
        copy.unlink()
    return succeeded("they were set")


@attempt(DOORS)
def give_a_file_away(facts: Facts) -> Outcome:
    """Give an own set-user-id program to root, so that it would run as root."""
    copy = facts.home / "copy-of-id"
    shutil.copy("/usr/bin/id", copy)
    try:
        os.chown(copy, 0 if os.getuid() else facts.victim_uid + 1, -1)
    finally:
        copy.unlink()
    return succeeded("it was given")


@attempt(DOORS)
def mount_something(facts: Facts) -> Outcome:
    """Mount a file system."""
    with _own_folder(facts) as folder:
        system.mount("none", folder, "tmpfs")
        system.unmount(folder)
    return succeeded("mounted a tmpfs")


class _own_folder:  # noqa: N801 - used as a function
    def __init__(self, facts: Facts) -> None:
        self.path = facts.home / "hostile-folder"

    def __enter__(self) -> str:
        self.path.mkdir(exist_ok=True)
        return str(self.path)

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


@attempt(DOORS)
def take_the_view_off(facts: Facts) -> Outcome:
    """Take away the mounts that hide things, one after the other, and look behind them."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    away = []
    for target in reversed(mounts):
        # Where the view is the machine's own, taking it apart would harm the machine.
        if os.getuid() == 0:
            return succeeded("we are root: any of them could be taken away")
        with suppress(OSError):
            system.unmount(target)
            away.append(target)
    return succeeded(f"took {away} away") if away else held(f"{len(mounts)} mounts stayed")


@attempt(DOORS)
def make_own_mounts(facts: Facts) -> Outcome:
    """Leave the view's mounts for a copy of our own, where we could change them."""
    system.unshare(system.CLONE_NEWNS)
    return succeeded("the copy is ours")


@attempt(DOORS)
def be_root_in_a_user_namespace(facts: Facts) -> Outcome:
    """Make a user namespace, be root in it, and look behind the mounts that hide things."""
    user = os.getuid()
    system.unshare(system.CLONE_NEWUSER | system.CLONE_NEWNS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    system.mount("none", str(facts.home), "tmpfs")
    return succeeded("root in a namespace of our own, with mounts of our own")


@attempt(DOORS, open="not run", note="It is the step after the one above.")
def escape_from_a_user_namespace(facts: Facts) -> Outcome:
    """As root of a user namespace, take the covers away and read what is behind."""
    if os.getuid() == 0:
        return too_dangerous("we are root of the machine: nothing has to be escaped")
    user = os.getuid()
    system.unshare(system.CLONE_NEWUSER | system.CLONE_NEWNS)
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for target in reversed(mounts):
        with suppress(OSError):
            system.unmount(target)
    return can_read(facts.victim_home / "Secret.ipynb")


@attempt(DOORS)
def change_the_root_folder(facts: Facts) -> Outcome:
    """Change the root folder with chroot, the first step of an old way out."""
    os.chroot(facts.home)
    return succeeded("the root is another")


@attempt(DOORS)
def swap_the_root_folder(facts: Facts) -> Outcome:
    """Swap the root file system with pivot_root."""
    if os.getuid() == 0:
        system.unshare(system.CLONE_NEWNS)
        system.mount("none", "/", "none", 1 << 18 | 1 << 14)
    with _own_folder(facts) as folder:
        if os.getuid() == 0:
            system.mount("none", folder, "tmpfs")
        Path(folder, "old").mkdir()
        system.syscall(system.SYS_PIVOT_ROOT, folder.encode(), f"{folder}/old".encode())
    return succeeded("the root is another")


@attempt(DOORS)
def enter_namespaces_of_others(facts: Facts) -> Outcome:
    """Enter the mount and network namespaces of any process in sight."""
    own = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "net", "pid")}
    refusals = set()
    for pid in process_ids():
        for kind, mine in own.items():
            try:
                with Path(f"/proc/{pid}/ns/{kind}").open("rb") as namespace:
                    if os.readlink(f"/proc/{pid}/ns/{kind}") != mine or os.getuid() == 0:
                        system.checked(system.LIBC.setns(namespace.fileno(), 0))
                        return succeeded(f"entered that of process {pid}")
            except OSError as error:
                refusals.add(error.strerror)
    return held(f"every one in sight is our own, or refused: {sorted(map(str, refusals))}")


@attempt(DOORS, open="held", note=ROOT_TOO)
def make_a_device(facts: Facts) -> Outcome:
    """Make a device file for the disk or for memory in the home and read from it."""
    for name, kind, number in (
        ("disk", BLOCK, _first_disk()),
        ("memory", CHARACTER, os.makedev(1, 1)),
    ):
        device = facts.home / f"hostile-{name}"
        with suppress(OSError):
            os.mknod(device, kind | 0o600, number)
            try:
                return can_read(device)
            finally:
                device.unlink()
    return held("no device could be made")


def _first_disk() -> int:
    for line in Path("/proc/partitions").read_text().splitlines()[2:]:
        major, minor = line.split()[:2]
        return os.makedev(int(major), int(minor))
    return os.makedev(8, 0)


@attempt(DOORS)
def open_devices(facts: Facts) -> Outcome:
    """Open a device through which one could read the disk, memory or the machine's log."""
    missing = 0
    for name in ("mem", "kmem", "port", "kmsg", "vda", "sda", "nvme0n1", "loop-control", "fuse"):
        try:
            os.close(os.open(f"/dev/{name}", os.O_RDONLY | os.O_NONBLOCK))
        except OSError:
            missing += 1
            continue
        return succeeded(f"opened /dev/{name}")
    return held(f"{missing} devices are not there, or closed")


@attempt(DOORS)
def read_kernel_memory(facts: Facts) -> Outcome:
    """Read the machine's memory, or its log, through /proc."""
    for name in ("kcore", "kmsg"):
        with suppress(OSError):
            file = os.open(f"/proc/{name}", os.O_RDONLY | os.O_NONBLOCK)
            return succeeded(f"opened /proc/{name}: {len(os.read(file, 8))} bytes")
    length = system.LIBC.klogctl(3, ctypes.create_string_buffer(100), 100)
    return succeeded(f"the machine's log: {system.checked(length)} bytes")


@attempt(DOORS, open="held", note=ROOT_TOO)
def press_sysrq(facts: Facts) -> Outcome:
    """Open the file that restarts or stops the machine; nothing is written."""
    os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY))
    return succeeded("it would have taken a letter")


@attempt(DOORS)
def change_system_settings(facts: Facts) -> Outcome:
    """Change how the machine starts a program after a crash, or another setting of the kernel."""
    return can_change("/proc/sys/kernel/core_pattern")


@attempt(DOORS)
def change_cgroups(facts: Facts) -> Outcome:
    """Leave the group of processes that has our limits, or raise them."""
    for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/unified"):
        with suppress(OSError):
            return can_change(Path(root, "cgroup.procs"))
    return held("no cgroup file is in sight or open to write")


@attempt(DOORS)
def load_a_module(facts: Facts) -> Outcome:
    """Load code into the kernel; an empty module, which is never valid, asks the question."""
    try:
        system.syscall(system.SYS_INIT_MODULE, b"", ctypes.c_ulong(0), b"")
    except PermissionError:
        raise
    except OSError as error:
        return succeeded(f"allowed to, only the module was none ({error.strerror})")
    return succeeded("loaded")


@attempt(DOORS)
def use_bpf(facts: Facts) -> Outcome:
    """Load a program into the kernel's own machine, which could watch everybody."""
    try:
        system.syscall(system.SYS_BPF, 0, None, 0)
    except PermissionError:
        raise
    except OSError as error:
        return succeeded(f"allowed to, only the map was none ({error.strerror})")
    return succeeded("made a map")


@attempt(DOORS)
def watch_the_processor(facts: Facts) -> Outcome:
    """Count events of all processes on the first processor, to guess what others do."""
    attributes = ctypes.create_string_buffer(128)
    attributes[0:4] = (1).to_bytes(4, "little")
    attributes[4:8] = (128).to_bytes(4, "little")
    counter = system.syscall(system.SYS_PERF_EVENT_OPEN, attributes, -1, 0, -1, 0)
    os.close(counter)
    return succeeded("counting")


@attempt(DOORS)
def watch_all_files(facts: Facts) -> Outcome:
    """Ask the kernel to report every file that anybody opens."""
    os.close(system.syscall(system.SYS_FANOTIFY_INIT, 0x04, 0))
    return succeeded("it would report")


@attempt(DOORS)
def turn_the_clock_back(facts: Facts) -> Outcome:
    """Set the machine's clock, so that a late submission would be in time."""
    # To the time that it shows now: nobody is hurt where it is allowed.
    time.clock_settime(CLOCK_REALTIME, time.time())
    return succeeded("it was set")


@attempt(DOORS)
def rename_the_machine(facts: Facts) -> Outcome:
    """Change the machine's name."""
    name = os.uname().nodename.encode()
    system.checked(system.LIBC.sethostname(name, len(name)))
    return succeeded("it was set")


@attempt(
    DOORS,
    behind="succeeded",
    note="It tells how busy the machine is, not with what. A machine for each course closes it.",
)
def see_how_busy_the_machine_is(facts: Facts) -> Outcome:
    """Read how much memory and processor time the whole machine uses."""
    load, memory = read("/proc/loadavg").split()[0], read("/proc/meminfo").split()[1]
    return succeeded(f"load {load.decode()}, {memory.decode()} kB of memory")
