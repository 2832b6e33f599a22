"""Put an assignment's hints into its released notebooks; they stand in ``answers/``."""

from __future__ import annotations

from typing import Annotated, Any

from nbconvert.preprocessors import Preprocessor
from pydantic import BaseModel, ConfigDict, Field
from traitlets import Bool, Unicode

from academy.grading.course import course_root
from academy.lessons import METADATA, encoded
from academy.yamlfile import load_yaml


class _Cell(BaseModel):
    model_config = ConfigDict(extra="ignore")

    hints: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class _AnswersFile(BaseModel):
    """What a release needs of an answers file; alternatives and mutants never leave the course."""

    model_config = ConfigDict(extra="ignore")

    cells: dict[str, _Cell] = {}


class EmbedHints(Preprocessor):
    """Give each exercise of the learners' version its hints, encoded, in its cell's metadata."""

    enabled = Bool(True, help="Whether this is done when an assignment is released.").tag(
        config=True
    )
    course_id = Unicode(help="The live course whose answers files hold the hints.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Put the hints in; what an older release or a copied cell had goes."""
        hints = hints_of(self.course_id, resources["nbgrader"]["assignment"])
        for cell in nb.cells:
            cell.metadata.pop(METADATA, None)
            own = hints.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            if own:
                cell.metadata[METADATA] = {"hints": encoded(own)}
        return nb, resources


def hints_of(course_id: str, assignment_id: str) -> dict[str, tuple[str, ...]]:
    """Return the hints of an assignment by the ``grade_id`` of the cell.

    Raises
    ------
    AcademyError
        When the answers file can't be read.
    """
    file = course_root(course_id) / "answers" / f"{assignment_id}.yaml"
    if not file.exists():
        return {}
    shown = f"{course_id}/answers/{file.name}"
    cells = load_yaml(file, _AnswersFile, shown_as=shown).cells
    return {name: cell.hints for name, cell in cells.items() if cell.hints}


def release_preprocessors() -> list[type]:
    """Return what is done to an assignment before learners get it: nbgrader's steps, and ours."""
    from nbgrader.converters import GenerateAssignment

    return [*GenerateAssignment.preprocessors.default_args[0], EmbedHints]
