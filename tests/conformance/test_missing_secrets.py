"""A server whose secret is not available for a while: it stays as it is, takes other changes, and is known again."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import BlockReason, Opaque
from reconciler.targets.openstack.kinds.server import ServerSpec
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import SAMPLES, SERVER
from tests.plan_of import plan_of

KEY = SAMPLES["server"].key
WITH = replace(SERVER, user_data=Opaque.of("#cloud-config\npassword: hunter2"))
WITHOUT = replace(WITH, user_data=Opaque.unknown("its secret is not available"))


def test_a_server_is_neither_changed_nor_forgotten_while_its_secret_is_missing(bench: Bench) -> None:
    there = bench.deploy(KEY, WITH)
    world = bench.converge(desired_of(KEY, replace(WITHOUT, metadata=(("role", "router"),))))
    found = world.observed[KEY]
    assert found.id == there.id
    assert isinstance(there.spec, ServerSpec)
    assert found.spec == replace(there.spec, metadata=(("role", "router"),))
    assert not plan_of(desired_of(KEY, replace(WITH, metadata=(("role", "router"),))), world).steps


def test_a_server_is_not_made_without_its_secret(bench: Bench) -> None:
    desired = desired_of(KEY, WITHOUT)
    world = bench.converge({key: one for key, one in desired.items() if key != KEY})
    (step,) = plan_of(desired, world).steps.values()
    assert (step.key, step.blocked, step.reason) == (KEY, BlockReason.MISSING, "its secret is not available")
