"""Courses: their settings, lessons, checks, live copies and what learners get of them."""

from academy.lean import put_off_iri_grammar

put_off_iri_grammar()
