"""Waits for signals, and misses none."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def waiting_for(*numbers: signal.Signals) -> Iterator[Callable[[], signal.Signals]]:
    """What answers with the next signal of these, once there is one. In the main thread alone.

    A thread that waits on an Event may not be woken by a signal, where the system hands that to another thread or just
    before the wait begins; and a handler that sets the Event may wait without end for the lock that its own thread
    holds. So the interpreter writes each signal into a socket, whoever got it, and that is read.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)
    before = signal.set_wakeup_fd(writing.fileno())
    handlers = {number: signal.signal(number, lambda *_: None) for number in numbers}

    def next_one() -> signal.Signals:
        while True:
            number = reading.recv(1)[0]
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
