"""A Collector over the last Reports, and what adds up between them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from reconciler.config import DetailLimits
from reconciler.model import ApiCall, Report, RepositoryStatus
from reconciler.reporting.metrics.detail import Of, detail_of
from reconciler.reporting.metrics.families import RESULTS, Labels, counter
from reconciler.reporting.metrics.notifications import Notifications
from reconciler.reporting.metrics.passes import Passes
from reconciler.reporting.metrics.reports import about_detailed_vims, about_services, about_vims, omitted
from reconciler.reporting.metrics.repositories import about_coordination, about_repositories
from reconciler.reporting.metrics.requests import Requests

JOURNAL_LOSSES = ("queue", "size", "syslog", "write")
"""Why lines of the journal are lost: too many wait, one is too large for syslog, or that or the file takes none."""


class Metrics(Collector):
    """Remembers what passes, fetches and API requests it is reported of; answers scrapes. Used by many threads."""

    def __init__(
        self,
        version: str,
        repositories: Callable[[], list[RepositoryStatus]],
        reports: Callable[[], list[Report]],
        coordinated: Callable[[], bool | None] = lambda: None,
        waiting: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """``repositories`` and ``reports`` answer with the current state whenever someone scrapes.

        ``coordinated``: whether etcd answers; None where no other daemon can be there. ``waiting``: how many events
        wait for each receiver of notifications.
        """
        self._version = version
        self._repositories = repositories
        self._reports = reports
        self._limits = DetailLimits()
        self._coordinated = coordinated
        self._lock = threading.Lock()
        self._passes = Passes()
        self._requests = Requests()
        self._fetches: Counter[Labels] = Counter()
        self._forge: Counter[Labels] = Counter()
        self._hooks: Counter[Labels] = Counter()
        self._waiting = waiting
        self._notifications = Notifications()
        self._journal: Counter[Labels] = Counter({(why,): 0 for why in JOURNAL_LOSSES})

    def limit(self, limits: DetailLimits) -> None:
        """Of how many VIMs and network services there is detail, from now on."""
        self._limits = limits

    def pass_done(self, report: Report) -> None:
        with self._lock:
            self._passes.done(report)

    def api_called(self, call: ApiCall) -> None:
        with self._lock:
            self._requests.done(call)

    def fetched(self, repository: str, *, succeeded: bool) -> None:
        with self._lock:
            self._fetches[repository, RESULTS[succeeded]] += 1

    def hook_called(self, result: str) -> None:
        """``result``: accepted, repeated, refused or limited."""
        with self._lock:
            self._hooks[result,] += 1

    def journal_lost(self, why: str, lines: int) -> None:
        """``why``: one of `JOURNAL_LOSSES`."""
        with self._lock:
            self._journal[why,] += lines

    def notified(self, receiver: str, result: str, number: int) -> None:
        """``result``: delivered, failed (a try) or dropped."""
        with self._lock:
            self._notifications.done(receiver, result, number)

    def forge_reported(self, repository: str, what: str, *, succeeded: bool) -> None:
        """``what``: status or comment."""
        with self._lock:
            self._forge[repository, what, RESULTS[succeeded]] += 1

    def forget(self, repository: str, target: str) -> None:
        """Ends the series of a target that a repository no longer has; those of its API once no other one has it."""
        with self._lock:
            self._forget(repository, target)

    def forget_repository(self, repository: str) -> None:
        """Ends all series of a repository that is no longer followed. Its loops must have ended."""
        with self._lock:
            for target in self._passes.targets(repository):
                self._forget(repository, target)
            for series in (self._fetches, self._forge):
                for key in [key for key in series if key[0] == repository]:
                    del series[key]

    def _forget(self, repository: str, target: str) -> None:
        self._passes.forget(repository, target)
        if not self._passes.is_used(target):
            self._requests.forget(target)

    def collect(self) -> Iterator[Metric]:
        repositories, reports, waiting = self._repositories(), self._reports(), self._waiting()
        yield InfoMetricFamily("magi_build", "Version of Magi.", value={"version": self._version})
        yield from about_coordination(self._coordinated())
        yield from about_repositories(repositories)
        detail = detail_of(reports, self._limits)
        yield from about_vims(reports)
        yield from about_detailed_vims([one for one in reports if Of(one.repository, one.target) in detail.vims])
        yield from about_services(reports, detail.services)
        yield from omitted(detail)
        with self._lock:
            yield from self._passes.collect(detail.vims)
            yield from self._requests.collect({(of.vim,) for of in detail.vims})
            # Zeros too: a rate needs a series from before the first failure.
            fetches: dict[Labels, float] = {
                (one.name, result): self._fetches[one.name, result] for one in repositories for result in RESULTS
            }
            yield counter("magi_git_fetches", "Fetches from Git.", ("repository", "result"), fetches)
            yield counter(
                "magi_forge_messages",
                "Commit statuses and comments, by whether the forge took them.",
                ("repository", "what", "result"),
                self._forge,
            )
            yield counter("magi_webhooks", "Webhooks that came in.", ("result",), self._hooks)
            yield counter("magi_journal_errors", "Lines of the journal that were lost.", ("reason",), self._journal)
            yield from self._notifications.collect(waiting)
