"""What the template imports, so that no fork has to.

A fork that needs more still gets it, only later: what stands here decides about speed and nothing
else. Tests look at what a server and a kernel import beyond it.
"""

from __future__ import annotations

import functools
import gc
import importlib
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from academy import paths
from academy.errors import AcademyError
from academy.forkserver import homes
from academy.lean import put_off_iri_grammar

#: What lessons use.
FOR_LESSONS = (
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PpmImagePlugin",
    "academy.datasets",
    "academy.datasets.card",
    "academy.datasets.descriptor",
    "academy.datasets.filters",
    "academy.datasets.geo",
    "academy.datasets.load",
    "academy.datasets.memory",
    "academy.datasets.tables",
    "academy.datasets.writing",
    "academy.plots.charts",
    "academy.plots.maps",
    "academy.plots.tables",
    "academy.ranges",
    "folium.plugins",
    "geopandas",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "offlinefolium",
    "pandas.io.formats.html",
    "pandas.plotting._matplotlib",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "pyarrow.vendored.version",
    "pydantic.plugin._schema_validator",
    "pyogrio",
)
#: What a kernel needs before it answers.
FOR_KERNELS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.debugger_backport",
    "IPython.core.display_functions",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.magics.execution",
    "IPython.core.magics.pylab",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "comm",
    "faulthandler",
    "debugpy.server.api",
    "ipykernel.debugger",
    "ipykernel.embed",
    "ipykernel.kernelapp",
    "jedi",
    "matplotlib_inline.config",
    "sqlite3",
    "tornado.platform.asyncio",
)
#: What a learner's server needs before it answers.
FOR_SERVERS = (
    "jinja2.ext",
    "jupyter_server.kernelspecs.handlers",
    "jupyter_server.nbconvert.handlers",
    "jupyter_server.services.api.handlers",
    "jupyter_server.services.config.handlers",
    "jupyter_server.services.contents.handlers",
    "jupyter_server.services.events.handlers",
    "jupyter_server.services.kernels.handlers",
    "jupyter_server.services.kernelspecs.handlers",
    "jupyter_server.services.nbconvert.handlers",
    "jupyter_server.services.security.handlers",
    "jupyter_server.services.sessions.handlers",
    "jupyter_server.services.shutdown",
    "jupyter_server.view.handlers",
    "jupyter_server_terminals",
    "jupyterhub.singleuser.extension",
    "jupyterlab.labapp",
    "nbconvert.exporters",
    "nbgrader.apps",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
    "nbgitpuller.pull",
    "notebook.app",
    "notebook_shim.nbserver",
    "academy.grading.assignment_list",
    "academy.grading.validate_button",
    "academy.hub.course_extension",
    "academy.hub.home_extension",
)
#: Set before the start: libraries that would make threads of their own are told not to.
ENVIRONMENT = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "262144",
    "MALLOC_MMAP_THRESHOLD_": "262144",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


#: See `held`.
_held: set[int] = set()


def import_all(modules: Iterable[str]) -> None:
    """Import modules, leave the objects of all of them out of garbage collection from now on.

    Raises
    ------
    AcademyError
        When one can't be imported, or one left a thread running: a fork of a process with
        threads may hang.
    """
    put_off_iri_grammar()
    before = _open_files()
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise AcademyError(f"{name} can't be imported: {error!r}") from error
    _look_up()
    _held.update(_open_files() - before)
    if threads() > 1:
        raise AcademyError(f"After the imports {threads()} threads run where there must be one.")
    homes.note(os.environ.get("HOME", ""))
    gc.collect()
    gc.freeze()


@functools.cache
def import_once(modules: tuple[str, ...]) -> None:
    """Import modules as `import_all` does, unless that was done before."""
    import_all(modules)


def held() -> frozenset[int]:
    """Return the descriptors of files that libraries opened while they were imported.

    They are the libraries' to close, and a fork must keep them open: PROJ, which knows coordinates,
    closes its database in each fork that uses it, whatever has got the number by then.
    """
    return frozenset(_held)


def _open_files() -> set[int]:
    """Return the descriptors of files: no pipes, no sockets."""
    found = set()
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        # The one by which the folder is read is gone by now.
        with suppress(OSError):
            if stat.S_ISREG(os.fstat(number).st_mode):
                found.add(number)
    return found


def _look_up() -> None:
    """Do once what each kernel would do anew, with the same result for all."""
    backends: Any = sys.modules.get("matplotlib.backends.registry")
    if backends is not None:
        # It reads the description of every installed package.
        backends.backend_registry._ensure_entry_points_loaded()


def threads() -> int:
    """Return how many threads this process has, those that Python does not know of included."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that starts a template; see `environment`."""
    # As for a kernel: without frozen modules a debugger can step into the standard library.
    options = ["-E", "-s", "-X", "utf8", "-X", "frozen_modules=off"]
    return [sys.executable, *options, "-m", module, *arguments]


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a template: nothing of the starter's, no token, no home.

    Parameters
    ----------
    folder
        A private folder for what libraries keep between starts (matplotlib's list of fonts).
    """
    return {
        **ENVIRONMENT,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": str(folder),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        paths.STATE_VARIABLE: str(paths.state()),
    }


def generation(stamps: Mapping[str, int] | None = None) -> str:
    """Return a word that changes when packages or the Academy's code change."""
    import hashlib

    known = stamps if stamps is not None else _stamps()
    return hashlib.sha256(repr(sorted(known.items())).encode()).hexdigest()[:16]


def _stamps() -> dict[str, int]:
    """When what the template imported was last written; cheap enough for each start."""
    package = paths.checkout() / "academy"
    files = [*package.rglob("*.py"), Path(sys.prefix) / "academy-installed.json"]
    return {str(file): file.stat().st_mtime_ns for file in files if file.exists()}
