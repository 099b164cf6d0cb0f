"""Waiting for something that threads and other processes bring about."""

import time
from collections.abc import Callable

PATIENCE = 300.0
"""Seconds that a test waits for what should come at once: enough for a machine ten times slower than a busy one.

It is there to end a hang with a message before the time limit of the test does, never to judge speed.
"""


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Returns as soon as the condition holds; fails the test when it does not within so many seconds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)
