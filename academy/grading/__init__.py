"""Grading: nbgrader's settings, its four steps, and what becomes of unusual submissions."""
