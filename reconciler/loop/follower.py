"""One repository that is followed: fetched when it is due, its newest good commit handed to the VIMs that it names."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from reconciler.config import Config
from reconciler.coordination import ALONE, Members
from reconciler.documents import Library
from reconciler.judging.owners import Owners
from reconciler.judging.rego import bounds_of, load_rules
from reconciler.loop.clock import CLOCK, Clock
from reconciler.loop.forge_reports import ForgeReporter, OpenForge, State
from reconciler.loop.observations import Observations
from reconciler.loop.pass_context import Board
from reconciler.loop.peers import Peers
from reconciler.loop.reading import with_history
from reconciler.loop.target_loop import Connect, LoopId, TargetLoop
from reconciler.model import (
    NO_SECRETS,
    Approvers,
    Catalog,
    DocumentsError,
    MagiError,
    PassProgress,
    Report,
    RepositoryStatus,
    Secrets,
    Shares,
    Writer,
)
from reconciler.outside.collector_pause import collector_paused
from reconciler.reporting.chronicle import Chronicle, Commit
from reconciler.reporting.events import EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.metrics import Metrics
from reconciler.reporting.repository_events import repository_events
from reconciler.reporting.shared_reports import SharedReport, shared_report
from reconciler.source import Distrust, Snapshot, Source
from reconciler.targets.registry import TARGET_TYPES
from reconciler.tracing import UNTRACED, Tracer

log = logging.getLogger(__name__)

MOST_PREDECESSORS = 50
"""Commits that a start on a wrong one goes back for a good one."""


_NOT_OF_A_REPOSITORY = (
    "drift",
    "listen",
    "metrics_listen",
    "connections",
    "connections_per_client",
    "metrics_connections",
    "metrics_connections_per_client",
    "request_timeout",
    "allowed_hosts",
    "api",
    "webhook",
    "stop_timeout",
    "tracing",
    "coordination",
    "journal",
)
"""Settings that following a repository does not depend on, or not for longer than an observation."""


class Followed(NamedTuple):
    """A repository and what the daemon needs for it. ``connect`` makes a driver for a target, under its owner.

    ``owners``: who may define what, ``approvers``: who may approve what, where that is limited.
    """

    config: Config
    source: Source
    connect: Connect
    secrets: Secrets = NO_SECRETS
    forge: OpenForge | None = None
    owners: Owners | None = None
    approvers: Approvers | None = None


class Follower:
    """Follows one repository in a thread of its own. Nothing is kept but the last state: a restart observes again."""

    def __init__(
        self,
        followed: Followed,
        observations: Observations,
        metrics: Metrics,
        events: EventLog,
        chronicle: Chronicle,
        tracer: Tracer = UNTRACED,
        writer: Writer | None = None,
        clock: Clock = CLOCK,
        members: Members = ALONE,
        journal: Journal | None = None,
    ) -> None:
        """``members``: the daemons that share the targets, with this one."""
        self.config = config = followed.config
        self.name = config.name
        self.catalog: Catalog | None = None
        self.status = RepositoryStatus(url=followed.source.label, name=config.name)
        self._in_force: Snapshot | None = None
        self._source = followed.source
        self._connect = followed.connect
        self._observations = observations
        self._metrics = metrics
        self._events = events
        self._chronicle = chronicle
        self._journal = journal
        self._owners = followed.owners
        self._approvers = followed.approvers
        self._library = Library(
            TARGET_TYPES,
            followed.secrets,
            followed.owners,
            config.repository.clouds,
            followed.approvers,
            limits=config.limits,
            skip_foreign=config.repository.skips_foreign,
            overlay=config.repository.overlay,
        )
        self._tracer = tracer
        self._writer = writer
        self._clock = clock
        self._members = members
        self._peers = Peers(members, self.name)
        self._board = Board(peers=self._peers.reports)
        self._due = threading.Event()
        self._stopped = False
        self._taking = threading.Lock()
        self._noting = threading.Lock()
        self._thread = threading.Thread(target=self._follow_when_due, name=f"git-{self.name}", daemon=True)
        self._teller = (
            ForgeReporter(followed.forge, config.forge, self._state, metrics, clock.monotonic)
            if followed.forge
            else None
        )

    def goes_on_with(self, followed: Followed) -> bool:
        """Takes over settings that differ in nothing but times; whether they do, and so do the rules that they name."""
        old, new = self.config, followed.config
        repository = replace(old.repository, interval=new.repository.interval)
        same = replace(old, repository=repository, **{name: getattr(new, name) for name in _NOT_OF_A_REPOSITORY})
        if same != new or followed.owners != self._owners or followed.approvers != self._approvers:
            return False
        if self.catalog and self.catalog.rego != load_rules(new.rego_folder, bounds_of(new.limits)):
            return False
        self.config = new
        for loop in self._observations.loops(self.name):
            loop.drift = new.drift
        return True

    def start(self) -> None:
        """Fetches the repository from now on whenever it is due."""
        if self._thread.is_alive():
            return
        if self._teller:
            self._teller.start()
        self._thread.start()

    def stop(self) -> None:
        """Takes no more commits, from the moment that it returns on."""
        with self._taking:
            self._stopped = True
        # No lock is taken for it any more; those that are held go back as its loops end.
        self._members.mine(self.name, ())
        self._due.set()
        if self._teller:
            self._teller.end()

    def join(self, seconds: float) -> None:
        """Waits, at most so long, for what is being reported to the forge."""
        if self._teller:
            self._teller.join(seconds)

    def share_again(self) -> None:
        """Serves of the commit in force what is to be served here now, as others came or went."""
        with self._taking:
            catalog = self.catalog
            if self._stopped or catalog is None:
                return
            served = self._shared(catalog)
            self._chronicle.shared(self.name, served)
            self._spread(catalog, served)

    def request_fetch(self) -> None:
        """Has the repository fetched now, or, where that is going on, again right after it. Returns at once."""
        self._due.set()

    def reports(self) -> list[Report]:
        """The last Report of each VIM that has one, by name."""
        return [loop.report for loop in self._observations.loops(self.name) if loop.report is not None]

    def passing(self) -> dict[str, PassProgress]:
        """How far the passes are that run now, by VIM."""
        loops = ((loop.target, loop.passing) for loop in self._observations.loops(self.name))
        return {target: passing for target, passing in loops if passing is not None}

    def shared_reports(self) -> list[SharedReport]:
        """The last report of each VIM that another member of the group serves, by name."""
        catalog, own = self.catalog, set(self.targets())
        known = catalog.targets if catalog else {}
        return [one for name, one in sorted(self._peers.reports().items()) if name in known and name not in own]

    def targets(self) -> list[str]:
        return [loop.target for loop in self._observations.loops(self.name)]

    @property
    def alive(self) -> bool:
        """Whether the repository is still being followed, once that has begun."""
        return self._thread.is_alive() or self._thread.ident is None or self._stopped

    @property
    def ready(self) -> bool:
        """A commit is in force, and every VIM has been observed since the start."""
        return self.catalog is not None and all(loop.report is not None for loop in self._observations.loops(self.name))

    def follow(self) -> None:
        """One fetch from Git. A commit whose documents are wrong leaves the last good one in force."""
        try:
            snapshot = self._fetch()
            self._judge(snapshot)
            self._metrics.fetched(self.name, succeeded=True)
            self._note(error="", fetched_at=self._clock.time(), warnings=snapshot.warnings)
            self._note_distrust(snapshot.distrust)
        except MagiError as error:
            level = logging.WARNING if str(error) != self.status.error else logging.DEBUG
            self._failed(str(error))
            log.log(level, "git could not be read", extra=self._about(url=self.status.url, error=str(error)))
            kept = self._source.last_good() if self.catalog is None else None
            if kept is not None:
                self._judge(kept)
        except Exception:
            # The thread must outlive a defect; the daemon shows it, and tries again.
            self._failed("a defect in Magi; its log has the details")
            log.exception("git could not be followed", extra=self._about())

    def _follow_when_due(self) -> None:
        while self._due.wait() and not self._stopped:
            self._due.clear()
            self.follow()

    def _fetch(self) -> Snapshot:
        with self._tracer.span("fetch", self._about()) as span:
            snapshot = self._source.fetch()
            span.set_attributes(commit=snapshot.commit or "")
            return snapshot

    def _about(self, **pairs: object) -> dict[str, object]:
        return {"repository": self.name, **pairs}

    def _state(self) -> State:
        return State(self.status, self.targets(), self.reports())

    def _passed(self, report: Report) -> None:
        self._chronicle.passed(report)
        if self._teller:
            self._teller.passed(report)
        if not self._members.alone:
            self._share(report)

    def _share(self, report: Report) -> None:
        """Has the other members know what a pass found of what they need."""
        awaited = self.catalog.awaited_across.get(report.target, frozenset()) if self.catalog else frozenset()
        ready = self._board.ready(awaited, report.commit)
        seen, last = self._chronicle.seen(report), self._board.last(report.target)
        self._peers.publish(shared_report(report, seen, last, ready, self._board.holds(report.target)))

    def _note_distrust(self, distrust: Distrust | None) -> None:
        reason = str(distrust or "")
        if distrust and reason != self.status.distrust:
            log.warning("commit not verified", extra=self._about(reason=reason, in_force=self.status.commit))
            commit = _commit(distrust.commit, distrust.subject, distrust.authored_at)
            self._chronicle.refused(self.name, commit, [reason])
        self._note(distrust=reason)

    def _note(self, **changes: Any) -> None:
        """Changes what is known of the repository; more than one thread does."""
        with self._noting:
            before, self.status = self.status, replace(self.status, **changes)
            self._events.note(repository_events(before, self.status, self._clock.time()))

    def _failed(self, error: str) -> None:
        self._metrics.fetched(self.name, succeeded=False)
        self._note(error=error)

    def _judge(self, snapshot: Snapshot) -> None:
        """Takes, refuses or passes over a commit. Raises SourceError when its files can't be read."""
        commit = snapshot.commit or ""
        stale = self._library.is_stale()
        if commit == self.status.commit and not stale:
            self._note(refused="", problems=())
        elif commit != self.status.refused:
            try:
                catalog = self._read(snapshot)
            except DocumentsError as error:
                if self.catalog is None:
                    self._take_last_good(snapshot)
                self._refuse(snapshot, error)
            else:
                self._take(snapshot, catalog)
        elif stale and self._in_force:
            # What is refused stays so; but the commit in force has a secret that is another one now.
            self._take(self._in_force, self._read(self._in_force), is_newest=False)

    def _read(self, snapshot: Snapshot) -> Catalog:
        """What a commit asks for and consents to."""
        with collector_paused():
            catalog = self._library.catalog(snapshot)
        catalog = with_history(catalog, snapshot, self._approvers)
        return replace(catalog, rego=load_rules(self.config.rego_folder, bounds_of(catalog.limits)))

    def _refuse(self, snapshot: Snapshot, error: DocumentsError) -> None:
        commit = snapshot.commit or ""
        self._note(refused=commit, problems=error.problems)
        self._chronicle.refused(self.name, _commit_of(snapshot), map(str, error.problems))
        for problem in error.problems:
            log.warning("document is wrong", extra=self._about(commit=commit, problem=str(problem)))
        in_force = self.status.commit or "none"
        log.warning("commit refused", extra=self._about(commit=commit, in_force=in_force))
        if self._teller:
            self._teller.wake()

    def _take_last_good(self, snapshot: Snapshot) -> None:
        """After a start on a wrong commit: the commit that was in force before, which Git still has."""
        for earlier in snapshot.predecessors(MOST_PREDECESSORS):
            try:
                catalog = self._read(earlier)
            except DocumentsError:
                continue
            self._take(earlier, catalog, is_newest=False)
            return

    def _take(self, snapshot: Snapshot, catalog: Catalog, *, is_newest: bool = True) -> None:
        """``is_newest``: else a newer commit is refused, and stays so."""
        with self._taking:
            if not self._stopped:
                self._put_in_force(snapshot, catalog, is_newest=is_newest)

    def _put_in_force(self, snapshot: Snapshot, catalog: Catalog, *, is_newest: bool) -> None:
        commit = snapshot.commit or ""
        if is_newest:
            self._note(refused="", problems=())
        self._note(
            commit=commit,
            subject=snapshot.subject,
            committed_at=snapshot.committed_at.timestamp() if snapshot.committed_at else 0.0,
        )
        log.info("commit in force", extra=self._about(commit=commit, services=len(catalog.services)))
        self.catalog = catalog
        self._in_force = snapshot
        served = self._shared(catalog)
        self._chronicle.taken(self.name, _commit_of(snapshot), served)
        self._spread(catalog, served)
        if self._teller:
            self._teller.wake()

    def _spread(self, catalog: Catalog, served: Sequence[str]) -> None:
        for vim in self._observations.spread(self.name, catalog, served, self._loop):
            self._peers.forget(vim)
            if vim in catalog.targets:
                log.info("vim is no longer served here", extra=self._about(vim=vim))
            else:
                log.warning("vim left the repository; what is deployed on it stays", extra=self._about(vim=vim))

    def _shared(self, catalog: Catalog) -> Sequence[str]:
        """The targets that are served here. Says which are served by no daemon, or by several."""
        shard = self.config.shard.shard
        if shard.is_whole and self._members.alone:
            return tuple(catalog.targets)
        chosen = shard.shares(catalog.targets)
        shares = self._divided(chosen)
        if shares != self.status.shares:
            self._note(shares=shares)
            log.info("vims shared", extra=self._about(served=len(shares.served), elsewhere=len(shares.elsewhere)))
            for name in shares.unserved:
                log.warning("vim served by no daemon: no shard selector chooses it", extra=self._about(vim=name))
            for name in shares.contended:
                log.warning("vim not served: several shard selectors choose it", extra=self._about(vim=name))
        self._board.vims = frozenset(shares.served)
        self._board.shared = frozenset(chosen.served) - self._board.vims
        self._board.elsewhere = frozenset(catalog.targets.keys() - self._board.vims - self._board.shared)
        return shares.served

    def _divided(self, shares: Shares) -> Shares:
        """What of the targets that are chosen for this daemon is its part, where it shares them with others."""
        if self._members.alone:
            return shares
        mine = self._members.mine(self.name, shares.served)
        members, error = self._members.shares(self.name), self._members.error()
        self._note(members=members, members_error=error)
        others = (*shares.elsewhere, *(name for name in shares.served if name not in mine))
        return shares._replace(served=tuple(sorted(mine)), elsewhere=tuple(sorted(others)))

    def _loop(self, loop_id: LoopId) -> TargetLoop:
        return TargetLoop(
            loop_id,
            self._connect,
            self.config.drift,
            self._metrics,
            self._board,
            self._events,
            self._passed,
            self._tracer,
            self._writer,
            self._clock,
            self._members,
            self._journal,
        )


def _commit_of(snapshot: Snapshot) -> Commit:
    return _commit(snapshot.commit or "", snapshot.subject, snapshot.authored_at)


def _commit(commit: str, subject: str, authored_at: datetime | None) -> Commit:
    return Commit(commit, subject, authored_at.timestamp() if authored_at else 0.0)
