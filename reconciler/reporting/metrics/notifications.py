"""What became of notifications, by receiver. Not for many threads: who uses it holds a lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client.core import Metric

from reconciler.reporting.metrics.families import Labels, counter, gauge

NOTIFICATION_RESULTS = ("delivered", "dropped", "failed")


class Notifications:
    """Counts for the receivers that there are; those of others are forgotten at a scrape."""

    def __init__(self) -> None:
        self._counts: Counter[Labels] = Counter()

    def done(self, receiver: str, result: str, number: int) -> None:
        self._counts[receiver, result] += number

    def collect(self, waiting: Mapping[str, int]) -> Iterator[Metric]:
        """``waiting``: how many events wait for each receiver that there is."""
        for key in [key for key in self._counts if key[0] not in waiting]:
            del self._counts[key]
        # Zeros too: a rate needs a series from before the first failure.
        counts: dict[Labels, float] = {
            (name, result): self._counts[name, result] for name in waiting for result in NOTIFICATION_RESULTS
        }
        yield counter(
            "magi_notifications",
            "Events for receivers of notifications: delivered and dropped ones, and tries that failed.",
            ("name", "result"),
            counts,
        )
        yield gauge(
            "magi_notifications_waiting",
            "Events that wait to be delivered.",
            ("name",),
            [((name,), float(number)) for name, number in sorted(waiting.items())],
        )
