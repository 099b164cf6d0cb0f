"""What to do about a difference: steps, plans, what came of them, and what may be done without asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from reconciler.model.approvals import ApprovalEffect
from reconciler.model.kinds import NAME
from reconciler.model.resources import Desired, Foreign, Impact, Key, Observed, Spec
from reconciler.model.writers import Writer


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    DISOWN = "disown"
    """takes the owner marks off: what exists stays, and is unmanaged."""

    ADOPT = "adopt"
    """Puts the owner mark on what another actor made, and changes nothing else of it."""


class FieldChange(NamedTuple):
    """One field of the Spec that differs: the observed value and the desired one."""

    field: str
    old: Any
    new: Any


class NameChange(NamedTuple):
    """Another name at the target than the resource has in Git."""

    old: str | None
    new: str

    @property
    def field(self) -> str:
        return NAME


class HealingChange(NamedTuple):
    """What is done to an unhealthy instance. ``old``: what is wrong with it."""

    old: str
    action: Impact

    @property
    def field(self) -> str:
        return "health"

    @property
    def new(self) -> str:
        return self.action.value


class Confirmation(NamedTuple):
    """A change made earlier, to be confirmed before the target does anything else."""

    of: Impact

    @property
    def field(self) -> str:
        return self.of.value

    @property
    def old(self) -> str:
        return "to be confirmed"

    @property
    def new(self) -> str:
        return "confirmed"


Change = FieldChange | NameChange | HealingChange | Confirmation
"""What a step changes. Each shows itself as a field with an old and a new value; to do it, ask which one it is."""


def impact_of_change(spec: Spec, change: Change) -> Impact:
    """What a change in place does to a service by itself."""
    return spec.impact_of(*change) if isinstance(change, FieldChange) else Impact.NONE


class BlockReason(StrEnum):
    """Why a step of a plan is not run."""

    SUSPENDED = "suspended"
    PRUNE = "prune is off"
    PROTECTED = "protected"
    MAX_DELETES = "too many deletes"
    MAX_REPLACES = "too many replacements"
    FROZEN = "frozen"
    REFUSED = "would be refused"
    CONSENT = "needs consent"
    WINDOW = "waits for its window"
    MISSING = "missing"
    DELETING = "still being deleted"
    BUILDING = "still being built"
    TURN = "waits for its turn"
    CLAIMED = "claimed by two services"
    DRIFT = "drift is only reported"
    FIGHT = "repaired again and again"
    FAILED = "waits after a failure"
    DEPENDS = "waits for what it depends on"
    SHRUNK = "repository shrank"
    LABEL = "denied by label"
    RULE = "denied by a rule"
    CIRCLE = "waits for itself"
    CONTESTED = "contested"

    @property
    def slug(self) -> str:
        """The guard as the operator's settings name it: max-deletes."""
        return self.name.lower().replace("_", "-")

    @property
    def is_approvable(self) -> bool:
        """Whether consent in Git ends it. Not what can't be done, waits its turn, or is requested explicitly."""
        return self in _APPROVABLE

    @property
    def counts(self) -> bool:
        """Whether it is about how much is done in all, rather than about each service."""
        return self in {BlockReason.MAX_DELETES, BlockReason.MAX_REPLACES, BlockReason.SHRUNK}

    @property
    def is_decision(self) -> bool:
        """Whether someone's rule decided it: consent is to the rule's own words, and to no other decision."""
        return self in {BlockReason.LABEL, BlockReason.RULE}


_APPROVABLE = frozenset(
    {
        BlockReason.PRUNE,
        BlockReason.PROTECTED,
        BlockReason.MAX_DELETES,
        BlockReason.MAX_REPLACES,
        BlockReason.FROZEN,
        BlockReason.CONSENT,
        BlockReason.WINDOW,
        BlockReason.SHRUNK,
        BlockReason.LABEL,
        BlockReason.RULE,
        BlockReason.DRIFT,
    }
)


RULE_WORDS = "policy as code: "
"""What the reason of a step begins with that a rule of the operator's denied; its message follows."""


class StepId(NamedTuple):
    action: Action
    key: Key


@dataclass(frozen=True, slots=True)
class Step:
    """One call at the target. ``blocked`` says why it is not run, ``reason`` explains that or the cause of the step.

    ``heals``: it repairs an instance; that its healing is declared is consent enough. ``writer``: who carries it out,
    which a create writes into the mark, where the kind has room for it; it is no part of a plan.
    """

    action: Action
    key: Key
    desired: Desired | None = None
    observed: Observed | None = None
    changes: tuple[Change, ...] = ()
    impact: Impact = Impact.NONE
    blocked: BlockReason | None = None
    reason: str = ""
    heals: bool = False
    writer: Writer | None = field(default=None, compare=False)

    @property
    def id(self) -> StepId:
        return StepId(self.action, self.key)

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


class Trace(NamedTuple):
    """What a target reports of the last change of a resource.

    ``at`` in seconds since the epoch; ``who`` as the target names people, "" where it does not report; ``what`` in
    its own words.
    """

    at: float
    who: str = ""
    what: str = ""


class Obstacle(NamedTuple):
    """Why steps of a plan would fail, with the numbers, and the resources that they are about."""

    reason: str
    keys: tuple[Key, ...]


class Durations(NamedTuple):
    """How long things take on a target, in seconds: a call, and what it goes on with by what is done to an instance.

    ``spacing``: what each of several instances takes. ``spread``: the factor that all of it was
    slower or faster by. ``observation``: an observation of the target.
    """

    call: float
    builds: Mapping[str, float]
    spacing: float | None = None
    spread: float = 1.0
    observation: float = 0.0


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """What a target reports of a plan before it is run. ``unknown``: what it does not report, in words.

    ``durations``: how long such steps took there; ``seconds``: how long the plan will take by that, None where nothing
    shows; ``within``: the least and the most seconds that such plans took.
    """

    obstacles: tuple[Obstacle, ...] = ()
    unknown: tuple[str, ...] = ()
    durations: Durations | None = None
    seconds: float | None = None
    within: tuple[float, float] | None = None


class Note(NamedTuple):
    """What is to be known of a resource. ``degraded``: it does not do its work."""

    text: str
    degraded: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that make a target what Git declares, and for each the steps that go first.

    ``waits`` is in graphlib's shape and holds only steps of this plan. An empty plan is the goal.
    ``warnings``: what policy as code says of it. ``approved``: the consents in Git that unblocked something, each with
    the digests of the steps that it unblocked.
    ``approval_effects``: what approvals cover in it, also those that do not count. ``final``: the digests of what
    is blocked and can't be approved by anyone, as the operator has it.
    ``uncompared``: resources of which a part could not be compared, with the reason; nothing is done about that part.
    ``notes``: what a person has to know of resources, and the plan does nothing about.
    ``preflight``: what the target was asked about it, for a plan that is only shown.
    ``foreign``: what claims to be managed there and is another project's. ``twins``: as in the World.
    """

    target: str
    steps: Mapping[StepId, Step]
    waits: Mapping[StepId, frozenset[StepId]]
    uncompared: Mapping[Key, str] = field(default_factory=dict)
    notes: Mapping[Key, Note] = field(default_factory=dict)
    approved: Mapping[str, frozenset[str]] = field(default_factory=dict)
    approval_effects: tuple[ApprovalEffect, ...] = ()
    final: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    preflight: PreflightResult = PreflightResult()
    foreign: tuple[Foreign, ...] = ()
    twins: Mapping[Key, Key] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.steps)


class Result(StrEnum):
    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one step.

    ``pending``: the target accepted it and is still at it. ``skipped``: something it waits for was not done.
    ``again`` says whether another pass may do better without a change in Git, ``retry_after`` (s) when at the earliest.
    ``rejected``: the target finds the request itself wrong or forbidden, so that the same will be refused again.
    ``lost``: no reply came, so that it may have been done all the same.
    ``seconds``: how long the step itself took; 0 where it did not start.
    """

    step: Step
    result: Result
    reason: str = ""
    again: bool = False
    retry_after: float | None = None
    rejected: bool = False
    lost: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def failed(self) -> bool:
        """It went wrong: just now, or lately, so that it waits before it is tried again."""
        return self.result is Result.FAILED or self.step.blocked is BlockReason.FAILED
