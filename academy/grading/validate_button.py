"""A Jupyter server extension: nbgrader's Validate button, which runs what grading runs.

nbgrader's own holds up the whole server meanwhile, and answers with a traceback where it fails.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.validate_assignment import handlers
from tornado import web

from academy.errors import AcademyError
from academy.grading import validation, validation_words
from academy.grading.limits import NOTEBOOK_SECONDS
from academy.grading.reading import why_it_failed

_KEPT = "Your work is in your folder as you left it."

#: One notebook at a time: whoever presses twice would wait longer for both.
_turn = asyncio.Lock()


def validated(path: Path, log: Any) -> dict[str, Any]:
    """Return what the button gets: nbgrader's own fields, in sentences.

    Parameters
    ----------
    path
        The notebook.
    log
        Where it is noted what went wrong by itself.
    """
    try:
        value = validation_words.answer(validation.validate(path))
    except AcademyError as error:
        return {"success": False, "value": str(error)}
    except Exception as error:
        log.exception("A notebook could not be validated")
        return {"success": False, "value": _in_words(error)}
    return {"success": True, "value": value}


def _in_words(error: Exception) -> str:
    told = "".join(traceback.format_exception(error))
    if "DeadKernelError" in told or "Kernel died" in told:
        return (
            "Python ended before the notebook was through: it needed too much memory, or more "
            f"than {NOTEBOOK_SECONDS} seconds in all. {_KEPT} Take out what is large or runs for "
            "long, save, and validate again."
        )
    why = why_it_failed({"error": told})
    if why.startswith("nbgrader says"):
        why = "the reason is in the server's log."
    return f"The notebook could not be run to its end: {why} {_KEPT} Mend it and validate again."


class ValidateHandler(handlers.ValidateAssignmentHandler):
    """Answers the button."""

    @web.authenticated
    async def post(self) -> None:
        """Run a notebook beside the server, which goes on serving, and say what came of it."""
        name = self.get_argument("path", None) or (self.get_json_body() or {}).get("path", "")
        root = Path(self.root_dir).resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise web.HTTPError(403, "The notebook lies outside of your folder.")
        loop = asyncio.get_running_loop()
        async with _turn:
            # Not 'to_thread': it takes the context along, and with it Jupyter's idea of the loop.
            answer = await loop.run_in_executor(None, validated, path, self.log)
        self.finish(json.dumps(answer))


def _load_jupyter_server_extension(server: Any) -> None:
    """Load nbgrader's extension with our answer in it."""
    app = server.web_app
    app.settings["root_dir"] = server.root_dir
    routes = {
        r"/assignments/validate": ValidateHandler,
        r"/nbgrader_version": handlers.NbGraderVersionHandler,
    }
    base = app.settings["base_url"]
    app.add_handlers(
        ".*$", [(url_path_join(base, place), handler) for place, handler in routes.items()]
    )
