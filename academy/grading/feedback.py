"""What a learner gets back: a page with points, comments and plain words, and no test's secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import Preprocessor
from nbgrader.preprocessors import GetGrades
from traitlets import Bool, Unicode, default

from academy.errors import AcademyError
from academy.grading import page
from academy.grading.course import AssignmentRules, assignment_rules
from academy.grading.plain import Plainer
from academy.grading.repair import told_before

_TEMPLATES = Path(__file__).parent / "templates"


def feedback_preprocessors() -> list[type]:
    """Return what is done to a graded submission before it becomes a page."""
    return [GetGrades, PlainFeedback]


class PlainFeedback(Preprocessor):
    """Put plain words in the place of tracebacks, take hidden tests out, and sum up.

    While hidden tests may not show, their lines are taken out of the checks' sources, a check
    that has them keeps none of its outputs, and any other output that repeats one of their
    lines (say, because the learner's code printed it) is left out.
    """

    enabled = Bool(True, help="Whether this is done when feedback is made.").tag(config=True)
    course_id = Unicode(help="The live course whose rules say when hidden tests may show.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Make a notebook fit to be returned, and collect what its page says at the top."""
        names = resources["nbgrader"]
        rules = self._rules(names["assignment"])
        Plainer(nb, reveal=rules.shows_hidden_tests()).apply()
        names["title"] = rules.title or page.words(names["assignment"])
        names["checks"] = page.checks(nb, self._waiting(names))
        names["mended"] = told_before(nb)
        return nb, resources

    def _rules(self, assignment_id: str) -> AssignmentRules:
        try:
            return assignment_rules(self.course_id, assignment_id)
        except AcademyError as error:
            self.log.warning("Hidden tests stay hidden, because: %s", error)
            return AssignmentRules(id=assignment_id)

    def _waiting(self, names: dict[str, Any]) -> set[str]:
        """Return the cells that a person has yet to mark."""
        from nbgrader.api import Gradebook

        with Gradebook(names["db_url"], self.course_id) as gradebook:
            book = gradebook.find_submission_notebook(
                names["notebook"], names["assignment"], names["student"]
            )
            return {grade.name for grade in book.grades if grade.needs_manual_grade}


class FeedbackExporter(HTMLExporter):
    """The page: one file that needs nothing else, runs nothing, and reads well aloud."""

    @default("template_paths")
    def _template_paths_default(self) -> list[str]:
        # Only ours, whatever template is asked for: the stock ones load from the internet.
        return [str(_TEMPLATES / "returned")]

    @default("exclude_anchor_links")
    def _exclude_anchor_links_default(self) -> bool:
        return True

    def default_filters(self) -> Any:
        """Yield nbconvert's filters and the page's own."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield ("safe_html", page.safe_html)
        yield ("points", page.points)
        yield ("words", page.words)
        yield ("picture_text", page.picture_text)
        yield ("plain_text", page.plain_text)
