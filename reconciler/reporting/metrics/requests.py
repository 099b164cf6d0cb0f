"""What adds up over API requests, by VIM: the drivers of all repositories that use one. Not for many threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any

from prometheus_client.core import Metric

from reconciler.model import ApiCall
from reconciler.reporting.metrics.families import RESULTS, Histogram, Labels, counter, histogram, of_chosen

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_FAILURES = frozenset({"5xx", "none"})


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

    def collect(self, detailed: Collection[Labels]) -> Iterator[Metric]:
        """``detailed``: of which VIMs there is more than a few series each."""
        yield counter(
            "magi_vim_api_requests",
            "API requests to a VIM; failure: status 5xx, or no answer came.",
            ("vim", "result"),
            self._results(),
        )
        seconds: defaultdict[Labels, float] = defaultdict(float)
        for (vim, _), one in self._seconds.items():
            seconds[vim,] += one.total
        yield counter("magi_vim_api_request_seconds", "What API requests to a VIM took together.", ("vim",), seconds)
        yield counter(
            "magi_api_budget_wait_seconds", "How long API requests waited for the API budget.", ("vim",), self._waited
        )
        yield counter(
            "magi_api_requests",
            "API requests; status none: no answer came.",
            ("vim", "service", "method", "status"),
            of_chosen(self._counts, detailed),
        )
        yield histogram(
            "magi_api_request_duration_seconds",
            "How long API requests took.",
            ("vim", "service"),
            of_chosen(self._seconds, detailed),
        )

    def _results(self) -> Mapping[Labels, float]:
        """Zeros too: a rate needs a series from before the first failure."""
        found: dict[Labels, float] = {(vim, result): 0.0 for (vim,) in self._waited for result in RESULTS}
        for (vim, _, _, status), count in self._counts.items():
            found[vim, RESULTS[status not in _FAILURES]] += count
        return found
