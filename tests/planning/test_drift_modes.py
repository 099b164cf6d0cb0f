"""Drift that is reported or ignored: which steps stay, which are blocked, and what their reason names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Circumstances,
    Consent,
    Desired,
    DriftMode,
    Impact,
    Key,
    Observed,
    Permission,
    Plan,
    Policy,
    Spec,
    Step,
    StepId,
    World,
)
from reconciler.planning import drifted
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, desired, key

A = key("0/a")
GIT = ThingSpec(size=1, loud=1)
FREELY = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))


def declared(drift: DriftMode | None = None, **fields: DriftMode) -> Desired:
    return replace(desired("0/a", GIT), drift=drift, drift_fields=tuple(fields.items()))


def plan(
    one: Desired,
    there: ThingSpec | None,
    agreed: dict[Key, Spec] | None,
    policy: Policy = FREELY,
) -> Plan:
    observed = {A: Observed(A, there, "id-a")} if there else {}
    return plan_of({A: one}, World(TARGET, observed, {}), policy, circumstances=Circumstances(agreed=agreed))


def only(found: Plan) -> Step:
    (step,) = found.steps.values()
    return step


SIZE = replace(GIT, size=2)
BOTH = replace(GIT, size=2, loud=2)


def test_drift_that_is_only_reported_is_blocked_and_its_fields_are_named() -> None:
    step = only(plan(declared(DriftMode.REPORT), BOTH, {A: GIT}))
    assert (step.action, step.blocked) == (Action.UPDATE, BlockReason.DRIFT)
    assert step.reason == "size and loud drifted, which is not repaired but only reported: 'drift: report'"


def test_drift_that_the_target_refuses_to_repair_says_so() -> None:
    there = Observed(A, BOTH, "id-a", refuses=dict.fromkeys(Impact, "it is locked"))
    around = Circumstances(agreed={A: GIT})
    step = only(plan_of({A: declared(DriftMode.REPORT)}, World(TARGET, {A: there}, {}), FREELY, circumstances=around))
    assert (step.blocked, step.reason) == (BlockReason.REFUSED, "it is locked")


def test_drift_that_is_ignored_has_no_step() -> None:
    assert plan(declared(DriftMode.IGNORE), BOTH, {A: GIT}).steps == {}


def test_drift_that_is_repaired_runs() -> None:
    step = only(plan(declared(DriftMode.REPAIR), SIZE, {A: GIT}))
    assert (step.action, step.blocked, step.reason) == (Action.UPDATE, None, "")


@pytest.mark.parametrize("agreed", [None, {A: replace(GIT, size=3)}])
def test_a_change_in_git_is_no_drift(agreed: dict[Key, Spec] | None) -> None:
    found = plan(declared(DriftMode.IGNORE), SIZE, agreed)
    assert only(found).blocked is None
    assert drifted(found, Circumstances(agreed=agreed)) == frozenset()


def test_what_never_agreed_has_drifted_if_it_exists_and_is_new_if_not() -> None:
    assert only(plan(declared(DriftMode.REPORT), SIZE, {})).blocked is BlockReason.DRIFT
    assert only(plan(declared(DriftMode.REPORT), None, {})).blocked is None


def test_a_deleted_resource_is_drift_without_fields() -> None:
    step = only(plan(declared(DriftMode.REPORT), None, {A: GIT}))
    assert (step.action, step.blocked) == (Action.CREATE, BlockReason.DRIFT)
    assert step.reason == "it is gone, which is not repaired but only reported: 'drift: report'"
    assert plan(declared(DriftMode.IGNORE), None, {A: GIT}).steps == {}


def test_drift_of_an_immutable_field_says_that_it_is_not_replaced() -> None:
    found = plan(declared(DriftMode.REPORT), replace(GIT, shape=1), {A: GIT})
    assert {(step.action, step.blocked) for step in found.steps.values()} == {
        (Action.DELETE, BlockReason.DRIFT),
        (Action.CREATE, BlockReason.DRIFT),
    }
    assert {step.reason for step in found.steps.values()} == {
        "shape drifted, which is not replaced but only reported: 'drift: report'"
    }


def test_of_one_resource_only_the_fields_to_repair_are_written() -> None:
    step = only(plan(declared(DriftMode.REPORT, size=DriftMode.REPAIR), BOTH, {A: GIT}))
    assert step.blocked is None
    assert [change.field for change in step.changes] == ["size"]


def test_a_report_names_only_the_fields_that_are_reported() -> None:
    step = only(plan(declared(DriftMode.IGNORE, loud=DriftMode.REPORT), BOTH, {A: GIT}))
    assert step.reason.startswith("loud drifted,")
    assert step.blocked is BlockReason.DRIFT


def test_a_field_counts_more_than_the_service_and_that_more_than_the_policy() -> None:
    ignoring = replace(FREELY, drift=DriftMode.IGNORE)
    assert plan(declared(), SIZE, {A: GIT}, ignoring).steps == {}
    assert only(plan(declared(DriftMode.REPORT), SIZE, {A: GIT}, ignoring)).blocked is BlockReason.DRIFT
    assert only(plan(declared(DriftMode.REPORT, size=DriftMode.REPAIR), SIZE, {A: GIT}, ignoring)).blocked is None


def test_a_deletion_is_no_drift() -> None:
    there = World(TARGET, {A: Observed(A, GIT, "id-a")}, {})
    agreed = Circumstances(agreed={A: GIT})
    found = plan_of({}, there, replace(FREELY, drift=DriftMode.IGNORE), circumstances=agreed)
    assert only(found).action is Action.DELETE
    assert drifted(found, agreed) == frozenset()


def test_a_resize_that_waits_to_be_confirmed_is_no_drift() -> None:
    there = World(TARGET, {A: Observed(A, GIT, "id-a", unconfirmed=Impact.RESIZE)}, {})
    agreed = Circumstances(agreed={A: GIT})
    found = plan_of({A: declared(DriftMode.IGNORE)}, there, FREELY, circumstances=agreed)
    assert set(found.steps) == {StepId(Action.UPDATE, A)}
    assert drifted(found, agreed) == frozenset()


def test_the_steps_about_drift_are_distinguished_from_the_others() -> None:
    b = key("0/b")
    agreed = Circumstances(agreed={A: GIT, b: replace(GIT, size=5)})
    there = World(TARGET, {one: Observed(one, SIZE, f"id-{one.name}") for one in (A, b)}, {})
    found = plan_of({A: declared(), b: desired("0/b", GIT)}, there, FREELY, circumstances=agreed)
    assert drifted(found, agreed) == {StepId(Action.UPDATE, A)}
