"""What a plan says beside its steps, and what holds for all that is on one target."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.judging.digests import blocked_sets
from reconciler.model import (
    Approval,
    ApprovalEffect,
    ApproverRule,
    Approvers,
    BlockReason,
    Catalog,
    Foreign,
    Observed,
    Policy,
    Spec,
    World,
)
from reconciler.planning import plan_target
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, desired, key

A, B = key("0/a"), key("0/b")
THERE = {A: Observed(A, ThingSpec(), "id-a")}
KEPT = Policy(prune=False)


def test_what_is_on_a_target_that_git_says_nothing_of_goes() -> None:
    plan = plan_target(Catalog({}, {}, {}), World(TARGET, THERE, {}))
    assert [(str(step.action), step.key) for step in plan.steps.values()] == [("delete", A)]


def test_nothing_is_done_on_a_suspended_vim() -> None:
    plan = plan_of(catalog_of({"0/b": ThingSpec()}), World(TARGET, THERE, {}), vim_suspended=True)
    assert {(step.key, step.blocked, step.reason) for step in plan.steps.values()} == {
        (one, BlockReason.SUSPENDED, "VIM paris is suspended in Git") for one in (A, B)
    }


def test_a_plan_names_twins_and_what_is_another_project_s() -> None:
    foreign = (Foreign(key("0/x"), "id-x", "another project"),)
    there = THERE | {B: Observed(B, ThingSpec(), "id-b")}
    plan = plan_of({A: desired("0/a", ThingSpec())}, World(TARGET, there, {}, foreign=foreign, twins={B: A}))
    assert (plan.foreign, plan.twins) == (foreign, {B: A})


def test_a_plan_says_which_approvals_do_not_count_and_what_no_one_can_approve() -> None:
    approvers = Approvers((ApproverRule(),), frozenset({"prune"}))
    world = World(TARGET, THERE, {})
    (held,) = blocked_sets(TARGET, plan_of({}, world, KEPT).steps)
    given = Approval(held.digest, "")
    plan = plan_of({}, world, KEPT, approvals=frozenset({given}), approvers=approvers)
    assert plan.final == {held.digest}
    assert plan.approval_effects == (
        ApprovalEffect(
            given, "VIM paris: network service svc, prune is off: 1 resource", "prune can't be approved by anyone here"
        ),
    )


def test_a_plan_says_what_can_t_be_compared_with_what_is_there() -> None:
    @dataclass(frozen=True, slots=True)
    class HiddenSpec(ThingSpec):
        def uncompared(self, observed: Spec) -> str:
            return "its size is hidden" if observed == ThingSpec() else ""

    declared = catalog_of({"0/a": HiddenSpec(), "0/b": HiddenSpec()})
    there = THERE | {B: Observed(B, HiddenSpec(), "id-b")}
    assert plan_of(declared, World(TARGET, there, {})).uncompared == {A: "its size is hidden"}
