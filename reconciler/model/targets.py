"""Where resources are: targets, the drivers that speak to them, and what a commit asks of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from reconciler.model.approvals import Approval, Approvers
from reconciler.model.errors import Place
from reconciler.model.limits import DEFAULT_LIMITS, InputLimits
from reconciler.model.plans import Plan, PreflightResult, Step, Trace
from reconciler.model.policies import Consent, Healing, Policy, Rollout, UpdateStrategy, Window
from reconciler.model.resources import Desired, Key, Observed, World


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """How hard a target may be worked: parallel requests, requests a second; and what one answer of it may be.

    ``timeout``: seconds between two bytes of an answer; ``total_timeout``: until its last one.
    ``max_depth``: levels of nesting of an answer; ``max_pages``: pages of one list, some of which have only 50 items.
    """

    concurrency: int = 8
    requests_per_second: float = 50.0
    timeout: float = 30.0
    total_timeout: float = 120.0
    max_answer_bytes: int = 32 * 1024 * 1024
    max_depth: int = 64
    max_pages: int = 10_000


@dataclass(frozen=True, slots=True)
class Target:
    """One VIM: where it is and how hard it may be worked.

    ``entry``: what the host calls the access to it; for OpenStack its entry in clouds.yaml. ``options``: what else its
    type needs to connect, by names that only the type knows.

    ``suspended``: it is observed, and nothing is written to it.
    """

    name: str
    type: str
    entry: str
    options: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    budget: ApiBudget
    place: Place
    suspended: bool = False

    @property
    def access(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What it connects to: two targets in which this is equal are the same one."""
        return self.type, self.entry, self.options

    def option(self, name: str) -> str | None:
        return dict(self.options).get(name)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One finished API request. ``status`` is 0 when no answer came.

    ``seconds`` is how long the answer took; ``waited``, how many seconds the API budget delayed the request before.
    ``url`` is where it was sent.
    """

    target: str
    service: str
    method: str
    status: int
    seconds: float
    waited: float = 0.0
    url: str = ""


class Done(NamedTuple):
    """A step that the target accepted. ``id`` of what was created; ``pending`` while the target is still at it.

    ``claim``: what the target said of a step that it refused as done already. Whether it is, only the next observation
    shows.
    """

    id: str | None = None
    pending: bool = False
    claim: str = ""


class Driver(Protocol):
    """What a kind of target must be able to do. One driver object a target; used by many threads.

    `observe` MUST return everything that has the owner mark, or raise `TargetUnknown`: a part of it is not an answer.
    `carry_out` of a create MUST make *and mark* the resource in one call, and nothing that can fail may follow in it.
    Where a mark has room for `Step.writer` it is written too, and an observation reads it back as `Observed.writer`.
    Of an update it MUST write only the changed fields; of a delete it MUST be quiet when the resource is already gone.
    It MUST NOT wait for the target to finish: it answers `Done.pending`, and the next observation shows.
    """

    def observe(self, kinds: Collection[str] = (), *, complete: bool = False) -> World:
        """Every managed resource on the target, and what exists there to refer to.

        ``kinds`` are those that Git declares or refers to. What is rare is asked for where one of them, or what else is
        found, may need it; ``complete`` asks for all, so that also what a crash left behind is found.
        Raises TargetUnknown, or ConfigError when credentials or settings are at fault.
        """

    def carry_out(self, step: Step, ids: Mapping[Key, str]) -> Done:
        """Makes one call for one step. ``ids`` has the id of everything that the step refers to. Raises StepFailed."""

    def preflight(self, plan: Plan, world: World) -> PreflightResult:
        """What would keep the plan's steps from succeeding. Writes nothing, and raises nothing that a target does."""

    def trace(self, resources: Iterable[Observed]) -> Mapping[Key, Trace]:
        """When, and by whom, resources were last changed, where the target reports it. Raises nothing that it does."""

    def stirs(self) -> bool:
        """Whether something that was being built or deleted at the last observation may be otherwise now.

        It asks for as little as may be, and answers True when it is unknown: the next observation shows it. Raises
        nothing.
        """

    def is_stale(self) -> bool:
        """Whether its credentials were changed since it read them, so that another one should be made. Asks no one."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Catalog:
    """What the documents of one commit ask for, expanded: the targets, the resources of each, the rules.

    ``approvals``: what annotations consent to, and the commits that it was read with.
    ``approvers``: who may approve what, as the operator has it; None: anyone who may push may approve anything.
    ``changed_by``: of those who approve, the files that each changed lately; None where that can't be reported.
    ``service_files``: the files that hold network services and nothing else, each with these.
    ``rego``: the rules of the operator's that judge each plan, by name of their file.
    ``limits``: the bounds that it was read within, and that these rules judge within.
    ``commit``: its full hash; "" for a work tree. ``committed``: when that was made, in seconds since 1970, or 0.
    """

    targets: Mapping[str, Target]
    desired: Mapping[str, Mapping[Key, Desired]]
    services: Mapping[str, ServiceInfo]
    policy: Policy = Policy()
    rollouts: tuple[Rollout, ...] = ()
    approvals: frozenset[Approval] = frozenset()
    rego: Mapping[str, str] = field(default_factory=dict)
    approvers: Approvers | None = None
    changed_by: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    service_files: Mapping[str, frozenset[str]] = field(default_factory=dict)
    limits: InputLimits = DEFAULT_LIMITS
    commit: str = ""
    committed: float = 0.0

    @property
    def approvals_are_limited(self) -> bool:
        """Whether the operator says who may approve what."""
        return self.approvers is not None and self.approvers.limit

    @cached_property
    def kinds(self) -> Mapping[str, frozenset[str]]:
        """For each target the kinds of what is declared there, and of what that refers to."""
        return {target: frozenset(_kinds(resources)) for target, resources in self.desired.items()}

    @cached_property
    def referred_across(self) -> Mapping[str, frozenset[Key]]:
        """For each target what resources on other targets refer to there."""
        found: defaultdict[str, set[Key]] = defaultdict(set)
        for target, resources in self.desired.items():
            for desired in resources.values():
                for ref in desired.spec.refs_across(target):
                    found[ref.target].add(ref)
        return {target: frozenset(keys) for target, keys in found.items()}

    @cached_property
    def awaited_across(self) -> Mapping[str, frozenset[Key]]:
        """For each target what resources on other targets wait for there, or refer to."""
        found: defaultdict[str, set[Key]] = defaultdict(set)
        for target, keys in self.referred_across.items():
            found[target] |= keys
        for target, resources in self.desired.items():
            for desired in resources.values():
                for key in desired.after:
                    if key.target != target:
                        found[key.target].add(key)
        return {target: frozenset(keys) for target, keys in found.items()}

    # What follows from all services is made once a commit: each pass over a target asks for it.

    @cached_property
    def consents(self) -> Mapping[str, Consent]:
        """The consent of each network service."""
        return {name: service.consent for name, service in self.services.items()}

    @cached_property
    def strategies(self) -> Mapping[str, UpdateStrategy]:
        """How each network service is updated."""
        return {name: service.strategy for name, service in self.services.items()}

    @cached_property
    def suspended(self) -> frozenset[str]:
        """The network services that are left as they are."""
        return frozenset(name for name, service in self.services.items() if service.suspended)

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of each network service."""
        return {name: dict(service.labels) for name, service in self.services.items()}

    @cached_property
    def windows(self) -> frozenset[Window]:
        """Every window that a service or the Policy declares."""
        consents = [self.policy.consent, *self.consents.values()]
        return frozenset(window for consent in consents for window in consent.windows or ())


def _kinds(resources: Mapping[Key, Desired]) -> Iterator[str]:
    for key, desired in resources.items():
        yield key.kind
        yield from (ref.kind for ref in desired.spec.refs() if ref.target == key.target)


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """What is said of a network service as a whole.

    ``placed``: the VNFs whose VIM a placement chose, each with that.
    """

    name: str
    place: Place
    targets: tuple[str, ...]
    consent: Consent = Consent()
    strategy: UpdateStrategy = UpdateStrategy()
    healing: Healing | None = None
    suspended: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    placed: tuple[tuple[str, str], ...] = ()
