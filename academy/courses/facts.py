"""A notebook's facts file: where each number of its prose comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from academy.yamlfile import load_yaml


def _text(value: object) -> object:
    if isinstance(value, str):
        return value
    raise ValueError(f"expected text, and found {value!r}; put quote marks around it")


def _with_a_digit(value: str) -> str:
    if not any(letter.isdigit() for letter in value):
        raise ValueError(f"'{value}' holds no digit; words need no entry")
    return value


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Phrase = Annotated[Text, AfterValidator(_with_a_digit)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bound(_Strict):
    """A number, or a phrase with some, and the expression that works it out of the data."""

    says: Phrase
    value: Text


class Reason(_Strict):
    """A number that does not come from the data, and why it may stand in the prose."""

    says: Phrase
    because: Text


class Facts(_Strict):
    """The numbers of one notebook."""

    setup: str = ""
    numbers: tuple[Bound, ...] = ()
    reasons: tuple[Reason, ...] = ()

    @model_validator(mode="after")
    def _stand_once(self) -> Facts:
        bound = {one.says for one in self.numbers}
        listed = [one.says for one in self.reasons]
        twice = [says for says in listed if says in bound or listed.count(says) > 1]
        if twice:
            message = f"'{twice[0]}' has a reason and another entry; give it one or the other."
            raise PydanticCustomError("value_error", "{sentence}", {"sentence": message})
        return self

    @property
    def expressions(self) -> tuple[str, ...]:
        """What the data are asked, in the order of the numbers."""
        return tuple(one.value for one in self.numbers)


def load_facts(path: Path, *, shown_as: str) -> Facts | None:
    """Read a facts file; None where there is none.

    Raises
    ------
    AcademyError
        When it does not fit.
    """
    return load_yaml(path, Facts, shown_as=shown_as) if path.exists() else None
