"""Waits for signals, and misses none."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, overload

ENDING = (signal.SIGTERM, signal.SIGINT)


class NextSignal(Protocol):
    """Answers with the next signal, once there is one; with None after so many seconds, if some are given."""

    @overload
    def __call__(self) -> signal.Signals: ...
    @overload
    def __call__(self, seconds: float | None) -> signal.Signals | None: ...


@contextmanager
def waiting_for(*numbers: signal.Signals) -> Iterator[NextSignal]:
    """What answers with the next signal of these. In the main thread alone.

    A thread that waits on an Event may not be woken by a signal, where the system hands that to another thread or just
    before the wait begins; and a handler that sets the Event may wait without end for the lock that its own thread
    holds. So the interpreter writes each signal into a socket, whoever got it, and that is read.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    before = signal.set_wakeup_fd(writing.fileno())
    handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}

    @overload
    def next_one() -> signal.Signals: ...
    @overload
    def next_one(seconds: float | None) -> signal.Signals | None: ...
    def next_one(seconds: float | None = None) -> signal.Signals | None:
        until = None if seconds is None else time.monotonic() + seconds
        while True:
            reading.settimeout(None if until is None else max(0.001, until - time.monotonic()))
            try:
                number = reading.recv(1)[0]
            except TimeoutError:
                return None
            if number in numbers:
                return signal.Signals(number)

    try:
        yield next_one
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        reading.close()
        writing.close()
