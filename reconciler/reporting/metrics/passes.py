"""What adds up over passes. Not for many threads: who uses it holds a lock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, MutableMapping
from typing import Any

from prometheus_client.core import Metric

from reconciler.model import Action, Report, Result
from reconciler.reporting.metrics.families import Histogram, Labels, counter, gauge, histogram, of_chosen, totals

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
OF = ("repository", "vim")
"""Whose series these are: a pass is of one repository over one VIM."""

PASS_RESULTS = ("unknown", "nothing", "changed", "incomplete")


def result_of(report: Report) -> str:
    """The result of a pass: unknown, nothing (to do), changed, or incomplete."""
    if report.plan is None:
        return "unknown"
    if not report.outcomes:
        return "nothing"
    return "incomplete" if report.left else "changed"


class Passes:
    """Remembers the passes that it is reported of, by repository and VIM."""

    def __init__(self) -> None:
        self._counts: Counter[Labels] = Counter()
        self._seconds: defaultdict[Labels, Histogram] = defaultdict(lambda: Histogram(BUCKETS))
        self._last_success: dict[Labels, float] = {}
        self._steps: Counter[Labels] = Counter()
        self._healing_actions: Counter[Labels] = Counter()

    def done(self, report: Report) -> None:
        of = (report.repository, report.target)
        self._counts[*of, result_of(report)] += 1
        self._seconds[of].observe(report.seconds)
        if report.plan is not None and not report.left:
            self._last_success[of] = report.started + report.seconds
        for outcome in report.outcomes:
            step = outcome.step
            self._steps[*of, step.action.value, outcome.result.value] += 1
            if step.heals and step.action is not Action.CREATE:
                self._healing_actions[*of, step.impact.value, outcome.result.value] += 1

    def forget(self, repository: str, target: str) -> None:
        series: tuple[MutableMapping[Labels, Any], ...] = (
            self._counts, self._seconds, self._last_success, self._steps, self._healing_actions
        )  # fmt: skip
        for one in series:
            for key in [key for key in one if key[:2] == (repository, target)]:
                del one[key]

    def targets(self, repository: str) -> set[str]:
        return {target for of, target in self._seconds if of == repository}

    def is_used(self, target: str) -> bool:
        """Whether any repository has made a pass over a VIM of this name."""
        return any(vim == target for _, vim in self._seconds)

    def collect(self, detailed: Collection[Labels]) -> Iterator[Metric]:
        """``detailed``: of which VIMs there is more than a few series each."""
        yield counter("magi_vim_passes", "Passes over a VIM.", OF, totals(self._counts, 2))
        yield counter(
            "magi_vim_pass_seconds",
            "What passes over a VIM took together.",
            OF,
            {of: seconds.total for of, seconds in self._seconds.items()},
        )
        yield counter("magi_vim_steps_failed", "Steps that failed on a VIM.", OF, self._failed())
        yield gauge(
            "magi_last_successful_sync_timestamp_seconds",
            "End of the last pass that left nothing undone.",
            OF,
            sorted(self._last_success.items()),
        )
        yield counter("magi_passes", "Passes by result.", (*OF, "result"), of_chosen(self._counts, detailed))
        seconds = of_chosen(self._seconds, detailed)
        yield histogram("magi_pass_duration_seconds", "How long passes took.", OF, seconds)
        steps = of_chosen(self._steps, detailed)
        yield counter("magi_steps", "Steps of plans.", (*OF, "action", "result"), steps)
        yield counter(
            "magi_healing_actions",
            "What healing did to instances that were unhealthy.",
            (*OF, "action", "result"),
            of_chosen(self._healing_actions, detailed),
        )

    def _failed(self) -> Mapping[Labels, float]:
        """Zeros too: a rate needs a series from before the first failure."""
        failed = dict.fromkeys(self._seconds, 0.0)
        for (repository, vim, _, result), count in self._steps.items():
            if result == Result.FAILED:
                failed[repository, vim] += count
        return failed
