"""What is blocked without consent, and that the rest goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Circumstances,
    Consent,
    Contest,
    Desired,
    Impact,
    Key,
    Observed,
    Permission,
    Plan,
    Policy,
    Spec,
    State,
    StepId,
    Window,
    World,
)
from tests.conformance.bench import desired_of
from tests.conformance.samples import SAMPLES
from tests.plan_of import plan_of
from tests.worlds import PLACE, TARGET, ThingSpec, catalog_of, key

ALLOW, DENY = Permission.ALLOW, Permission.DENY


def world(*there: Observed) -> World:
    return World(TARGET, {one.key: one for one in there}, {})


def thing(name: str) -> Observed:
    return Observed(key(name), ThingSpec(), f"id-{name}")


def blocked(plan: Plan) -> dict[tuple[Action, Key], BlockReason | None]:
    return {(step_id.action, step_id.key): step.blocked for step_id, step in plan.steps.items()}


def test_deletes_are_blocked_while_prune_is_off() -> None:
    plan = plan_of({}, world(thing("0/a")), Policy(prune=False))
    assert blocked(plan) == {(Action.DELETE, key("0/a")): BlockReason.PRUNE}


def test_deletes_of_a_protected_service_are_held_by_name_or_glob() -> None:
    for pattern in ("svc", "s*"):
        plan = plan_of({}, world(thing("0/a")), Policy(protect=(pattern,)))
        assert blocked(plan) == {(Action.DELETE, key("0/a")): BlockReason.PROTECTED}
    assert blocked(plan_of({}, world(thing("0/a")), Policy(protect=("other",)))) == {(Action.DELETE, key("0/a")): None}


def test_a_protected_service_is_not_replaced_whatever_it_consents_to() -> None:
    desired = catalog_of({"0/a": ThingSpec(shape=1)})
    plan = plan_of(desired, world(thing("0/a")), Policy(protect=("svc",)), {"svc": Consent(replace=ALLOW)})
    assert set(blocked(plan).values()) == {BlockReason.PROTECTED}


@pytest.mark.parametrize(("until", "guard"), [("", None), ("an hour passes", BlockReason.CONTESTED)])
def test_nothing_is_written_once_writing_stopped_because_of_another_actor(
    until: str, guard: BlockReason | None
) -> None:
    contested = Circumstances(contest=Contest("lan is not managed", until))
    desired = catalog_of({"0/new": ThingSpec(), "0/a": ThingSpec(size=2)})
    plan = plan_of(desired, world(thing("0/a"), thing("0/b")), circumstances=contested)
    assert len(plan.steps) == 3
    assert set(blocked(plan).values()) == {guard}
    words = f"another actor writes here with the same owner: {contested.contest}"
    assert {step.reason for step in plan.steps.values()} == {words if guard else ""}


def test_more_deletes_than_allowed_block_all_deletes_and_nothing_else() -> None:
    desired = catalog_of({"0/new": ThingSpec()})
    plan = plan_of(desired, world(thing("0/a"), thing("0/b"), thing("0/c")), Policy(max_deletes=2))
    assert blocked(plan) == {
        (Action.CREATE, key("0/new")): None,
        **{(Action.DELETE, key(name)): BlockReason.MAX_DELETES for name in ("0/a", "0/b", "0/c")},
    }
    assert "3 deletes on paris are more than maxDeletes: 2" in plan.steps[StepId(Action.DELETE, key("0/a"))].reason


def test_as_many_deletes_as_allowed_go() -> None:
    plan = plan_of({}, world(thing("0/a"), thing("0/b")), Policy(max_deletes=2))
    assert set(blocked(plan).values()) == {None}


def test_a_replacement_is_blocked_entirely_without_consent() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec(shape=1)}), world(thing("0/a")))
    assert blocked(plan) == {
        (Action.DELETE, key("0/a")): BlockReason.CONSENT,
        (Action.CREATE, key("0/a")): BlockReason.CONSENT,
    }


def test_consent_of_the_service_counts_more_than_that_of_the_policy() -> None:
    desired, there = catalog_of({"0/a": ThingSpec(shape=1)}), world(thing("0/a"))
    allowing, denying = (
        Policy(consent=Consent(ALLOW, ALLOW)),
        Policy(consent=Consent(DENY, DENY)),
    )
    assert set(blocked(plan_of(desired, there, allowing)).values()) == {None}
    assert set(blocked(plan_of(desired, there, denying, {"svc": Consent(replace=ALLOW)})).values()) == {None}
    assert set(blocked(plan_of(desired, there, allowing, {"svc": Consent(replace=DENY)})).values()) == {
        BlockReason.CONSENT
    }


def test_a_disruptive_update_needs_its_own_consent() -> None:
    desired, there = catalog_of({"0/a": ThingSpec(loud=1)}), world(thing("0/a"))
    assert set(blocked(plan_of(desired, there, None, {"svc": Consent(replace=ALLOW)})).values()) == {
        BlockReason.CONSENT
    }
    assert set(blocked(plan_of(desired, there, None, {"svc": Consent(disruptive=ALLOW)})).values()) == {None}


def test_a_replacement_whose_new_half_misses_something_keeps_its_old_half() -> None:
    desired = catalog_of({"0/a": ThingSpec(shape=1, uses=(Key(TARGET, "image", "gone"),))})
    plan = plan_of(desired, world(thing("0/a")), Policy(consent=Consent(ALLOW, ALLOW)))
    assert blocked(plan) == {
        (Action.DELETE, key("0/a")): BlockReason.MISSING,
        (Action.CREATE, key("0/a")): BlockReason.MISSING,
    }


def test_what_a_dying_resource_still_refers_to_is_deleted_after_it() -> None:
    dying = Observed(key("1/a"), ThingSpec(base=(key("0/a"),)), "id-1/a", State.DELETING)
    plan = plan_of({}, world(thing("0/a"), dying))
    assert blocked(plan) == {(Action.DELETE, key("0/a")): BlockReason.DELETING}


EXISTING = [thing(f"0/{name}") for name in "abcdefghij"]


def reasons(plan: Plan, guard: BlockReason) -> set[str]:
    return {step.reason for step in plan.steps.values() if step.blocked is guard}


def test_deletes_are_limited_in_percent_of_what_stands() -> None:
    desired = catalog_of({f"0/{name}": ThingSpec() for name in "cdefghij"})
    assert not reasons(plan_of(desired, world(*EXISTING), Policy(max_delete_percent=20)), BlockReason.MAX_DELETES)
    assert reasons(plan_of(desired, world(*EXISTING), Policy(max_delete_percent=19)), BlockReason.MAX_DELETES) == {
        "2 deletes on paris of 10 resources are more than maxDeletePercent: 19 of the Policy"
    }


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(max_replaces=1), "2 replacements on paris are more than maxReplaces: 1 of the Policy"),
        (
            Policy(max_replace_percent=10),
            "2 replacements on paris of 10 resources are more than maxReplacePercent: 10 of the Policy",
        ),
    ],
)
def test_too_many_replacements_are_blocked_entirely_and_deletes_go_on(policy: Policy, reason: str) -> None:
    policy = replace(policy, consent=Consent(replace=Permission.ALLOW))
    desired = catalog_of({f"0/{name}": ThingSpec(shape=int(name < "c")) for name in "abcdefghi"})
    plan = plan_of(desired, world(*EXISTING), policy)
    assert reasons(plan, BlockReason.MAX_REPLACES) == {reason}
    held_steps = {step.id for step in plan.steps.values() if step.blocked}
    assert held_steps == {
        StepId(action, key(f"0/{name}")) for name in "ab" for action in (Action.CREATE, Action.DELETE)
    }
    assert plan.steps[StepId(Action.DELETE, key("0/j"))].blocked is None


def test_a_protected_kind_is_neither_deleted_nor_replaced() -> None:
    plan = plan_of({}, world(thing("0/a")), Policy(protect_kinds=frozenset({"level0"})))
    assert reasons(plan, BlockReason.PROTECTED) == {"every level0 is protected by the Policy"}
    assert not reasons(plan_of({}, world(thing("0/a")), Policy(protect_kinds=frozenset({"x"}))), BlockReason.PROTECTED)


def test_nothing_is_done_to_what_is_frozen_and_everything_to_the_rest() -> None:
    desired = catalog_of({"0/a": ThingSpec()})
    other = Key(TARGET, "level0", "other/a")
    plan = plan_of(
        desired | {other: Desired(other, ThingSpec(), PLACE)}, world(thing("0/b")), Policy(frozen_services=("s*",))
    )
    assert reasons(plan, BlockReason.FROZEN) == {"service svc is frozen by the Policy"}
    assert plan.steps[StepId(Action.CREATE, other)].blocked is None
    everything = plan_of(desired, world(thing("0/b")), Policy(frozen_vims=("par*",)))
    assert {step.blocked for step in everything.steps.values()} == {BlockReason.FROZEN}
    assert reasons(everything, BlockReason.FROZEN) == {"VIM paris is frozen by the Policy"}


def test_a_percentage_is_of_what_a_person_would_count_above_the_line_and_below() -> None:
    """Rules and attachments go along with what they are a part of: they are no steps, so they count nowhere."""
    there = {}
    for sample in SAMPLES.values():
        for of, one in desired_of(sample.key, sample.spec).items():
            there[of] = Observed(of, one.spec, f"id of {of}")
    plan = plan_of({}, World(TARGET, there, {}), Policy(max_delete_percent=99))
    (reason,) = {step.reason for step in plan.steps.values()}
    reported = re.fullmatch(
        r"(\d+) deletes on \w+ of (\d+) resources are more than maxDeletePercent: 99 of the Policy", reason
    )
    assert reported
    assert reported[1] == reported[2] == str(len(plan.steps))
    assert len(plan.steps) < len(there)


def test_a_twin_that_nothing_uses_goes_without_consent_and_one_in_use_does_not() -> None:
    first, second = thing("0/a"), thing("0/a~2")
    declared = catalog_of({"0/a": ThingSpec(), "1/a": ThingSpec(uses=(first.key,))})
    for used, guard in ((first, None), (second, BlockReason.PRUNE)):
        user = Observed(key("1/a"), ThingSpec(uses=(used.key,)), "id-user")
        there = replace(world(first, second, user), twins={second.key: first.key})
        assert blocked(plan_of(declared, there, Policy(prune=False)))[Action.DELETE, second.key] is guard
    there = replace(world(first, second), twins={second.key: first.key})
    assert blocked(plan_of(catalog_of({"0/a": ThingSpec()}), there, Policy(max_deletes=0))) == {
        (Action.DELETE, second.key): None
    }


@dataclass(frozen=True, slots=True)
class GrowingSpec(ThingSpec):
    def refusal_of(self, name: str, observed: Spec) -> str:
        return "it can't shrink" if getattr(self, name) < getattr(observed, name) else ""


@pytest.mark.parametrize(("size", "shape", "guard"), [(3, 0, None), (1, 0, BlockReason.REFUSED), (1, 1, None)])
def test_a_change_in_place_that_a_kind_refuses_is_blocked(size: int, shape: int, guard: BlockReason | None) -> None:
    there = Observed(key("0/a"), GrowingSpec(size=2), "id-a", name="renamed manually")
    policy = Policy(consent=Consent(replace=ALLOW))
    steps = plan_of(catalog_of({"0/a": GrowingSpec(size=size, shape=shape)}), world(there), policy).steps.values()
    assert {step.blocked for step in steps} == {guard}
    assert not guard or {step.reason for step in steps} == {"it can't shrink"}


@pytest.mark.parametrize(
    ("spec", "fields", "guard"),
    [
        (ThingSpec(size=1), {"size", "loud"}, BlockReason.FIGHT),
        (ThingSpec(size=1), {"loud"}, None),
        (ThingSpec(size=1), set(), None),
    ],
)
def test_a_field_that_someone_undoes_again_and_again_is_left_alone(
    spec: ThingSpec, fields: set[str], guard: BlockReason | None
) -> None:
    around = Circumstances(fights={key("0/a"): (frozenset(fields), "written three times")})
    (step,) = plan_of(catalog_of({"0/a": spec}), world(thing("0/a")), circumstances=around).steps.values()
    assert (step.blocked, step.reason) == ((guard, "written three times") if guard else (None, ""))
    healed = replace(around, healing_actions={key("0/a"): Impact.REBOOT}, unready={key("0/a"): "no answer"})
    (step,) = plan_of(catalog_of({"0/a": spec}), world(thing("0/a")), circumstances=healed).steps.values()
    assert (step.heals, step.blocked) == (True, None)


def test_what_needs_consent_says_how_it_is_given() -> None:
    def reasons(asked: dict[str, ThingSpec], policy: Policy | None = None) -> set[str]:
        return {step.reason for step in plan_of(catalog_of(asked), world(thing("0/a")), policy).steps.values()}

    assert reasons({"0/a": ThingSpec(loud=1)}) == {
        "rebuild needs consent; 'changes: {disruptive: allow}' in the service gives it"
    }
    assert reasons({"0/a": ThingSpec(shape=1)}) == {
        "replacing needs consent: shape can't change in place; 'changes: {replace: allow}' in the service gives it"
    }
    assert reasons({}, Policy(prune=False)) == {"Git no longer asks for it, and the Policy says 'prune: false'"}


def test_what_may_be_replaced_in_windows_waits_for_one_of_them() -> None:
    windows = (Window("0 2 * * sat", 3600, "UTC"), Window("0 2 * * sun", 3600, "UTC"))
    policy = Policy(consent=Consent(replace=Permission.WINDOW, windows=windows))
    for is_open, guard in ((frozenset[Window](), BlockReason.WINDOW), (frozenset(windows[1:]), None)):
        around = Circumstances(open_windows=is_open)
        declared = catalog_of({"0/a": ThingSpec(shape=1)})
        steps = plan_of(declared, world(thing("0/a")), policy, circumstances=around).steps.values()
        assert {step.blocked for step in steps} == {guard}
        assert not guard or {step.reason for step in steps} == {
            f"waits for the window {windows[0]} or {windows[1]}",
        }


def test_nothing_is_deleted_that_can_t_be_made_again_yet() -> None:
    @dataclass(frozen=True, slots=True)
    class SlowSpec(ThingSpec):
        used_when_ready: ClassVar[bool] = True

    slow = Observed(key("0/slow"), SlowSpec(), "id-slow", State.BUILDING)
    user = Observed(key("1/a"), ThingSpec(uses=(slow.key,)), "id-a")
    declared = catalog_of({"0/slow": SlowSpec(), "1/a": ThingSpec(shape=1, uses=(slow.key,))})
    plan = plan_of(declared, world(slow, user), Policy(consent=Consent(replace=ALLOW)))
    assert blocked(plan) == {
        (Action.DELETE, user.key): BlockReason.BUILDING,
        (Action.CREATE, user.key): BlockReason.BUILDING,
    }
    assert blocked(plan_of(declared, world(slow, user))) == {
        (Action.DELETE, user.key): BlockReason.CONSENT,
        (Action.CREATE, user.key): BlockReason.BUILDING,
    }


def test_what_something_refers_to_that_is_still_being_deleted_stays_until_that_is_gone() -> None:
    used = [key(name) for name in ("0/kept", "0/going", "1/protected")]
    leaving = Observed(key("2/x"), ThingSpec(uses=tuple(used)), "id-x", State.DELETING)
    there = world(leaving, *(Observed(one, ThingSpec(), one.name) for one in used))
    plan = plan_of(catalog_of({"0/kept": ThingSpec()}), there, Policy(protect_kinds=frozenset({"level1"})))
    assert {step.key: (step.blocked, step.reason) for step in plan.steps.values()} == {
        used[1]: (BlockReason.DELETING, "level2 svc/2/x is still being deleted"),
        used[2]: (BlockReason.PROTECTED, "every level1 is protected by the Policy"),
    }


def test_what_left_git_waits_for_its_turn_to_go() -> None:
    around = Circumstances(queued={"svc": "two services go at a time"})
    plan = plan_of(catalog_of({"0/new": ThingSpec()}), world(thing("0/a")), circumstances=around)
    assert {(step.action, step.blocked, step.reason) for step in plan.steps.values()} == {
        (Action.CREATE, None, ""),
        (Action.DELETE, BlockReason.DEPENDS, "two services go at a time"),
    }


def test_what_a_person_asked_to_remove_is_not_counted_and_protected_all_the_same() -> None:
    there = world(thing("0/a"), thing("0/b"))
    policy = Policy(max_deletes=1, protect=("svc",))
    asked = Circumstances(removing=True)
    assert set(blocked(plan_of({}, there, Policy(max_deletes=1), labels={}, circumstances=asked)).values()) == {None}
    assert set(blocked(plan_of({}, there, policy, labels={}, circumstances=asked)).values()) == {BlockReason.PROTECTED}
