"""Services that left Git go when every rollout is through, a few at a time, and the loss of many needs consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Catalog,
    Circumstances,
    Claim,
    Consent,
    Desired,
    Health,
    Key,
    Observed,
    Permission,
    Plan,
    Policy,
    Report,
    Rollout,
    ServiceInfo,
    ServiceStatus,
    State,
    Step,
    Sync,
    World,
)
from reconciler.planning import Turns, plan_target, turns
from reconciler.reporting.status import services_of
from tests.loop.memory import target
from tests.worlds import PLACE, ThingSpec

OLD = ("old1", "old2", "old3", "old4")
NEW = ("new1", "new2")
ON = {name: "paris" if name[-1] in "13" else "lyon" for name in (*OLD, *NEW)}


def key(service: str) -> Key:
    return Key(ON[service], "level0", f"{service}/0/a")


CATALOG = Catalog(
    {name: target(name) for name in ("paris", "lyon")},
    {ON[name]: {key(name): Desired(key(name), ThingSpec(), PLACE)} for name in NEW},
    {name: ServiceInfo(name, PLACE, (ON[name],)) for name in NEW},
    Policy(max_removed_percent=100),
    rollouts=(Rollout("fleet", (("new1",), ("new2",)), 2),),
    commit="now",
)
BY_DEFAULT = replace(CATALOG, rollouts=(), policy=Policy())


def world(*names: str) -> World:
    """What of these services is deployed on paris."""
    keys = [key(name) for name in names if ON[name] == "paris"]
    return World("paris", {one: Observed(one, ThingSpec(), f"id-{one}") for one in keys}, {})


def reports(*deployed: str, commit: str = "now", **unhealthy: Health) -> dict[str, Report]:
    """What both VIMs last reported: these services exist, all others are gone. ``unhealthy``: the health of members."""
    return {
        vim: Report(
            vim,
            commit,
            0.0,
            0.0,
            tuple(
                ServiceStatus(name, vim, Sync.SYNCED, unhealthy.get(name, Health.HEALTHY))
                for name in NEW
                if ON[name] == vim
            ),
            states={key(name): State.READY for name in deployed if ON[name] == vim},
        )
        for vim in ("paris", "lyon")
    }


def found(*deployed: str, catalog: Catalog = CATALOG, reported: Mapping[str, Report] | None = None) -> Turns:
    """The turns of paris when these services are deployed."""
    return turns(catalog, world(*deployed), reports(*deployed) if reported is None else reported)


def plan_of(catalog: Catalog, there: World, turn: Turns) -> Plan:
    around = Circumstances(waiting=turn.waiting, queued=turn.queued, deployed_elsewhere=turn.deployed_elsewhere)
    return plan_target(catalog, there, around)


def blocked(plan: Plan) -> dict[str, BlockReason | None]:
    return {step.key.service: step.blocked for step in plan.steps.values() if step.action is Action.DELETE}


def test_nothing_is_removed_while_a_member_is_not_well() -> None:
    reported = reports(*OLD, *NEW, new1=Health.DEGRADED)
    turn = found(*OLD, *NEW, reported=reported)
    assert (
        turn.waiting["old1"]
        == turn.waiting["old3"]
        == (
            "no service is removed before the rollout is through: waits for wave 1 of 2 of set fleet: "
            "new1 is synced and degraded on paris"
        )
    )
    assert turn.queued == {}
    assert blocked(plan_of(CATALOG, world(*OLD, *NEW), turn)) == {
        "old1": BlockReason.DEPENDS,
        "old3": BlockReason.DEPENDS,
    }


def test_nothing_is_removed_while_the_last_wave_is_not_well() -> None:
    reported = reports(*OLD, *NEW, new2=Health.PROGRESSING)
    assert found(*OLD, *NEW, reported=reported).waiting.keys() == {"old1", "old3"}


def test_what_an_observation_for_another_commit_found_well_counts_for_nothing() -> None:
    assert found(*OLD, reported=reports(*OLD, *NEW, commit="before")).waiting.keys() >= {"old1", "old3"}


def test_when_the_rollout_is_through_as_many_go_at_a_time_as_a_wave_has() -> None:
    first = found(*OLD, *NEW)
    assert (first.waiting, first.queued) == (
        {}, {"old3": "4 services left Git, 2 of them go at a time (set fleet): waits for old1 and 1 more"}
    )  # fmt: skip
    assert blocked(plan_of(CATALOG, world(*OLD, *NEW), first)) == {"old1": None, "old3": BlockReason.DEPENDS}
    assert found("old2", "old3", "old4", *NEW).queued == {}


def test_where_one_goes_at_a_time_the_others_wait_for_that_one() -> None:
    one_by_one = replace(CATALOG, rollouts=(Rollout("fleet", (("new1",), ("new2",)), 1),))
    assert found(*OLD, *NEW, catalog=one_by_one).queued == {
        "old3": "4 services left Git, 1 of them go at a time (set fleet): waits for old1"
    }


def test_where_nothing_left_git_there_are_no_turns() -> None:
    assert found(*NEW) == Turns({}, {}, frozenset())


def test_what_is_deployed_elsewhere_is_what_the_other_targets_reported() -> None:
    assert found(*OLD, *NEW).deployed_elsewhere == {"old2", "old4", "new2"}


def test_on_a_target_that_git_says_nothing_of_services_have_turns_too() -> None:
    empty = replace(CATALOG, desired={})
    assert found(*OLD, *NEW, catalog=empty).queued.keys() == {"old3"}


def test_one_that_can_not_go_keeps_its_place() -> None:
    assert found("old1", "old2", "old3", *NEW).queued.keys() == {"old3"}


def test_what_needs_consent_says_so_before_its_wave_comes() -> None:
    desired = {key("new2"): Desired(key("new2"), ThingSpec(shape=1), PLACE)}
    there = World("lyon", {key("new2"): Observed(key("new2"), ThingSpec(), "2")}, {})
    catalog = replace(CATALOG, desired={"lyon": desired})
    turn = turns(catalog, there, reports(*NEW, new1=Health.DEGRADED))
    assert turn.waiting.keys() == {"new2"}
    assert blocked(plan_of(catalog, there, turn)) == {"new2": BlockReason.CONSENT}
    allowed = replace(catalog, policy=Policy(consent=Consent(replace=Permission.ALLOW)))
    assert blocked(plan_of(allowed, there, turn)) == {"new2": BlockReason.DEPENDS}


def test_without_a_size_of_waves_all_go_together() -> None:
    catalog = replace(CATALOG, rollouts=(replace(CATALOG.rollouts[0], size=None),))
    assert found(*OLD, *NEW, catalog=catalog).queued == {}


def test_of_several_sets_the_smallest_wave_counts() -> None:
    catalog = replace(CATALOG, rollouts=(*CATALOG.rollouts, Rollout("other", (), 1)))
    assert found("old1", "old2", "old3", *NEW, catalog=catalog).queued.keys() == {"old3"}
    assert "(set other)" in found(*OLD, *NEW, catalog=catalog).queued["old3"]


def test_what_people_block_takes_no_place() -> None:
    step = Step(Action.DELETE, key("old1"), blocked=BlockReason.PROTECTED)
    reported = reports("old1", "old2", "old3", *NEW)
    reported["paris"] = replace(reported["paris"], plan=Plan("paris", {step.id: step}, {}))
    turn = turns(CATALOG, world("old1", "old3"), reported)
    assert "old3" not in turn.queued
    plan = plan_of(replace(CATALOG, policy=Policy(protect=("old1",))), world("old1"), turn)
    assert blocked(plan) == {"old1": BlockReason.PROTECTED}


def test_one_service_that_left_git_goes_at_once_when_all_is_well() -> None:
    turn = found("old1", *NEW)
    assert (turn.waiting, turn.queued) == ({}, {})
    assert blocked(plan_of(CATALOG, world("old1", "new1"), turn)) == {"old1": None}


def test_without_a_rollout_no_one_waits() -> None:
    turn = found(*OLD, *NEW, catalog=replace(CATALOG, rollouts=()), reported=reports(*OLD, new1=Health.DEGRADED))
    assert (turn.waiting, turn.queued) == ({}, {})


def test_nothing_is_removed_before_someone_tried_to_observe_each_target() -> None:
    turn = turns(CATALOG, world("old1"), reports("old1", *NEW), {"lyon"})
    assert turn.waiting == {"old1": "waits until it is known what is deployed on VIM lyon"}


def test_what_is_on_a_suspended_target_takes_no_place() -> None:
    targets = {**CATALOG.targets, "lyon": replace(CATALOG.targets["lyon"], suspended=True)}
    assert found(*OLD, *NEW, catalog=replace(CATALOG, targets=targets)).queued == {}


@dataclass(frozen=True, slots=True)
class ClaimSpec(ThingSpec):
    """The address that all of them want."""

    def claims(self) -> Iterator[Claim]:
        yield Claim("address", "external", "192.0.2.1")


def test_what_has_the_address_of_one_whose_turn_it_is_goes_first() -> None:
    desired = {key("new1"): Desired(key("new1"), ClaimSpec(), PLACE)}
    there = {key("old1"): Observed(key("old1"), ClaimSpec(), "1"), key("old3"): Observed(key("old3"), ThingSpec(), "3")}
    catalog = replace(CATALOG, desired={"paris": desired})
    turn = turns(catalog, World("paris", there, {}), {})
    assert turn.waiting.keys() == {"new2", "old3"}


@pytest.mark.parametrize(("percent", "expected"), [(66, BlockReason.SHRUNK), (67, None)])
def test_the_loss_of_many_services_on_all_vims_together_needs_consent(
    percent: int, expected: BlockReason | None
) -> None:
    catalog = replace(BY_DEFAULT, policy=Policy(max_removed_percent=percent))
    plan = plan_of(catalog, world(*OLD, *NEW), found(*OLD, *NEW, catalog=catalog))
    assert blocked(plan) == {"old1": expected, "old3": expected}
    reasons = {step.reason for step in plan.steps.values() if step.blocked}
    reported = "4 of 6 network services that are deployed on all VIMs are in Git no more, and that is more than"
    assert reasons == ({f"{reported} maxRemovedPercent: {percent}"} if expected else set())


def test_by_default_more_than_half_of_all_services_need_consent() -> None:
    for deployed, expected in ((("old1", "old2", *NEW), None), (("old1", "old2", "new1"), BlockReason.SHRUNK)):
        plan = plan_of(BY_DEFAULT, world(*deployed), found(*deployed, catalog=BY_DEFAULT))
        assert blocked(plan) == {"old1": expected}


def test_one_service_alone_needs_no_consent_whatever_its_share_is() -> None:
    catalog = replace(BY_DEFAULT, policy=Policy(max_removed_percent=0))
    assert blocked(plan_of(catalog, world("old1"), found("old1", catalog=catalog))) == {"old1": None}


def test_consent_is_to_all_that_go_and_they_go_in_waves_all_the_same() -> None:
    deployed = (*OLD, *NEW)
    plan = plan_of(replace(CATALOG, policy=Policy()), world(*deployed), found(*deployed))
    assert blocked(plan) == {"old1": BlockReason.SHRUNK, "old3": BlockReason.SHRUNK}
    reported = reports(*deployed)
    reported["paris"] = replace(reported["paris"], plan=plan)
    turn = turns(CATALOG, world(*deployed), reported)
    # What people blocked has the last places, until the next observation finds that no one does.
    assert blocked(plan_of(CATALOG, world(*deployed), turn)) == {
        "old1": BlockReason.DEPENDS,
        "old3": BlockReason.DEPENDS,
    }
    reported["paris"] = replace(reported["paris"], plan=plan_of(CATALOG, world(*deployed), turn))
    assert turns(CATALOG, world(*deployed), reported).queued.keys() == {"old3"}


def test_status_says_for_whom_a_service_that_left_git_waits() -> None:
    deployed = (*OLD, *NEW)
    turn = found(*deployed)
    there = world(*deployed)
    around = Circumstances(waiting=turn.waiting, queued=turn.queued, deployed_elsewhere=turn.deployed_elsewhere)
    reported = {one.name: one for one in services_of(CATALOG, there, plan_of(CATALOG, there, turn), (), around)}
    assert reported["old3"].message.endswith("(set fleet): waits for old1 and 1 more")
