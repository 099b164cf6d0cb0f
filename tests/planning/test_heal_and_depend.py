"""Remedies for instances that are ill, and what waits until others are ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    HEALTH,
    Action,
    Circumstances,
    Consent,
    Desired,
    Hold,
    Impact,
    Key,
    Permission,
    Policy,
    State,
    StepId,
    Window,
)
from reconciler.planning import plan_target
from tests.planning.instances import server, wanted, world
from tests.worlds import ThingSpec, desired, key

SPEC = ThingSpec(chosen=7)
WINDOW = Window("0 2 * * sat", 3600, "UTC")


@pytest.mark.parametrize("remedy", [Impact.REBOOT, Impact.REBUILD])
def test_a_remedy_in_place_is_an_update_that_needs_no_other_consent(remedy: Impact) -> None:
    there = world(SPEC, SPEC, states={1: State.ERROR})
    plan = plan_target(wanted(2, SPEC), there, circumstances=Circumstances(remedies={server(1): remedy}))
    (step,) = plan.steps.values()
    assert (step.action, step.key, step.impact, step.held) == (Action.UPDATE, server(1), remedy, None)
    assert [(change.field, change.new) for change in step.changes] == [(HEALTH, remedy.value)]
    assert step.reason.startswith("heals: error")


def test_the_last_rung_replaces_an_instance() -> None:
    around = Circumstances(unready={server(0): "no answer"}, remedies={server(0): Impact.REPLACE})
    plan = plan_target(wanted(2, SPEC), world(SPEC, SPEC), circumstances=around)
    assert sorted(plan.steps) == [StepId(Action.CREATE, server(0)), StepId(Action.DELETE, server(0))]
    assert {(step.held, step.reason) for step in plan.steps.values()} == {(None, "heals: no answer")}


@pytest.mark.parametrize("remedy", [Impact.REBOOT, Impact.REPLACE])
def test_healing_does_not_wait_for_the_wave_of_its_service(remedy: Impact) -> None:
    around = Circumstances(remedies={server(0): remedy}, waiting={"svc": "waits for wave 1 of 2"})
    healed = plan_target(wanted(1, SPEC), world(SPEC), circumstances=around)
    assert {step.held for step in healed.steps.values()} == {None}
    grown = plan_target(wanted(2, SPEC), world(SPEC), circumstances=replace(around, remedies={}))
    assert {(step.held, step.reason) for step in grown.steps.values()} == {(Hold.DEPENDS, "waits for wave 1 of 2")}


def test_a_protected_service_is_not_replaced_to_heal_it() -> None:
    around = Circumstances(remedies={server(0): Impact.REPLACE})
    plan = plan_target(wanted(1, SPEC), world(SPEC), Policy(protect=("svc",)), circumstances=around)
    assert {step.held for step in plan.steps.values()} == {Hold.PROTECTED}


def test_a_costly_change_that_rides_on_a_remedy_needs_its_own_consent() -> None:
    around = Circumstances(remedies={server(0): Impact.REBUILD})
    plan = plan_target(wanted(1, ThingSpec(loud=1, chosen=7)), world(SPEC), circumstances=around)
    (step,) = plan.steps.values()
    assert (step.held, [change.field for change in step.changes]) == (Hold.CONSENT, ["loud", HEALTH])


def test_what_is_replaced_anyway_is_not_healed_besides() -> None:
    around = Circumstances(remedies={server(0): Impact.REBOOT})
    plan = plan_target(wanted(1, ThingSpec(shape=1)), world(SPEC), circumstances=around)
    assert {step.impact for step in plan.steps.values()} == {Impact.REPLACE}


@pytest.mark.parametrize(("windows", "held"), [(frozenset(), Hold.WINDOW), (frozenset({WINDOW}), None)])
def test_what_may_be_done_in_a_window_waits_for_it(windows: frozenset[Window], held: Hold | None) -> None:
    consent = Consent(disruptive=Permission.WINDOW, windows=(WINDOW,))
    around = Circumstances(open_windows=windows)
    for policy, consents in ((Policy(), {"svc": consent}), (Policy(consent=consent), {})):
        plan = plan_target(wanted(1, ThingSpec(loud=1)), world(SPEC), policy, consents, circumstances=around)
        (step,) = plan.steps.values()
        assert step.held == held
        if held:
            assert step.reason == "waits for the window '0 2 * * sat' for 1h, UTC"
            assert not held.passes_by_itself


def test_a_service_s_own_windows_count_and_not_the_policy_s() -> None:
    own = Window("0 4 * * sun", 3600, "UTC")
    consents = {"svc": Consent(disruptive=Permission.WINDOW, windows=(own,))}
    policy = Policy(consent=Consent(windows=(WINDOW,)))
    around = Circumstances(open_windows=frozenset({WINDOW}))
    plan = plan_target(wanted(1, ThingSpec(loud=1)), world(SPEC), policy, consents, circumstances=around)
    assert [step.held for step in plan.steps.values()] == [Hold.WINDOW]


def test_a_service_whose_turn_has_not_come_waits_wholly() -> None:
    around = Circumstances(waiting={"svc": "waits until svc-canary is healthy"})
    plan = plan_target(wanted(2, SPEC), world(SPEC), circumstances=around)
    assert [(step.held, step.reason) for step in plan.steps.values()] == [
        (Hold.DEPENDS, "waits until svc-canary is healthy")
    ]


def dependent(*after: Key) -> dict[Key, Desired]:
    return {key("0/app"): replace(desired("0/app", SPEC), after=after)}


@pytest.mark.parametrize(
    ("states", "unready", "held"),
    [
        ({}, (), None),
        ({0: State.BUILDING}, (), Hold.DEPENDS),
        ({}, (0,), Hold.DEPENDS),
    ],
    ids=["ready", "still building", "failing its probe"],
)
def test_an_instance_is_made_when_what_it_depends_on_is_ready(
    states: dict[int, State], unready: tuple[int, ...], held: Hold | None
) -> None:
    around = Circumstances(unready={server(number): "refused" for number in unready})
    catalog = wanted(1, SPEC) | dependent(server(0))
    plan = plan_target(catalog, world(SPEC, states=states), circumstances=around)
    (step,) = plan.steps.values()
    assert step.held == held
    if held:
        assert step.reason == "waits until svc/0/fw-0 is ready"


def test_what_depends_on_something_elsewhere_waits_until_that_is_told_to_be_ready() -> None:
    elsewhere = Key("lyon", "server", "svc/db/db-0")
    for ready, held in ((frozenset[Key](), Hold.DEPENDS), (frozenset({elsewhere}), None)):
        around = Circumstances(ready_elsewhere=ready)
        (step,) = plan_target(dependent(elsewhere), world(), circumstances=around).steps.values()
        assert step.held == held


def test_what_stands_already_waits_for_nothing() -> None:
    catalog = wanted(1, SPEC) | {key("0/fw-1"): replace(dependent(server(0))[key("0/app")], key=server(1))}
    there = world(SPEC, ThingSpec(size=1, chosen=7), states={0: State.ERROR})
    (step,) = plan_target(catalog, there).steps.values()
    assert (step.action, step.held) == (Action.UPDATE, None)
