"""A learner's receipt as a small text file beside their assignments."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from academy import paths
from academy.grading.receipts import Receipt

#: The folder for receipts in a course's folder. No assignment can have this name: it has a capital.
FOLDER = "Receipts"

_TEXT = """\
Your receipt

What you handed in has arrived.

  Receipt number      {number}
  Course              {course}
  Assignment          {assignment}
  Handed in by        {learner}
  Arrived             {moment}, by the Academy's clock
  Files               {files}, {size:,} bytes together
  Fingerprint         {sha256}

You need not do anything with it. Keep it if you like: the number and the fingerprint prove what
you handed in, and when. If you ever ask your instructor about this submission, name the number.

You may hand in again. The newest counts, and each gets a receipt of its own.
"""


def write_slip(folder: Path, receipt: Receipt) -> Path:
    """Write a receipt's text and return its file.

    Parameters
    ----------
    folder
        The learner's folder of the course.
    receipt
        What the exchange noted.

    Raises
    ------
    OSError
        When it can't be written, say for want of room.
    """
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    file = place / f"{receipt.assignment}-{receipt.number}.txt"
    paths.write_atomically(file, slip(receipt))
    return file


def slip(receipt: Receipt) -> str:
    """Return a receipt in plain words."""
    moment = f"{receipt.submitted_at.astimezone(UTC):%d %B %Y at %H:%M:%S} UTC"
    return _TEXT.format(**(receipt.as_dict() | {"moment": moment.removeprefix("0")}))
