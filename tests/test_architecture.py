"""Rules of the house that no single module can hold: imports, folders, clean notebooks."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from academy import paths

ROOT = paths.checkout()
PACKAGE = ROOT / "academy"

# A part may import from the parts below it, never from one above or beside it. Those of the lowest
# rank may use each other.
RANKS = [
    {"cli"},
    {"hub", "web"},
    {"courses"},
    {"grading"},
    {"forkserver"},
    {"isolation", "datasets", "lessons", "plots", "ranges"},
    {"paths", "errors", "yamlfile", "lean"},
]
# The package itself and its way in belong to no rank: `__init__` holds the version alone.
OUTSIDE = {"__init__", "__main__", "install"}
MODULES = sorted(
    file
    for file in PACKAGE.rglob("*.py")
    if "lab" not in file.parts and "template" not in file.parts
)


def part_of(module: Path) -> str:
    """The part that a module belongs to: the folder, or the file itself, right below academy/."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rank_of(part: str) -> int:
    """How high a part stands; 0 is the top."""
    for rank, parts in enumerate(RANKS):
        if part in parts:
            return rank
    raise AssertionError(f"academy/{part} has no place in the import direction")


def imports(module: Path) -> Iterator[str]:
    """Every module that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported(module: Path) -> set[str]:
    """The parts of the Academy that a module imports from."""
    names = [name.split(".") for name in imports(module)]
    found = {name[1] for name in names if name[0] == "academy" and len(name) > 1}
    return {
        part for part in found if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").exists()
    }


@pytest.mark.parametrize("module", MODULES, ids=[str(one.relative_to(ROOT)) for one in MODULES])
def test_imports_go_one_way(module: Path) -> None:
    part = part_of(module)
    if part in OUTSIDE:
        return
    for imported in parts_imported(module) - {part}:
        lowest = rank_of(part) == len(RANKS) - 1
        assert rank_of(imported) > rank_of(part) or (
            lowest and rank_of(imported) == rank_of(part)
        ), f"{part} imports {imported}"


def test_there_are_modules_to_look_at() -> None:
    assert {part_of(module) for module in MODULES} >= {
        "cli",
        "hub",
        "courses",
        "grading",
        "datasets",
    }
    assert "courses" in parts_imported(PACKAGE / "hub" / "configurer.py")


def test_the_installer_stands_alone() -> None:
    imported = {name.split(".")[0] for name in imports(PACKAGE / "install.py")}

    assert imported <= sys.stdlib_module_names
    users = [module for module in MODULES if "install" in parts_imported(module)]
    assert users == []


def test_lessons_import_neither_the_hub_nor_nbgrader() -> None:
    code = (
        "import sys\nfrom academy.datasets import load_dataset, dataset_folders\n"
        "from academy.lessons import hint\nhint()\n"
        "load_dataset('service-requests')\n"
        "print(sorted({'jupyterhub', 'nbgrader'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
    for module in (PACKAGE / "datasets").rglob("*.py"):
        named = {name.split(".")[0] for name in imports(module)}
        assert not named & {"jupyterhub", "nbgrader"}, module


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    heavy = {"pandas", "nbgrader", "nbconvert", "jupyterhub", "matplotlib", "tornado"}
    code = "import sys, academy.cli.main\nprint(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not set(done.stdout.split()) & heavy


def test_the_top_level_folders() -> None:
    folders = "academy courses datasets grading hub_config requirements tests docs"
    for name in folders.split():
        assert (ROOT / name).is_dir(), name
    files = "jupyterhub_config.py environment.yml pyproject.toml Makefile README.md LICENSE"
    for name in [*files.split(), "CONTRIBUTING.md", "CHANGELOG.md", "courses/LICENSE"]:
        assert (ROOT / name).is_file(), name


def kept_notebooks() -> list[Path]:
    """Every notebook in the repository, or that would be by the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.ipynb"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_notebooks_are_kept_clean() -> None:
    notebooks = kept_notebooks()

    assert len(notebooks) >= 2
    for file in notebooks:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        name = str(file.relative_to(ROOT))
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5), name
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", name
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(ids) == len(set(ids)), name
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [], f"{name}: {cell['id']} has an output"
                assert cell["execution_count"] is None, f"{name}: {cell['id']} was stored as run"
