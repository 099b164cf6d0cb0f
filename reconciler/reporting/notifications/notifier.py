"""All receivers of events, as the settings have them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from reconciler.config import NotificationConfig
from reconciler.reporting.events import Event
from reconciler.reporting.notifications.notices import notice_of
from reconciler.reporting.notifications.receiver import Bounds, Count, Receiver

log = logging.getLogger(__name__)

_USUAL = Bounds()


class Notifier:
    """Sends events to the receivers that it is given. Threads may share it; no one waits for a receiver."""

    def __init__(self, count: Count, bounds: Bounds = _USUAL) -> None:
        self._count = count
        self._bounds = bounds
        self._lock = threading.Lock()
        self._receivers: dict[str, Receiver] = {}
        self._ended = False

    def take(self, configs: Sequence[NotificationConfig]) -> None:
        """Sends to these from now on, each of another name, and to no others.

        One whose settings are what they were goes on. One with other settings is sent what waits for it, and what was
        being sent may come twice. What waits for one that is gone is dropped.
        """
        with self._lock:
            if self._ended:
                return
            before, self._receivers = self._receivers, {}
            for config in configs:
                known = before.pop(config.name, None)
                if known is None or known.config != config:
                    left = known.hand_over() if known else []
                    known = Receiver(config, self._count, self._bounds, left)
                self._receivers[config.name] = known
        for name, one in before.items():
            if lost := len(one.hand_over()):
                log.warning("notifications dropped with their receiver", extra={"receiver": name, "events": lost})

    def events(self, events: Iterable[Event]) -> None:
        """Has events sent soon."""
        with self._lock:
            receivers = [*self._receivers.values()]
            if receivers:
                now = time.monotonic()
                notices = [notice_of(one, now) for one in events]
                for receiver in receivers:
                    receiver.put(notices)

    def waiting(self) -> Mapping[str, int]:
        """How many events wait for each receiver."""
        with self._lock:
            return {name: one.waiting for name, one in self._receivers.items()}

    def close(self, seconds: float) -> None:
        """Delivers what waits, for at most so long, and ends."""
        with self._lock:
            self._ended = True
            receivers = [*self._receivers.values()]
        until = time.monotonic() + seconds
        for one in receivers:
            one.end()
        for one in receivers:
            one.join(max(0.0, until - time.monotonic()))
