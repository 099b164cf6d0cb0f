"""What a daemon answers with, as a test needs it."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconciler.model import Catalog, PassProgress, Report, RepositoryStatus, Synced
from reconciler.reporting.chronicle import Chronicle
from reconciler.reporting.events import EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.shared_reports import SharedReport
from tests.metrics.reports import SOURCE


@dataclass
class Shown:
    ready: bool = False
    was_ready: bool = False
    source: RepositoryStatus = SOURCE
    passes: list[Report] = field(default_factory=list)
    shared: list[SharedReport] = field(default_factory=list)
    metrics: Metrics = field(init=False)
    events: EventLog = field(default_factory=EventLog)
    journal: Journal = field(default_factory=Journal)
    chronicle: Chronicle = field(default_factory=Chronicle)
    catalogs: dict[str, Catalog] = field(default_factory=dict)
    others: tuple[RepositoryStatus, ...] = ()
    fetches: int = 0
    synced: list[tuple[str | None, str | None, str | None]] = field(default_factory=list)
    running: dict[tuple[str, str], PassProgress] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.was_ready = self.was_ready or self.ready
        self.metrics = Metrics("1.2.3", self.repositories, self.reports)

    def repositories(self) -> list[RepositoryStatus]:
        return [self.source, *self.others]

    def reports(self) -> list[Report]:
        return self.passes

    def passing(self) -> dict[tuple[str, str], PassProgress]:
        return self.running

    def shared_reports(self) -> list[SharedReport]:
        return self.shared

    def catalog(self, repository: str) -> Catalog | None:
        return self.catalogs.get(repository)

    def sync(self, repository: str | None, vim: str | None, service: str | None) -> Synced:
        self.synced.append((repository, vim, service))
        found = [(one.repository, one.target) for one in self.passes if vim in {None, one.target}]
        return Synced(("default",), tuple(found), (), tuple(one.target for one in self.passes))

    def fetch_git(self, repository: str | None = None) -> bool:
        known = repository in {None, self.source.name}
        self.fetches += known
        return known
