"""What is to be worked on, by key: never twice at once, in threads that are there when they are needed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

IDLE = 10.0
"""Seconds after which a thread without work ends."""

SLOW = 4
"""The threads for each one that may be at a slow key."""


class WorkQueue(Generic[K]):
    """Calls ``work`` for each key that was added, in the order in which they came.

    A key that is added while it waits counts once; while it is worked on, it is worked on once more afterwards. Two
    keys that need the same thing of what ``needs`` answers with are never worked on at once, and who waits for that
    keeps no one else waiting.

    There are as many threads as there is work at once, up to ``limit``: below it a key whose work hangs delays only who
    needs the same. Keys that ``is_slow`` names get a quarter of these threads at most, and one at least: many that hang
    then leave the others the rest. ``work`` must not raise. Used by many threads.
    """

    def __init__(
        self,
        work: Callable[[K], None],
        needs: Callable[[K], Collection[Hashable]] = lambda _: (),
        limit: int | None = None,
        is_slow: Callable[[K], bool] = lambda _: False,
    ) -> None:
        """``limit``: threads at most; None: any number."""
        self._work = work
        self._is_slow = is_slow
        self._limit = limit
        self._needs = needs
        lock = threading.Lock()
        self._changed = threading.Condition(lock)
        self._ended = threading.Condition(lock)
        # Who waits for that must not take what a worker is woken for.
        self._settled = threading.Condition(lock)
        self._waiting: dict[K, None] = {}
        self._taken: set[Hashable] = set()
        self._running = 0
        self._slow = 0
        self._idle = 0
        self._stopped = False

    def add(self, key: K) -> None:
        """Has the key worked on as soon as may be. After `stop` nothing is."""
        with self._changed:
            if self._stopped:
                return
            self._waiting[key] = None
            self._changed.notify()
            # Who was notified but is not awake yet is idle still, and takes one key alone.
            if len(self._waiting) > self._idle:
                self._start_one()

    def limit(self, threads: int) -> None:
        """Has so many threads at most from now on; those that are too many end after what they work on."""
        with self._changed:
            self._limit = threads
            for _ in range(len(self._waiting) - self._idle):
                self._start_one()
            # Of those that idle some may be too many.
            self._changed.notify_all()

    def stop(self) -> None:
        """What waits is dropped; what is being worked on goes on, see `join`."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
            self._settled.notify_all()

    def join(self, seconds: float) -> bool:
        """Waits, at most so long, until nothing is worked on after a `stop`; whether that is so."""
        with self._ended:
            return self._ended.wait_for(lambda: not self._running, seconds)

    def _start_one(self) -> None:
        if self._limit is None or self._running < self._limit:
            self._running += 1
            threading.Thread(target=self._run, name="worker", daemon=True).start()

    def settle(self, seconds: float) -> bool:
        """Waits, at most so long, until nothing waits and nothing is worked on; whether that is so."""
        with self._settled:
            return self._settled.wait_for(self._is_settled, seconds)

    def _is_settled(self) -> bool:
        return not self._waiting and not self._taken

    def _run(self) -> None:
        thread = threading.current_thread()
        while (taken := self._take()) is not None:
            key, needed, slow = taken
            thread.name = f"worker {key}"
            try:
                self._work(key)
            finally:
                thread.name = "worker"
                with self._changed:
                    self._taken -= needed
                    self._slow -= slow
                    if self._waiting:
                        # Who waits may have waited for just this, and every idle thread passed it over. No two of
                        # those that it lets begin need the same of it, so no more threads are of use.
                        self._changed.notify(len(needed) + slow)
                    elif self._is_settled():
                        self._settled.notify_all()

    def _take(self) -> tuple[K, set[Hashable], bool] | None:
        """The next key that may be worked on, what it needs, and whether it is slow; None when this thread is to end.

        It is when there was nothing to do for long, and when there are more threads than there may be.
        """
        until = time.monotonic() + IDLE
        with self._changed:
            while not self._stopped and (self._limit is None or self._running <= self._limit):
                for key in self._waiting:
                    slow = self._is_slow(key)
                    if slow and self._limit is not None and self._slow >= max(1, self._limit // SLOW):
                        continue
                    needed = {("key", key), *self._needs(key)}
                    if self._taken.isdisjoint(needed):
                        del self._waiting[key]
                        self._taken |= needed
                        self._slow += slow
                        return key, needed, slow
                left = until - time.monotonic()
                # What can't be begun yet needs someone who waits for it.
                if left <= 0 and not self._waiting:
                    break
                self._idle += 1
                self._changed.wait(left if left > 0 else IDLE)
                self._idle -= 1
            # With the decision, or several would see that they are too many by one.
            self._running -= 1
            self._ended.notify_all()
        return None
