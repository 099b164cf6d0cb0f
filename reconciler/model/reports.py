"""What was found and done: by a pass, for a network service, at the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, Protocol

from reconciler.model.errors import MagiError, Problem
from reconciler.model.outputs import TargetOutputs
from reconciler.model.plans import Action, BlockReason, Outcome, Plan, Result, StepId, Trace
from reconciler.model.policies import Contest
from reconciler.model.resources import Key, State
from reconciler.model.shards import MemberShare, Shares


class Sync(StrEnum):
    """Whether what is there is what Git declares."""

    SYNCED = "synced"
    OUT_OF_SYNC = "out-of-sync"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """Whether what is there does its work."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    MISSING = "missing"
    """Something that Git asks for is not there, and is not on its way."""

    DEGRADED = "degraded"
    UNKNOWN = "unknown"


class Lag(StrEnum):
    """Why a network service is not what Git declares. The gravest last."""

    NONE = "none"
    MEANT = "meant"
    """People mean it to be so: it is suspended or frozen, or waits for consent, a window or another service."""

    CHANGING = "changing"
    """It is on its way, and within the time that this may take."""

    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A network service on one target. ``message`` says the first thing that keeps it from being synced and healthy.

    ``desired``: what people count of what Git asks for (`Spec.counts`), ``ready``: those that are there with all their
    parts and do their work. ``left``: what a pass did not do of its steps, those of what it shares included.
    ``building``: the target is still at something of it, or an instance of it may still be starting. ``suspended``: Git
    says that nothing is to be done. ``lag``: why it is not synced, or still at something.
    """

    name: str
    target: str
    sync: Sync
    health: Health
    desired: int = 0
    ready: int = 0
    steps_left: int = 0
    message: str = ""
    left: tuple[Outcome, ...] = ()
    building: bool = False
    suspended: bool = False
    lag: Lag = Lag.NONE


class Reported(Protocol):
    """What plans of other targets take of the last report of a target, also of one that another daemon made."""

    @property
    def target(self) -> str: ...

    @property
    def commit(self) -> str: ...

    @property
    def services(self) -> tuple[ServiceStatus, ...]: ...

    @property
    def observed(self) -> bool:
        """Whether the target could be observed."""

    @property
    def deployed(self) -> frozenset[str]:
        """The services that something is there of."""

    @property
    def kept(self) -> frozenset[str]:
        """The services of which a delete waits for people."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one pass over a target found and did.

    ``started`` is in seconds since the epoch, ``seconds`` how long it took. ``error`` is set when the target could not
    be observed: then there is no world and no plan. ``counts`` has the observed resources by kind and state.
    ``unready``: instances that fail their probe, ``starting``: those of them that may still be starting,
    ``recovering``: instances that healing will try again, ``recovery_exhausted``: those that it left to people.
    ``repository``: the name of the one that ``commit`` is of. ``states`` has every observed resource. ``drifted``: the
    steps of the plan that are about what differs though Git asks for nothing new. ``contest``: another actor writes
    there with the same owner. ``outputs``: what the services have there, as it was last observed; None before that.
    ``instances``: by the name of a VDU's instances together, as many as were declared when all of them, and no others,
    were last observed to exist; 0 before that. ``traces``: what the target remembers of who changed what drifted.
    """

    target: str
    commit: str
    started: float
    seconds: float
    services: tuple[ServiceStatus, ...]
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()
    counts: Mapping[tuple[str, State], int] = field(default_factory=dict)
    error: MagiError | None = None
    unready: int = 0
    starting: int = 0
    recovering: int = 0
    recovery_exhausted: frozenset[Key] = frozenset()
    repository: str = "default"
    states: Mapping[Key, State] = field(default_factory=dict)
    drifted: frozenset[StepId] = frozenset()
    contest: Contest | None = None
    outputs: TargetOutputs | None = None
    instances: Mapping[str, int] = field(default_factory=dict)
    traces: Mapping[Key, Trace] = field(default_factory=dict)

    @property
    def observed(self) -> bool:
        """Whether the target could be observed."""
        return self.error is None

    @property
    def deployed(self) -> frozenset[str]:
        """The services that something is there of."""
        return frozenset(key.service for key in self.states if key.service)

    @property
    def kept(self) -> frozenset[str]:
        """The services of which a delete waits for people."""
        return frozenset(
            step.key.service
            for step in (self.plan.steps.values() if self.plan is not None else ())
            if step.action is Action.DELETE
            and step.blocked
            and (step.blocked.is_approvable or step.blocked is BlockReason.SUSPENDED)
        )

    @property
    def left(self) -> tuple[Outcome, ...]:
        """What the plan asked for and was not done."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is not Result.DONE)

    @property
    def remaining(self) -> Plan | None:
        """The plan without the steps that were done; None where the target could not be observed."""
        done = {outcome.step.id for outcome in self.outcomes if outcome.result is Result.DONE}
        if self.plan is None or not done:
            return self.plan
        steps = {step_id: step for step_id, step in self.plan.steps.items() if step_id not in done}
        return replace(
            self.plan, steps=steps, waits={one: self.plan.waits.get(one, frozenset()) - done for one in steps}
        )

    @property
    def settled(self) -> bool:
        """Nothing is left to do and nothing is still being built."""
        return self.plan is not None and not self.outcomes and not self.building

    @property
    def building(self) -> bool:
        """Something is still being built, started, healed or deleted: another observation will find something else."""
        return self.starting + self.recovering > 0 or any(
            state in {State.BUILDING, State.DELETING} for _, state in self.counts
        )

    @property
    def only_builds(self) -> bool:
        """Something is being built, started or deleted, and nothing else moves: glances at that show everything."""
        done = any(outcome.result in {Result.DONE, Result.PENDING} for outcome in self.outcomes)
        return self.building and not self.recovering and not done

    @property
    def moved(self) -> bool:
        """Something was done, or is being done by the target itself: another observation is worth it soon."""
        return self.building or any(outcome.result in {Result.DONE, Result.PENDING} for outcome in self.outcomes)

    @property
    def retry_after(self) -> float | None:
        """The least seconds that a target asks for before another pass; None when none asks."""
        waits = (outcome.retry_after for outcome in self.outcomes if outcome.again)
        return min((wait for wait in waits if wait is not None), default=None)


class Phase(StrEnum):
    """What a pass is at."""

    OBSERVING = "observing"
    PLANNING = "planning"
    APPLYING = "applying"


class PassProgress(NamedTuple):
    """How far a pass is. ``since``: when it began, in seconds since the epoch.

    ``done`` of its ``steps`` ended, whatever came of them; both are 0 before there is a plan.
    """

    since: float
    phase: Phase = Phase.OBSERVING
    done: int = 0
    steps: int = 0


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """What is known of a repository. ``name`` is that of the settings. Times are in seconds since the epoch, 0: never.

    ``commit`` is the commit in force. ``distrust``: why it is not the newest one, where only verified ones are taken.
    ``refused`` is a newer one whose documents are wrong, with its ``problems``. ``shares``: which targets of the commit
    in force are served here and which elsewhere, where several daemons share them. ``members``: these daemons,
    where they share by themselves; ``members_error``: why they can't be reached.
    """

    url: str
    commit: str = ""
    subject: str = ""
    committed_at: float = 0.0
    fetched_at: float = 0.0
    error: str = ""
    refused: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    distrust: str = ""
    name: str = "default"
    shares: Shares | None = None
    members: tuple[MemberShare, ...] = ()
    members_error: str = ""


class Synced(NamedTuple):
    """What is fetched and observed now. ``vims``: by repository and name.

    ``elsewhere``: those meant that other members serve, who have to be asked themselves. ``known``: the names of the
    VIMs or services that could have been meant, where nothing was found.
    """

    repositories: tuple[str, ...]
    vims: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, str], ...] = ()
    known: tuple[str, ...] = ()
