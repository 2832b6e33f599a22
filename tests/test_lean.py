"""What is put off at the start, and works all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest


def said_by(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    "module",
    ["academy.courses.tend", "academy.hub.app", "academy.grading.worker", "academy.courses.runner"],
)
def test_no_process_of_ours_builds_the_grammar_at_its_start(module: str) -> None:
    program = (
        f"import sys, {module}, nbformat; print('jsonschema' in sys.modules, 'lark' in sys.modules)"
    )
    assert said_by(program).split() == ["True", "False"]


def test_addresses_are_checked_all_the_same() -> None:
    program = """
import academy.grading, jsonschema, rfc3987_syntax
checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
validator = jsonschema.Draft202012Validator({"format": "iri"}, format_checker=checker)
print(validator.is_valid("https://b\u00e4you.example/"), validator.is_valid("a b"))
print(rfc3987_syntax.is_valid_syntax_iri("https://example.org/"), hasattr(rfc3987_syntax, "none"))
"""
    assert said_by(program).split() == ["True", "False", "True", "False"]
