"""``pytest --nbval-lax courses`` runs every notebook on a forked kernel."""

from academy.courses.notebook_tests import pytest_runtest_setup, pytest_sessionfinish

__all__ = ["pytest_runtest_setup", "pytest_sessionfinish"]
