"""What is reported of a plan before it is run: held against what the cloud then does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, Desired, Key, Obstacle, Spec, Step, StepFailed
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import Pool
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import DEBIAN, LAN, LAN4, PLACE, SERVER, SMALL, SUBNET, TARGET
from tests.plan_of import plan_of

VM = Key(TARGET, "server", "fw/fw-0")


def obstacles_of(bench: Bench, desired: dict[Key, Desired]) -> tuple[Obstacle, ...]:
    bench.demand(desired)
    world = bench.observe()
    return bench.driver.preflight(plan_of(desired, world), world).obstacles


def refused(bench: Bench, key: Key, spec: Spec) -> str:
    with pytest.raises(StepFailed) as failed:
        bench.carry_out(Step(Action.CREATE, key, Desired(key, spec, PLACE)))
    return failed.value.message


def test_what_can_be_made_has_no_obstacles(bench: Bench) -> None:
    desired = desired_of(VM, SERVER)
    assert obstacles_of(bench, desired) == ()
    bench.converge(desired)


def test_a_zone_that_would_be_missing_is_refused(bench: Bench) -> None:
    spec = ServerSpec(SMALL, DEBIAN, availability_zone="elsewhere")
    (obstacle,) = obstacles_of(bench, desired_of(VM, spec))
    assert obstacle.reason.startswith("the compute service has no availability zone 'elsewhere'")
    assert "zone" in refused(bench, VM, spec)


def test_addresses_that_would_be_too_few_are_refused(bench: Bench) -> None:
    """The ports are made one after another, as many as there are addresses, and then one more."""
    small = replace(SUBNET, allocation_pools=(Pool("10.8.0.10", "10.8.0.12"),), dhcp=False)
    existing = desired_of(LAN4, small)
    bench.converge(existing)
    keys = [Key(TARGET, "port", f"fw/fw-{number}/eth0") for number in range(4)]
    ports = {key: Desired(key, PortSpec(LAN), PLACE) for key in keys}
    (obstacle,) = obstacles_of(bench, existing | ports)
    assert obstacle.reason == f"{LAN} (10.8.0.0/24) has 3 of 3 IPv4 addresses free, 4 more are needed"
    bench.converge(existing | {key: ports[key] for key in keys[:3]})
    assert "409" in refused(bench, keys[3], PortSpec(LAN))
