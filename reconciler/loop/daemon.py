"""The daemon: follows a repository and keeps every VIM that it names what the newest good commit wants.

One job looks at Git, one thread a VIM makes passes. Nothing is kept but the last Reports: a restart looks again.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from reconciler.config import Config
from reconciler.documents import Library
from reconciler.events import EventLog
from reconciler.forges import Forge
from reconciler.loop.surroundings import Board
from reconciler.loop.target_loop import Connect, TargetLoop
from reconciler.loop.telling import State, Teller
from reconciler.metrics import Metrics
from reconciler.model import NO_SECRETS, Approval, Catalog, DocumentsError, MagiError, Report, Secrets, SourceStatus
from reconciler.owners import load_owners
from reconciler.rego import load_rules
from reconciler.source import Snapshot, Source

log = logging.getLogger(__name__)

LOOK_BACK = 50
"""Commits that a start on a wrong one goes back for a good one."""


class Daemon:
    """``source`` is fetched every ``config.repository.interval``; ``connect`` makes a driver for a target."""

    def __init__(
        self,
        config: Config,
        source: Source,
        connect: Connect,
        version: str,
        secrets: Secrets = NO_SECRETS,
        forge: Forge | None = None,
    ) -> None:
        self.config = config
        self._source = source
        self._connect = connect
        self._library = Library(secrets, load_owners(config.trust.owners_file) if config.trust.owners_file else None)
        self._status = SourceStatus(url=source.label)
        self._catalog: Catalog | None = None
        self._board = Board()
        self._loops: dict[str, TargetLoop] = {}
        self._ending: dict[str, TargetLoop] = {}
        self._stopped = False
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._due = threading.Event()
        self._git = threading.Thread(target=self._follow_when_due, name="git", daemon=True)
        self.events = EventLog()
        self.metrics = Metrics(version, self.source_status, self.reports)
        self._teller = Teller(forge, config.forge, self._state, self.metrics) if forge else None

    def start(self) -> None:
        """Starts to look at Git, and with the first good commit at the VIMs. Returns at once."""
        if self._teller:
            self._teller.start()
        self._git.start()
        self._scheduler.start()
        self._scheduler.add_job(
            self.look_at_git,
            "interval",
            seconds=self.config.repository.interval,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def stop(self, seconds: float = 30.0) -> None:
        """Ends all loops: steps that run are finished, others do not start. Waits at most so long."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._lock:
            self._stopped = True
            self._due.set()
            loops = [*self._loops.values(), *self._ending.values()]
        for loop in self._loops.values():
            loop.stop()
        deadline = time.monotonic() + seconds
        for loop in loops:
            loop.join(max(0.0, deadline - time.monotonic()))
        if self._teller:
            self._teller.stop(max(0.0, deadline - time.monotonic()))

    def look_at_git(self) -> None:
        """Has Git looked at now, or, where that is going on, again right after it. Returns at once."""
        self._due.set()

    def _follow_when_due(self) -> None:
        while self._due.wait() and not self._stopped:
            self._due.clear()
            self.follow()

    def source_status(self) -> SourceStatus:
        return self._status

    def reports(self) -> list[Report]:
        """The last Report of each VIM that has one, by name."""
        with self._lock:
            loops = sorted(self._loops.items())
        return [loop.report for _, loop in loops if loop.report is not None]

    def targets(self) -> list[str]:
        with self._lock:
            return sorted(self._loops)

    @property
    def ready(self) -> bool:
        """Every VIM has been looked at since the start."""
        with self._lock:
            return self._catalog is not None and all(loop.report is not None for loop in self._loops.values())

    def follow(self) -> None:
        """One look at Git. A commit whose documents are wrong leaves the last good one in force."""
        try:
            snapshot = self._source.fetch()
            self._judge(snapshot)
            self.metrics.fetched(succeeded=True)
            self._status = replace(self._status, error="", fetched_at=time.time(), warnings=snapshot.warnings)
            self._note_distrust(snapshot.distrust)
        except MagiError as error:
            self._failed(str(error))
            log.warning("git could not be read", extra={"url": self._status.url, "error": str(error)})
            kept = self._source.last_good() if self._catalog is None else None
            if kept is not None:
                self._judge(kept)
        except Exception:
            # The scheduler would only log it; the daemon shows it, and tries again.
            self._failed("a defect in Magi; its log has the details")
            log.exception("git could not be followed")

    def _state(self) -> State:
        return State(self._status, self.targets(), self.reports())

    def _passed(self, report: Report) -> None:
        if self._teller:
            self._teller.passed(report)

    def _note_distrust(self, distrust: str) -> None:
        if distrust and distrust != self._status.distrust:
            log.warning("commit not verified", extra={"reason": distrust, "in_force": self._status.revision})
        self._status = replace(self._status, distrust=distrust)

    def _failed(self, error: str) -> None:
        self.metrics.fetched(succeeded=False)
        self._status = replace(self._status, error=error)

    def _judge(self, snapshot: Snapshot) -> None:
        """Takes, refuses or passes over a commit. Raises SourceError when its files can't be read."""
        revision = snapshot.revision or ""
        if revision == self._status.revision and not self._library.is_stale():
            self._status = replace(self._status, refused="", problems=())
        elif revision != self._status.refused:
            try:
                catalog = self._read(snapshot)
            except DocumentsError as error:
                if self._catalog is None:
                    self._take_last_good(snapshot)
                self._refuse(revision, error)
            else:
                self._take(snapshot, catalog)

    def _read(self, snapshot: Snapshot) -> Catalog:
        """What a commit asks for and consents to."""
        catalog = self._library.catalog(snapshot)
        approvals = catalog.approvals.union(map(Approval, snapshot.approvals()))
        return replace(catalog, approvals=approvals, rego=load_rules(self.config.rego_folder))

    def _refuse(self, revision: str, error: DocumentsError) -> None:
        self._status = replace(self._status, refused=revision, problems=error.problems)
        for problem in error.problems:
            log.warning("document is wrong", extra={"revision": revision, "problem": str(problem)})
        in_force = self._status.revision or "none"
        log.warning("commit refused", extra={"revision": revision, "in_force": in_force})
        if self._teller:
            self._teller.wake()

    def _take_last_good(self, snapshot: Snapshot) -> None:
        """After a start on a wrong commit: the commit that was in force before, which Git still has."""
        for earlier in snapshot.predecessors(LOOK_BACK):
            try:
                catalog = self._read(earlier)
            except DocumentsError:
                continue
            self._take(earlier, catalog)
            return

    def _take(self, snapshot: Snapshot, catalog: Catalog) -> None:
        revision = snapshot.revision or ""
        self._status = replace(
            self._status,
            revision=revision,
            subject=snapshot.subject,
            committed_at=snapshot.committed_at.timestamp() if snapshot.committed_at else 0.0,
            refused="",
            problems=(),
        )
        log.info("commit in force", extra={"revision": revision, "services": len(catalog.services)})
        self._catalog = catalog
        self._spread(catalog, revision)
        if self._teller:
            self._teller.wake()

    def _spread(self, catalog: Catalog, revision: str) -> None:
        """Hands the commit to a loop for each of its targets, and ends the loops of targets that it no longer has."""
        with self._lock:
            if self._stopped:
                return
            self._ending = {name: loop for name, loop in self._ending.items() if not loop.ended}
            for name in [name for name in self._loops if name not in catalog.targets]:
                loop = self._loops.pop(name)
                loop.stop(forget=True)
                self._ending[name] = loop
                log.warning("vim left the repository; what stands on it stays", extra={"vim": name})
            for name in catalog.targets:
                if name not in self._loops:
                    before = self._ending.pop(name, None)
                    self._loops[name] = TargetLoop(
                        name, self._connect, self.config, self.metrics, self._board, self.events, self._passed, before
                    )
                    self._loops[name].start(catalog, revision)
                else:
                    self._loops[name].take(catalog, revision)
