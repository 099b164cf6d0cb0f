"""What every kind of resource must do, against a cloud: the contract of `Kind`, for each kind that there is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import pytest

from reconciler.applying import apply
from reconciler.model import (
    Action,
    Consent,
    Desired,
    Impact,
    Permission,
    Policy,
    Spec,
    State,
    Step,
    StepFailed,
    StepId,
)
from reconciler.planning.diff import compare
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.rest import Kind
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import PLACE, SAMPLES, needed
from tests.plan_of import plan_of
from tests.waiting import eventually

NAMES = [kind.name for kind in KINDS]
KIND_OF: dict[str, Kind[Any]] = {kind.name: kind for kind in KINDS}


def fields_of(name: str, *, fixed: bool | None = None, admin: bool | None = None) -> list[str]:
    """The fields of a kind that are written; of them those that are fixed, or that only an admin may set."""
    spec, sample = KIND_OF[name].spec, SAMPLES[name]
    return [
        one.name
        for one in fields(spec)
        if one.name not in spec.derived
        and fixed in {None, one.name in spec.immutable}
        and admin in {None, one.name in sample.admin}
    ]


def differing(one: Spec, other: Spec) -> set[str]:
    return {each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)}


def rows(*, fixed: bool) -> list[Any]:
    """The kinds that have such fields, once for those that a member may set, once for those of an admin."""
    return [
        pytest.param(name, admin, id=f"{name} by an admin" if admin else name)
        for name in NAMES
        for admin in (False, True)
        if fields_of(name, fixed=fixed, admin=admin)
    ]


ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))


def test_every_kind_has_a_sample_with_a_change_for_each_of_its_fields() -> None:
    assert set(SAMPLES) == set(NAMES)
    for name, sample in SAMPLES.items():
        assert (name, set(sample.changes)) == (name, set(fields_of(name)))
        assert sample.key.kind == name
        assert type(sample.spec) is KIND_OF[name].spec


def test_every_declared_field_exists() -> None:
    for kind in KINDS:
        spec = kind.spec
        declared = {*spec.immutable, *spec.disruptive, *spec.computed, *spec.reattach, *spec.copied, *spec.derived}
        assert declared <= {one.name for one in fields(spec)}, kind.name


@pytest.mark.parametrize("name", NAMES)
def test_one_request_makes_it_and_an_observation_reads_the_same_spec_back(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    bench.converge(needed(sample.spec))
    bench.create(sample.key, sample.spec)
    assert len(bench.writes()) == 1
    observed = bench.observe().observed[sample.key]
    assert observed.spec == sample.spec.settle(observed.spec)
    assert (observed.state, observed.name) == (State.READY, sample.key.name if observed.name else None)
    assert compare(Desired(sample.key, sample.spec, PLACE), observed) == ()


@pytest.mark.parametrize(("name", "admin"), rows(fixed=False))
def test_each_field_changes_alone_with_one_request(bench: Bench, name: str, admin: bool) -> None:
    """All fields on one resource after the other: to make a new one for each would take most of the time."""
    sample = SAMPLES[name]
    # What can't be changed back comes last.
    for field in sorted(fields_of(name, fixed=False, admin=admin), key=lambda one: one in sample.spec.refused):
        _changes_alone(bench.may(sample, field), name, field)


def _changes_alone(bench: Bench, name: str, field: str) -> None:
    sample = SAMPLES[name]
    before, after = sample.change(field)
    there = bench.converge(desired_of(sample.key, before, after), ALLOWED).observed[sample.key]
    desired = desired_of(sample.key, after, before)
    plan = plan_of(desired, bench.observe())
    (step,) = plan.steps.values()
    assert (step.action, step.key, [change.field for change in step.changes]) == (Action.UPDATE, sample.key, [field])
    bench.carry_out(step)
    assert len(bench.writes()) == 1, field
    observed = bench.observe().observed[sample.key]
    assert observed.spec == after.settle(observed.spec)
    left_out = {one for one in after.computed if getattr(after, one) is None} | after.derived
    left_out |= sample.along.get(field, set())
    assert {field} <= differing(observed.spec, there.spec) <= {field} | left_out
    assert (observed.id, observed.name) == (there.id, there.name), field
    if observed.unconfirmed:
        (step,) = plan_of(desired, bench.observe()).steps.values()
        bench.carry_out(step)
        assert len(bench.writes()) == 1, field
    # A cloud may take a moment from its answer to what it promised.
    eventually(lambda: not plan_of(desired, bench.observe()).steps)


@pytest.mark.parametrize(("name", "admin"), rows(fixed=True))
def test_each_fixed_field_changes_by_replacement(bench: Bench, name: str, admin: bool) -> None:
    sample = SAMPLES[name]
    for field in fields_of(name, fixed=True, admin=admin):
        before, after = sample.change(field)
        world = bench.may(sample, field).converge(desired_of(sample.key, before, after), ALLOWED)
        plan = plan_of(desired_of(sample.key, after, before), world)
        for action in (Action.DELETE, Action.CREATE):
            assert plan.steps[StepId(action, sample.key)].impact is Impact.REPLACE, field
        assert StepId(Action.UPDATE, sample.key) not in plan.steps, field


@pytest.mark.parametrize("name", NAMES)
def test_deleting_twice_is_quiet(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    observed = bench.deploy(sample.key, sample.spec)
    delete = Step(Action.DELETE, sample.key, observed=observed)
    bench.carry_out(delete)
    assert sample.key not in bench.observe().observed
    world = bench.driver.observe(complete=True)
    ids = {one: found.id for one, found in world.observed.items()}
    bench.driver.carry_out(delete, ids)
    assert sample.key not in bench.observe().observed


@pytest.mark.parametrize("name", NAMES)
def test_what_another_owner_made_is_not_managed(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    bench.deploy(sample.key, sample.spec)
    for owner in (f"{bench.owner}-2", bench.owner[:-1], "other"):
        assert bench.driver_of(owner).observe().observed == {}


@pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].marked])
def test_what_has_no_mark_is_not_managed(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    world = bench.converge(needed(sample.spec))
    ids = {key: found[0] for key, found in world.existing.items()} | {
        key: found.id for key, found in world.observed.items()
    }
    request = KIND_OF[name].create(sample.key, sample.spec, ids, bench.owner)
    wrapped = [part for part in request.body.values() if isinstance(part, dict) and "group" not in part]
    body = wrapped[0] if wrapped else request.body
    for mark in ("description", "metadata", "tags", "magi_owner", "magi_key"):
        body.pop(mark, None)
    if KIND_OF[name].listing.service == "compute" and name != "server":
        body["name"] = "login"
    made = bench.send(request.method, request.service, request.path, request.body)
    assert sample.key not in bench.observe().observed
    found = made[request.answer] if wrapped else made
    bench.send("DELETE", request.service, f"{request.path}/{found.get('id') or found['name']}")


@pytest.mark.parametrize("name", [name for name in NAMES if not SAMPLES[name].once])
def test_of_two_with_one_mark_the_older_stays_and_the_newer_is_planned_away(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    twin = replace(sample.spec, **sample.twin)
    desired = desired_of(sample.key, sample.spec)
    older = bench.deploy(sample.key, sample.spec)
    for _ in range(4):  # clouds show ages in whole seconds
        bench.wait()
    bench.create(sample.key, twin)
    world = bench.observe()
    others = {key: found for key, found in world.observed.items() if key.kind == name and key not in desired}
    (newer,) = others
    if name != "server-group":  # Nova does not report the age of one.
        assert world.observed[sample.key].id == older.id
    assert newer.name == f"{sample.key.name}~{others[newer].id}"
    steps = plan_of(desired, world).steps
    assert StepId(Action.DELETE, newer) in steps
    assert all(action is Action.DELETE and key.name.startswith(newer.name) for action, key in steps)
    assert bench.converge(desired).observed[sample.key].spec == world.observed[sample.key].spec


@pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].once])
def test_a_create_that_was_done_already_leaves_one(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    desired = desired_of(sample.key, sample.spec)
    before = bench.converge(desired)
    with suppress(StepFailed):
        bench.create(sample.key, sample.spec)
    world = bench.observe()
    assert world.observed.keys() == before.observed.keys()
    assert not plan_of(desired, world).steps


WHOLE = [
    kind.name
    for kind in KINDS
    if isinstance(kind, NeutronKind) and SAMPLES[kind.name].numbered and not SAMPLES[kind.name].one_by_one
]


@pytest.mark.parametrize("name", WHOLE)
def test_an_update_on_an_old_observation_fails_and_is_tried_again(bench: Bench, name: str) -> None:
    sample = SAMPLES[name]
    bench = bench.may(sample)
    field = fields_of(name, fixed=False, admin=sample.by_admin)[0]
    before, after = sample.change(field)
    old = bench.converge(desired_of(sample.key, before, after)).observed[sample.key]
    kind = KIND_OF[name]
    assert isinstance(kind, NeutronKind)
    touched = {"name": "mine"} if kind.has_name else {"description": f"magi:{bench.owner} {sample.key.name}"}
    bench.send("PUT", "network", f"{kind.listing.path}/{old.id}", {kind.resource: touched})
    (change,) = (one for one in compare(Desired(sample.key, after, PLACE), old))
    with pytest.raises(StepFailed, match="another actor changed it") as failed:
        bench.carry_out(Step(Action.UPDATE, sample.key, Desired(sample.key, after, PLACE), old, (change,)))
    assert not failed.value.terminal


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if isinstance(kind, NeutronKind) and kind.has_name])
def test_a_resource_renamed_manually_is_still_managed_and_gets_its_name_back(bench: Bench, name: str) -> None:
    sample, kind = SAMPLES[name], KIND_OF[name]
    bench = bench.may(sample)
    assert isinstance(kind, NeutronKind)
    there = bench.deploy(sample.key, sample.spec)
    bench.send("PUT", "network", f"{kind.listing.path}/{there.id}", {kind.resource: {"name": "mine"}})
    world = bench.observe()
    plan = plan_of(desired_of(sample.key, sample.spec), world)
    list(apply(plan, world, bench.driver, workers=1))
    writes = bench.writes()
    again = bench.observe().observed[sample.key]
    assert (again.id, again.name, again.spec) == (there.id, sample.key.name, there.spec)
    assert writes == ["PUT"]
