"""What time it is for the loop: that of the machine, or one that a soak or a test moves manually."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Clock(NamedTuple):
    """``monotonic`` measures how long something takes; ``time`` is in seconds since the epoch."""

    monotonic: Callable[[], float] = time.monotonic
    time: Callable[[], float] = time.time


CLOCK = Clock()
"""That of the machine."""
