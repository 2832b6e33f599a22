"""A course's NbGraderAPI with the same settings as ``nbgrader`` has in the course's folder."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traitlets.config import Application, Config
from traitlets.config.loader import ConfigFileNotFound

from academy import paths
from academy.grading.config import nbgrader_config
from academy.grading.course import course_root
from academy.grading.exchange_store import ensure_exchange

LOG_NAME = ".nbgrader.log"


@contextmanager
def course_api(course_id: str) -> Iterator[Any]:
    """Open nbgrader's Python interface on a live course.

    Parameters
    ----------
    course_id
        The course.

    Yields
    ------
    CourseAPI
        nbgrader's own, configured as ``nbgrader`` is in the course's folder; what it logs goes
        to the course's ``.nbgrader.log``.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    from academy.grading.course_api import CourseAPI

    root = course_root(course_id)
    ensure_exchange(course_id)
    with logged_to(root / LOG_NAME):
        yield CourseAPI(config=course_config(course_id))


def course_config(course_id: str) -> Config:
    """Return what ``nbgrader`` reads: Jupyter's settings, ours, then the course's own."""
    root = course_root(course_id)
    places = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    places = [place for place in places if place] or [str(paths.checkout() / "grading")]
    config = _read("jupyter_config", places)
    config.merge(nbgrader_config(course_id))
    config.merge(_read("nbgrader_config", [str(root)]))
    return config


def _read(name: str, folders: list[str]) -> Config:
    reader = Application()
    try:
        reader.load_config_file(name, path=folders)
    except ConfigFileNotFound:
        return Config()
    return Config(reader.config)


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Have what Jupyter's libraries log written to a file for a while, and nowhere else of ours."""
    from traitlets.log import get_logger

    logger = get_logger()
    if isinstance(logger, logging.LoggerAdapter):
        logger = logger.logger
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = logger.level
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
