"""Everything that submissions try, in the order of the page."""

# ruff: noqa: I001 - the order is that of the page
from __future__ import annotations

from attacks.breakouts import looking
from attacks.breakouts import network
from attacks.breakouts import bombs
from attacks.breakouts import files

GROUPS = (looking, network, bombs, files)
