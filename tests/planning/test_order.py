"""What goes first, and what is replaced along with what is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import ClassVar

from reconciler.model import (
    Action,
    BlockReason,
    Consent,
    FieldChange,
    Key,
    Observed,
    Permission,
    Plan,
    Policy,
    StepId,
    World,
)
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, key

ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))


def world(**there: ThingSpec) -> World:
    found = {key(name.replace("_", "/")[1:]): spec for name, spec in there.items()}
    return World(TARGET, {one: Observed(one, spec, f"id-{one.name}") for one, spec in found.items()}, {})


def plan(desired: dict[str, ThingSpec], there: World) -> Plan:
    return plan_of(catalog_of(desired), there, ALLOWED)


def order(made: Plan) -> list[tuple[Action, Key]]:
    return [(step_id.action, step_id.key) for step_id in TopologicalSorter(made.waits).static_order()]


def goes_before(made: Plan, first: tuple[Action, str], then: tuple[Action, str]) -> bool:
    steps = order(made)
    return steps.index((first[0], key(first[1]))) < steps.index((then[0], key(then[1])))


def test_making_waits_for_making_what_is_referred_to() -> None:
    made = plan({"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))}, world())
    assert goes_before(made, (Action.CREATE, "0/a"), (Action.CREATE, "1/a"))


def test_making_waits_for_a_change_far_below_what_is_referred_to() -> None:
    there = world(_0_a=ThingSpec(size=0), _1_a=ThingSpec(base=(key("0/a"),)))
    desired = {"0/a": ThingSpec(size=1), "1/a": ThingSpec(base=(key("0/a"),)), "2/a": ThingSpec(base=(key("1/a"),))}
    made = plan(desired, there)
    assert goes_before(made, (Action.UPDATE, "0/a"), (Action.CREATE, "2/a"))


def test_deleting_waits_for_what_refers_to_it_to_be_deleted() -> None:
    made = plan({}, world(_0_a=ThingSpec(), _1_a=ThingSpec(base=(key("0/a"),))))
    assert goes_before(made, (Action.DELETE, "1/a"), (Action.DELETE, "0/a"))


def test_dropping_a_reference_updates_before_deleting() -> None:
    made = plan({"1/a": ThingSpec()}, world(_0_a=ThingSpec(), _1_a=ThingSpec(uses=(key("0/a"),))))
    assert goes_before(made, (Action.UPDATE, "1/a"), (Action.DELETE, "0/a"))


def test_a_replacement_deletes_before_it_creates() -> None:
    made = plan({"0/a": ThingSpec(shape=1)}, world(_0_a=ThingSpec(shape=0)))
    assert goes_before(made, (Action.DELETE, "0/a"), (Action.CREATE, "0/a"))


def test_what_depends_on_something_replaced_is_replaced_too() -> None:
    there = world(_0_a=ThingSpec(shape=0), _1_a=ThingSpec(base=(key("0/a"),)), _2_a=ThingSpec(uses=(key("1/a"),)))
    desired = {"0/a": ThingSpec(shape=1), "1/a": ThingSpec(base=(key("0/a"),)), "2/a": ThingSpec(uses=(key("1/a"),))}
    made = plan(desired, there)
    assert set(made.steps) == {
        StepId(action, key(name)) for action in (Action.DELETE, Action.CREATE) for name in ("0/a", "1/a", "2/a")
    }


def test_what_is_attached_to_something_replaced_is_plugged_in_again() -> None:
    there = world(_0_a=ThingSpec(shape=0), _0_b=ThingSpec(), _1_a=ThingSpec(plugs=(key("0/a"), key("0/b"))))
    desired = {"0/a": ThingSpec(shape=1), "0/b": ThingSpec(), "1/a": ThingSpec(plugs=(key("0/a"), key("0/b")))}
    made = plan(desired, there)
    step = made.steps[StepId(Action.UPDATE, key("1/a"))]
    assert step.changes == (FieldChange("plugs", (key("0/b"),), (key("0/a"), key("0/b"))),)
    assert goes_before(made, (Action.CREATE, "0/a"), (Action.UPDATE, "1/a"))


def test_an_update_that_gets_between_the_halves_of_a_replacement_becomes_a_replacement() -> None:
    # 2/a holds 0/a, which is replaced, and shall hold 1/a instead, which does not exist yet and depends on 0/a.
    there = world(_0_a=ThingSpec(shape=0), _2_a=ThingSpec(uses=(key("0/a"),)))
    desired = {"0/a": ThingSpec(shape=1), "1/a": ThingSpec(base=(key("0/a"),)), "2/a": ThingSpec(uses=(key("1/a"),))}
    made = plan(desired, there)
    assert StepId(Action.UPDATE, key("2/a")) not in made.steps
    assert goes_before(made, (Action.DELETE, "2/a"), (Action.DELETE, "0/a"))
    assert goes_before(made, (Action.CREATE, "1/a"), (Action.CREATE, "2/a"))


def test_what_is_plugged_in_elsewhere_is_not_replaced_where_the_new_place_waits_for_the_old_one_to_go() -> None:
    # 2/a moves from 1/old to 1/new, which needs 0/a as it is going to be; 0/a can't be replaced while 1/old is there.
    there = world(_0_a=ThingSpec(shape=0), _1_old=ThingSpec(base=(key("0/a"),)), _2_a=ThingSpec(plugs=(key("1/old"),)))
    desired = {
        "0/a": ThingSpec(shape=1),
        "1/new": ThingSpec(base=(key("0/a"),)),
        "2/a": ThingSpec(plugs=(key("1/new"),)),
    }
    made = plan(desired, there)
    assert not any(step.blocked for step in made.steps.values())
    assert [step_id.action for step_id in made.steps if step_id.key == key("2/a")] == [Action.UPDATE]
    # Nor where something else in the plan has to be replaced because of a circle.
    there = World(
        TARGET, {**there.observed, **world(_0_x=ThingSpec(shape=0), _2_x=ThingSpec(uses=(key("0/x"),))).observed}, {}
    )
    desired |= {
        "0/x": ThingSpec(shape=1),
        "1/x": ThingSpec(base=(key("0/x"),)),
        "2/x": ThingSpec(uses=(key("1/x"),)),
    }
    made = plan(desired, there)
    assert not any(step.blocked for step in made.steps.values())
    assert [step_id.action for step_id in made.steps if step_id.key == key("2/a")] == [Action.UPDATE]
    assert {step_id.action for step_id in made.steps if step_id.key == key("2/x")} == {Action.DELETE, Action.CREATE}


def test_what_can_only_be_made_after_one_another_is_blocked() -> None:
    made = plan({"0/a": ThingSpec(base=(key("0/b"),)), "0/b": ThingSpec(base=(key("0/a"),))}, world())
    assert {step.blocked for step in made.steps.values()} == {BlockReason.CIRCLE}


def test_deleting_waits_for_the_whole_of_a_part_that_clings_to_it() -> None:
    @dataclass(frozen=True, slots=True)
    class PartSpec(ThingSpec):
        part_of: ClassVar[str | None] = "base"

    @dataclass(frozen=True, slots=True)
    class ClingingSpec(PartSpec):
        clings: ClassVar[bool] = True

    for part, waits in ((PartSpec, False), (ClingingSpec, True)):
        there = world(_0_a=ThingSpec(), _1_whole=ThingSpec(), _2_part=part(base=(key("1/whole"),), uses=(key("0/a"),)))
        made = plan({}, there)
        assert set(made.steps) == {StepId(Action.DELETE, key("0/a")), StepId(Action.DELETE, key("1/whole"))}
        assert bool(made.waits[StepId(Action.DELETE, key("0/a"))]) is waits


def test_deleting_waits_for_what_is_plugged_in_to_be_unplugged() -> None:
    there = world(_1_old=ThingSpec(), _2_a=ThingSpec(plugs=(key("1/old"),)))
    made = plan({"2/a": ThingSpec()}, there)
    assert goes_before(made, (Action.UPDATE, "2/a"), (Action.DELETE, "1/old"))
    # Also beside something that is plugged in again because what it is attached to is replaced.
    beside = world(_1_x=ThingSpec(shape=0), _2_x=ThingSpec(plugs=(key("1/x"),))).observed
    desired = {"2/a": ThingSpec(), "1/x": ThingSpec(shape=1), "2/x": ThingSpec(plugs=(key("1/x"),))}
    made = plan(desired, World(TARGET, {**there.observed, **beside}, {}))
    assert StepId(Action.UPDATE, key("2/a")) in made.waits[StepId(Action.DELETE, key("1/old"))]
