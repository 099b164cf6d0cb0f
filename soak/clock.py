"""Time that is moved manually, the same for the daemon and for the clouds in another process."""

from __future__ import annotations

import time
from multiprocessing.context import SpawnContext

from reconciler.loop.clock import Clock


class HandClock:
    """Stands still until it is moved. It begins with the time of the machine, and goes on from there."""

    def __init__(self, context: SpawnContext) -> None:
        self.moment = context.Value("d", 1000.0)
        self._epoch: float = time.time() - 1000.0
        self.clock = Clock(self.monotonic, self.time)

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return float(self.moment.value)

    def time(self) -> float:
        """Seconds since the epoch."""
        return float(self._epoch + self.monotonic())

    def forward(self, seconds: float) -> None:
        """Moves it on."""
        self.moment.value += max(0.0, seconds)

    def forward_to(self, moment: float) -> None:
        """Moves it on to a moment in seconds since the epoch, where that is to come."""
        self.forward(moment - self.time())
