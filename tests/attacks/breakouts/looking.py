"""Submissions that want to read what is not theirs, and to write it."""

from __future__ import annotations

from attacks.breakouts.catalogue import Group

read = Group("Reading what is not theirs", "Nothing of the course is in the sandbox's view.")
write = Group("Writing what is not theirs", "Nothing of the course is in the sandbox's view.")

read.code(
    "find-tests",
    "Look through every file in sight for the text of a hidden test.",
    """
    marker, found = "marker_of_the_" + "hidden_test", []
    skipped = ("/proc", "/sys", "/usr", "/lib", "/lib64", sys.prefix, sys.base_prefix)
    for place, folders, names in os.walk("/"):
        folders[:] = [n for n in folders if os.path.join(place, n) not in skipped]
        for name in names:
            path = os.path.join(place, name)
            try:
                if os.path.getsize(path) < 5_000_000 and os.path.isfile(path):
                    if marker.encode() in open(path, "rb").read():
                        found.append(path)
            except OSError:
                pass
    tell(found, f"in {len(found)} files")
    """,
    holds="No file in sight holds a test.",
)
read.code(
    "find-tests-in-memory",
    "Look through the whole memory of the kernel for a test whose turn has not come.",
    """
    marker, found = ("marker_of_the_" + "silent_test").encode(), 0
    try:
        memory = open("/proc/self/mem", "rb", 0)
        for line in open("/proc/self/maps"):
            begin, end = (int(n, 16) for n in line.split()[0].split("-"))
            if " r" in line and end - begin < 300_000_000:
                try:
                    memory.seek(begin)
                    found += memory.read(end - begin).count(marker) > 0
                except (OSError, OverflowError, ValueError):
                    pass
        tell(found, f"in {found} places")
    except OSError as error:
        tell(False, why(error))
    """,
    holds="A test reaches the sandbox when its turn comes, not before.",
)
read.code("read-solutions", "Read the instructor's version.", "reads(*T['solutions'])")
read.code("read-release", "Read the released version with its checks.", "reads(*T['release'])")
read.code("read-gradebook", "Read the gradebook.", "reads(T['gradebook'])")
read.code("read-a-peer", "Read what somebody else handed in.", "reads(*T['peer'])")
read.code("read-graded-work", "Read what has been graded already.", "reads(*T['graded'])")
read.code("read-receipts", "Read the record of receipts.", "reads(T['receipts'])")
read.code("read-the-run", "Read the folder in which this run works.", "reads(T['ledger'][:-7])")
read.code("read-a-home", "Read the grader's home folder.", "reads(T['home'], T['home_file'])")
read.code(
    "read-the-checkout",
    "Read the Academy's courses, with solutions and answers, where it is installed.",
    "reads(*T['checkout'])",
)
read.code(
    "read-the-environment",
    "Look for the grader's token in the environment of every process.",
    """
    found = [v for v in os.environ.values() if T["secret"][::-1] in v]
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            there = open(f"/proc/{name}/environ", "rb").read()
            found += [name] * (T["secret"][::-1].encode() in there)
        except OSError:
            pass
    tell(found, f"{len(found)} found")
    """,
    holds="The sandbox has an environment of its own, and none of the grader's.",
)
read.code(
    "list-processes",
    "List the processes of others.",
    """
    names = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            names.add(open(f"/proc/{name}/comm").read().strip())
        except OSError:
            pass
    tell(names - {"academy-cell", "academy-kernel"}, f"sees {', '.join(sorted(names))}")
    """,
    holds="A sandbox has a process space of its own.",
)
read.code(
    "follow-descriptors",
    "Look for a file or folder that was left open and leads out.",
    """
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if not target.startswith("/") or target.startswith(("/dev/", "/proc/", "/home/learner")):
            continue
        here = f"/proc/self/fd/{name}"
        is_known = os.path.exists(target) and os.path.samefile(target, here)
        if not is_known or os.access(here, os.W_OK):
            found.append(target)
    tell(found, f"{len(found)} lead out")
    """,
    holds="Nothing is open but the kernel's own, and what everybody may read here anyway.",
)
read.code(
    "walk-up-by-proc",
    "Leave the view by the root folder or the working folder of another process.",
    """
    found, words = [], ""
    for number in filter(str.isdigit, os.listdir("/proc")):
        for name in ("root", "cwd"):
            try:
                found += os.path.exists(f"/proc/{number}/{name}{T['gradebook']}") * [number]
                os.listdir(f"/proc/{number}/{name}")
            except OSError as error:
                words = why(error)
    tell(found, words)
    """,
)
read.code(
    "mount-the-disk",
    "Make a name space of one's own and mount the machine's disk in it.",
    """
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.unshare(0x10000000 | 0x20000)
    mounted = libc.mount(b"/dev/sda1", b"/mnt", b"ext4", 0, None)
    tell(made == 0 or mounted == 0, os.strerror(ctypes.get_errno()))
    """,
    holds="The sandbox has no privileges and can't get any.",
)
read.code(
    "trace-the-first-process",
    "Attach to the sandbox's first process as a debugger does.",
    """
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    tell(libc.ptrace(16, 1, 0, 0) == 0, os.strerror(ctypes.get_errno()))
    """,
    holds="The sandbox has no privileges and can't get any.",
)
read.code(
    "become-root",
    "Become root, by name and by a program that may.",
    """
    import subprocess
    try:
        os.setuid(0)
        tell(True, "became root")
    except OSError as error:
        ran = subprocess.run(["su", "-c", "id -u"], input=b"", capture_output=True)
        tell(b"0" in ran.stdout.split(), why(error))
    """,
    holds="The sandbox has no privileges and can't get any.",
)

write.code(
    "write-gradebook",
    "Give oneself full points in the gradebook.",
    """
    import sqlite3
    try:
        book = sqlite3.connect(f"file:{T['gradebook']}?mode=rw", uri=True)
        book.execute("UPDATE grade SET auto_score = 4")
        book.commit()
        tell(True, "written")
    except sqlite3.Error as error:
        tell(False, error)
    """,
)
write.code("write-receipts", "Add a line to the record of receipts.", "writes(T['receipts'])")
write.code("write-own-score", "Change one's own graded notebook.", "writes(*T['graded'])")
write.code("write-release", "Change the released checks.", "writes(*T['release'])")
write.code("write-solutions", "Change the instructor's version.", "writes(*T['solutions'])")
write.code("write-a-peer", "Change what somebody else handed in.", "writes(*T['peer'])")
write.code(
    "write-own-submission",
    "Change what oneself has handed in.",
    "writes(T['own'][0] + '/more.txt')",
)
write.code(
    "write-a-result",
    "Lay out a finished result for the engine to find.",
    "writes(T['run'] + '/result.json')",
)
write.code(
    "write-the-ledger", "Write down that one was graded already.", "writes(T['ledger'] + '/x.json')"
)
write.code(
    "write-settings",
    "Leave settings with code for nbgrader and Jupyter to run.",
    "writes(T['course'] + '/nbgrader_config.py', T['home'] + '/.jupyter/jupyter_config.py')",
)
write.code(
    "write-the-program",
    "Change the Academy, or a library, for whoever is graded next.",
    """
    import academy, pandas, site
    writes(academy.__file__, pandas.__file__, os.path.join(sys.prefix, "x.py"),
           *[os.path.join(place, "sitecustomize.py") for place in site.getsitepackages()])
    """,
    holds="Programs and libraries can be read only.",
)
write.code(
    "write-data",
    "Change a dataset for whoever is graded next.",
    """
    import glob
    writes(*glob.glob(os.path.expanduser("~/data/*/*")))
    """,
    holds="Data can be read only.",
)
write.code(
    "swap-the-sockets",
    "Put something else in the place of the sockets by which the grader speaks to the kernel.",
    """
    words = ""
    for name in os.listdir("/run/academy"):
        try:
            os.unlink(f"/run/academy/{name}")
            os.symlink(T["gradebook"], f"/run/academy/{name}")
            tell(True, "swapped")
            break
        except OSError as error:
            words = why(error)
    else:
        tell(False, words)
    """,
    holds="Their folder is closed to writing before any of the submission's code runs.",
)
