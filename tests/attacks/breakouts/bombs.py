"""Submissions that take what others need: processes, memory, disk, time, the grader's patience."""

from __future__ import annotations

from attacks.breakouts.catalogue import Group

bomb = Group("Taking what others need", "The limits of a sandbox stop it; the run goes on.")
stay = Group("Ending things, and living on", "All that a sandbox started ends with it.")

bomb.code(
    "fork-bomb",
    "Start processes that start processes, without end.",
    """
    import time
    made = 0
    try:
        while made < 2_000:
            if os.fork() == 0:
                try:
                    while True:
                        os.fork()
                        time.sleep(0.01)
                except OSError:
                    time.sleep(600)
                os._exit(0)
            made += 1
        tell(True, f"{made} processes")
    except OSError as error:
        tell(made > T["processes"], f"{why(error)}, after {made} of its own")
    """,
)
bomb.code(
    "thread-bomb",
    "Start threads without end.",
    """
    import threading, time
    made = 0
    try:
        while made < 2_000:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
            made += 1
    except RuntimeError as error:
        pass
    tell(made > T["processes"], f"stopped before {T['processes']}")
    """,
)
bomb.code(
    "memory-bomb",
    "Take and use memory without end.",
    """
    held = []
    try:
        while len(held) < 400:
            held.append(bytearray(b"x") * (16 << 20))
        tell(True, f"{len(held) * 16} MB")
    except MemoryError as error:
        count = len(held)
        del held
        tell(count * (16 << 20) > T["memory_bytes"], "MemoryError")
    """,
)
bomb.code(
    "memory-by-children",
    "Take memory in many processes, each of which has little.",
    """
    import time
    lines = []
    for _ in range(30):
        out, into = os.pipe()
        try:
            child = os.fork()
        except OSError:
            break
        if child == 0:
            held = bytearray(b"x") * (100 << 20)
            os.write(into, b"x")
            time.sleep(600)
            os._exit(0)
        os.close(into)
        lines.append(out)
    time.sleep(2)
    alive = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            alive += int(open(f"/proc/{name}/statm").read().split()[1]) * 4096
        except (OSError, IndexError):
            pass
    tell(alive > 1.3 * T["memory_bytes"], "below the limit")
    """,
    holds="The limit of memory is for all processes of a sandbox together (control groups); "
    "where there are none, for each, times their number.",
)
bomb.code(
    "memory-by-files",
    "Take memory by files in memory that have no name.",
    """
    count = 0
    try:
        held = []
        while count < 200:
            held.append(os.memfd_create("x"))
            os.write(held[-1], bytes(16 << 20))
            count += 1
        tell(True, f"{count * 16} MB")
    except OSError as error:
        tell(count * (16 << 20) > T["memory_bytes"], why(error))
    """,
)
bomb.code(
    "disk-filler",
    "Fill the disk: in the home, in /tmp and in shared memory.",
    """
    written, words = 0, ""
    for place in (".", "/tmp", "/dev/shm", os.path.expanduser("~")):
        for number in range(200):
            try:
                with open(f"{place}/filler-{number}", "wb", 0) as file:
                    written += file.write(bytes(8 << 20))
            except OSError as error:
                words = why(error)
                break
    tell(written > T["disk_bytes"], words)
    """,
)
bomb.code(
    "long-file",
    "Write one file without end.",
    """
    written = 0
    try:
        with open("long", "wb", 0) as file:
            while written < 2_000_000_000:
                written += file.write(bytes(8 << 20))
    except OSError as error:
        pass
    tell(written > T["file_bytes"], "File too large")
    """,
)
bomb.code(
    "many-files",
    "Make files without end, all of them empty.",
    """
    made, words = 0, ""
    try:
        while made < 200_000:
            os.close(os.open(f"/tmp/f{made}", os.O_CREAT | os.O_WRONLY))
            made += 1
    except OSError as error:
        words = why(error)
    tell(made > 60_000, words)
    """,
)
bomb.code(
    "print-two-gigabytes",
    "Print two gigabytes.",
    """
    for _ in range(2_000):
        print("x" * 1_000_000)
    """,
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "print-by-a-child",
    "Have a child print two gigabytes, past Python.",
    """
    import subprocess
    subprocess.run("yes | head -c 2000000000", shell=True)
    """,
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "print-lines",
    "Print small things, twenty million of them.",
    "for number in range(20_000_000):\n    print(number)\n",
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "display-much",
    "Display a hundred thousand pictures.",
    """
    from IPython.display import display
    for _ in range(100_000):
        display({"image/png": "x" * 20_000, "text/plain": ""}, raw=True)
    """,
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "raise-much",
    "Raise an error with a text of three hundred megabytes.",
    "raise ValueError('x' * 300_000_000)\n",
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "return-much",
    "Give back a value whose text is three hundred megabytes long.",
    "class Long:\n    def __repr__(self):\n        return 'x' * 300_000_000\nLong()\n",
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code(
    "send-much",
    "Send messages without end on the kernel's own socket.",
    """
    from ipykernel.comm import Comm
    for _ in range(1_000_000):
        Comm(target_name="x", data={"x": "y" * 10_000})
    """,
    holds="No more than a limit of output is kept, and it is never all in memory.",
)
bomb.code("endless-loop", "Run for ever.", "while True:\n    pass\n")
bomb.code(
    "endless-native-loop",
    "Run for ever in a library that no signal interrupts.",
    "sum(range(10 ** 15))\n",
)
bomb.code(
    "ignore-interrupts",
    "Ignore every signal that can be ignored, and sleep.",
    """
    import signal, time
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    time.sleep(600)
    """,
)
bomb.code(
    "catch-interrupts",
    "Catch the interruption and go on, again and again.",
    """
    import time
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass
    """,
)
bomb.code(
    "stop-oneself",
    "Stop the kernel's process, as Ctrl-Z does.",
    "import signal\nos.kill(os.getpid(), signal.SIGSTOP)\n",
)
bomb.code(
    "burn-all-processors",
    "Keep all processors busy in many processes that ignore the end of the cell.",
    """
    import signal
    for _ in range(20):
        if os.fork() == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            while True:
                pass
    """,
)

stay.code(
    "kill-the-kernel",
    "End the kernel the hard way.",
    "import signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    holds="It ends itself; others are graded on.",
)
stay.code(
    "crash-the-kernel",
    "Have the kernel crash in native code.",
    "import ctypes\nctypes.string_at(0)\n",
    holds="It ends itself; others are graded on.",
)
stay.code(
    "leave-the-kernel",
    "Leave by `os._exit`, with success.",
    "os._exit(0)\n",
    holds="It ends itself; others are graded on.",
)
stay.code(
    "kill-everybody",
    "End every process that can be reached.",
    "import signal\nos.kill(-1, signal.SIGKILL)\nos.kill(1, signal.SIGKILL)\n",
    holds="A sandbox reaches its own processes and no others.",
)
stay.code(
    "kill-the-grader",
    "End the grader's processes by their numbers.",
    """
    import signal
    killed = 0
    for number in T["graders"]:
        try:
            os.kill(number, signal.SIGKILL)
            killed += number not in (1, os.getpid(), os.getppid())
        except OSError as error:
            words = why(error)
    tell(killed, words if not killed else f"{killed} killed")
    """,
    holds="A sandbox reaches its own processes and no others.",
)
_DAEMON = """
import subprocess
subprocess.Popen(["setsid", "sh", "-c", "trap '' HUP TERM INT; (sleep {0} &) ; sleep {0}"],
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""
stay.code(
    "leave-a-daemon",
    "Leave a process in a session of its own that ignores what it is told.",
    _DAEMON.format("86421"),
)
stay.code(
    "leave-an-orphan",
    "Leave a process that has no parent which knows it.",
    """
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "86422"])
        os._exit(0)
    """,
)
stay.code(
    "keep-forking-on",
    "Leave a process that is always a new one.",
    """
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork() > 0:
                os._exit(0)
    """,
)
