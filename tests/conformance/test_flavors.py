"""A sizing that nothing fits: a flavor for it is made whole before a server has it, and goes when nothing needs it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.applying import apply
from reconciler.model import Action, Consent, Desired, Key, Permission, Policy, Result, StepFailed, StepId
from reconciler.targets.openstack.kinds.flavor import FlavorSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.sizing import FITTING, content_name
from tests.conformance.bench import Bench, DesiredState
from tests.conformance.samples import DEBIAN, PLACE, SAMPLES, TARGET, key
from tests.plan_of import plan_of

FW = key("server", "fw/fw-0")
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
SPECS = (("hw:cpu_policy", "shared"), ("hw_rng:allowed", "True"))


@pytest.fixture
def admin(bench: Bench) -> Bench:
    return bench.may(SAMPLES["fitting-flavor"])


def sized(memory: int, specs: tuple[tuple[str, str], ...] = SPECS) -> DesiredState:
    """A server, and the flavor that it asks for."""
    content = content_name({"vcpus": 1, "memory": memory, "disk": 1}, dict(specs))
    flavor = Key(TARGET, FITTING, content)
    return {
        flavor: Desired(flavor, FlavorSpec(1, memory, 1, extra_specs=specs), PLACE),
        FW: Desired(FW, ServerSpec(None, DEBIAN, sizing=flavor), PLACE),
    }


def test_a_server_waits_until_its_flavor_has_its_extra_specs(admin: Bench) -> None:
    desired = sized(768)
    (flavor,) = set(desired) - {FW}
    world = admin.observe()
    reported = {one.step.key: one.result for one in apply(plan_of(desired, world), world, admin.driver, workers=2)}
    assert reported == {flavor: Result.DONE, FW: Result.SKIPPED}
    world = admin.observe()
    assert world.observed.keys() == {flavor}, "a crash here leaves a flavor that is known as managed"
    plan = plan_of(desired, world)
    assert plan.steps.keys() == {StepId(Action.UPDATE, flavor), StepId(Action.CREATE, FW)}
    assert plan.waits[StepId(Action.CREATE, FW)] == {StepId(Action.UPDATE, flavor)}
    found = admin.converge(desired).observed
    spec = found[FW].spec
    assert isinstance(spec, ServerSpec)
    assert spec.sizing == flavor


def test_another_sizing_makes_a_flavor_resizes_the_server_and_removes_the_old_flavor(admin: Bench) -> None:
    small, large = sized(768), sized(1024)
    before = admin.converge(small).observed
    after = admin.converge(large, ALLOWED).observed
    assert after.keys() == large.keys()
    assert after[FW].id == before[FW].id


def test_a_flavor_that_servers_have_can_go_and_they_stay_as_they_are(admin: Bench) -> None:
    desired = sized(768, ())
    before = admin.converge(desired).observed
    unmade = {FW: desired[FW]}
    assert admin.converge(unmade).observed == {FW: before[FW]}
    assert not plan_of(unmade, admin.observe()).steps


def test_extra_specs_that_someone_changed_are_repaired(admin: Bench) -> None:
    declared = {one: desired for one, desired in sized(768).items() if one != FW}
    ((flavor, found),) = admin.converge(declared).observed.items()
    path = f"/flavors/{found.id}/os-extra_specs"
    admin.send("POST", "compute", path, {"extra_specs": {"hw:cpu_policy": "dedicated", "hw:numa_nodes": "2"}})
    admin.send("DELETE", "compute", f"{path}/hw_rng:allowed")
    assert admin.observe().observed[flavor].spec != declared[flavor].spec
    again = admin.converge(declared).observed[flavor]
    assert (again.id, again.spec) == (found.id, declared[flavor].spec)


def test_where_a_flavor_fits_none_is_made(bench: Bench) -> None:
    content = Key(TARGET, FITTING, "vcpus=1,memory=2048,disk=20")
    desired = {content: Desired(content, FlavorSpec(1, 2048, 20), PLACE)}
    assert not plan_of(desired, bench.observe()).steps


def test_what_another_magi_made_fits_no_one_else(admin: Bench) -> None:
    (flavor,) = (one for one in sized(768, ()) if one != FW)
    admin.converge({flavor: sized(768, ())[flavor]})
    other = replace(admin, owner=f"{admin.owner}-2")
    world = other.observe()
    assert flavor not in world.existing
    assert flavor not in world.observed


def test_a_member_is_informed_who_may_make_flavors(bench: Bench) -> None:
    sample = SAMPLES["fitting-flavor"]
    with pytest.raises(StepFailed, match="403") as failed:
        bench.create(sample.key, sample.spec)
    assert failed.value.terminal
    assert failed.value.hint.startswith("by default only an admin may make flavors")
