"""A limit on requests a second, shared by all threads that work on one target."""

from __future__ import annotations

import threading
from collections.abc import Callable


class RateLimit:
    """Lets ``rate`` calls a second through, with a burst of one second's worth.

    Calls are served in the order in which they arrive. ``clock`` and ``sleep`` are in seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._interval = 1.0 / rate
        self._slack = 1.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = clock() - self._slack

    def wait(self) -> float:
        """Returns when a call may go; shows how many seconds that took."""
        with self._lock:
            now = self._clock()
            mine = max(self._next, now - self._slack)
            self._next = mine + self._interval
        if mine <= now:
            return 0.0
        self._sleep(mine - now)
        return mine - now
