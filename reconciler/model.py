"""The words of Magi: what is wanted, what is there, what to do about it, what came of it.

Data only: no I/O and no clock. Every other room imports this one and speaks in its terms.

    Key       the name of one resource, the same in Git, in a plan and in the cloud
    Spec      what a resource should look like, or does look like; one frozen dataclass a kind
    Desired   a Spec that Git asks for, with the place that asks
    Observed  a Spec that a target holds, with its id
    World     all that one look at a target found
    Step      one create, update or delete;  Plan: the steps and what goes first
    Outcome   what came of one step
    Driver    what a kind of target (OpenStack, an SDN controller) must be able to do
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, Self, cast, get_args, get_origin, get_type_hints

# --------------------------------------------------------------------------- places and problems


class Place(NamedTuple):
    """Where in the repository something is said: file relative to its root, line and column from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with the documents; sorts by place."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class MagiError(Exception):
    """Something a person can mend. Every error that Magi raises on purpose is one of these.

        MagiError
        ├── DocumentsError   the documents are wrong: not until Git changes
        ├── SourceError      the repository can't be read (reconciler.source)
        ├── ConfigError      settings, clouds.yaml or credentials are wrong: not until somebody mends them
        ├── TargetUnknown    a target can't be looked at: again
        └── StepFailed       a step could not be carried out: again, unless ``terminal``

    ``message`` says what is wrong; ``hint`` says what would do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class DocumentsError(MagiError):
    """The documents of a commit are wrong. ``problems`` holds all that is wrong, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the documents; the first: {self.problems[0]}")


class ConfigError(MagiError):
    """Settings, clouds.yaml or credentials are wrong."""


class TargetUnknown(MagiError):
    """A target could not be looked at, or not wholly: nothing may be created or deleted on it."""


class StepFailed(MagiError):
    """The target refused a step. ``terminal``: not until Git or the target changes; else again.

    ``retry_after`` is the time in seconds that the target asked for, if it did.
    """

    def __init__(
        self, message: str, hint: str = "", *, terminal: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.terminal = terminal
        self.retry_after = retry_after


# --------------------------------------------------------------------------- resources


class Key(NamedTuple):
    """The name of one resource: ``(paris, port, vcpe/fw/fw-0/eth0)``.

    ``name`` is a path whose first part is the network service. References between resources are Keys;
    ids exist only in `Observed.id` and at the moment of a call.
    """

    target: str
    kind: str
    name: str

    @property
    def service(self) -> str:
        """The network service that the resource belongs to."""
        return self.name.partition("/")[0]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that can't be read back, or must not be shown: compared by its digest alone."""

    digest: str
    content: str | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, content: str) -> Self:
        return cls("sha256:" + hashlib.sha256(content.encode()).hexdigest(), content)

    def __str__(self) -> str:
        return self.digest[:19]


class Impact(StrEnum):
    """What a step does to the service that runs on the resource."""

    NONE = "none"
    NEW_ADDRESS = "new address"
    REBUILD = "rebuild"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a resource looks like. Subclasses are frozen, slotted dataclasses, one a kind.

    The documents become it and a listing returns the same type, normalised, so drift is ``!=`` field by field.
    A field that is not *computed* and is left out means "must be empty".
    """

    immutable: ClassVar[frozenset[str]] = frozenset()
    """Fields whose change is a replacement."""
    disruptive: ClassVar[Mapping[str, Impact]] = {}
    """Fields that change in place while the service is interrupted."""
    computed: ClassVar[frozenset[str]] = frozenset()
    """Fields that the cloud chooses when they are None."""
    reattach: ClassVar[frozenset[str]] = frozenset()
    """Reference fields whose target may go while they refer to it: the cloud empties them, an update refills them."""
    part_of: ClassVar[str | None] = None
    """The reference field whose target takes this along when it goes."""
    building: ClassVar[int] = 0
    """For how many calls' time a target goes on building after it accepted a create: such creates start first."""

    @classmethod
    def reference_fields(cls) -> tuple[str, ...]:
        """The names of the fields that may hold Keys."""
        return _reference_fields(cast("Hashable", cls))

    def refs(self) -> Iterator[Key]:
        """The Keys that this Spec refers to, over all fields."""
        for name in self.reference_fields():
            yield from self.refs_of(name)

    def refs_of(self, name: str) -> Iterator[Key]:
        """The Keys that one field refers to."""
        return _keys_in(getattr(self, name))

    def settle(self, observed: Self) -> Self:
        """This Spec with what the cloud was free to choose taken from ``observed``."""
        chosen = {name: getattr(observed, name) for name in self.computed if getattr(self, name) is None}
        return replace(self, **chosen) if chosen else self


def _keys_in(value: object) -> Iterator[Key]:
    if type(value) is Key:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _keys_in(item)


@cache
def _reference_fields(spec: Hashable) -> tuple[str, ...]:
    return tuple(name for name, hint in get_type_hints(spec).items() if _mentions_key(hint))


def _mentions_key(hint: Any) -> bool:
    if hint is Key:
        return True
    parts = get_type_hints(hint).values() if hasattr(hint, "_fields") else get_args(hint)
    return get_origin(hint) is not ClassVar and any(map(_mentions_key, parts))


class State(StrEnum):
    """How an observed resource is doing."""

    READY = "ready"
    BUILDING = "building"
    DELETING = "deleting"
    STOPPED = "stopped"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource that Git asks for. ``comes_with``: making that other resource makes this one too."""

    key: Key
    spec: Spec
    place: Place
    comes_with: Key | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """A resource of ours that a target holds.

    ``name`` is the name it bears there (None where there is none to change), ``revision`` the number that makes a
    write fail when somebody else was faster, ``detail`` the target's own words on its state.
    """

    key: Key
    spec: Spec
    id: str
    state: State = State.READY
    revision: int | None = None
    name: str | None = None
    detail: str = ""

    @property
    def ready(self) -> bool:
        return self.state is State.READY


@dataclass(frozen=True, slots=True)
class World:
    """All that one look at a target found.

    ``observed``: what bears our mark. ``existing``: ids of what was there without us and can be referred to by name
    (several ids where a name is ambiguous). Nothing in ``existing`` is ever written to.
    """

    target: str
    observed: Mapping[Key, Observed]
    existing: Mapping[Key, tuple[str, ...]]


# --------------------------------------------------------------------------- plans


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Change(NamedTuple):
    """One field that differs: what is there and what is wanted."""

    field: str
    old: Any
    new: Any


class Hold(StrEnum):
    """Why a step of a plan is not run."""

    PRUNE = "prune is off"
    PROTECTED = "protected"
    MAX_DELETES = "too many deletes"
    CONSENT = "needs consent"
    MISSING = "missing"
    DELETING = "still being deleted"

    @property
    def passes_by_itself(self) -> bool:
        return self is Hold.DELETING


class StepId(NamedTuple):
    action: Action
    key: Key


@dataclass(frozen=True, slots=True)
class Step:
    """One call at the target. ``held`` says why it is not run, ``reason`` explains that or the cause of the step."""

    action: Action
    key: Key
    desired: Desired | None = None
    observed: Observed | None = None
    changes: tuple[Change, ...] = ()
    impact: Impact = Impact.NONE
    held: Hold | None = None
    reason: str = ""

    @property
    def id(self) -> StepId:
        return StepId(self.action, self.key)

    def __str__(self) -> str:
        return f"{self.action} {self.key}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps that make a target what Git wants, and for each the steps that go first.

    ``waits`` is in graphlib's shape and holds only steps of this plan. An empty plan is the goal.
    """

    target: str
    steps: Mapping[StepId, Step]
    waits: Mapping[StepId, frozenset[StepId]]

    def __len__(self) -> int:
        return len(self.steps)


class Result(StrEnum):
    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    HELD = "held"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one step.

    ``pending``: the target accepted it and is still at it. ``skipped``: something it waits for was not done.
    ``again`` says whether another pass may do better without a change in Git, ``retry_after`` (s) when at the earliest.
    """

    step: Step
    result: Result
    reason: str = ""
    again: bool = False
    retry_after: float | None = None


# --------------------------------------------------------------------------- policy


@dataclass(frozen=True, slots=True)
class Consent:
    """What a plan may do without asking. None: nothing is said here, so the wider rule holds."""

    replace: bool | None = None
    disruptive: bool | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Guard rails for the plans of all targets. ``protect`` holds names or globs of network services."""

    prune: bool = True
    max_deletes: int = 100
    protect: tuple[str, ...] = ()
    consent: Consent = Consent(replace=False, disruptive=False)


# --------------------------------------------------------------------------- targets and drivers


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """How hard a target may be worked: parallel requests, requests a second, seconds until a request is given up."""

    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """One VIM: where it is and how hard it may be worked. ``cloud`` is its entry in clouds.yaml."""

    name: str
    type: str
    cloud: str
    region: str | None
    labels: tuple[tuple[str, str], ...]
    budget: ApiBudget
    place: Place


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One finished API request. ``status`` is 0 when no answer came."""

    target: str
    service: str
    method: str
    status: int
    seconds: float


class Done(NamedTuple):
    """A step that the target accepted. ``id`` of what was created; ``pending`` while the target is still at it."""

    id: str | None = None
    pending: bool = False


class Driver(Protocol):
    """What a kind of target must be able to do. One driver object a target; used by many threads.

    `look` MUST return everything that bears our mark, or raise `TargetUnknown`: a part of it is not an answer.
    `carry_out` of a create MUST make *and mark* the resource in one call, and nothing that can fail may follow in it.
    Of an update it MUST write only the changed fields; of a delete it MUST be quiet when the resource is already gone.
    It MUST NOT wait for the target to finish: it answers `Done.pending`, and the next look tells.
    """

    def look(self) -> World:
        """Everything of ours on the target, and what exists there to refer to.

        Raises TargetUnknown, or ConfigError when credentials or settings are at fault.
        """

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        """Makes one call for one step. ``ids`` has the id of everything that the step refers to. Raises StepFailed."""

    def close(self) -> None: ...


# --------------------------------------------------------------------------- what a commit asks for


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the documents of one commit ask for, expanded: the targets, the resources of each, the rules."""

    targets: Mapping[str, Target]
    desired: Mapping[str, Mapping[Key, Desired]]
    services: Mapping[str, ServiceInfo]
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """What is said of a network service as a whole."""

    name: str
    place: Place
    targets: tuple[str, ...]
    consent: Consent = Consent()
    labels: tuple[tuple[str, str], ...] = ()


# --------------------------------------------------------------------------- what a pass found


class Sync(StrEnum):
    """Whether what is there is what Git wants."""

    SYNCED = "synced"
    OUT_OF_SYNC = "out of sync"
    UNKNOWN = "unknown"


class Health(StrEnum):
    """Whether what is there does its work."""

    HEALTHY = "healthy"
    PROGRESSING = "progressing"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A network service on one target. ``message`` says the first thing that keeps it from being synced and healthy."""

    name: str
    target: str
    sync: Sync
    health: Health
    resources: int = 0
    ready: int = 0
    steps_left: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one pass over a target found and did.

    ``started`` is in seconds since the epoch, ``seconds`` how long it took. ``error`` is set when the target could not
    be looked at: then there is no world and no plan. ``counts`` has the observed resources by kind and state.
    """

    target: str
    revision: str
    started: float
    seconds: float
    services: tuple[ServiceStatus, ...]
    plan: Plan | None = None
    outcomes: tuple[Outcome, ...] = ()
    counts: Mapping[tuple[str, State], int] = field(default_factory=dict)
    error: MagiError | None = None

    @property
    def left(self) -> tuple[Outcome, ...]:
        """What the plan asked for and was not done."""
        return tuple(outcome for outcome in self.outcomes if outcome.result is not Result.DONE)

    @property
    def settled(self) -> bool:
        """Nothing is left to do and nothing is still being built."""
        return self.plan is not None and not self.outcomes and not self.building

    @property
    def building(self) -> bool:
        """Something was still being built or deleted, so that another look will find something else."""
        return any(state in {State.BUILDING, State.DELETING} for _, state in self.counts)

    @property
    def moved(self) -> bool:
        """Something was done, or is being done by the target itself: another look is worth it soon."""
        return self.building or any(outcome.result in {Result.DONE, Result.PENDING} for outcome in self.outcomes)

    @property
    def retry_after(self) -> float | None:
        """The least seconds that a target asks for before another pass; None when none asks."""
        waits = (outcome.retry_after for outcome in self.outcomes if outcome.again)
        return min((wait for wait in waits if wait is not None), default=None)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What is known of the repository. Times are in seconds since the epoch, 0 for never.

    ``revision`` is the commit in force. ``refused`` is a newer one whose documents are wrong, with its ``problems``.
    """

    url: str
    revision: str = ""
    subject: str = ""
    committed_at: float = 0.0
    fetched_at: float = 0.0
    error: str = ""
    refused: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
