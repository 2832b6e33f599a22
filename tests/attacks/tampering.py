"""Attempts to get points without an answer, by what a notebook can do to the kernel it runs in.

They are in the catalogue as soon as their modules are imported, in this order.
"""

# ruff: noqa: I001 - the order is that of the page
from __future__ import annotations

from attacks import relied_on
from attacks import cells
from attacks import outputs
from attacks import reading
from attacks import meanwhile
from attacks import one_process

GROUPS = (relied_on, cells, outputs, reading, meanwhile, one_process)
