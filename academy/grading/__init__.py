"""Grading: nbgrader's settings, its four steps, and what becomes of unusual submissions."""

from academy.lean import put_off_iri_grammar

put_off_iri_grammar()
