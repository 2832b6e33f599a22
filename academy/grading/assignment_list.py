"""A Jupyter server extension: nbgrader's Assignment List, which answers in sentences.

nbgrader's own answers with a traceback where something fails, and Assignment List shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbgrader.server_extensions.assignment_list import handlers

from academy.grading.exchange import reason

_GENERAL = (
    "This did not work, and the reason is in the server's log. Your work is in your folder as you "
    "left it. Try again in a minute. If that does not help, tell your instructor."
)


def _in_words(action: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Do something; where it fails, let the answer say why in words."""
    reason.set("")
    answer = action(*given)
    return answer if answer["success"] else answer | {"value": reason.get() or _GENERAL}


class AssignmentList(handlers.AssignmentList):
    """What Assignment List asks for."""

    def list_released_assignments(self, course_id: str | None = None) -> dict[str, Any]:
        """List what can be fetched, and what was."""
        return _in_words(super().list_released_assignments, course_id)

    def list_submitted_assignments(self, course_id: str | None = None) -> dict[str, Any]:
        """List what was handed in."""
        return _in_words(super().list_submitted_assignments, course_id)

    def fetch_assignment(self, course_id: str, assignment_id: str) -> dict[str, Any]:
        """Fetch an assignment."""
        return _in_words(super().fetch_assignment, course_id, assignment_id)

    def fetch_feedback(self, course_id: str, assignment_id: str) -> dict[str, Any]:
        """Fetch the feedback on an assignment."""
        return _in_words(super().fetch_feedback, course_id, assignment_id)

    def submit_assignment(self, course_id: str, assignment_id: str) -> dict[str, Any]:
        """Hand an assignment in."""
        return _in_words(super().submit_assignment, course_id, assignment_id)


def _load_jupyter_server_extension(server: Any) -> None:
    """Load nbgrader's extension, then let ours answer."""
    handlers.load_jupyter_server_extension(server)
    manager = AssignmentList(parent=server)
    manager.root_dir = server.root_dir
    server.web_app.settings["assignment_list_manager"] = manager
