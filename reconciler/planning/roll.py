"""Costly changes go through the instances of a VDU a few at a time, and no further while one of them is not ready.

Nothing is remembered: each plan counts what serves now, and lets as many steps go as the strategy of the service
allows. An instance that does not come back holds the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.model import (
    Circumstances,
    Desired,
    Hold,
    Impact,
    Instance,
    Key,
    State,
    Step,
    StepId,
    UpdateStrategy,
    World,
)
from reconciler.planning.diff import Steps

_DEFAULT = UpdateStrategy()


def without_surge(
    desired: Mapping[Key, Desired], world: World, steps: Iterable[Step], circumstances: Circumstances
) -> dict[Key, Desired]:
    """What is wanted, with the instances that stand only for a roll left out where nothing rolls.

    ``steps`` are those of a plan for all of it. A roll goes on until its last instance is ready again.
    """
    rolling = {step.desired.instance.group for step in steps if step.desired and step.desired.instance and _costs(step)}
    there = [(one, wanted) for key, wanted in desired.items() if (one := wanted.instance) and key in world.observed]
    servers = [(one, wanted) for one, wanted in there if wanted.key == one.server]
    recovering = {one.group for one, wanted in servers if not one.surge and not is_ready(wanted, world, circumstances)}
    kept = rolling | (recovering & {one.group for one, _ in servers if one.surge})
    return {
        key: wanted
        for key, wanted in desired.items()
        if not (wanted.instance and wanted.instance.surge) or wanted.instance.group in kept
    }


def roll(
    steps: Steps,
    desired: Mapping[Key, Desired],
    world: World,
    strategies: Mapping[str, UpdateStrategy],
    circumstances: Circumstances,
) -> dict[StepId, Step]:
    """The steps, with those held whose turn has not come."""
    costly: defaultdict[str, defaultdict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
    for step in steps.values():
        one = step.desired.instance if step.desired else None
        if one and not one.surge and _costs(step) and not step.held:
            costly[one.group][one.number].append(step)
    if not costly:
        return dict(steps)
    members: defaultdict[str, set[Instance]] = defaultdict(set)
    for wanted in desired.values():
        if wanted.instance and wanted.instance.group in costly:
            members[wanted.instance.group].add(wanted.instance)
    result = dict(steps)
    for group, changing in costly.items():
        service = group.partition("/")[0]
        strategy = strategies.get(service, _DEFAULT)
        ready = {one for one in members[group] if is_ready(desired[one.server], world, circumstances)}
        waiting, reason = _turns(members[group], ready, changing.keys(), strategy)
        for number in waiting:
            for step in changing[number]:
                result[step.id] = replace(step, held=Hold.TURN, reason=reason)
    return result


def is_ready(wanted: Desired, world: World, circumstances: Circumstances) -> bool:
    """Whether an instance serves, or rests as it should: its server stands, and its probe does not say otherwise."""
    observed = world.observed.get(wanted.key)
    if observed is None or wanted.key in circumstances.unready:
        return False
    return observed.ready or (observed.state is State.STOPPED and wanted.spec.at_rest)


def _costs(step: Step) -> bool:
    """Whether a step takes an instance out of service that is meant to serve."""
    return step.impact not in {Impact.NONE, Impact.STOP} and not step.heals


def _turns(
    members: Iterable[Instance], ready: Collection[Instance], changing: Iterable[int], strategy: UpdateStrategy
) -> tuple[list[int], str]:
    """The numbers of the instances that have to wait, and for what."""
    out = {one.number: one.server.name for one in members if not one.surge and one not in ready}
    extra = sum(one.surge for one in ready)
    allowed = max(strategy.max_unavailable + extra - len(out), 0)
    # What is out of service already loses nothing more.
    waiting = sorted(number for number in changing if number not in out)[allowed:]
    names = [out[number] for number in sorted(out)]
    if names:
        reason = f"waits until {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''} is ready"
    elif not allowed:
        reason = "waits for the instance that is made for the time of the change"
    else:
        reason = f"waits for its turn: {allowed} at a time"
    return waiting, reason
