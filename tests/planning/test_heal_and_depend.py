"""Healing actions for instances that are unhealthy, and what waits until others are ready."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    NOT_SERVED,
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    Circumstances,
    Consent,
    Desired,
    HealingChange,
    Impact,
    Key,
    Observed,
    Permission,
    Policy,
    State,
    StepId,
    Window,
)
from tests.plan_of import plan_of
from tests.planning.instances import declared, server, world
from tests.worlds import TARGET, ThingSpec, desired, key

SPEC = ThingSpec(chosen=7)
WINDOW = Window("0 2 * * sat", 3600, "UTC")


@pytest.mark.parametrize("healing_action", [Impact.REBOOT, Impact.REBUILD])
def test_a_healing_action_in_place_is_an_update_that_needs_no_other_consent(healing_action: Impact) -> None:
    there = world(SPEC, SPEC, states={1: State.ERROR})
    plan = plan_of(declared(2, SPEC), there, circumstances=Circumstances(healing_actions={server(1): healing_action}))
    (step,) = plan.steps.values()
    assert (step.action, step.key, step.impact, step.blocked) == (Action.UPDATE, server(1), healing_action, None)
    assert [(change.field, change.new) for change in step.changes] == [("health", healing_action.value)]
    assert step.reason.startswith("heals: error")
    assert step.observed == there.observed[server(1)]


def test_the_last_healing_step_replaces_an_instance() -> None:
    around = Circumstances(unready={server(0): "no answer"}, healing_actions={server(0): Impact.REPLACE})
    plan = plan_of(declared(2, SPEC), world(SPEC, SPEC), circumstances=around)
    assert sorted(plan.steps) == [StepId(Action.CREATE, server(0)), StepId(Action.DELETE, server(0))]
    assert {(step.blocked, step.reason) for step in plan.steps.values()} == {(None, "heals: no answer")}
    for step in plan.steps.values():
        assert step.changes == (HealingChange("no answer", Impact.REPLACE),)
        assert step.observed == world(SPEC).observed[server(0)]


def test_what_depends_on_an_instance_that_is_replaced_to_heal_it_is_replaced_too() -> None:
    user = Observed(key("1/user"), ThingSpec(uses=(server(0),), chosen=7), "id-user")
    there = replace(world(SPEC), observed={**world(SPEC).observed, user.key: user})
    catalog = declared(1, SPEC) | {user.key: desired("1/user", ThingSpec(uses=(server(0),), chosen=7))}
    plan = plan_of(catalog, there, circumstances=Circumstances(healing_actions={server(0): Impact.REPLACE}))
    assert {step_id.key for step_id in plan.steps if step_id.action is Action.DELETE} == {server(0), user.key}


def test_what_is_not_there_is_made_and_not_healed_and_the_others_are_healed() -> None:
    around = Circumstances(healing_actions={server(1): Impact.REBOOT, server(0): Impact.REBOOT})
    plan = plan_of(declared(2, SPEC), world(SPEC), circumstances=around)
    assert {(step.action, step.key, step.heals) for step in plan.steps.values()} == {
        (Action.CREATE, server(1), False),
        (Action.UPDATE, server(0), True),
    }


@pytest.mark.parametrize("healing_action", [Impact.REBOOT, Impact.REPLACE])
def test_healing_does_not_wait_for_the_wave_of_its_service(healing_action: Impact) -> None:
    around = Circumstances(healing_actions={server(0): healing_action}, waiting={"svc": "waits for wave 1 of 2"})
    healed = plan_of(declared(1, SPEC), world(SPEC), circumstances=around)
    assert {step.blocked for step in healed.steps.values()} == {None}
    grown = plan_of(declared(2, SPEC), world(SPEC), circumstances=replace(around, healing_actions={}))
    assert {(step.blocked, step.reason) for step in grown.steps.values()} == {
        (BlockReason.DEPENDS, "waits for wave 1 of 2")
    }


def test_a_protected_service_is_not_replaced_to_heal_it() -> None:
    around = Circumstances(healing_actions={server(0): Impact.REPLACE})
    plan = plan_of(declared(1, SPEC), world(SPEC), Policy(protect=("svc",)), circumstances=around)
    assert {step.blocked for step in plan.steps.values()} == {BlockReason.PROTECTED}


def test_a_costly_change_that_rides_on_a_healing_action_needs_its_own_consent() -> None:
    around = Circumstances(healing_actions={server(0): Impact.REBUILD})
    plan = plan_of(declared(1, ThingSpec(loud=1, chosen=7)), world(SPEC), circumstances=around)
    (step,) = plan.steps.values()
    assert (step.blocked, [change.field for change in step.changes]) == (BlockReason.CONSENT, ["loud", "health"])


def test_what_is_replaced_anyway_is_not_healed_besides() -> None:
    around = Circumstances(healing_actions={server(0): Impact.REBOOT})
    plan = plan_of(declared(1, ThingSpec(shape=1)), world(SPEC), circumstances=around)
    assert {step.impact for step in plan.steps.values()} == {Impact.REPLACE}


@pytest.mark.parametrize(("windows", "blocked"), [(frozenset(), BlockReason.WINDOW), (frozenset({WINDOW}), None)])
def test_what_may_be_done_in_a_window_waits_for_it(windows: frozenset[Window], blocked: BlockReason | None) -> None:
    consent = Consent(disruptive=Permission.WINDOW, windows=(WINDOW,))
    around = Circumstances(open_windows=windows)
    for policy, consents in ((Policy(), {"svc": consent}), (Policy(consent=consent), {})):
        plan = plan_of(declared(1, ThingSpec(loud=1)), world(SPEC), policy, consents, circumstances=around)
        (step,) = plan.steps.values()
        assert step.blocked == blocked
        if blocked:
            assert step.reason == "waits for the window '0 2 * * sat' for 1h, UTC"
            assert not PROGRESS_OF_BLOCK[blocked].by_itself


def test_a_service_s_own_windows_count_and_not_the_policy_s() -> None:
    own = Window("0 4 * * sun", 3600, "UTC")
    consents = {"svc": Consent(disruptive=Permission.WINDOW, windows=(own,))}
    policy = Policy(consent=Consent(windows=(WINDOW,)))
    around = Circumstances(open_windows=frozenset({WINDOW}))
    plan = plan_of(declared(1, ThingSpec(loud=1)), world(SPEC), policy, consents, circumstances=around)
    assert [step.blocked for step in plan.steps.values()] == [BlockReason.WINDOW]


def test_a_service_whose_turn_has_not_come_waits_entirely() -> None:
    around = Circumstances(waiting={"svc": "waits until svc-canary is healthy"})
    plan = plan_of(declared(2, SPEC), world(SPEC), circumstances=around)
    assert [(step.blocked, step.reason) for step in plan.steps.values()] == [
        (BlockReason.DEPENDS, "waits until svc-canary is healthy")
    ]


def dependent(*after: Key) -> dict[Key, Desired]:
    return {key("0/app"): replace(desired("0/app", SPEC), after=after)}


@pytest.mark.parametrize(
    ("states", "unready", "blocked"),
    [
        ({}, (), None),
        ({0: State.BUILDING}, (), BlockReason.DEPENDS),
        ({}, (0,), BlockReason.DEPENDS),
    ],
    ids=["ready", "still building", "failing its probe"],
)
def test_an_instance_is_made_when_what_it_depends_on_is_ready(
    states: dict[int, State], unready: tuple[int, ...], blocked: BlockReason | None
) -> None:
    around = Circumstances(unready={server(number): "refused" for number in unready})
    catalog = declared(1, SPEC) | dependent(server(0))
    plan = plan_of(catalog, world(SPEC, states=states), circumstances=around)
    (step,) = plan.steps.values()
    assert step.blocked == blocked
    if blocked:
        assert step.reason == "waits until svc/0/fw-0 is ready"


def test_what_depends_on_something_elsewhere_waits_until_that_is_reported_to_be_ready() -> None:
    elsewhere = Key("lyon", "server", "svc/db/db-0")
    for ready, blocked in (({}, BlockReason.DEPENDS), ({elsewhere: "db-0"}, None)):
        around = Circumstances(ready_elsewhere=ready)
        (step,) = plan_of(dependent(elsewhere), world(), circumstances=around).steps.values()
        assert step.blocked == blocked
        assert step.reason == ("waits until svc/db/db-0 is ready on VIM lyon" if blocked else "")
    around = Circumstances(unreported={"lyon": NOT_SERVED})
    (step,) = plan_of(dependent(elsewhere), world(), circumstances=around).steps.values()
    assert step.reason.startswith("waits until svc/db/db-0 is ready on VIM lyon, which this daemon does not serve")


def test_what_exists_already_waits_for_nothing() -> None:
    catalog = declared(1, SPEC) | {key("0/fw-1"): replace(dependent(server(0))[key("0/app")], key=server(1))}
    there = world(SPEC, ThingSpec(size=1, chosen=7), states={0: State.ERROR})
    (step,) = plan_of(catalog, there).steps.values()
    assert (step.action, step.blocked) == (Action.UPDATE, None)


def test_a_replacement_does_not_wait_for_what_it_depends_on() -> None:
    changed = replace(dependent(server(0))[key("0/app")], spec=ThingSpec(shape=1, chosen=7))
    there = world(SPEC, states={0: State.BUILDING})
    app = Observed(changed.key, SPEC, "id-app")
    there = replace(there, observed={**there.observed, app.key: app})
    plan = plan_of(declared(1, SPEC) | {app.key: changed}, there, Policy(consent=Consent(replace=Permission.ALLOW)))
    assert {(step.action, step.blocked) for step in plan.steps.values()} == {
        (Action.DELETE, None),
        (Action.CREATE, None),
    }


def test_what_is_blocked_for_another_reason_keeps_that() -> None:
    plan = plan_of(
        declared(1, SPEC) | dependent(server(0)), world(SPEC, states={0: State.BUILDING}), Policy(frozen_vims=(TARGET,))
    )
    assert [step.blocked for step in plan.steps.values()] == [BlockReason.FROZEN]


def test_the_first_of_several_that_are_not_ready_is_named_and_the_rest_counted() -> None:
    for count, rest in ((2, 1), (3, 2)):
        there = world(*[SPEC] * count, states=dict.fromkeys(range(count), State.BUILDING))
        plan = plan_of(declared(count, SPEC) | dependent(*map(server, range(count))), there)
        assert [step.reason for step in plan.steps.values()] == [f"waits until svc/0/fw-0 and {rest} more is ready"]
