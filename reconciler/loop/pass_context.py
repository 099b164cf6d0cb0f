"""What a pass has to know besides Git and its target: windows, probes, healing, and what other targets have ready."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from reconciler.judging.windows import open_at
from reconciler.loop.contest import Contests, new_writer
from reconciler.loop.repairs import Repairs
from reconciler.loop.retries import Retries
from reconciler.model import (
    NO_REPORT,
    NOT_SERVED,
    Action,
    Catalog,
    Circumstances,
    Desired,
    Healing,
    Impact,
    Key,
    Observed,
    Outcome,
    Plan,
    Report,
    Reported,
    Result,
    Spec,
    State,
    World,
    Writer,
)
from reconciler.outside.probing import ask_all
from reconciler.planning import is_ready, turns
from reconciler.reporting.shared_reports import SharedReport

_TRIED = frozenset({Result.DONE, Result.PENDING, Result.FAILED})

Ask = Callable[[Mapping[Key, Desired], World], Mapping[Key, str]]
"""Runs the probes of what is ready: "" for each that passed, else what was wrong."""


def current_circumstances(catalog: Catalog, calendar: Callable[[], float] = time.time) -> Circumstances:
    """The circumstances of a plan that is only shown: the windows that are open now, by the ``calendar``."""
    windows = catalog.windows
    now = datetime.fromtimestamp(calendar(), UTC)
    return Circumstances(open_windows=open_at(windows, now) if windows else windows)


@dataclass(slots=True)
class Board:
    """What each target has ready, refers to elsewhere, and last reported.

    Each target writes its own entries alone, so no lock is needed.

    ``vims``: those that take part; None: all of the repository. ``shared``: those that other members of a group serve,
    of which ``peers`` has the last reports. ``elsewhere``: those that are served by who knows whom.

    What other members report for another commit holds things back, and lets nothing go on.
    """

    vims: frozenset[str] | None = None
    shared: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    peers: Callable[[], Mapping[str, SharedReport]] = dict
    _tried: dict[str, None] = field(default_factory=dict)
    _ready: dict[str, Mapping[Key, str]] = field(default_factory=dict)
    _holds: dict[str, Mapping[Key, Key]] = field(default_factory=dict)
    _reports: dict[str, Report] = field(default_factory=dict)

    def publish(self, target: str, ready: Mapping[Key, str], holds: Mapping[Key, Key] = MappingProxyType({})) -> None:
        """``ready``: what is ready on a target, with its id. ``holds``: what it refers to elsewhere, and by what."""
        self._ready[target], self._holds[target] = ready, holds

    def take(self, report: Report) -> None:
        self._reports[report.target] = report

    def forget(self, target: str) -> None:
        """Forgets a target that the repository no longer has. Nothing may be written for it any more."""
        self._ready.pop(target, None)
        self._holds.pop(target, None)
        self._reports.pop(target, None)
        self._tried.pop(target, None)

    def tried(self, target: str) -> None:
        """Notes that someone tried to observe a target, whatever came of it."""
        self._tried[target] = None

    def unseen(self, catalog: Catalog) -> frozenset[str]:
        """The targets that no one has tried to observe yet. No one waits for what is suspended."""
        names = catalog.targets.keys() if self.vims is None else catalog.targets.keys() & self.vims
        unseen = {name for name in names if name not in self._tried}
        unseen |= (catalog.targets.keys() & self.shared) - self.peers().keys()
        return frozenset(name for name in unseen if not catalog.targets[name].suspended)

    def unreported(self, catalog: Catalog) -> Mapping[str, str]:
        """The targets that others serve and of which nothing is known for a commit, with why."""
        peers = self.peers()
        silent = (name for name in self.shared if name not in peers or peers[name].commit != catalog.commit)
        return {**dict.fromkeys(self.elsewhere, NOT_SERVED), **dict.fromkeys(silent, NO_REPORT)}

    @property
    def reports(self) -> Mapping[str, Reported]:
        return {**self._of_shared(), **self._reports}

    def last(self, target: str) -> Report | None:
        """The last report of a target that observed it."""
        return self._reports.get(target)

    def ready(self, keys: Iterable[Key], commit: str) -> Mapping[Key, str]:
        """Those of the keys that are ready on their targets, with their ids."""
        peers = {name: one.ready for name, one in self._of_shared().items() if one.commit == commit}
        found = ((key, (self._ready.get(key.target) or peers.get(key.target, {})).get(key)) for key in keys)
        return {key: name for key, name in found if name is not None}

    def holds(self, target: str) -> Mapping[Key, Key]:
        """What resources on a target refer to on other ones, each with one of these."""
        return self._holds.get(target, {})

    def held(self, target: str) -> Mapping[Key, Key]:
        """What resources on other targets refer to on this one, each with one of these."""
        peers = {name: one.holds for name, one in self._of_shared().items()}
        return {
            key: holder
            for other, holds in {**peers, **self._holds}.items()
            if other != target
            for key, holder in holds.items()
            if key.target == target
        }

    def _of_shared(self) -> Mapping[str, SharedReport]:
        return {name: one for name, one in self.peers().items() if name in self.shared}


@dataclass(slots=True)
class _Answers:
    """What the probe of a server said so far. ``since``: when it was first asked, in seconds of a monotonic clock."""

    id: str
    since: float
    failures: int = 0
    said: str = ""


@dataclass(slots=True)
class _Tries:
    count: int
    last: float


class SinglePass:
    """The context of a pass that follows on none and that none follows: it asks no probe and remembers nothing."""

    def __init__(self, calendar: Callable[[], float] = time.time) -> None:
        self._calendar = calendar

    def examine(self, catalog: Catalog, world: World) -> Circumstances:
        """What the plan of this pass has to know."""
        del world  # no probe is asked of what is there
        return current_circumstances(catalog, self._calendar)

    def writer(self, catalog: Catalog) -> Writer | None:
        """Who signs what is made for a commit; None: it is not signed."""

    def remember(self, catalog: Catalog, plan: Plan, world: World) -> None:
        """Takes note of a plan, before any step of it."""

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Takes note of what became of the steps."""

    def miss(self) -> None:
        """Takes note that the target could not be observed."""

    def publish(self, report: Report) -> None:
        """Takes note of what the pass found, for the other targets."""


class PassContext(SinglePass):
    """The circumstances of the passes over one target.

    It remembers how often probes and steps failed, what healing tried, what agreed with Git, what was repaired, and
    which steps a consent in Git unblocked. A restart forgets that, which costs patience, or another consent for what is
    left of the steps.
    """

    def __init__(
        self,
        target: str,
        board: Board,
        *,
        detects_drift: bool = True,
        ask: Ask = ask_all,
        clock: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
        longest: Callable[[], float] | None = None,
        writer: Writer | None = None,
    ) -> None:
        """``detects_drift``: whether what differs may be drift; where a person asked for the passes it is done.

        ``longest``: the seconds that a step which fails waits at most before it is tried again; None: it waits for
        nothing, and what the target finds wrong or forbidden is not tried again at all.
        ``writer``: the process as marks name it, the same for all its targets; None: it is made up.
        """
        self.target = target
        self._board = board
        self._ask = ask
        self._clock = clock
        super().__init__(calendar)
        self._answers: dict[Key, _Answers] = {}
        self._tries: dict[Key, _Tries] = {}
        self._repairs = Repairs(clock)
        self._retries = Retries(clock, longest)
        # Who applies once does not give way to a daemon.
        self._contests = Contests(clock) if longest else None
        self._writer = writer or new_writer()
        self._starting: Mapping[Key, Desired] = {}
        self._world: World | None = None
        self._agreed: Mapping[Key, Spec] | None = {} if detects_drift else None
        self._approved: dict[str, frozenset[str]] = {}

    def examine(self, catalog: Catalog, world: World) -> Circumstances:
        """Asks the probes, and returns what the plan of this pass has to know."""
        desired = catalog.desired.get(self.target, {})
        servers = {
            key: declared for key, declared in desired.items() if declared.instance and declared.instance.key == key
        }
        now = self._clock()
        self._listen(servers, world, now)
        unready = {key: one.said for key, one in self._answers.items() if one.said}
        starting = frozenset(key for key in unready if not self._had_time(servers[key], now))
        self._starting, self._world = {key: servers[key] for key in starting}, world
        seen = replace(current_circumstances(catalog, self._calendar), unready=unready, starting=starting)
        ready = {key for key, declared in servers.items() if is_ready(declared, world, seen)}
        referred = catalog.referred_across.get(self.target, frozenset())
        self._board.publish(
            self.target,
            {key: world.observed[key].id for key in ready} | ids_of(referred, desired, world, seen),
            _references_across(world),
        )
        self._forget(servers.keys(), ready, catalog, now)
        healing = {
            key: healing_of(catalog, key)
            for key in servers
            if key in unready.keys() - starting or _is_in_error(world, key)
        }
        self._board.tried(self.target)
        unreported = self._board.unreported(catalog)
        turn = turns(catalog, world, self._board.reports, self._board.unseen(catalog), unreported)
        return replace(
            seen,
            healing_actions={
                key: action
                for key, one in healing.items()
                if (action := self._due_action(world.observed[key], one, now))
            },
            tried={
                key: text for key, one in healing.items() if (text := self._describe_healing(world.observed[key], one))
            },
            recovery_exhausted=frozenset(
                key for key, one in healing.items() if self._is_recovery_exhausted(world.observed[key], one)
            ),
            recovering=frozenset(
                key
                for key, one in healing.items()
                if one.ladder and not self._is_recovery_exhausted(world.observed[key], one)
            ),
            ready_elsewhere=self._board.ready(
                (
                    key
                    for declared in desired.values()
                    for key in (*declared.after, *declared.spec.refs_across(self.target))
                    if key.target != self.target
                ),
                catalog.commit,
            ),
            held_elsewhere=self._board.held(self.target),
            waiting=turn.waiting,
            queued=turn.queued,
            deployed_elsewhere=turn.deployed_elsewhere,
            agreed=self._agreed,
            fights=self._repairs.fights(desired),
            failed=self._retries.waiting(desired, world.observed),
            unblocked=self._still_approved(catalog),
            unreported=unreported,
            contest=self._contests.see(world, desired.keys(), self.writer(catalog)) if self._contests else None,
        )

    def writer(self, catalog: Catalog) -> Writer:
        """Who makes what is made for a commit."""
        return self._writer.at(catalog.committed)

    def remember(self, catalog: Catalog, plan: Plan, world: World) -> None:
        """Keeps what agrees with Git, so that what differs later is known as drift.

        And what a consent in Git unblocked, so that it stays so while one step of it after the other is done.
        """
        self._repairs.see(plan)
        if self._agreed is not None:
            desired = catalog.desired.get(self.target, {})
            differ = {step.key for step in plan.steps.values()}
            agreed = {key: one.spec for key, one in desired.items() if key in world.observed and key not in differ}
            self._agreed = {key: spec for key, spec in self._agreed.items() if key in desired} | agreed
        self._retries.keep(plan.steps.keys())
        self._approved = {**plan.approved, **self._still_approved(catalog)}

    def _still_approved(self, catalog: Catalog) -> dict[str, frozenset[str]]:
        approved = {approval.digest for approval in catalog.approvals if not approval.refusal}
        return {digest: steps for digest, steps in self._approved.items() if digest in approved}

    def stirs(self) -> bool:
        """Whether an instance that was still starting at the last pass passes its probe now."""
        world, starting = self._world, self._starting
        return world is not None and bool(starting) and "" in self._ask(starting, world).values()

    def next_try(self) -> float | None:
        """Seconds until a step that failed may be tried again; None where none waits."""
        return self._retries.soonest()

    def try_again(self) -> None:
        """Lets all that waits after a failure, or because another actor writes there, be tried at the next pass."""
        self._retries.forget()
        if self._contests:
            self._contests.forget()

    def reconnect(self) -> None:
        """What exists at the next observation may have come from anyone: another login, or a pass that broke."""
        if self._contests:
            self._contests.begin_again()

    def miss(self) -> None:
        """Notifies all targets that this one can't be observed, so that they do not wait for what exists there."""
        self._board.tried(self.target)

    def leave(self) -> None:
        """Notifies all targets that this one is no longer theirs, so that nothing counts on what exists there."""
        self._board.forget(self.target)

    def publish(self, report: Report) -> None:
        """Gives all targets what a pass over this one found."""
        self._board.take(report)

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Counts the repairs and healing actions that were carried out, and healing actions that were refused as well.

        Of a healing action that replaces the delete counts.
        """
        outcomes = list(outcomes)
        self._repairs.note(outcomes)
        self._retries.note(outcomes)
        if self._contests:
            self._contests.note(outcomes)
        for outcome in outcomes:
            step = outcome.step
            if step.heals and step.action is not Action.CREATE and outcome.result in _TRIED:
                tries = self._tries.setdefault(step.key, _Tries(0, 0.0))
                tries.count, tries.last = tries.count + 1, self._clock()

    def _listen(self, servers: Mapping[Key, Desired], world: World, now: float) -> None:
        answers = self._ask(servers, world)
        for key in list(self._answers):
            if key not in answers or world.observed[key].id != self._answers[key].id:
                del self._answers[key]
        for key, said in answers.items():
            one = self._answers.setdefault(key, _Answers(world.observed[key].id, now))
            one.failures = one.failures + 1 if said else 0
            one.said = said

    def _had_time(self, desired: Desired, now: float) -> bool:
        """Whether the failures of a probe count: the instance had time to start, and was asked often enough."""
        one, probe = self._answers[desired.key], desired.probe
        return probe is not None and now - one.since >= probe.startup and one.failures >= probe.failures

    def _due_action(self, unhealthy: Observed, healing: Healing, now: float) -> Impact | None:
        """The healing action that an unhealthy instance gets now; None while it waits, or its recovery is exhausted."""
        tries = self._tries.get(unhealthy.key)
        if not healing.ladder or self._is_recovery_exhausted(unhealthy, healing):
            return None
        if tries and now - tries.last < healing.pause * 2 ** (tries.count - 1):
            return None
        return next(self._actions_left(unhealthy, healing))

    def _actions_left(self, unhealthy: Observed, healing: Healing) -> Iterator[Impact]:
        """The actions that are left, from the one whose turn it is, without those that the target refuses."""
        tries = self._tries.get(unhealthy.key)
        first = min(tries.count if tries else 0, len(healing.ladder) - 1)
        return (action for action in healing.ladder[first:] if action not in unhealthy.refuses)

    def _is_recovery_exhausted(self, unhealthy: Observed, healing: Healing) -> bool:
        if not healing.ladder:
            return False
        tries = self._tries.get(unhealthy.key)
        return (tries is not None and tries.count >= healing.limit) or not any(self._actions_left(unhealthy, healing))

    def _describe_healing(self, unhealthy: Observed, healing: Healing) -> str:
        """What healing did so far, in words; "" where it did nothing and may yet do."""
        tries = self._tries.get(unhealthy.key)
        tried = f"healing tried {tries.count} of {healing.limit} times" if tries else ""
        if not self._is_recovery_exhausted(unhealthy, healing):
            return tried
        if tries and tries.count >= healing.limit:
            return f"{tried}, recovery exhausted"
        why = f"recovery exhausted: {next(iter(unhealthy.refuses.values()))}"
        return f"{tried}, {why}" if tried else why

    def _forget(self, servers: Iterable[Key], ready: set[Key], catalog: Catalog, now: float) -> None:
        """What served again for as long as the next pause would be begins again with the first action."""
        desired = set(servers)
        for key, tries in list(self._tries.items()):
            pause = healing_of(catalog, key).pause * 2 ** (tries.count - 1)
            if key not in desired or (key in ready and now - tries.last >= pause):
                del self._tries[key]


def ids_of(
    keys: Iterable[Key], desired: Mapping[Key, Desired], world: World, circumstances: Circumstances
) -> dict[Key, str]:
    """The ids of those of the keys that others may refer to: what is declared and ready, or there without us."""
    found: dict[Key, str] = {}
    for key in keys:
        if key in desired and is_ready(desired[key], world, circumstances):
            found[key] = world.observed[key].id
        elif key not in world.observed and len(ids := world.existing.get(key, ())) == 1:
            found[key] = ids[0]
    return found


def _references_across(world: World) -> dict[Key, Key]:
    """What is referred to on other targets, each with one of those on this one that do."""
    return {ref: key for key, one in world.observed.items() for ref in one.spec.refs_across(world.target)}


def healing_of(catalog: Catalog, key: Key) -> Healing:
    """The healing of the service that a resource belongs to."""
    service = catalog.services.get(key.service)
    return (service.healing if service else None) or catalog.policy.healing


def _is_in_error(world: World, key: Key) -> bool:
    return key in world.observed and world.observed[key].state is State.ERROR
