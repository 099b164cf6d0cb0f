"""Instances that roll, are missing and depend on each other, on links that are replaced: each plan gets further."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.applying import apply
from reconciler.model import (
    Action,
    BlockReason,
    Consent,
    Desired,
    Instance,
    Key,
    Permission,
    Plan,
    Policy,
    Result,
    State,
    StepId,
    UpdateStrategy,
)
from reconciler.planning.circles import block_circles
from tests.plan_of import plan_of
from tests.worlds import MemoryTarget, ThingSpec, desired, key

ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
GROUPS = ("fw", "db")
Wish = dict[Key, Desired]


class Fleet(NamedTuple):
    """``links``: the shape of each link. Of each group: instances, what their servers are like, the link they are on.

    ``depends``: the servers of the second group are made after those of the first.
    """

    links: tuple[int, ...]
    counts: tuple[int, ...]
    servers: tuple[ThingSpec, ...]
    on: tuple[int, ...]
    depends: bool

    def wish(self, strategies: Mapping[str, UpdateStrategy]) -> Wish:
        things = [desired(f"0/link-{place}", ThingSpec(shape=shape)) for place, shape in enumerate(self.links)]
        made: Wish = {one.key: one for one in things}
        for group, count, spec, link in zip(GROUPS, self.counts, self.servers, self.on, strict=True):
            surge = strategies["svc"].max_surge if count else 0
            for number in range(count + surge):
                server, port = key(f"2/{group}-{number}"), key(f"1/{group}-{number}")
                instance = Instance(f"svc/{group}", number, server, surge=number >= count)
                after = tuple(key(f"2/fw-{other}") for other in range(self.counts[0]))
                of_port = desired(f"1/{group}-{number}", ThingSpec(base=(key(f"0/link-{link}"),)))
                of_server = desired(f"2/{group}-{number}", replace(spec, plugs=(port,)))
                made[port] = replace(of_port, instance=instance)
                waits = after if self.depends and group == "db" else ()
                made[server] = replace(of_server, instance=instance, after=waits)
        return made


def fleet(dice: random.Random) -> Fleet:
    def server() -> ThingSpec:
        return ThingSpec(size=dice.randrange(2), shape=dice.choice([0, 0, 1]), loud=dice.randrange(2))

    return Fleet(
        links=(dice.randrange(3), dice.randrange(3)),
        counts=(dice.randrange(5), dice.randrange(5)),
        servers=(server(), server()),
        on=(dice.randrange(2), dice.randrange(2)),
        depends=dice.random() < 0.5,
    )


def strategies_of(dice: random.Random) -> Mapping[str, UpdateStrategy]:
    return {
        "svc": dice.choice([UpdateStrategy(1, 0), UpdateStrategy(2, 0), UpdateStrategy(0, 1), UpdateStrategy(1, 2)])
    }


def lose_some(target: MemoryTarget, dice: random.Random) -> None:
    """Servers and ports that someone deleted out of band."""
    for thing_id, thing in list(target.things.items()):
        if thing.key.kind != "level0" and dice.random() < 0.3:
            used = any(thing_id in other.held["base"] for other in target.things.values())
            if not used:
                target._vanish(thing_id)


def can_go(plan: Plan) -> list[StepId]:
    """The steps that are neither blocked nor wait, directly or not, for one that is."""
    kept = {step_id for step_id, step in plan.steps.items() if step.blocked}
    waiting = True
    while waiting:
        more = {step_id for step_id, others in plan.waits.items() if step_id not in kept and others & kept}
        kept |= more
        waiting = bool(more)
    return [step_id for step_id in plan.steps if step_id not in kept]


@given(st.integers(0, 2**32), st.integers(0, 2))
@settings(max_examples=400, deadline=None)
def test_every_plan_gets_further_and_the_last_one_is_empty(seed: int, slow: int) -> None:
    dice = random.Random(seed)  # noqa: S311  no secret
    target = MemoryTarget(slow_deletes=slow)
    for declared in (fleet(dice), fleet(dice)):
        strategies = strategies_of(dice)
        wish = declared.wish(strategies)
        for _ in range(60):
            world = target.observe()
            plan = plan_of(wish, world, ALLOWED, None, strategies)
            going = any(thing.going for thing in target.things.values())
            if not plan.steps and not going:
                break
            assert not [step for step in plan.steps.values() if step.blocked is BlockReason.CIRCLE]
            assert can_go(plan) or going, [f"{step}: {step.blocked} {step.reason}" for step in plan.steps.values()]
            outcomes = list(apply(plan, world, target, workers=1))
            assert not [one for one in outcomes if one.result is Result.FAILED and not going]
        assert {thing.key for thing in target.things.values()} == {
            one for one, declare in wish.items() if not (declare.instance and declare.instance.surge)
        }
        lose_some(target, dice)


def test_scaling_out_while_a_link_is_replaced_waits_for_no_one_in_a_circle() -> None:
    strategies = {"svc": UpdateStrategy()}
    target = MemoryTarget()
    small = Fleet((0, 0), (1, 0), (ThingSpec(), ThingSpec()), (0, 0), depends=False)
    for declared in (small, small._replace(links=(1, 0), counts=(2, 0))):
        wish = declared.wish(strategies)
        plan = plan_of(wish, target.observe(), ALLOWED, None, strategies)
        assert not [step for step in plan.steps.values() if step.blocked]
        list(apply(plan, target.observe(), target, workers=1))
        assert not plan_of(wish, target.observe(), ALLOWED, None, strategies).steps


def test_a_dead_instance_does_not_keep_a_link_from_being_replaced_under_all_of_them() -> None:
    strategies = {"svc": UpdateStrategy()}
    target = MemoryTarget()
    three = Fleet((0, 0), (3, 0), (ThingSpec(), ThingSpec()), (0, 0), depends=False)
    wish = three.wish(strategies)
    list(apply(plan_of(wish, target.observe(), ALLOWED), target.observe(), target, workers=1))
    wish = three._replace(links=(1, 0)).wish(strategies)
    dead = key("2/fw-1")
    seen = target.observe()
    world = replace(seen, observed={**seen.observed, dead: replace(seen.observed[dead], state=State.ERROR)})
    plan = plan_of(wish, world, ALLOWED, None, strategies)
    assert not [step for step in plan.steps.values() if step.blocked]
    list(apply(plan, world, target, workers=1))
    assert not plan_of(wish, target.observe(), ALLOWED, None, strategies).steps


def test_where_the_instances_depend_on_nothing_that_is_replaced_they_still_go_one_by_one() -> None:
    strategies = {"svc": UpdateStrategy()}
    target = MemoryTarget()
    three = Fleet((0, 0), (3, 0), (ThingSpec(), ThingSpec()), (0, 0), depends=False)
    wish = three.wish(strategies)
    list(apply(plan_of(wish, target.observe(), ALLOWED), target.observe(), target, workers=1))
    new = three._replace(servers=(ThingSpec(loud=1), ThingSpec())).wish(strategies)
    plan = plan_of(new, target.observe(), ALLOWED, None, strategies)
    assert [step_id.key.name for step_id in can_go(plan)] == ["svc/2/fw-0"]


@pytest.mark.parametrize("length", [2, 3, 9])
def test_a_circle_that_remains_names_its_members_and_what_a_person_can_do(length: int) -> None:
    wish = {key(f"0/{number}"): desired(f"0/{number}", ThingSpec()) for number in range(length + 1)}
    plan = plan_of(wish, MemoryTarget().observe(), ALLOWED)
    ids = [StepId(Action.CREATE, key(f"0/{number}")) for number in range(length + 1)]
    around = {ids[number]: frozenset({ids[(number + 1) % length]}) for number in range(length)}
    steps, waits = block_circles(plan.steps, around | {ids[length]: frozenset({ids[0]})})
    assert {step_id for step_id, step in steps.items() if step.blocked is BlockReason.CIRCLE} == set(ids[:length])
    assert steps[ids[0]].reason.startswith(f"waits for {ids[1].action} {ids[1].key}")
    assert "Commit one of these changes alone first" in steps[ids[0]].reason
    assert len(steps[ids[0]].reason) < 600
    assert list(apply(replace(plan, steps=steps, waits=waits), MemoryTarget().observe(), MemoryTarget(), workers=1))
