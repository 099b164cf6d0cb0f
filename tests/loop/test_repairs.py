"""Who undoes what: what we removed ourselves and make again is unmanaged doing."""

from __future__ import annotations

from reconciler.loop.repairs import FIGHT, Repairs
from reconciler.model import Action, FieldChange, Impact, Key, Observed, Outcome, Plan, Result, Step
from tests.worlds import TARGET, ThingSpec, desired, key

ONE, DESIRED = key("1/a"), desired("1/a", ThingSpec())
THERE = Observed(ONE, ThingSpec(), "id-1")


def outcome(action: Action, *, heals: bool = False, replaces: str = "") -> Outcome:
    changes = (FieldChange(replaces, 0, 1),) if replaces else ()
    desired = None if action is Action.DELETE and not (heals or replaces) else DESIRED
    there = THERE if action is Action.DELETE or replaces else None
    return Outcome(Step(action, ONE, desired, there, changes, Impact.NONE, heals=heals), Result.DONE)


def fights(*passes: list[Outcome]) -> set[Key]:
    repairs = Repairs(lambda: 0.0)
    for one in passes:
        repairs.note(one)
    return set(repairs.fights({ONE: DESIRED}))


def test_what_someone_removes_each_time_is_a_fight() -> None:
    assert fights(*[[outcome(Action.CREATE)]] * FIGHT) == {ONE}
    assert fights(*[[outcome(Action.CREATE)]] * (FIGHT - 1)) == set()


def test_healing_by_replacement_is_none_even_where_it_takes_two_passes() -> None:
    delete, create = [outcome(Action.DELETE, heals=True)], [outcome(Action.CREATE)]
    assert fights(create, *[delete, create] * (FIGHT + 2)) == set()
    together = [outcome(Action.DELETE, heals=True), outcome(Action.CREATE, heals=True)]
    assert fights(create, *[together] * (FIGHT + 2)) == set()


def test_a_removal_explains_one_making_alone() -> None:
    delete, create = [outcome(Action.DELETE, heals=True)], [outcome(Action.CREATE)]
    assert fights(create, delete, *[create] * FIGHT) == {ONE}


def test_a_field_that_differs_again_after_each_replacement_is_a_fight() -> None:
    replaced = [outcome(Action.DELETE, replaces="shape"), outcome(Action.CREATE, replaces="shape")]
    assert fights(*[replaced] * FIGHT) == {ONE}
    apart = ([outcome(Action.DELETE, replaces="shape")], [outcome(Action.CREATE)])
    assert fights(*apart * FIGHT) == {ONE}


def test_what_goes_along_with_what_it_is_a_part_of_comes_again_with_it() -> None:
    class PartSpec(ThingSpec):
        part_of = "base"

    whole = key("0/w")
    part = desired("1/a", PartSpec(base=(whole,)))
    repairs = Repairs(lambda: 0.0)
    gone = Outcome(Step(Action.DELETE, whole, desired("0/w", ThingSpec()), heals=True), Result.DONE)
    back = Outcome(Step(Action.CREATE, whole, desired("0/w", ThingSpec())), Result.DONE)
    again = Outcome(Step(Action.CREATE, ONE, part), Result.DONE)
    for _ in range(FIGHT + 2):
        repairs.note([again])
        repairs.note([gone])
        repairs.note([back])
    assert repairs.fights({ONE: part, whole: desired("0/w", ThingSpec())}) == {}


def test_what_follows_a_replacement_that_a_commit_asked_for_is_no_repair() -> None:
    """A port of a subnet whose CIDR is changed again and again: its own wish stays, and it goes and comes each time."""
    below, server = key("0/w"), key("2/s")
    port = desired("1/a", ThingSpec(base=(below,)))
    user = desired("2/s", ThingSpec(plugs=(ONE,)))
    repairs = Repairs(lambda: 0.0)
    for size in range(FIGHT + 2):
        subnet = desired("0/w", ThingSpec(shape=size))
        moved = (FieldChange("base", below, below),)
        unplugged = Outcome(Step(Action.DELETE, ONE, port, THERE, moved), Result.PENDING)
        waits = Outcome(Step(Action.DELETE, below, subnet), Result.SKIPPED)
        repairs.note([unplugged, waits])
        repairs.note([
            Outcome(Step(Action.DELETE, ONE, port, THERE, moved), Result.DONE),
            Outcome(Step(Action.DELETE, below, subnet), Result.DONE),
            Outcome(Step(Action.CREATE, below, subnet), Result.DONE),
            Outcome(Step(Action.CREATE, ONE, port), Result.DONE),
        ])  # fmt: skip
        repairs.note(
            [Outcome(Step(Action.UPDATE, server, user, None, (FieldChange("plugs", (), (ONE,)),)), Result.DONE)]
        )
    assert repairs.fights({ONE: port, below: subnet, server: user}) == {}


def plan_of(*steps: Step) -> Plan:
    return Plan(TARGET, {step.id: step for step in steps}, {step.id: frozenset() for step in steps})


def reported(field: str, passes: int, *, at_once: bool) -> str:
    """Why a fight of so many passes waits; ``at_once``: the observation after each write finds it as it was."""
    repairs = Repairs(lambda: 0.0)
    changes = (FieldChange(field, "Example.NET.", "example.net."),) if field else ()
    action = Action.UPDATE if field else Action.CREATE
    step = Step(action, ONE, DESIRED, THERE if field else None, changes)
    for _ in range(passes):
        repairs.see(plan_of(step))
        repairs.note([Outcome(step, Result.DONE)])
        if not at_once:
            repairs.see(plan_of())
    ((_, reason),) = repairs.fights({ONE: DESIRED}).values()
    return reason


def test_a_cloud_that_returns_another_value_is_named_and_no_one_is_accused() -> None:
    reason = reported("size", FIGHT, at_once=True)
    assert "the VIM returns another value at once (size: Example.NET. instead of example.net.)" in reason
    assert "someone" not in reason
    assert "the next observation did not show it" in reported("", FIGHT, at_once=True)


def test_what_existed_for_a_while_was_undone_by_someone() -> None:
    assert "someone undid it each time" in reported("size", FIGHT, at_once=False)
