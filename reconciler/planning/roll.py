"""Costly changes go through the instances of a VDU a few at a time, and no further while one of them is not ready.

Nothing is remembered: each plan counts what serves now, and lets as many steps go as the strategy of the service
allows. An instance that does not come back keeps the rest waiting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from reconciler.model import (
    BlockReason,
    Circumstances,
    Desired,
    Impact,
    Instance,
    Key,
    State,
    Step,
    StepId,
    UpdateStrategy,
    World,
)
from reconciler.planning.circles import Waits, dependencies, is_blocked_for_good
from reconciler.planning.diff import Steps

_DEFAULT = UpdateStrategy()


def without_surge(
    desired: Mapping[Key, Desired], world: World, steps: Iterable[Step], circumstances: Circumstances
) -> dict[Key, Desired]:
    """The desired value, with the instances that exist only for a roll left out where nothing rolls.

    ``steps`` are those of a plan for all of it. A roll goes on until its last instance is ready again.
    """
    rolling = {step.desired.instance.group for step in steps if step.desired and step.desired.instance and _costs(step)}
    there = [
        (one, declared) for key, declared in desired.items() if (one := declared.instance) and key in world.observed
    ]
    servers = [(one, declared) for one, declared in there if declared.key == one.key]
    recovering = {
        one.group for one, declared in servers if not one.surge and not is_ready(declared, world, circumstances)
    }
    kept = rolling | (recovering & {one.group for one, _ in servers if one.surge})
    return {
        key: declared
        for key, declared in desired.items()
        if not (declared.instance and declared.instance.surge) or declared.instance.group in kept
    }


def roll(
    steps: Steps,
    waits: Waits,
    desired: Mapping[Key, Desired],
    world: World,
    strategies: Mapping[str, UpdateStrategy],
    circumstances: Circumstances,
) -> dict[StepId, Step]:
    """The steps, with those blocked whose turn has not come.

    An instance that can't come back before the others have changed, as what all depend on is replaced,
    is not waited for: each would wait for the other. So what nothing can keep from going out of service together goes
    at once.
    """
    groups = _groups(steps, desired, world, strategies, circumstances)
    if not groups:
        return dict(steps)
    result, excused = dict(steps), frozenset[Instance]()
    while True:
        turns = {name: group.turn(excused) for name, group in groups.items()}
        stuck = _stuck(steps, waits, groups, turns)
        if not stuck:
            break
        excused |= stuck
    for name, turn in turns.items():
        for number in turn.waiting:
            for step in groups[name].changing[number]:
                result[step.id] = replace(step, blocked=BlockReason.TURN, reason=turn.reason)
    return result


class _Turn(NamedTuple):
    """The numbers of the instances of a group that have to wait, why, and the instances that they wait for.

    They wait for those that are out of service, and for those that have the turn.
    """

    waiting: list[int]
    reason: str
    awaited: Collection[Instance]


@dataclass(frozen=True, slots=True)
class _Group:
    """The instances of a VDU some of which change. ``changing``: by number, the costly steps of each."""

    members: frozenset[Instance]
    ready: frozenset[Instance]
    changing: Mapping[int, list[Step]]
    strategy: UpdateStrategy

    def turn(self, excused: frozenset[Instance]) -> _Turn:
        """``excused`` are those that don't count: out of service they lose nothing, and no one waits for them."""
        out = {one.number: one for one in self.members if not one.surge and one not in self.ready | excused}
        gone = {one.number for one in excused if not one.surge}
        surge = {one for one in self.members if one.surge}
        extra = len(surge & (self.ready | excused))
        allowed = max(self.strategy.max_unavailable + extra - len(out), 0)
        # What is out of service already loses nothing more.
        serving = sorted(number for number in self.changing if number not in out and number not in gone)
        chosen, waiting = serving[:allowed], serving[allowed:]
        names = [out[number].key.name for number in sorted(out)]
        if names:
            reason = f"waits until {names[0]}{f' and {len(names) - 1} more' if names[1:] else ''} is ready"
        elif not allowed:
            reason = "waits for the instance that is made for the time of the change"
        else:
            reason = f"waits for its turn: {allowed} at a time"
        awaited = {one for one in self.members if one.number in chosen and not one.surge}
        return _Turn(waiting, reason, awaited.union(out.values(), surge - self.ready - excused))


def _groups(
    steps: Steps,
    desired: Mapping[Key, Desired],
    world: World,
    strategies: Mapping[str, UpdateStrategy],
    circumstances: Circumstances,
) -> Mapping[str, _Group]:
    """The groups of which instances change at a cost, by name."""
    costly: defaultdict[str, defaultdict[int, list[Step]]] = defaultdict(lambda: defaultdict(list))
    for step in steps.values():
        one = step.desired.instance if step.desired else None
        if one and not one.surge and _costs(step) and not step.blocked:
            costly[one.group][one.number].append(step)
    members: defaultdict[str, set[Instance]] = defaultdict(set)
    for declared in desired.values() if costly else ():
        if declared.instance and declared.instance.group in costly:
            members[declared.instance.group].add(declared.instance)
    return {
        name: _Group(
            frozenset(members[name]),
            frozenset(one for one in members[name] if is_ready(desired[one.key], world, circumstances)),
            changing,
            strategies.get(name.partition("/")[0], _DEFAULT),
        )
        for name, changing in costly.items()
    }


def _stuck(steps: Steps, waits: Waits, groups: Mapping[str, _Group], turns: Mapping[str, _Turn]) -> frozenset[Instance]:
    """The instances that are waited for and whose own steps wait, directly or not, for those that wait for them."""
    waited_for = {name: turn for name, turn in turns.items() if turn.waiting and turn.awaited}
    if not waited_for:
        return frozenset()
    own: defaultdict[Instance, list[StepId]] = defaultdict(list)
    for step_id, step in steps.items():
        one = step.desired.instance if step.desired else None
        if one and one.group in waited_for and not is_blocked_for_good(step):
            own[one].append(step_id)
    behind: defaultdict[StepId | str, list[StepId | str]] = defaultdict(list)
    for step_id, others in waits.items():
        for other in others:
            behind[other].append(step_id)
    for step_id, other in dependencies(steps):
        behind[other].append(step_id)
    for name, turn in waited_for.items():
        behind[name] += [step.id for number in turn.waiting for step in groups[name].changing[number]]
        for one in turn.awaited:
            for step_id in own[one]:
                behind[step_id].append(name)
    stuck: set[Instance] = set()
    for name, turn in waited_for.items():
        late = _reached(name, behind)
        stuck |= {one for one in turn.awaited if not late.isdisjoint(own[one])}
    return frozenset(stuck)


def _reached(start: StepId | str, behind: Mapping[StepId | str, list[StepId | str]]) -> set[StepId | str]:
    """All that waits for the steps behind a node, directly or not."""
    found: set[StepId | str] = set()
    pending = list(behind.get(start, ()))
    while pending:
        node = pending.pop()
        if node not in found:
            found.add(node)
            pending += behind.get(node, ())
    return found


def is_ready(desired: Desired, world: World, circumstances: Circumstances) -> bool:
    """Whether an instance serves, or rests as it should: its server exists, and its probe does not say otherwise."""
    observed = world.observed.get(desired.key)
    if observed is None or desired.key in circumstances.unready:
        return False
    return observed.ready or (observed.state is State.STOPPED and desired.spec.at_rest)


def _costs(step: Step) -> bool:
    """Whether a step takes an instance out of service that is meant to serve."""
    return step.impact not in {Impact.NONE, Impact.STOP} and not step.heals
