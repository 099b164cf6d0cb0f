"""The daemon: follows repositories and keeps every VIM that they name what their newest good commits declare.

Nothing is kept but the last Reports: a restart observes again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from reconciler.coordination import ALONE, Members, TargetId
from reconciler.loop.clock import CLOCK, Clock
from reconciler.loop.contest import new_writer
from reconciler.loop.follower import Followed, Follower
from reconciler.loop.observations import Observations
from reconciler.loop.syncing import known, meant
from reconciler.loop.target_loop import LoopId
from reconciler.model import ApiCall, Catalog, PassProgress, Report, RepositoryStatus, Synced
from reconciler.reporting.chronicle import Chronicle
from reconciler.reporting.events import Event, EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.journal_file import JournalFile
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.notifications import Notifier
from reconciler.reporting.shared_reports import SharedReport
from reconciler.tracing import UNTRACED, Tracer

log = logging.getLogger(__name__)

_GIT = "git "
"""What the ids of the jobs that fetch repositories begin with."""


class Daemon:
    """Follows what `take` gives it; each repository is fetched at an interval of its own."""

    def __init__(
        self,
        version: str,
        tracer: Tracer = UNTRACED,
        clock: Clock = CLOCK,
        scheduler: BackgroundScheduler | None = None,
        members: Members = ALONE,
    ) -> None:
        """``scheduler``: one that was started, also paused, whose jobs are run by who gave it; None: its own.

        ``members``: the daemons that share the targets, with this one; `stop` leaves them.
        """
        self._followers: dict[str, Follower] = {}
        self._scheduler = scheduler or BackgroundScheduler(timezone="UTC")
        self._observations = Observations(self._scheduler, clock)
        self._lock = threading.Lock()
        self._started = False
        self._was_ready = False
        self._tracer = tracer
        self._clock = clock
        self._members = members
        self._writer = new_writer()
        self.metrics = Metrics(version, self.repositories, self.reports, self._is_coordinated, self._waiting)
        self._notifier = Notifier(self.metrics.notified)
        self._journal_file = JournalFile(self.metrics.journal_lost)
        self.events = EventLog(heard=self._heard)
        self.journal = Journal(heard=self._journal_file.passed)
        self.chronicle = Chronicle(clock=clock.time)
        # The observations of VIMs begin with the first commit, whoever brings it.
        if not self._scheduler.running:
            self._scheduler.start()

    def start(self) -> None:
        """Starts to fetch, and with the first good commits to observe the VIMs. Returns at once."""
        with self._lock:
            self._started = True
            self._begin()
        self._members.join(self._share_again)

    def stop(self, seconds: float = 30.0) -> None:
        """Ends all: steps that run are finished, others do not start. Waits at most so long."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._lock:
            followers = list(self._followers.values())
        for follower in followers:
            follower.stop()
        self._observations.stop()
        deadline = time.monotonic() + seconds
        ended = self._observations.join(seconds)
        if not ended:
            log.warning("steps that run are left to themselves", extra={"seconds": seconds})
        # Where steps still run, no one else may write there before the lease ended.
        self._members.close(ended=ended)
        for follower in followers:
            follower.join(max(0.0, deadline - time.monotonic()))
        # The file first: receivers may take all of the time.
        self._journal_file.close(max(0.0, deadline - time.monotonic()))
        self._notifier.close(max(0.0, deadline - time.monotonic()))

    def take(self, followed: Sequence[Followed]) -> None:
        """Follows these repositories, each of another name and owner, and no others.

        One whose settings are what they were is followed on, with a new login at its VIMs. What was known of another
        one is forgotten; what is deployed on the VIMs stays.
        """
        with self._lock:
            kept = {one.config.name for one in followed if self._goes_on(one)}
            for follower in [one for one in self._all() if one.name not in kept]:
                follower.stop()
                self._observations.end(follower.name)
                self.metrics.forget_repository(follower.name)
                self.chronicle.forget(follower.name)
                log.info("repository left", extra={"repository": follower.name})
            self._followers = {
                one.config.name: self._followers[one.config.name] if one.config.name in kept else self._follower(one)
                for one in followed
            }
            if followed:
                # These settings are the same for all of them.
                self._observations.limit(followed[0].config.drift.at_once)
                self.metrics.limit(followed[0].config.metrics)
                journal = followed[0].config.journal
                self._journal_file.take(journal.file, journal.syslog_address)
                self._notifier.take(followed[0].config.notifications)
            if self._started:
                self._begin()
        self._observations.refresh()

    def api_called(self, call: ApiCall) -> None:
        """Takes note of a request to a VIM; called by who sent it, in the thread that did."""
        self.metrics.api_called(call)
        self._tracer.api_called(call)

    def fetch_git(self, repository: str | None = None) -> bool:
        """Has one repository, or all, fetched now; whether there is such a one. Returns at once."""
        followers = [one for one in self._all() if repository in {None, one.name}]
        for follower in followers:
            follower.request_fetch()
        return bool(followers)

    def sync(self, repository: str | None = None, vim: str | None = None, service: str | None = None) -> Synced:
        """Has Git fetched, and VIMs observed with a new login, now; what waits after failures is tried again at once.

        ``service``: the VIMs that it is on, or was at the last observation. Returns at once.
        """
        followers = [one for one in self._all() if repository in {None, one.name}]
        asked = [(one, meant(one, vim, service)) for one in followers]
        found = [(one, names) for one, names in asked if names or not (vim or service)]
        for one, names in found:
            one.request_fetch()
            self._observations.refresh(LoopId(one.name, name) for name in names)
        here = [(one.name, name) for one, names in found for name in sorted(names & set(one.targets()))]
        elsewhere = [(one.name, name) for one, names in found for name in sorted(names - set(one.targets()))]
        names_known = {name for one in followers for name in known(one, services=service is not None)}
        return Synced(tuple(one.name for one, _ in found), tuple(here), tuple(elsewhere), tuple(sorted(names_known)))

    def follow(self) -> None:
        """One fetch of each repository, in the thread of the caller."""
        for follower in self._all():
            follower.follow()

    def settle(self, seconds: float) -> bool:
        """Waits, at most so long, until no VIM is being observed or is to begin at once; whether that is so."""
        return self._observations.settle(seconds)

    def repositories(self) -> list[RepositoryStatus]:
        return [follower.status for follower in self._all()]

    def reports(self) -> list[Report]:
        """The last Report of each VIM that has one, by repository and name."""
        return [report for follower in self._all() for report in follower.reports()]

    def passing(self) -> dict[tuple[str, str], PassProgress]:
        """How far the passes are that run now, by repository and VIM."""
        return {(one.name, vim): passing for one in self._all() for vim, passing in one.passing().items()}

    def shared_reports(self) -> list[SharedReport]:
        """The last report of each VIM that another member of a group serves, by repository and name."""
        return [report for follower in self._all() for report in follower.shared_reports()]

    def catalog(self, repository: str) -> Catalog | None:
        """What the commit in force of a repository asks for; None before the first one, and of one not followed."""
        return next((one.catalog for one in self._all() if one.name == repository), None)

    def targets(self) -> list[str]:
        return sorted({target for follower in self._all() for target in follower.targets()})

    @property
    def alive(self) -> bool:
        """Whether the threads run without which nothing would be fetched or observed any more."""
        return self._scheduler.running and all(follower.alive for follower in self._all())

    @property
    def ready(self) -> bool:
        """A commit of every repository is in force, and every VIM has been observed since the start."""
        found = all(follower.ready for follower in self._all())
        self._was_ready = self._was_ready or found
        return found

    @property
    def was_ready(self) -> bool:
        """Whether it has been `ready` once: a VIM that comes later ends the readiness of no process."""
        return self._was_ready or self.ready

    def _heard(self, events: list[Event]) -> None:
        self._journal_file.events(events)
        self._notifier.events(events)

    def _waiting(self) -> Mapping[str, int]:
        """How many events wait for each receiver of notifications."""
        return self._notifier.waiting()

    def _is_coordinated(self) -> bool | None:
        """Whether the other daemons of a group can be asked for; None where there is no group."""
        return None if self._members.alone else not self._members.error()

    def _share_again(self, again: frozenset[TargetId]) -> None:
        """Other daemons came or went. ``again``: what may be written to again, so that it is worth a pass now."""
        for follower in self._all():
            follower.share_again()
        self._observations.observe_now(LoopId(*one) for one in sorted(again))

    def _all(self) -> list[Follower]:
        return list(self._followers.values())

    def _goes_on(self, followed: Followed) -> bool:
        known = self._followers.get(followed.config.name)
        return known is not None and known.goes_on_with(followed)

    def _follower(self, followed: Followed) -> Follower:
        return Follower(
            followed,
            self._observations,
            self.metrics,
            self.events,
            self.chronicle,
            self._tracer,
            self._writer,
            self._clock,
            self._members,
            self.journal,
        )

    def _begin(self) -> None:
        """A job for each repository, which only says that it is due; the first time at once."""
        for job in self._scheduler.get_jobs():
            if job.id.startswith(_GIT):
                job.remove()
        for name, follower in self._followers.items():
            follower.start()
            self._scheduler.add_job(
                follower.request_fetch,
                "interval",
                id=f"{_GIT}{name}",
                seconds=follower.config.repository.interval,
                next_run_time=datetime.fromtimestamp(self._clock.time(), UTC),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
