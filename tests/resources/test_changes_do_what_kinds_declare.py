"""What a plan does about the change of each field is what the kind declares of it, for every field of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.model import Action, BlockReason, Desired, Impact, Key, Observed, Plan, Spec, StepId, World
from reconciler.targets.openstack.kinds import KINDS
from tests.conformance.bench import desired_of
from tests.conformance.samples import PLACE, SAMPLES, TARGET
from tests.plan_of import plan_of

SPEC_OF = {kind.name: kind.spec for kind in KINDS}
IN_SEVERAL_REQUESTS = {("trunk", "subports")}
"""Disruptive fields whose disrupting change is not one request, so that no sample has it: test_trunks.py has it."""


def fields_that(fits: Any) -> list[Any]:
    """The fields of all kinds of which the declaration fits."""
    rows = ((name, field) for name, sample in SAMPLES.items() for field in sample.changes)
    return [pytest.param(name, field, id=f"{name}-{field}") for name, field in rows if fits(SPEC_OF[name], field)]


def plan_of_change(name: str, field: str) -> tuple[Plan, Spec, Spec]:
    """What is planned where the field of a sample is to change, and nothing else."""
    key = SAMPLES[name].key
    before, after = SAMPLES[name].change(field)
    there = {
        one: Observed(one, desired.spec, f"id of {one}") for one, desired in desired_of(key, before, after).items()
    }
    desired = {one: Desired(one, found.spec, PLACE) for one, found in there.items()}
    existing = {ref: ("id",) for ref in _outside(desired, after) if ref not in there}
    return plan_of(desired | {key: Desired(key, after, PLACE)}, World(TARGET, there, existing)), before, after


def _outside(desired: dict[Key, Desired], after: Spec) -> Iterator[Key]:
    yield from after.refs()
    for one in desired.values():
        yield from one.spec.refs()


@pytest.mark.parametrize(("name", "field"), fields_that(lambda spec, field: field in spec.immutable))
def test_a_field_that_is_declared_immutable_replaces_the_resource(name: str, field: str) -> None:
    plan, _, _ = plan_of_change(name, field)
    key = SAMPLES[name].key
    assert StepId(Action.UPDATE, key) not in plan.steps
    for action in (Action.DELETE, Action.CREATE):
        assert plan.steps[StepId(action, key)].impact is Impact.REPLACE


@pytest.mark.parametrize(("name", "field"), fields_that(lambda spec, field: field not in spec.immutable))
def test_any_other_field_changes_in_place_with_the_impact_that_is_declared(name: str, field: str) -> None:
    plan, before, after = plan_of_change(name, field)
    key = SAMPLES[name].key
    step = plan.steps[StepId(Action.UPDATE, key)]
    assert step.impact is after.impact_of(field, getattr(before, field), getattr(after, field))
    assert field not in after.disruptive or step.impact in {Impact.NONE, after.disruptive[field]}
    assert step.blocked is not BlockReason.MISSING


def test_each_disruptive_field_has_a_change_that_disrupts() -> None:
    """Some changes of it may be harmless; a sample of these alone would leave the impact untried."""
    untried = {
        (name, field)
        for name, sample in SAMPLES.items()
        for field in SPEC_OF[name].disruptive.keys() - SPEC_OF[name].derived
        if sample.spec.impact_of(field, *(getattr(one, field) for one in sample.change(field))) is Impact.NONE
    }
    assert untried == IN_SEVERAL_REQUESTS


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_a_sample_changes_each_field_to_another_value(kind: Any) -> None:
    sample = SAMPLES[kind.name]
    pairs = {field: sample.change(field) for field in sample.changes}
    assert [field for field, (before, after) in pairs.items() if getattr(before, field) == getattr(after, field)] == []
