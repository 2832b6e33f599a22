"""Submissions whose files are traps."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from attacks.breakouts.catalogue import Group

trap = Group("Files that are traps", "It gets a sentence or no points; the run goes on.")
NAME = "counting.ipynb"
#: Python that tells of itself where it must never run.
_EVIDENCE = "import pathlib\npathlib.Path({path!r}).write_text('it ran')\n"


def _change(folder: Path, change: Any) -> None:
    path = folder / NAME
    notebook = json.loads(path.read_bytes())
    change(notebook)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@trap.files("zip-bomb", "Hand in a file of a few kilobytes that unpacks to a gigabyte.")
def _zip_bomb(folder: Path, _: dict[str, Any]) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(NAME, "w") as file,
    ):
        for _number in range(250):
            file.write(bytes(1 << 22))
    (folder / NAME).write_bytes(packed.getvalue())


@trap.files("deep-json", "Hand in lists within lists, a million deep.")
def _deep(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).write_bytes(b'{"cells":' + b"[" * 1_000_000)


@trap.files("wide-json", "Hand in fifteen million empty lists.")
def _wide(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).write_bytes(b'{"cells":[' + b"[]," * 15_000_000 + b"[]]}")


@trap.files("long-number", "Hand in a number of ten million digits.")
def _number(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).write_bytes(b'{"cells":[],"nbformat":' + b"9" * 10_000_000 + b"}")


@trap.files("many-cells", "Hand in a hundred thousand cells.")
def _many(folder: Path, _: dict[str, Any]) -> None:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": "1"}
    cell["execution_count"] = None
    _change(folder, lambda notebook: notebook["cells"].extend([cell] * 100_000))


@trap.files("large-attachment", "Hand in a picture of fifty megabytes in the text.")
def _attachment(folder: Path, _: dict[str, Any]) -> None:
    picture = {"x.png": {"image/png": "A" * 49_000_000}}
    cell = {"cell_type": "markdown", "metadata": {}, "source": "x", "attachments": picture}
    _change(folder, lambda notebook: notebook["cells"].append(cell))


@trap.files(
    "link-to-the-solution",
    "Hand in a link to the instructor's version in place of a notebook.",
    "No link is followed.",
)
def _link(folder: Path, targets: dict[str, Any]) -> None:
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(targets["solutions"][0])


@trap.files(
    "link-to-a-peer",
    "Hand in a link to somebody else's notebook.",
    "No link is followed.",
)
def _link_to_peer(folder: Path, targets: dict[str, Any]) -> None:
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(targets["peer"][0])


_LOOK = """
found = [n for n in ("gradebook.db", "book.csv", "folder/gradebook.db") if os.path.lexists(n)]
tell(found, f"{len(found)} there")
"""


@trap.files(
    "link-to-the-gradebook",
    "Hand in links to the gradebook and to the course beside the notebook, and look at them.",
    "No link is followed.",
)
def _links(folder: Path, targets: dict[str, Any]) -> None:
    (folder / "book.csv").symlink_to(targets["gradebook"])
    (folder / "folder").symlink_to(targets["course"])
    _answer(folder, targets, _LOOK)


def _answer(folder: Path, targets: dict[str, Any], code: str) -> None:
    from attacks.breakouts.scene import with_code

    _change(folder, lambda notebook: with_code(notebook, code, targets))


@trap.files("folder-as-notebook", "Hand in a folder with a notebook's name.")
def _folder(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).unlink()
    (folder / NAME / "deep").mkdir(parents=True)


@trap.files(
    "pipe-as-notebook",
    "Hand in a named pipe in place of a notebook: who opens it waits for ever.",
    "Nothing waits for it.",
)
def _pipe(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)


@trap.files(
    "pipe-as-data",
    "Hand in a named pipe beside the notebook.",
    "Nothing waits for it.",
)
def _pipe_beside(folder: Path, _: dict[str, Any]) -> None:
    os.mkfifo(folder / "table.csv")


@trap.files(
    "names-that-climb",
    "Hand in files whose names climb out of the folder as far as a name can.",
    "Names are names; none is read as a path or a command.",
)
def _names(folder: Path, targets: dict[str, Any]) -> None:
    names = ["..\\..\\gradebook.db", "...", "%2e%2e%2fx", "-rf", "$(touch x)", "a\nb", "x" * 250]
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.csv")).write_text("x", encoding="utf-8")


@trap.files(
    "names-of-notebooks-that-climb",
    "Name the notebook so that its name, as a path, leads elsewhere.",
    "Names are names; none is read as a path or a command.",
)
def _notebook_name(folder: Path, _: dict[str, Any]) -> None:
    (folder / NAME).rename(folder / "..%2f..%2fcounting\n.ipynb")


@trap.files(
    "modules-for-the-grader",
    "Hand in modules and settings that a program started in that folder would run.",
    "Nothing that was handed in runs outside of the sandbox.",
)
def _modules(folder: Path, targets: dict[str, Any]) -> None:
    code = _EVIDENCE.format(path=targets["evidence"])
    for name in ("sitecustomize", "nbformat", "nbgrader_config", "jupyter_config", "pandas"):
        (folder / f"{name}.py").write_text(code, encoding="utf-8")
    startup = folder / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-run.py").write_text(code, encoding="utf-8")


@trap.files(
    "pickles-and-templates",
    "Hand in pickled data and page templates that run code when they are opened.",
    "Nothing that was handed in runs outside of the sandbox.",
)
def _pickles(folder: Path, targets: dict[str, Any]) -> None:
    command = f"touch {targets['evidence']}"
    pickled = f"cos\nsystem\n(S'{command}'\ntR.".encode()
    for name in ("result.json", "data.pkl", "history.sqlite"):
        (folder / name).write_bytes(pickled)
    (folder / "feedback.html.j2").write_text("{{ cycler.__init__.__globals__.os.system('x') }}")


@trap.files("time-that-is-none", "Hand in a time of submission that is not a time.")
def _time(folder: Path, _: dict[str, Any]) -> None:
    (folder / "timestamp.txt").write_bytes(b"\xff 99999-99-99 99:99:99 " + b"x" * 100_000)


@trap.files(
    "kernel-by-path",
    "Name a program of one's own as the notebook's kernel.",
    "The released kernel is used.",
)
def _kernel(folder: Path, targets: dict[str, Any]) -> None:
    own = folder / "kernels" / "own"
    own.mkdir(parents=True)
    code = _EVIDENCE.format(path=targets["evidence"])
    spec = {"argv": ["python3", "-c", code, "{connection_file}"], "display_name": "x"}
    (own / "kernel.json").write_text(json.dumps({**spec, "language": "python"}))

    def change(notebook: Any) -> None:
        notebook["metadata"]["kernelspec"] = {"name": str(own), "display_name": "x"}

    _change(folder, change)


@trap.files(
    "checks-to-be-skipped",
    "Mark the checks so that programs which run notebooks leave them out, with points in store.",
    "The released marks count, and stored outputs are dropped.",
)
def _skip(folder: Path, _: dict[str, Any]) -> None:
    def change(notebook: Any) -> None:
        for cell in notebook["cells"]:
            cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]
            if cell["cell_type"] == "code":
                data = {"text/plain": "4"}
                cell["outputs"] = [
                    {"output_type": "execute_result", "execution_count": 1, "data": data}
                ]
                cell["outputs"][0]["metadata"] = {}

    _change(folder, change)


@trap.files(
    "points-of-ones-own",
    "Give every cell of the notebook a hundred points, and take the checks out.",
    "The released marks count.",
)
def _points(folder: Path, _: dict[str, Any]) -> None:
    def change(notebook: Any) -> None:
        for cell in notebook["cells"]:
            marks = cell["metadata"].get("nbgrader")
            if marks and cell["cell_type"] == "code":
                marks |= {"grade": True, "points": 100, "locked": False, "solution": True}
                cell["source"] = "100"

    _change(folder, change)
