"""What Magi tells Prometheus: a Collector over the last Reports, and what adds up between them.

No resource or step names in labels: the number of series depends on VIMs, kinds and services, not on their resources.
docs/metrics.md lists every metric; a test holds it to this file.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from reconciler.model import Action, ApiCall, Key, Report, SourceStatus, Sync

PASS_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
API_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Histogram:
    """Counts of observations by upper bound, in seconds."""

    bounds: tuple[float, ...]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[next((i for i, bound in enumerate(self.bounds) if seconds <= bound), len(self.bounds))] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus wants them."""
        cumulative, so_far = [], 0
        names = [*map(str, self.bounds), "+Inf"]
        for name, count in zip(names, self.counts or [0] * len(names), strict=True):
            so_far += count
            cumulative.append((name, float(so_far)))
        return cumulative


class Metrics(Collector):
    """Remembers what passes, fetches and API requests it is told of; answers scrapes. Used by many threads."""

    def __init__(self, version: str, source: Callable[[], SourceStatus], reports: Callable[[], list[Report]]) -> None:
        """``source`` and ``reports`` answer with the current state whenever somebody scrapes."""
        self._version = version
        self._source = source
        self._reports = reports
        self._lock = threading.Lock()
        self._passes: Counter[tuple[str, str]] = Counter()
        self._pass_seconds: defaultdict[str, Histogram] = defaultdict(lambda: Histogram(PASS_BUCKETS))
        self._last_success: dict[str, float] = {}
        self._steps: Counter[tuple[str, str, str]] = Counter()
        self._remedies: Counter[tuple[str, str, str]] = Counter()
        self._api: Counter[tuple[str, str, str, str]] = Counter()
        self._api_seconds: defaultdict[tuple[str, str], Histogram] = defaultdict(lambda: Histogram(API_BUCKETS))
        self._api_waited: defaultdict[str, float] = defaultdict(float)
        self._fetches: Counter[str] = Counter()
        self._forge: Counter[tuple[str, str]] = Counter()
        self._hooks: Counter[str] = Counter()

    def pass_done(self, report: Report) -> None:
        with self._lock:
            self._passes[report.target, result_of(report)] += 1
            self._pass_seconds[report.target].observe(report.seconds)
            if report.plan is not None and not report.left:
                self._last_success[report.target] = report.started + report.seconds
            for outcome in report.outcomes:
                step = outcome.step
                self._steps[report.target, step.action.value, outcome.result.value] += 1
                if step.heals and step.action is not Action.CREATE:
                    self._remedies[report.target, step.impact.value, outcome.result.value] += 1

    def api_called(self, call: ApiCall) -> None:
        status = f"{call.status // 100}xx" if call.status else "none"
        with self._lock:
            self._api[call.target, call.service, call.method, status] += 1
            self._api_seconds[call.target, call.service].observe(call.seconds)
            self._api_waited[call.target] += call.waited

    def fetched(self, *, succeeded: bool) -> None:
        with self._lock:
            self._fetches["success" if succeeded else "failure"] += 1

    def hook_called(self, result: str) -> None:
        """``result``: accepted, repeated, refused or limited."""
        with self._lock:
            self._hooks[result] += 1

    def forge_told(self, what: str, *, succeeded: bool) -> None:
        """``what``: status or comment."""
        with self._lock:
            self._forge[what, "success" if succeeded else "failure"] += 1

    def forget(self, target: str) -> None:
        """Ends the series of a target that Git no longer has."""
        with self._lock:
            self._last_success.pop(target, None)
            self._pass_seconds.pop(target, None)
            self._api_waited.pop(target, None)
            for series in (self._passes, self._steps, self._remedies, self._api, self._api_seconds):
                _forget(series, target)

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("magi_build", "Version of Magi.", value={"version": self._version})
        yield from self._about_source(self._source())
        reports = self._reports()
        with self._lock:
            yield from self._about_passes()
            yield from self._about_api()
            yield self._about_forge()
            hooks = CounterMetricFamily("magi_webhooks", "Webhooks that came in.", labels=["result"])
            for result, count in sorted(self._hooks.items()):
                hooks.add_metric([result], count)
            yield hooks
        yield from _about_targets(reports)
        yield from _about_services(reports)

    def _about_source(self, source: SourceStatus) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "magi_revision", "The commit in force.", value={"url": source.url, "revision": source.revision}
        )
        yield GaugeMetricFamily(
            "magi_revision_timestamp_seconds", "When the commit in force was made.", value=source.committed_at
        )
        yield GaugeMetricFamily(
            "magi_revision_refused", "1 while a newer commit is refused because its documents are wrong.",
            value=float(bool(source.refused)),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "magi_revision_unverified", "1 while a newer commit is not in force because it is not verified.",
            value=float(bool(source.distrust)),
        )  # fmt: skip
        yield GaugeMetricFamily(
            "magi_document_problems", "Problems in the documents of the refused commit.", value=len(source.problems)
        )
        yield GaugeMetricFamily(
            "magi_git_last_fetch_timestamp_seconds", "When Git last answered.", value=source.fetched_at
        )
        fetches = CounterMetricFamily("magi_git_fetches", "Fetches from Git.", labels=["result"])
        with self._lock:
            for result in ("failure", "success"):
                fetches.add_metric([result], self._fetches[result])
        yield fetches

    def _about_passes(self) -> Iterator[Metric]:
        passes = CounterMetricFamily("magi_passes", "Passes over a VIM.", labels=["vim", "result"])
        for labels, count in sorted(self._passes.items()):
            passes.add_metric(labels, count)
        yield passes
        seconds = HistogramMetricFamily("magi_pass_duration_seconds", "How long passes took.", labels=["vim"])
        for vim, histogram in sorted(self._pass_seconds.items()):
            seconds.add_metric([vim], histogram.buckets(), histogram.total)
        yield seconds
        success = GaugeMetricFamily(
            "magi_last_successful_sync_timestamp_seconds",
            "End of the last pass that left nothing undone.",
            labels=["vim"],
        )
        for vim, when in sorted(self._last_success.items()):
            success.add_metric([vim], when)
        yield success
        steps = CounterMetricFamily("magi_steps", "Steps of plans.", labels=["vim", "action", "result"])
        for key, count in sorted(self._steps.items()):
            steps.add_metric(key, count)
        yield steps
        remedies = CounterMetricFamily(
            "magi_remedies", "What healing did to instances that were ill.", labels=["vim", "remedy", "result"]
        )
        for key, count in sorted(self._remedies.items()):
            remedies.add_metric(key, count)
        yield remedies

    def _about_api(self) -> Iterator[Metric]:
        labels = ["vim", "service", "method", "status"]
        requests = CounterMetricFamily("magi_api_requests", "API requests; status none: no answer came.", labels=labels)
        for key, count in sorted(self._api.items()):
            requests.add_metric(key, count)
        yield requests
        seconds = HistogramMetricFamily(
            "magi_api_request_duration_seconds", "How long API requests took.", labels=["vim", "service"]
        )
        for pair, histogram in sorted(self._api_seconds.items()):
            seconds.add_metric(pair, histogram.buckets(), histogram.total)
        yield seconds
        waited = CounterMetricFamily(
            "magi_api_budget_wait_seconds", "How long API requests waited for the API budget.", labels=["vim"]
        )
        for vim, total in sorted(self._api_waited.items()):
            waited.add_metric([vim], total)
        yield waited

    def _about_forge(self) -> Metric:
        told = CounterMetricFamily(
            "magi_forge_messages",
            "Commit statuses and comments, by whether the forge took them.",
            labels=["what", "result"],
        )
        for key, count in sorted(self._forge.items()):
            told.add_metric(key, count)
        return told


def _forget(series: MutableMapping[Any, Any], target: str) -> None:
    for key in [key for key in series if key[0] == target]:
        del series[key]


def result_of(report: Report) -> str:
    """The result of a pass: unknown, nothing (to do), changed, or incomplete."""
    if report.plan is None:
        return "unknown"
    if not report.outcomes:
        return "nothing"
    return "incomplete" if report.left else "changed"


def _about_targets(reports: list[Report]) -> Iterator[Metric]:
    up = GaugeMetricFamily("magi_vim_up", "1 if the last look at the VIM succeeded.", labels=["vim"])
    resources = GaugeMetricFamily(
        "magi_resources", "Resources of ours on a VIM at the last look.", labels=["vim", "kind", "state"]
    )
    drift = GaugeMetricFamily(
        "magi_drift", "Resources that differ from Git after the last pass.", labels=["vim", "kind", "state"]
    )
    unready = GaugeMetricFamily("magi_instances_unready", "Instances that fail their probe.", labels=["vim"])
    given_up = GaugeMetricFamily(
        "magi_instances_given_up", "Instances that are ill and that healing left to people.", labels=["vim"]
    )
    held = GaugeMetricFamily("magi_steps_held", "Steps that are held, by why.", labels=["vim", "reason"])
    warnings = GaugeMetricFamily("magi_plan_warnings", "What policy as code warns of.", labels=["vim"])
    for report in reports:
        up.add_metric([report.target], float(report.error is None))
        for (kind, state), count in sorted(report.counts.items()):
            resources.add_metric([report.target, kind, state.value], count)
        if report.plan is not None:
            warnings.add_metric([report.target], len(report.plan.warnings))
            unready.add_metric([report.target], report.unready)
            given_up.add_metric([report.target], len(report.given_up))
            for (kind, how), count in sorted(_drift(report).items()):
                drift.add_metric([report.target, kind, how], count)
        reasons = Counter(outcome.step.held.value for outcome in report.outcomes if outcome.step.held)
        for reason, count in sorted(reasons.items()):
            held.add_metric([report.target, reason], count)
    yield from (up, resources, drift, unready, given_up, held, warnings)


def _drift(report: Report) -> Mapping[tuple[str, str], int]:
    """Resources that differ by kind and how: missing, changed or extra. Zeros too, or an alert would never resolve."""
    actions: defaultdict[Key, set[Action]] = defaultdict(set)
    for outcome in report.left:
        actions[outcome.step.key].add(outcome.step.action)
    kinds = {kind for kind, _ in report.counts} | {key.kind for key in actions}
    words = {Action.CREATE: "missing", Action.UPDATE: "changed", Action.DELETE: "extra"}
    found = {(kind, how): 0 for kind in kinds for how in words.values()}
    for key, wanted in actions.items():
        found[key.kind, words[next(iter(wanted))] if len(wanted) == 1 else "changed"] += 1
    return found


def _about_services(reports: list[Report]) -> Iterator[Metric]:
    info = InfoMetricFamily("magi_service", "Sync and health of a network service.", labels=["service", "vim"])
    synced = GaugeMetricFamily("magi_service_synced", "1 if the service is what Git wants.", labels=["service", "vim"])
    for report in reports:
        for service in report.services:
            labels = [service.name, service.target]
            info.add_metric(labels, {"sync": service.sync.value, "health": service.health.value})
            synced.add_metric(labels, float(service.sync is Sync.SYNCED))
    yield from (info, synced)
