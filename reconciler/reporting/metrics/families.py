"""Counts and durations, and how Prometheus expects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

Labels = tuple[str, ...]
V = TypeVar("V")
RESULTS = ("failure", "success")


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
        """Cumulative, as Prometheus expects them."""
        cumulative, so_far = [], 0
        names = [*map(str, self.bounds), "+Inf"]
        for name, count in zip(names, self.counts or [0] * len(names), strict=True):
            so_far += count
            cumulative.append((name, float(so_far)))
        return cumulative


def of_chosen(series: Mapping[Labels, V], chosen: Collection[Labels]) -> Mapping[Labels, V]:
    """The series whose first labels are among the chosen."""
    length = len(next(iter(chosen), ()))
    return {values: one for values, one in series.items() if values[:length] in chosen}


def totals(series: Mapping[Labels, float], labels: int) -> Mapping[Labels, float]:
    """Sums over all but so many of the first labels."""
    found: defaultdict[Labels, float] = defaultdict(float)
    for values, count in series.items():
        found[values[:labels]] += count
    return found


def counter(name: str, text: str, labels: Labels, counts: Mapping[Labels, float]) -> Metric:
    """``counts``: by the values of the labels."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    return family


def histogram(name: str, text: str, labels: Labels, histograms: Mapping[Labels, Histogram]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for values, one in sorted(histograms.items()):
        family.add_metric(values, one.buckets(), one.total)
    return family


def gauge(name: str, text: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family
