"""What the template imports, and what is left to import for those who are forked from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from academy import paths
from academy.forkserver import warm
from academy.forkserver.template import EVERYTHING
from forkserver.conftest import Nursery
from forkserver.kernels import running

#: `python -m` is how a nursery is started here, and not in this test.
KERNELS_OWN = {"runpy"}
#: Small, and only imported together with what needs them.
LESSONS_OWN = {"pandas.io.formats.string", "pyarrow.vendored", "pyarrow.vendored.version"}

LESSON = """
%matplotlib inline
import folium, geopandas, matplotlib.pyplot as plt, pandas as pd
from academy import datasets
frame = pd.DataFrame({"year": [2020, 2021], "fires": [3, 4]})
frame.plot(x="year")
plt.show()
folium.Map([30.45, -91.19])._repr_html_()
frame
"""
MODULES = "import json, sys; print(json.dumps(sorted(sys.modules)))"
#: First what a nursery without a hub imports, then what the hub's template does.
IMPORT = """
import gc, json, sys
from academy.forkserver import nursery, template, warm
warm.import_all([*warm.FOR_LESSONS, *warm.FOR_KERNELS])
nursery = sorted(sys.modules)
warm.import_all(template.EVERYTHING)
print(json.dumps([nursery, sorted(sys.modules), warm.threads(), gc.get_freeze_count()]))
"""


@dataclass(frozen=True)
class Imported:
    """What was imported, and what it left behind."""

    by_nursery: set[str]
    by_template: set[str]
    threads: int
    frozen: int


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """Import everything in a process of its own, as the hub does it."""
    done = subprocess.run(
        [sys.executable, *warm.command("")[1:-2], "-c", IMPORT],
        env=warm.environment(tmp_path_factory.mktemp("template")),
        cwd=paths.checkout(),
        capture_output=True,
        text=True,
        check=True,
    )
    nursery, template, threads, frozen = json.loads(done.stdout)
    return Imported(set(nursery), set(template), threads, frozen)


def test_after_the_imports_there_is_one_thread(imported: Imported) -> None:
    assert imported.threads == 1


def test_everything_that_should_be_imported_is_there(imported: Imported) -> None:
    assert set(EVERYTHING) <= imported.by_template


def test_what_was_imported_is_left_out_of_garbage_collection(imported: Imported) -> None:
    assert imported.frozen > 100_000


def test_a_nursery_has_one_thread(forking: Nursery) -> None:
    with running():
        assert len(list(Path(f"/proc/{forking.pid}/task").iterdir())) == 1


def test_a_kernel_imports_next_to_nothing_more(forking: Nursery, imported: Imported) -> None:
    """Whoever adds a heavy import to lessons or kernels sees it here, and adds it to `warm`."""
    with running() as kernel:
        at_its_start = set(json.loads(kernel.run(MODULES)))
        kernel.run(LESSON)
        after_a_lesson = set(json.loads(kernel.run(MODULES)))

    assert at_its_start - imported.by_nursery <= KERNELS_OWN
    assert sorted(after_a_lesson - at_its_start - LESSONS_OWN) == []


def test_what_cant_be_imported_is_said() -> None:
    with pytest.raises(warm.AcademyError, match=r"academy\.no_such_thing can't be imported"):
        warm.import_all(["academy.no_such_thing"])


def test_a_library_that_starts_a_thread_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    code = "from academy.forkserver import warm; warm.import_all(['busy'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(paths.checkout())])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "After the imports 2 threads run where there must be one" in done.stderr


def test_a_template_knows_nothing_of_who_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIGPROXY_AUTH_TOKEN", "secret")
    monkeypatch.setenv("HOME", "/root")
    environment = warm.environment(tmp_path)
    known = {*warm.ENVIRONMENT, "HOME", "LANG", "MPLCONFIGDIR", "PATH", paths.STATE_VARIABLE}
    assert set(environment) == known
    assert "secret" not in str(environment)
    assert environment["HOME"] == environment["MPLCONFIGDIR"] == str(tmp_path)


def test_new_code_is_a_new_generation() -> None:
    stamps = {"academy/a.py": 1, "academy/b.py": 2}
    assert warm.generation(stamps) == warm.generation(dict(reversed(stamps.items())))
    assert warm.generation(stamps) != warm.generation({**stamps, "academy/b.py": 3})
    assert warm.generation(stamps) != warm.generation({**stamps, "academy/c.py": 1})
    assert warm.generation() == warm.generation()


def test_a_generation_looks_at_the_academys_code() -> None:
    known = warm._stamps()
    assert str(paths.checkout() / "academy" / "forkserver" / "warm.py") in known
