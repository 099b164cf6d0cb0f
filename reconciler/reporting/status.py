"""The Report of a pass: sync and health of each network service on the target. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.model import (
    NOT_WRITTEN,
    QUIET,
    Action,
    BlockReason,
    Catalog,
    Circumstances,
    Desired,
    Health,
    Key,
    Lag,
    MagiError,
    Observed,
    Outcome,
    Plan,
    Report,
    Result,
    ServiceStatus,
    State,
    Step,
    StepProgress,
    Sync,
    World,
    step_progress_of,
)
from reconciler.reporting.instances import instances_of
from reconciler.reporting.outputs import outputs_of

_UNHEALTHY = frozenset({State.ERROR, State.STOPPED})
_MOVING = frozenset({State.BUILDING, State.DELETING})
_GRAVITY = list(Lag)
_STAYS = frozenset({StepProgress.DECLARED, StepProgress.STUCK, StepProgress.FAILED, StepProgress.FOLLOWING})
"""What is not made by itself."""
_LAG = {
    StepProgress.DONE: Lag.NONE,
    StepProgress.MOVING: Lag.CHANGING,
    StepProgress.WAITING: Lag.MEANT,
    # What it waits for is left as well, and says why.
    StepProgress.FOLLOWING: Lag.MEANT,
    StepProgress.DECLARED: Lag.MEANT,
    StepProgress.RETRYING: Lag.FAILURE,
    StepProgress.STUCK: Lag.FAILURE,
    StepProgress.FAILED: Lag.FAILURE,
}
"""What a step that is left means for the objective of its service."""


def report(
    catalog: Catalog,
    world: World,
    plan: Plan,
    outcomes: Iterable[Outcome],
    circumstances: Circumstances = QUIET,
    *,
    started: float,
    seconds: float,
) -> Report:
    """The Report of a pass that could observe. ``outcomes`` is empty when the plan was not applied."""
    done = tuple(outcomes)
    return Report(
        target=world.target,
        commit=catalog.commit,
        started=started,
        seconds=seconds,
        services=services_of(catalog, world, plan, done, circumstances),
        plan=plan,
        outcomes=done,
        counts=Counter((key.kind, observed.state) for key, observed in world.observed.items()),
        unready=len(circumstances.unready),
        starting=len(circumstances.starting),
        recovering=len(circumstances.recovering),
        recovery_exhausted=circumstances.recovery_exhausted,
        states={key: observed.state for key, observed in world.observed.items()},
        outputs=outputs_of(world, started),
        instances=instances_of(catalog.desired.get(world.target, {}), world.observed),
    )


def report_unknown(catalog: Catalog, target: str, error: MagiError, *, started: float, seconds: float) -> Report:
    """The Report of a pass that could not observe."""
    parts = _parts(catalog.desired.get(target, {}))
    services = tuple(
        ServiceStatus(
            name,
            target,
            Sync.UNKNOWN,
            Health.UNKNOWN,
            desired=len(parts[name]),
            message=str(error),
            suspended=info.suspended,
            lag=Lag.MEANT if info.suspended or catalog.targets[target].suspended else Lag.FAILURE,
        )
        for name, info in sorted(catalog.services.items())
        if target in info.targets
    )
    return Report(target, catalog.commit, started, seconds, services, error=error)


def services_of(
    catalog: Catalog,
    world: World,
    plan: Plan,
    outcomes: tuple[Outcome, ...],
    circumstances: Circumstances = QUIET,
) -> tuple[ServiceStatus, ...]:
    """Every service that is declared on the target, or that something there still belongs to, sorted by name."""
    desired = catalog.desired.get(world.target, {})
    declared = {key.service for key in desired}
    parts = _parts(desired)
    sharers = _sharers(desired)
    observed: defaultdict[str, list[Observed]] = defaultdict(list)
    for key, resource in world.observed.items():
        at_rest = resource.state is State.STOPPED and key in desired and desired[key].spec.at_rest
        for service in sharers.get(key, (key.service,)):
            observed[service].append(replace(resource, state=State.READY) if at_rest else resource)
    by_step = {outcome.step.id: outcome for outcome in outcomes}
    left: defaultdict[str, list[tuple[Step, Outcome | None]]] = defaultdict(list)
    moving: set[str] = set()
    for step in plan.steps.values():
        outcome = by_step.get(step.id)
        for service in sharers.get(step.key, (step.key.service,)):
            if outcome is None or outcome.result is not Result.DONE:
                left[service].append((step, outcome))
            else:
                moving.add(service)
    uncompared = {key.service: f"{key} is not compared: {plan.uncompared[key]}" for key in sorted(plan.uncompared)}
    return tuple(
        _service(
            name,
            world.target,
            parts[name],
            observed[name],
            left[name],
            circumstances,
            uncompared.get(name, ""),
            moving=name in moving,
            suspended=name in catalog.services and catalog.services[name].suspended,
        )
        for name in sorted({*declared, *observed} - {""})
    )


def _sharers(desired: Mapping[Key, Desired]) -> Mapping[Key, set[str]]:
    """For each resource that services share those that use it: what is wrong with it is wrong with them."""
    sharers: dict[Key, set[str]] = {key: set() for key in desired if not key.service}
    if sharers:
        for key, declared in desired.items():
            for ref in declared.spec.refs():
                if ref in sharers:
                    sharers[ref].add(key.service)
    return sharers


def _service(
    name: str,
    target: str,
    parts: Mapping[Key, Collection[Key]],
    observed: list[Observed],
    left: list[tuple[Step, Outcome | None]],
    circumstances: Circumstances,
    uncompared: str,
    *,
    moving: bool,
    suspended: bool,
) -> ServiceStatus:
    degraded = [resource for resource in observed if resource.state in _UNHEALTHY]
    unready = {resource.key for resource in observed} & circumstances.unready.keys()
    failing, starting = unready - circumstances.starting, unready & circumstances.starting
    failed = [outcome for _, outcome in left if outcome is not None and outcome.failed]
    blocked = [step for step, _ in left if step.blocked and step_progress_of(step).needs_someone]
    building = bool(starting) or any(resource.state in _MOVING for resource in observed)
    circle = any(step.blocked is BlockReason.CIRCLE for step in blocked)
    there = {resource.key: resource for resource in observed}
    lost = sorted(_lost(parts, there, left))
    if degraded or failed or failing or circle:
        health = Health.DEGRADED
    elif lost:
        health = Health.MISSING
    elif moving or building or (left and not blocked):
        health = Health.PROGRESSING
    else:
        health = Health.HEALTHY
    if degraded:
        first = degraded[0]
        message = f"{first.key} is in state {first.state}: {first.detail}{_tried(first.key, circumstances)}"
    elif failing:
        worst = min(failing)
        message = f"{worst} fails its probe: {circumstances.unready[worst]}{_tried(worst, circumstances)}"
    elif failed:
        message = f"{failed[0].step} failed: {failed[0].reason}"
    elif lost:
        message = f"{lost[0]} is missing{_why_blocked(lost[0], blocked)}"
    elif blocked:
        message = f"{blocked[0]} is blocked: {blocked[0].reason}"
    elif left and (turn := circumstances.waiting.get(name) or circumstances.queued.get(name)):
        message = turn
    elif starting and not left:
        message = f"{min(starting)} does not pass its probe yet: {circumstances.unready[min(starting)]}"
    else:
        message = (
            f"{len(left)} step{'s' if len(left) != 1 else ''} to go{_why_not_written(left)}" if left else uncompared
        )
    return ServiceStatus(
        name=name,
        target=target,
        sync=Sync.OUT_OF_SYNC if left else Sync.UNKNOWN if uncompared else Sync.SYNCED,
        health=health,
        desired=len(parts),
        ready=sum(_is_ready(one, there, unready) and all(part in there for part in parts[one]) for one in parts),
        steps_left=len(left),
        message=message,
        left=tuple(outcome for _, outcome in left if outcome is not None),
        building=building,
        suspended=suspended,
        lag=_lag(left, uncompared, building=building, suspended=suspended),
    )


def _why_not_written(left: Iterable[tuple[Step, Outcome | None]]) -> str:
    """Why nothing may be written to the target now, where that is so because of other daemons."""
    reasons = (outcome.reason for _, outcome in left if outcome and outcome.reason.startswith(NOT_WRITTEN))
    return next((f": {reason}" for reason in reasons), "")


def _parts(desired: Mapping[Key, Desired]) -> defaultdict[str, dict[Key, list[Key]]]:
    """By service what people count of what is declared, each with its parts: a server with its ports, a link with its
    subnets. What exists only while a change rolls is left out.
    """
    parts: defaultdict[str, dict[Key, list[Key]]] = defaultdict(dict)
    own = {key: one for key, one in desired.items() if key.service and not (one.instance and one.instance.surge)}
    for key, one in own.items():
        if one.spec.counts:
            parts[key.service][key] = []
    for key, one in own.items():
        whole = None if one.spec.counts else _whole(one, own)
        if whole is not None and whole in parts[key.service]:
            parts[key.service][whole].append(key)
    return parts


def _whole(desired: Desired, own: Mapping[Key, Desired]) -> Key | None:
    """What something that is not counted is a part of; None where it is none, as a security group does."""
    if desired.instance:
        return desired.instance.key
    return next((ref for ref in desired.spec.refs() if ref in own and own[ref].spec.counts), None)


def _lost(
    parts: Mapping[Key, Collection[Key]], there: Mapping[Key, Observed], left: Iterable[tuple[Step, Outcome | None]]
) -> Collection[Key]:
    """What is counted, or a part of it, and is not there while what would make it is blocked."""
    absent = {key for whole, of_it in parts.items() for key in (whole, *of_it)} - there.keys()
    creates = ((step, outcome) for step, outcome in left if step.action is Action.CREATE)
    stays = {step.key for step, outcome in creates if step_progress_of(step, outcome) in _STAYS}
    return absent & stays


def _why_blocked(key: Key, blocked: Iterable[Step]) -> str:
    reason = next((step.reason for step in blocked if step.key == key), "")
    return f": {reason}" if reason else ""


def _is_ready(key: Key, there: Mapping[Key, Observed], unready: Collection[Key]) -> bool:
    return key in there and there[key].state is State.READY and key not in unready


def _lag(left: Iterable[tuple[Step, Outcome | None]], uncompared: str, *, building: bool, suspended: bool) -> Lag:
    causes = {_LAG[step_progress_of(step, outcome)] for step, outcome in left}
    if uncompared:
        causes.add(Lag.FAILURE)
    if suspended:
        return Lag.MEANT if causes else Lag.NONE
    if building:
        causes.add(Lag.CHANGING)
    return max(causes, key=_GRAVITY.index, default=Lag.NONE)


def _tried(key: Key, circumstances: Circumstances) -> str:
    """What healing did about an instance so far, to be reported behind what is wrong with it."""
    tried = circumstances.tried.get(key)
    return f"; {tried}" if tried else ""
