"""Reasons in full: whose turn has not come, what waits in a circle, and what labels, claims and notes say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from reconciler.model import (
    Action,
    ApiBudget,
    BlockReason,
    Catalog,
    Circumstances,
    Desired,
    Health,
    Impact,
    LabelRule,
    Note,
    Observed,
    Plan,
    Policy,
    Report,
    Rollout,
    ServiceInfo,
    ServiceStatus,
    State,
    Step,
    Sync,
    Target,
    World,
)
from reconciler.planning import waiting
from reconciler.planning.circles import block_circles
from tests.plan_of import plan_of
from tests.worlds import PLACE, TARGET, ThingSpec, desired, key

A = key("0/a")


def create(name: str) -> Step:
    return Step(Action.CREATE, key(name), desired(name, ThingSpec()))


def circle(count: int) -> list[str]:
    """The reasons of steps of which each waits for the next, and the last for the first."""
    steps = [create(f"0/{number}") for number in range(count)]
    waits = {step.id: frozenset({steps[(at + 1) % count].id}) for at, step in enumerate(steps)}
    found, left = block_circles({step.id: step for step in steps}, waits)
    assert {step.blocked for step in found.values()} == {BlockReason.CIRCLE}
    assert left == dict.fromkeys(found, frozenset())
    return [found[step.id].reason for step in steps]


WAY_OUT = (
    ", which waits for this: no order is right. "
    "Commit one of these changes alone first, or remove one of the resources manually"
)


def chain(*names: int) -> str:
    return ", which waits for ".join(f"create level0 svc/0/{name}" for name in names)


def test_each_step_of_a_circle_names_the_others_in_their_order() -> None:
    assert circle(3) == [
        f"waits for {chain(1, 2)}{WAY_OUT}",
        f"waits for {chain(2, 0)}{WAY_OUT}",
        f"waits for {chain(0, 1)}{WAY_OUT}",
    ]
    assert circle(1) == [f"waits for itself{WAY_OUT}"]


def test_a_long_circle_names_five_others_and_counts_the_rest() -> None:
    assert circle(6)[0] == f"waits for {chain(1, 2, 3, 4, 5)}{WAY_OUT}"
    assert circle(8)[0] == f"waits for {chain(1, 2, 3, 4, 5)}, which waits for 2 more{WAY_OUT}"


def test_a_step_that_people_block_ends_a_circle_and_one_that_passes_does_not() -> None:
    for guard, expected in (
        (BlockReason.PROTECTED, {None, BlockReason.PROTECTED}),
        (BlockReason.BUILDING, {BlockReason.CIRCLE}),
    ):
        steps = [replace(create("0/a"), blocked=guard), create("0/b")]
        waits = {step.id: frozenset({other.id}) for step, other in zip(steps, reversed(steps), strict=True)}
        found, _ = block_circles({step.id: step for step in steps}, waits)
        assert {step.blocked for step in found.values()} == expected


def _vim(name: str, *, suspended: bool) -> Target:
    return Target(name, "memory", name, (), (), ApiBudget(), PLACE, suspended=suspended)


SET = ("canary", "second", "third")


def rollout(sync: Sync, health: Health, *, suspended: bool = False, vim_suspended: bool = False) -> Mapping[str, str]:
    """What waits while the canary is like this on its VIM, and the others are well on theirs."""
    services = {name: ServiceInfo(name, PLACE, ("paris",)) for name in SET}
    services["canary"] = ServiceInfo("canary", PLACE, ("lyon",), suspended=suspended)
    targets = {name: _vim(name, suspended=vim_suspended and name == "lyon") for name in ("paris", "lyon")}
    catalog = Catalog(targets, {}, services, rollouts=(Rollout("edge", tuple((name,) for name in SET)),), commit="now")
    well = tuple(ServiceStatus(name, "paris", Sync.SYNCED, Health.HEALTHY) for name in SET[1:])
    return waiting(
        catalog,
        {
            "paris": Report("paris", "now", 0.0, 0.0, well),
            "lyon": Report("lyon", "now", 0.0, 0.0, (ServiceStatus("canary", "lyon", sync, health),)),
        },
    )


def test_later_waves_wait_for_sync_and_for_health_and_say_for_which() -> None:
    for sync, health in ((Sync.SYNCED, Health.DEGRADED), (Sync.OUT_OF_SYNC, Health.HEALTHY)):
        reason = f"waits for wave 1 of 3 of set edge: canary is {sync} and {health} on lyon"
        assert rollout(sync, health) == {"second": reason, "third": reason}
    assert rollout(Sync.SYNCED, Health.HEALTHY) == {}


def test_no_wave_waits_for_what_is_suspended() -> None:
    assert rollout(Sync.OUT_OF_SYNC, Health.DEGRADED, suspended=True) == {}
    assert rollout(Sync.OUT_OF_SYNC, Health.DEGRADED, vim_suspended=True) == {}


def labelled(rule: LabelRule, labels: dict[str, str], *, impact: Impact = Impact.NONE) -> Plan:
    spec = ThingSpec(shape=1) if impact is Impact.REPLACE else ThingSpec(size=1)
    world = World(TARGET, {A: Observed(A, ThingSpec(), "id-a")}, {})
    return plan_of({A: Desired(A, spec, PLACE)}, world, Policy(label_rules=(rule,)), labels={"svc": labels})


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (LabelRule("r", required=("a", "b", "tier")), "service svc lacks the label a and b: rule 'r' of the Policy"),
        (
            LabelRule("r", actions=frozenset({"update"}), message="ask Ann"),
            "to update is denied for service svc: rule 'r' of the Policy: ask Ann",
        ),
        (LabelRule("r", actions=frozenset({"create", "replace"})), ""),
        (LabelRule("r", services=("other",), required=("a",)), ""),
        (LabelRule("r", services=("s*",), required=("a",)), "service svc lacks the label a: rule 'r' of the Policy"),
        (LabelRule("r", labels=(("tier", "core"),), required=("a",)), ""),
        (
            LabelRule("r", labels=(("tier", "edge"),), required=("a",)),
            "service svc lacks the label a: rule 'r' of the Policy",
        ),
    ],
)
def test_a_rule_about_labels_says_what_is_missing_or_denied(rule: LabelRule, reason: str) -> None:
    (step,) = labelled(rule, {"tier": "edge"}).steps.values()
    assert (step.blocked, step.reason) == ((BlockReason.LABEL, reason) if reason else (None, ""))


def test_a_rule_about_labels_denies_both_halves_of_a_replacement() -> None:
    rule = LabelRule("r", actions=frozenset({"replace"}))
    steps = labelled(rule, {}, impact=Impact.REPLACE).steps.values()
    assert {(step.action, step.blocked, step.reason) for step in steps} == {
        (action, BlockReason.LABEL, "to replace is denied for service svc: rule 'r' of the Policy")
        for action in (Action.DELETE, Action.CREATE)
    }


@dataclass(frozen=True, slots=True)
class RestingSpec(ThingSpec):
    at_rest: ClassVar[bool] = True


def note(there: Observed, desired: ThingSpec, circumstances: Circumstances) -> Note | None:
    world = World(TARGET, {A: there}, {})
    return plan_of({A: Desired(A, desired, PLACE)}, world, circumstances=circumstances).notes.get(A)


@pytest.mark.parametrize("state", [State.ERROR, State.STOPPED])
def test_a_resource_that_has_failed_or_stopped_has_a_note(state: State) -> None:
    there = Observed(A, ThingSpec(), "id-a", state, detail="no valid host")
    assert note(there, ThingSpec(), Circumstances()) == Note(f"is in state {state}: no valid host", degraded=True)


def test_a_resource_that_fails_its_probe_has_a_note_unless_it_is_starting() -> None:
    there = Observed(A, ThingSpec(), "id-a")
    unready = Circumstances(unready={A: "no answer"})
    assert note(there, ThingSpec(), unready) == Note("fails its probe: no answer", degraded=True)
    assert note(there, ThingSpec(), replace(unready, starting=frozenset({A}))) is None


def test_a_resource_of_an_older_image_has_a_note() -> None:
    there = Observed(A, ThingSpec(), "id-a", superseded="image")
    assert note(there, ThingSpec(), Circumstances()) == Note(
        "keeps its image: the name means a newer one now", degraded=False
    )
    assert note(there, ThingSpec(size=1), Circumstances()) is not None
    assert note(there, ThingSpec(shape=1), Circumstances()) is None


def test_a_resource_that_changes_or_rests_as_it_should_has_no_note() -> None:
    stopped = Observed(A, ThingSpec(), "id-a", State.STOPPED)
    assert note(stopped, ThingSpec(size=1), Circumstances()) is None
    resting = Observed(A, RestingSpec(), "id-a", State.STOPPED)
    assert note(resting, RestingSpec(), Circumstances()) is None


def test_what_waits_until_something_is_ready_that_waits_for_it_is_a_circle() -> None:
    first = replace(create("0/a"), blocked=BlockReason.DEPENDS)
    assert first.desired
    first = replace(first, desired=replace(first.desired, after=(key("1/b"), key("1/other"))))
    second = create("1/b")
    steps = {step.id: step for step in (first, second)}
    found, left = block_circles(steps, {first.id: frozenset(), second.id: frozenset({first.id})})
    assert {step.blocked for step in found.values()} == {BlockReason.CIRCLE}
    assert found[first.id].reason == f"waits for {second.id.action} {second.key}{WAY_OUT}"
    assert left == {first.id: frozenset(), second.id: frozenset()}
