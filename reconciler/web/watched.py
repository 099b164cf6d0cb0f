"""What the web package reads: the daemon, or whatever answers like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from reconciler.model import Catalog, PassProgress, Report, RepositoryStatus, Synced
from reconciler.reporting.chronicle import Chronicle
from reconciler.reporting.events import EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.shared_reports import SharedReport


class Watched(Protocol):
    """The state at the moment of each call."""

    @property
    def ready(self) -> bool:
        """Whether a commit of every repository is in force and every VIM has been observed since the start."""

    @property
    def was_ready(self) -> bool:
        """Whether that has been so once: what comes later makes no process unready."""

    @property
    def metrics(self) -> Metrics: ...

    @property
    def events(self) -> EventLog: ...

    @property
    def journal(self) -> Journal: ...

    @property
    def chronicle(self) -> Chronicle: ...

    def repositories(self) -> list[RepositoryStatus]: ...

    def reports(self) -> list[Report]:
        """The last Report of each VIM that has one."""

    def passing(self) -> Mapping[tuple[str, str], PassProgress]:
        """How far the passes are that run now, by repository and VIM."""

    def shared_reports(self) -> list[SharedReport]:
        """The last report of each VIM that another member of a group serves, none of which is among `reports`."""

    def catalog(self, repository: str) -> Catalog | None:
        """What the commit in force of a repository asks for; None before the first one, and of one not followed."""

    def sync(self, repository: str | None, vim: str | None, service: str | None) -> Synced:
        """Has Git fetched and VIMs observed soon, in other threads; None: all. What was meant is answered."""

    def fetch_git(self, repository: str | None = None) -> bool:
        """Has one repository, or all, fetched soon, in another thread; whether there is such a one."""
