"""The queue of one receiver, and the thread that empties it: a slow one delays no other one, and no pass.

At least once, in order, up to a bound: what can't be delivered in an hour, or does not fit into the queue, is dropped.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from reconciler.config import NotificationConfig
from reconciler.reporting.notifications.forms import body_of
from reconciler.reporting.notifications.notices import Notice, is_for
from reconciler.reporting.notifications.sending import Answer, Result, Sender

log = logging.getLogger(__name__)

MOST_WAITING = 1000
OLDEST = 3600.0
"""Seconds after which an event is dropped that could not be delivered."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before the second try, and at most before any: twice as long each time, and by chance up to half shorter."""

Count = Callable[[str, str, int], None]
"""Counts for a receiver: its name, ``delivered``, ``failed`` (a try) or ``dropped``, and how many."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much waits for a receiver, and for how long, in seconds."""

    waiting: int = MOST_WAITING
    oldest: float = OLDEST
    first_pause: float = FIRST_PAUSE
    longest_pause: float = LONGEST_PAUSE


class Receiver:
    """One receiver as the settings have it. Threads may share it."""

    def __init__(
        self, config: NotificationConfig, count: Count, bounds: Bounds, waiting: Iterable[Notice] = ()
    ) -> None:
        """``waiting``: what was left by another one of this name."""
        self.config = config
        self._count = count
        self._bounds = bounds
        self._sender = Sender(config)
        self._changed = threading.Condition()
        self._waiting = deque(waiting)
        self._ending = False
        self._handed_over = False
        self._failures = 0
        self._dropping = False
        self._thread = threading.Thread(target=self._run, name=f"notify {config.name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    def put(self, notices: Iterable[Notice]) -> None:
        """Has those sent soon that are for this one."""
        chosen = [one for one in notices if is_for(one.event, self.config)]
        if not chosen:
            return
        with self._changed:
            closed = self._ending or self._handed_over
            room = 0 if closed else max(0, self._bounds.waiting - len(self._waiting))
            self._waiting.extend(chosen[:room])
            self._changed.notify()
        if len(chosen) > room:
            self._dropped(len(chosen) - room, "too many wait")

    def end(self) -> None:
        """Has what waits tried once more, without pauses; nothing more is taken."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Waits, at most so long, for the end; what is left is dropped."""
        self._thread.join(seconds)
        if left := len(self.hand_over()):
            self._dropped(left, "the daemon ends")

    def hand_over(self) -> list[Notice]:
        """Ends, and answers with what waits, for another one; what is being sent is among it."""
        with self._changed:
            self._handed_over = True
            left = [*self._waiting]
            self._waiting.clear()
            self._changed.notify()
        return left

    def _run(self) -> None:
        while (notice := self._next()) is not None:
            try:
                answer = self._sender.send(body_of(notice, self.config), time.time())
            except Exception:
                # It must outlive a defect, also of a library.
                log.exception("a notification broke", extra={"receiver": self.config.name})
                answer = Answer(Result.NEVER, "a defect")
            if not self._heard(notice, answer):
                break
        self._sender.close()

    def _next(self) -> Notice | None:
        """The oldest that waits, once there is one; None at the end."""
        while True:
            with self._changed:
                while not self._waiting and not self._ending and not self._handed_over:
                    self._changed.wait()
                if self._handed_over or not self._waiting:
                    return None
                notice = self._waiting[0]
                if time.monotonic() - notice.since <= self._bounds.oldest:
                    return notice
                self._waiting.popleft()
            self._dropped(1, "it could not be delivered in time")

    def _heard(self, notice: Notice, answer: Answer) -> bool:
        """Takes note of an answer, and waits before the next try; whether there is one."""
        name = self.config.name
        if answer.result is not Result.AGAIN:
            with self._changed:
                # It may have been handed over meanwhile.
                mine = bool(self._waiting) and self._waiting[0] is notice
                if mine:
                    self._waiting.popleft()
            if answer.result is Result.TAKEN:
                self._count(name, "delivered", 1)
                self._recovered()
            elif mine:
                self._count(name, "failed", 1)
                self._dropped(1, answer.error)
            return True
        self._count(name, "failed", 1)
        self._failures += 1
        if self._failures == 1:
            # Once: that it goes on is in the metrics.
            log.warning("notifications fail", extra={"receiver": name, "error": answer.error})
        pause = min(self._bounds.first_pause * 2.0 ** min(self._failures - 1, 20), self._bounds.longest_pause)
        pause *= random.uniform(0.5, 1.0)  # noqa: S311  no secret: that many do not come at once
        with self._changed:
            self._changed.wait_for(lambda: self._ending or self._handed_over, max(pause, answer.wait))
            # At the end there is one try of what waits, and none after one that failed.
            return not self._ending and not self._handed_over

    def _recovered(self) -> None:
        if self._failures or self._dropping:
            log.info("notifications are delivered again", extra={"receiver": self.config.name})
        self._failures, self._dropping = 0, False

    def _dropped(self, number: int, why: str) -> None:
        self._count(self.config.name, "dropped", number)
        if not self._dropping:
            log.warning("notifications dropped", extra={"receiver": self.config.name, "events": number, "error": why})
        self._dropping = True
