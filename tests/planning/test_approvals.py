"""What a consent in Git unblocks: exactly the steps that it names, whoever blocked them, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.judging.digests import BlockedSet, blocked_sets, plan_digest
from reconciler.model import (
    QUIET,
    Action,
    Approval,
    ApproverRule,
    Approvers,
    BlockReason,
    Consent,
    DriftMode,
    Key,
    LabelRule,
    Limits,
    Observed,
    Permission,
    Plan,
    Policy,
    StepId,
    World,
)
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, key

FEW = Policy(max_deletes=1)


def world(*names: str) -> World:
    return World(TARGET, {key(name): Observed(key(name), ThingSpec(), f"id-{name}") for name in names}, {})


def plan(*names: str, policy: Policy = FEW, approved: str = "", service: str = "", loud: int = 0) -> Plan:
    """Deletes of all that exists, and an update of 0/z to ``loud``."""
    desired = catalog_of({"0/z": ThingSpec(loud=loud)})
    approvals = frozenset({Approval(approved, service)})
    return plan_of(desired, world("0/z", *names), policy, approvals=approvals)


def held_of(found: Plan) -> dict[BlockReason, BlockedSet]:
    return {one.guard: one for one in blocked_sets(found.target, found.steps)}


def running(found: Plan) -> set[str]:
    return {step.key.name for step in found.steps.values() if not step.blocked}


def test_a_blocked_set_is_unblocked_by_its_digest_and_nothing_else_is() -> None:
    before = held_of(plan("0/a", "0/b", loud=1))
    assert set(before) == {BlockReason.MAX_DELETES, BlockReason.CONSENT}
    after = plan("0/a", "0/b", loud=1, approved=before[BlockReason.MAX_DELETES].digest)
    assert running(after) == {"svc/0/a", "svc/0/b"}
    assert held_of(after) == {BlockReason.CONSENT: before[BlockReason.CONSENT]}


def test_the_digest_of_the_plan_of_a_vim_unblocks_all_of_it() -> None:
    found = plan("0/a", "0/b", loud=1)
    assert running(found) == set()
    approved = plan("0/a", "0/b", loud=1, approved=plan_digest([found]))
    assert running(approved) == {"svc/0/a", "svc/0/b", "svc/0/z"}
    assert plan_digest([approved]) == plan_digest([found])


def test_one_step_more_is_another_set_that_no_one_approved() -> None:
    digest = held_of(plan("0/a", "0/b"))[BlockReason.MAX_DELETES].digest
    assert running(plan("0/a", "0/b", "0/c", approved=digest)) == set()


def test_another_value_is_another_set_that_no_one_approved() -> None:
    digest = held_of(plan(loud=1))[BlockReason.CONSENT].digest
    assert running(plan(loud=1, approved=digest)) == {"svc/0/z"}
    assert running(plan(loud=2, approved=digest)) == set()


def test_what_comes_and_goes_beside_it_leaves_a_digest_as_it_is() -> None:
    alone, beside = held_of(plan(loud=1)), held_of(plan("0/a", "0/b", loud=1))
    assert alone[BlockReason.CONSENT].digest == beside[BlockReason.CONSENT].digest


def test_what_the_cloud_calls_things_is_in_no_digest() -> None:
    there = Observed(key("0/a"), ThingSpec(), "id-1")
    digests = {
        blocked_sets(TARGET, plan_of({}, World(TARGET, {one.key: one}, {}), Policy(max_deletes=0)).steps)[0].digest
        for one in (there, replace(there, id="id-2"))
    }
    assert len(digests) == 1


def test_what_is_approved_counts_no_more_towards_a_limit() -> None:
    policy = Policy(max_deletes=1, protect_kinds=frozenset({"level0"}))
    protected = held_of(plan("0/a", policy=policy))[BlockReason.PROTECTED].digest
    assert running(plan("0/a", "1/b", policy=policy, approved=protected)) == {"svc/0/a", "svc/1/b"}


def test_a_service_approves_for_itself_alone() -> None:
    digest = held_of(plan(loud=1))[BlockReason.CONSENT].digest
    assert running(plan(loud=1, approved=digest, service="svc")) == {"svc/0/z"}
    assert running(plan(loud=1, approved=digest, service="other")) == set()


def test_what_is_left_of_an_approved_set_stays_unblocked_as_long_as_someone_remembers() -> None:
    whole = plan("0/a", "0/b", "0/c")
    digest = held_of(whole)[BlockReason.MAX_DELETES].digest
    unblocked = plan("0/a", "0/b", "0/c", approved=digest).approved
    assert set(unblocked) == {digest}
    around = replace(QUIET, unblocked=unblocked)
    approvals = frozenset({Approval(digest)})
    left = plan_of({}, world("0/b", "0/c"), FEW, circumstances=around, approvals=approvals)
    assert running(left) == {"svc/0/b", "svc/0/c"}
    assert running(plan_of({}, world("0/b", "0/c"), FEW, approvals=approvals)) == set()
    assert running(plan_of({}, world("0/b", "0/d"), FEW, circumstances=around, approvals=approvals)) == {
        "svc/0/b",
        "svc/0/d",
    }
    assert running(plan_of({}, world("0/d", "0/e"), FEW, circumstances=around, approvals=approvals)) == set()


def test_a_replacement_is_unblocked_entirely() -> None:
    desired = catalog_of({"0/a": ThingSpec(shape=1)})
    (one,) = blocked_sets(TARGET, plan_of(desired, world("0/a")).steps)
    assert set(one.steps) == {StepId(Action.CREATE, key("0/a")), StepId(Action.DELETE, key("0/a"))}
    approved = plan_of(desired, world("0/a"), approvals=frozenset({Approval(one.digest)}))
    assert {step.blocked for step in approved.steps.values()} == {None}


@pytest.mark.parametrize(
    "policy",
    [
        Policy(frozen_vims=("*",)),
        Policy(prune=False),
        Policy(protect=("svc",)),
        Policy(max_deletes=0),
        Policy(limits=(Limits(max_deletes=0, services=("svc",)),)),
    ],
)
def test_every_guard_can_be_unblocked(policy: Policy) -> None:
    (one,) = blocked_sets(TARGET, plan("0/a", policy=policy).steps)
    assert running(plan("0/a", policy=policy, approved=one.digest)) == {"svc/0/a"}


def test_what_is_missing_suspended_or_refused_has_no_digest() -> None:
    image = Key(TARGET, "image", "gone")
    missing = plan_of(catalog_of({"0/a": ThingSpec(uses=(image,))}), world())
    suspended = plan_of({}, world("0/a"), suspended={"svc"})
    assert {step.blocked for one in (missing, suspended) for step in one.steps.values()} == {
        BlockReason.MISSING,
        BlockReason.SUSPENDED,
    }
    assert blocked_sets(TARGET, missing.steps) == blocked_sets(TARGET, suspended.steps) == ()
    assert {guard for guard in BlockReason if not guard.is_approvable} >= {
        BlockReason.REFUSED,
        BlockReason.TURN,
        BlockReason.DELETING,
        BlockReason.BUILDING,
    }


def labelled(*rules: LabelRule, approved: tuple[str, ...] = (), remembered: str = "") -> Plan:
    """A delete that rules deny, of what is protected as well."""
    policy = Policy(protect=("svc",), label_rules=rules)
    approvals = frozenset(map(Approval, approved))
    around = replace(QUIET, unblocked={approved[0]: frozenset({remembered})} if remembered else {})
    existing = world("0/a")
    return plan_of({}, existing, policy, labels={"svc": {}}, approvals=approvals, circumstances=around)


ONE_RULE, OTHER_RULE = (LabelRule(name, actions=frozenset({"delete"}), message=name) for name in ("one", "other"))


def only(found: Plan) -> BlockedSet:
    (one,) = blocked_sets(found.target, found.steps)
    return one


def test_each_decision_of_a_rule_is_approved_by_itself() -> None:
    protected = only(labelled(ONE_RULE, OTHER_RULE))
    assert protected.guard is BlockReason.PROTECTED
    first = only(labelled(ONE_RULE, OTHER_RULE, approved=(protected.digest,)))
    assert (first.guard, "rule 'one'" in first.reason) == (BlockReason.LABEL, True)
    second = only(labelled(ONE_RULE, OTHER_RULE, approved=(protected.digest, first.digest)))
    assert (second.guard, "rule 'other'" in second.reason) == (BlockReason.LABEL, True)
    assert running(labelled(ONE_RULE, OTHER_RULE, approved=(protected.digest, first.digest, second.digest)))


def test_the_digest_of_the_plan_is_no_consent_to_a_rule() -> None:
    whole = plan_digest([labelled()])
    assert running(labelled(approved=(whole,))) == {"svc/0/a"}
    assert only(labelled(ONE_RULE, approved=(whole,))).guard is BlockReason.LABEL


def test_what_was_unblocked_from_one_guard_is_remembered_for_that_alone() -> None:
    protected = only(labelled())
    (remembered,) = protected.steps.values()
    approved = (protected.digest,)
    assert running(labelled(approved=approved, remembered=remembered)) == {"svc/0/a"}
    assert only(labelled(ONE_RULE, approved=approved, remembered=remembered)).guard is BlockReason.LABEL


def test_an_approval_that_does_not_count_unblocks_nothing() -> None:
    digest = held_of(plan("0/a", "0/b"))[BlockReason.MAX_DELETES].digest
    withdrawn = frozenset({Approval(digest, refusal="commit 0123456789 reverts it")})
    assert (
        running(plan_of(catalog_of({"0/z": ThingSpec()}), world("0/z", "0/a", "0/b"), FEW, approvals=withdrawn))
        == set()
    )


def test_drift_that_is_only_reported_is_repaired_once_that_is_approved() -> None:
    around, policy = replace(QUIET, agreed={key("0/z"): ThingSpec()}), Policy(drift=DriftMode.REPORT)
    drifting = World(TARGET, {key("0/z"): Observed(key("0/z"), ThingSpec(size=1), "id-z")}, {})
    declared = catalog_of({"0/z": ThingSpec()})
    reported = only(plan_of(declared, drifting, policy, circumstances=around))
    assert reported.guard is BlockReason.DRIFT
    approvals = frozenset({Approval(reported.digest)})
    (step,) = plan_of(declared, drifting, policy, circumstances=around, approvals=approvals).steps.values()
    assert (step.blocked, step.reason) == (None, "")


def test_a_consent_names_all_that_it_unblocked_also_where_one_guard_comes_after_another() -> None:
    policy = Policy(max_deletes=1, protect_kinds=frozenset({"level1"}))
    rules = Approvers(
        (
            ApproverRule(frozenset({"protected", "consent"}), by=("ann",)),
            ApproverRule(frozenset({"max-deletes"}), by=("bob",)),
        )
    )
    declared, there = catalog_of({"0/z": ThingSpec(loud=1)}), world("0/z", "1/a", "1/b")
    found = plan_of(declared, there, policy)
    whole = plan_digest([found])
    approvals = frozenset({Approval(whole, signer="ann"), Approval(whole, signer="bob")})
    approved = plan_of(declared, there, policy, approvals=approvals, approvers=rules)
    assert running(approved) == {"svc/0/z", "svc/1/a", "svc/1/b"}
    assert approved.approved[whole] >= {digest for one in held_of(found).values() for digest in one.steps.values()}


def test_more_replacements_than_allowed_go_once_they_are_approved() -> None:
    policy = Policy(consent=Consent(replace=Permission.ALLOW), max_replaces=0)
    declared, there = catalog_of({"0/z": ThingSpec(shape=1)}), world("0/z")
    held = only(plan_of(declared, there, policy))
    assert held.guard is BlockReason.MAX_REPLACES
    assert running(plan_of(declared, there, policy, approvals=frozenset({Approval(held.digest)}))) == {"svc/0/z"}
