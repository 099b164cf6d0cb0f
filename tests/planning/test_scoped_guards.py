"""Guards of a service or a VIM, of labels, and of a repository that shrank: each holds what it is about."""

from __future__ import annotations

import pytest

from reconciler.model import (
    BlockReason,
    Consent,
    Desired,
    Key,
    LabelRule,
    Limits,
    Observed,
    Permission,
    Plan,
    Policy,
    World,
)
from tests.plan_of import plan_of
from tests.worlds import PLACE, TARGET, ThingSpec


def name(text: str) -> Key:
    return Key(TARGET, "level0", text)


def world(*names: str) -> World:
    return World(TARGET, {name(one): Observed(name(one), ThingSpec(), f"id-{one}") for one in names}, {})


def blocked(plan: Plan) -> dict[str, BlockReason | None]:
    return {step.key.name: step.blocked for step in plan.steps.values()}


def reason(plan: Plan) -> str:
    (reported,) = {step.reason for step in plan.steps.values() if step.blocked}
    return reported


THERE = world("core/a", "core/b", "edge/a", "edge/b")


def test_a_limit_of_a_service_blocks_the_deletes_of_that_service_alone() -> None:
    plan = plan_of({}, THERE, Policy(limits=(Limits(max_deletes=1, services=("core*",)),)))
    guard = BlockReason.MAX_DELETES
    assert blocked(plan) == {"core/a": guard, "core/b": guard, "edge/a": None, "edge/b": None}
    assert reason(plan) == "2 deletes of service core on paris are more than maxDeletes: 1 of the Policy"


def test_a_limit_in_percent_is_of_what_exists_of_the_service() -> None:
    desired = {name("core/b"): Desired(name("core/b"), ThingSpec(), PLACE)}
    for percent, expected in ((49, BlockReason.MAX_DELETES), (50, None)):
        policy = Policy(limits=(Limits(max_delete_percent=percent, services=("core",)),))
        assert blocked(plan_of(desired, THERE, policy))["core/a"] is expected


@pytest.mark.parametrize(("vims", "expected"), [(("par*",), BlockReason.MAX_DELETES), (("lyon",), None)])
def test_a_limit_of_a_vim_is_for_that_vim_alone(vims: tuple[str, ...], expected: BlockReason | None) -> None:
    plan = plan_of({}, THERE, Policy(limits=(Limits(max_deletes=0, vims=("rome",)), Limits(max_deletes=3, vims=vims))))
    assert set(blocked(plan).values()) == {expected}


def test_a_limit_of_replacements_of_a_service_blocks_both_halves() -> None:
    desired = {one: Desired(one, ThingSpec(shape=1), PLACE) for one in THERE.observed}
    policy = Policy(consent=Consent(replace=Permission.ALLOW), limits=(Limits(max_replaces=1, services=("edge",)),))
    plan = plan_of(desired, THERE, policy)
    assert {step.key.service for step in plan.steps.values() if step.blocked is BlockReason.MAX_REPLACES} == {"edge"}
    assert sum(step.blocked is not None for step in plan.steps.values()) == 4


def test_what_a_narrow_limit_blocks_counts_no_more_for_the_wide_one() -> None:
    policy = Policy(max_deletes=2, limits=(Limits(max_deletes=0, services=("core",)),))
    assert blocked(plan_of({}, THERE, policy))["edge/a"] is None


def test_a_repository_without_any_service_deletes_nothing() -> None:
    plan = plan_of({}, THERE, labels={})
    assert set(blocked(plan).values()) == {BlockReason.SHRUNK}
    reported = (
        "the repository holds no network service any more: 2 of 2 network services that are deployed on paris would go"
    )
    assert reason(plan) == reported


def test_a_repository_that_shrank_keeps_the_services_that_are_gone() -> None:
    policy = Policy(max_shrink_percent=49)
    plan = plan_of({}, THERE, policy, labels={"core": {}})
    assert blocked(plan) == {"core/a": None, "core/b": None, "edge/a": BlockReason.SHRUNK, "edge/b": BlockReason.SHRUNK}
    assert reason(plan).endswith("are in Git no more, and that is more than maxShrinkPercent: 49")
    assert set(blocked(plan_of({}, THERE, Policy(max_shrink_percent=50), labels={"core": {}})).values()) == {None}


def test_where_the_services_of_the_repository_are_not_known_it_is_not_judged() -> None:
    assert set(blocked(plan_of({}, THERE)).values()) == {None}


GOLD = LabelRule("gold", labels=(("tier", "gold"),), actions=frozenset({"delete"}), message="ask the core team")


def test_an_action_is_denied_by_label() -> None:
    plan = plan_of({}, THERE, Policy(label_rules=(GOLD,)), labels={"core": {"tier": "gold"}, "edge": {}})
    assert blocked(plan) == {"core/a": BlockReason.LABEL, "core/b": BlockReason.LABEL, "edge/a": None, "edge/b": None}
    assert reason(plan) == "to delete is denied for service core: rule 'gold' of the Policy: ask the core team"


def test_nothing_is_done_to_a_service_that_lacks_a_label() -> None:
    rule = LabelRule("owned", services=("e*",), required=("owner",))
    plan = plan_of({}, THERE, Policy(label_rules=(rule,)), labels={"core": {}, "edge": {}})
    assert blocked(plan) == {"core/a": None, "core/b": None, "edge/a": BlockReason.LABEL, "edge/b": BlockReason.LABEL}
    assert reason(plan) == "service edge lacks the label owner: rule 'owned' of the Policy"
    owned = plan_of({}, THERE, Policy(label_rules=(rule,)), labels={"core": {}, "edge": {"owner": "x"}})
    assert set(blocked(owned).values()) == {None}
