"""Costly changes go through the instances of a VDU a few at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from reconciler.applying import apply
from reconciler.model import (
    Action,
    BlockReason,
    Circumstances,
    Desired,
    Instance,
    Key,
    Observed,
    Plan,
    Result,
    State,
    StepId,
    UpdateStrategy,
    World,
)
from tests.plan_of import plan_of
from tests.planning.instances import ALLOWED, declared, server, world
from tests.worlds import PLACE, TARGET, MemoryTarget, ThingSpec, desired, key

OLD, NEW, OTHER = ThingSpec(chosen=7), ThingSpec(loud=1, chosen=7), ThingSpec(shape=1, chosen=7)


def going(plan: Plan) -> list[StepId]:
    return sorted(step_id for step_id, step in plan.steps.items() if not step.blocked)


def numbers(plan: Plan) -> list[int]:
    """The instances that are worked on."""
    return sorted({int(step_id.key.name.rpartition("-")[2]) for step_id in going(plan)})


@pytest.mark.parametrize(("at_once", "first"), [(1, [0]), (2, [0, 1]), (9, [0, 1, 2, 3])])
def test_as_many_go_at_once_as_may_be_out_of_service(at_once: int, first: list[int]) -> None:
    strategy = {"svc": UpdateStrategy(max_unavailable=at_once)}
    plan = plan_of(declared(4, NEW), world(OLD, OLD, OLD, OLD), ALLOWED, None, strategy)
    assert numbers(plan) == first
    waiting = [step for step in plan.steps.values() if step.blocked]
    assert {step.blocked for step in waiting} <= {BlockReason.TURN}
    assert all(step.reason == f"waits for its turn: {at_once} at a time" for step in waiting)


def test_one_goes_at_a_time_where_nothing_is_said() -> None:
    assert numbers(plan_of(declared(3, NEW), world(OLD, OLD, OLD), ALLOWED)) == [0]


def test_a_replacement_is_rolled_whole() -> None:
    plan = plan_of(declared(2, OTHER), world(OLD, OLD), ALLOWED)
    assert going(plan) == [StepId(Action.CREATE, server(0)), StepId(Action.DELETE, server(0))]


@pytest.mark.parametrize("state", [State.ERROR, State.BUILDING, State.STOPPED])
def test_an_instance_that_did_not_come_back_blocks_the_others(state: State) -> None:
    plan = plan_of(declared(3, NEW), world(NEW, OLD, OLD, states={0: state}), ALLOWED)
    assert numbers(plan) == []
    assert {step.reason for step in plan.steps.values()} == {"waits until svc/0/fw-0 is ready"}


def test_an_instance_that_fails_its_probe_blocks_the_others() -> None:
    around = Circumstances(unready={server(0): "tcp 10.0.0.5:22: refused"})
    assert numbers(plan_of(declared(3, NEW), world(NEW, OLD, OLD), ALLOWED, circumstances=around)) == []


def test_what_is_out_of_service_already_is_changed_first_and_costs_nothing() -> None:
    broken = world(OLD, OLD, OLD, states={2: State.ERROR})
    assert numbers(plan_of(declared(3, NEW), broken, ALLOWED)) == [2]
    two = {"svc": UpdateStrategy(max_unavailable=2)}
    assert numbers(plan_of(declared(3, NEW), broken, ALLOWED, None, two)) == [0, 2]


def test_changes_that_cost_nothing_and_new_instances_do_not_wait() -> None:
    plan = plan_of(declared(3, ThingSpec(size=1, chosen=7)), world(OLD, OLD), ALLOWED)
    assert numbers(plan) == [0, 1, 2]


def test_without_consent_nothing_waits_for_a_turn() -> None:
    plan = plan_of(declared(2, NEW), world(OLD, OLD))
    assert {step.blocked for step in plan.steps.values()} == {BlockReason.CONSENT}


def test_instances_for_the_time_of_a_change_exist_only_then() -> None:
    strategy = {"svc": UpdateStrategy(max_unavailable=0, max_surge=1)}
    assert not plan_of(declared(2, OLD, surge=1), world(OLD, OLD), ALLOWED, None, strategy).steps

    first = plan_of(declared(2, NEW, surge=1), world(OLD, OLD), ALLOWED, None, strategy)
    assert going(first) == [StepId(Action.CREATE, server(2))]
    assert "made for the time of the change" in first.steps[StepId(Action.UPDATE, server(0))].reason

    second = plan_of(declared(2, NEW, surge=1), world(OLD, OLD, NEW), ALLOWED, None, strategy)
    assert going(second) == [StepId(Action.UPDATE, server(0))]

    coming_back = world(NEW, NEW, NEW, states={1: State.BUILDING})
    assert not plan_of(declared(2, NEW, surge=1), coming_back, ALLOWED, None, strategy).steps

    last = plan_of(declared(2, NEW, surge=1), world(NEW, NEW, NEW), ALLOWED, None, strategy)
    assert going(last) == [StepId(Action.DELETE, server(2))]


def test_no_instance_is_made_beside_others_for_a_change_without_consent() -> None:
    strategy = {"svc": UpdateStrategy(max_unavailable=0, max_surge=1)}
    plan = plan_of(declared(2, NEW, surge=1), world(OLD, OLD), None, None, strategy)
    assert going(plan) == []
    assert len(plan) == 2


@pytest.mark.parametrize("new", [NEW, OTHER], ids=["in place", "by replacement"])
@pytest.mark.parametrize(("unavailable", "surge"), [(1, 0), (2, 0), (0, 1), (1, 2)])
def test_a_roll_ends_with_all_changed_and_never_has_too_many_out_at_once(
    new: ThingSpec, unavailable: int, surge: int
) -> None:
    strategy = {"svc": UpdateStrategy(unavailable, surge)}
    target = MemoryTarget(slow_deletes=1)
    for _ in range(40):
        world_now = target.observe()
        done = all(server(number) in world_now.observed for number in range(4))
        plan = plan_of(declared(4, new if target.calls else OLD, surge), world_now, ALLOWED, None, strategy)
        if done and not plan.steps and all(thing.spec.loud or thing.spec.shape for thing in target.things.values()):
            break
        outcomes = list(apply(plan, world_now, target, workers=1))
        costly: set[Key] = {
            one.step.key
            for one in outcomes
            if one.result is not Result.BLOCKED and one.step.action is not Action.CREATE
        }
        lasting = {one for one in costly if one in {server(number) for number in range(4)}}
        assert len(lasting) <= unavailable + surge
    assert sorted(thing.key for thing in target.things.values()) == [server(number) for number in range(4)]


@pytest.mark.parametrize(("broken", "rest"), [(2, 1), (3, 2)])
def test_of_several_that_are_not_ready_the_first_is_named_and_the_rest_counted(broken: int, rest: int) -> None:
    states = dict.fromkeys(range(broken), State.ERROR)
    plan = plan_of(declared(5, NEW), world(NEW, NEW, NEW, OLD, OLD, states=states), ALLOWED)
    assert {step.reason for step in plan.steps.values()} == {f"waits until svc/0/fw-0 and {rest} more is ready"}


def test_none_goes_before_the_instance_for_the_time_of_the_change_is_there() -> None:
    strategy = {"svc": UpdateStrategy(max_unavailable=0, max_surge=1)}
    beside = Observed(key("0/other"), OLD, "id-other")
    there = world(OLD, OLD)
    there = replace(there, observed={**there.observed, beside.key: beside})
    catalog = declared(2, NEW, surge=1) | {beside.key: desired("0/other", OLD)}
    plan = plan_of(catalog, there, ALLOWED, None, strategy)
    assert going(plan) == [StepId(Action.CREATE, server(2))]
    assert {step.reason for step in plan.steps.values() if step.blocked} == {
        "waits for the instance that is made for the time of the change"
    }


LINK = key("0/a-link")
ON_LINK = ThingSpec(base=(LINK,), chosen=7)


@pytest.mark.parametrize(("states", "surge"), [({}, 0), ({0: State.ERROR}, 0), ({}, 1)])
def test_instances_that_can_only_be_changed_together_go_together(states: dict[int, State], surge: int) -> None:
    """The link that all of them are on is replaced, which can't be done before the last of them is gone."""
    strategy = {"svc": UpdateStrategy(1 - surge, surge)}
    there = world(ON_LINK, ON_LINK, ON_LINK, states=states)
    others = {one: Observed(one, OLD, f"id-{one.name}") for one in (LINK, key("0/left-git"))}
    there = replace(there, observed={**there.observed, **others})
    plan = plan_of(declared(3, ON_LINK, surge) | {LINK: desired("0/a-link", OTHER)}, there, ALLOWED, None, strategy)
    assert len(plan.steps) == 2 + 3 * 2 + surge + 1
    assert not any(step.blocked for step in plan.steps.values())


def test_two_groups_of_instances_that_wait_for_each_other_go_together() -> None:
    """Each of them moves to the link of the other one, and both links are replaced."""
    other = key("0/b-link")
    there = {one: Observed(one, OLD, f"id-{one.name}") for one in (LINK, other)}
    asked = {one: Desired(one, OTHER, PLACE) for one in (LINK, other)}
    for group, before, after in (("fw", LINK, other), ("lb", other, LINK)):
        for number in range(2):
            one = key(f"0/{group}-{number}")
            there[one] = Observed(one, ThingSpec(base=(before,), chosen=7), f"id-{one.name}")
            instance = Instance(f"svc/0/{group}", number, one)
            asked[one] = Desired(one, ThingSpec(base=(after,), chosen=7), PLACE, instance=instance)
    plan = plan_of(asked, World(TARGET, there, {}), ALLOWED)
    assert len(plan.steps) == 2 * 6
    assert not any(step.blocked for step in plan.steps.values())


def test_one_goes_at_a_time_of_a_service_that_git_says_nothing_of() -> None:
    assert numbers(plan_of(declared(3, NEW), world(OLD, OLD, OLD), ALLOWED, labels={})) == [0]


@dataclass(frozen=True, slots=True)
class RestingSpec(ThingSpec):
    at_rest: ClassVar[bool] = True


@pytest.mark.parametrize(("state", "expected"), [(State.STOPPED, [1]), (State.ERROR, [])])
def test_an_instance_that_rests_as_it_should_blocks_no_other(state: State, expected: list[int]) -> None:
    old, new = RestingSpec(chosen=7), RestingSpec(loud=1, chosen=7)
    assert numbers(plan_of(declared(2, new), world(new, old, states={0: state}), ALLOWED)) == expected
