"""What adds up over API requests, by VIM: the drivers of all repositories that use one. Not for many threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, MutableMapping
from typing import Any

from prometheus_client.core import Metric

from reconciler.model import ApiCall
from reconciler.reporting.metrics.families import Histogram, Labels, counter, histogram

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Requests:
    """Remembers the API requests that it is reported of."""

    def __init__(self) -> None:
        self._counts: Counter[Labels] = Counter()
        self._seconds: defaultdict[Labels, Histogram] = defaultdict(lambda: Histogram(BUCKETS))
        self._waited: defaultdict[Labels, float] = defaultdict(float)

    def done(self, call: ApiCall) -> None:
        status = f"{call.status // 100}xx" if call.status else "none"
        self._counts[call.target, call.service, call.method, status] += 1
        self._seconds[call.target, call.service].observe(call.seconds)
        self._waited[call.target,] += call.waited

    def forget(self, target: str) -> None:
        series: tuple[MutableMapping[Labels, Any], ...] = (self._counts, self._seconds, self._waited)
        for one in series:
            for key in [key for key in one if key[0] == target]:
                del one[key]

    def collect(self) -> Iterator[Metric]:
        yield counter(
            "magi_api_requests",
            "API requests; status none: no answer came.",
            ("vim", "service", "method", "status"),
            self._counts,
        )
        yield histogram(
            "magi_api_request_duration_seconds", "How long API requests took.", ("vim", "service"), self._seconds
        )
        yield counter(
            "magi_api_budget_wait_seconds", "How long API requests waited for the API budget.", ("vim",), self._waited
        )
