"""Who has to wait after too many wrong passwords."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

#: From all addresses together a name stands so many times what it stands from one of them. So a
#: stranger elsewhere can't keep a person out by typing wrong passwords for their name.
ADDRESSES = 10
#: So much is remembered; what was quiet longest is forgotten first.
MOST_REMEMBERED = 10_000


class Lockout:
    """Counts of wrong tries, by name and address; in memory.

    Names that do not exist are counted as well, so that nobody learns which do.

    Parameters
    ----------
    allowed
        Wrong tries for a name from one address before it waits.
    seconds
        How long it waits.
    clock
        Seconds, as by ``time.monotonic``.
    """

    def __init__(
        self, allowed: int, seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._clock = clock
        self._tries: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many names and addresses are remembered."""
        return len(self._tries)

    def add(self, name: str, address: str) -> None:
        """Count a try; a count begins anew after the waiting time."""
        for key in ((name, address), (name, "")):
            count = self._tries[key][0] if self._left(key) > 0 else 0
            self._tries[key] = (count + 1, self._clock())
            self._tries.move_to_end(key)
        while len(self._tries) > MOST_REMEMBERED:
            self._tries.popitem(last=False)

    def wait(self, name: str, address: str) -> int:
        """Return how many seconds a name has to wait at an address; 0 when it need not."""
        here, everywhere = (name, address), (name, "")
        waiting = [
            self._left(key)
            for key, allowed in ((here, self._allowed), (everywhere, self._allowed * ADDRESSES))
            if self._tries.get(key, (0, 0.0))[0] >= allowed
        ]
        return math.ceil(max([0.0, *waiting]))

    def forgive(self, name: str, address: str) -> None:
        """Forget the wrong tries for a name at an address, because the right one came."""
        self._tries.pop((name, address), None)
        count, last = self._tries.get((name, ""), (0, 0.0))
        if count:
            self._tries[name, ""] = (count - 1, last)

    def _left(self, key: tuple[str, str]) -> float:
        """Return for how many seconds more a count holds."""
        _, last = self._tries.get(key, (0, -math.inf))
        return last + self._seconds - self._clock()
