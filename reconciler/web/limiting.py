"""So many requests at once, and so many a second from then on: what anyone may send is let through within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

BURST, PER_SECOND = 20.0, 1.0


class Limit:
    """A token bucket. Used by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._left, self._at = BURST, clock()

    def wait(self) -> float:
        """Seconds until the next one may come; 0 for one that may come now, which counts."""
        with self._lock:
            now = self._clock()
            self._left, self._at = min(BURST, self._left + (now - self._at) * PER_SECOND), now
            if self._left < 1.0:
                return (1.0 - self._left) / PER_SECOND
            self._left -= 1.0
            return 0.0
