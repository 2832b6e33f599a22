"""Courses: their settings, lessons, checks, live copies and what learners get of them."""
