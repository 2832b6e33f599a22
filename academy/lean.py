"""Put off what costs more than a second at the start of every process and is hardly ever used."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

_GRAMMAR = "rfc3987_syntax"


def put_off_iri_grammar() -> None:
    """Have the grammar of web addresses in other alphabets built when one is first looked at.

    Whatever reads notebooks imports jsonschema, which imports ``rfc3987_syntax``, which builds a
    parser in 1.5 seconds, for a check (``format: iri``) that no schema of Jupyter asks for. It
    still works, and takes its time then. Nothing happens where it was imported before.
    """
    if _GRAMMAR in sys.modules:
        return
    spec = importlib.util.find_spec(_GRAMMAR)
    if spec is None:  # jsonschema then does without
        return
    module = importlib.util.module_from_spec(spec)  # made, and not executed
    vars(module).update(is_valid_syntax=_is_valid_syntax, __getattr__=_from_the_real_one)
    sys.modules[_GRAMMAR] = module


def _is_valid_syntax(term: str, value: str) -> bool:
    return bool(_from_the_real_one("is_valid_syntax")(term, value))


def _from_the_real_one(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(importlib.import_module(f"{_GRAMMAR}.syntax_helpers"), name)
