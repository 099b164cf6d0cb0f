"""A subport's VLAN: changed by leaving the trunk and coming back, with consent, and put back where it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Consent,
    Desired,
    FieldChange,
    Impact,
    Permission,
    Policy,
    Spec,
    Step,
    StepFailed,
)
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec, trunk_key
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import ETH0, ETH1, ETH2, LAN, PLACE, WAN
from tests.plan_of import plan_of

KEY = trunk_key(ETH0)
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))


def trunk(vlan: int, *others: Subport) -> TrunkSpec:
    return TrunkSpec(ETH0, tuple(sorted((Subport(ETH1, vlan), *others))))


def test_another_vlan_interrupts_and_another_subport_does_not(bench: Bench) -> None:
    world = bench.converge(desired_of(KEY, trunk(100), trunk(100, Subport(ETH2, 300))))
    (step,) = plan_of(desired_of(KEY, trunk(200), trunk(100, Subport(ETH2, 300))), world).steps.values()
    assert (step.impact, step.blocked) == (Impact.NEW_VLAN, BlockReason.CONSENT)
    (step,) = plan_of(desired_of(KEY, trunk(100, Subport(ETH2, 300))), world).steps.values()
    assert (step.impact, step.blocked) == (Impact.NONE, None)
    world = bench.converge(desired_of(KEY, trunk(200), trunk(100, Subport(ETH2, 300))), ALLOWED)
    assert world.observed[KEY].spec == trunk(200)


def test_what_was_is_there_again_where_the_new_vlan_is_refused(bench: Bench) -> None:
    before = bench.deploy(KEY, trunk(100))
    impossible = trunk(5000)
    change = FieldChange("subports", trunk(100).subports, impossible.subports)
    step = Step(Action.UPDATE, KEY, Desired(KEY, impossible, PLACE), before, (change,), Impact.NEW_VLAN)
    with pytest.raises(StepFailed, match="400"):
        bench.carry_out(step)
    assert bench.observe().observed[KEY].spec == trunk(100)


def test_a_subport_on_a_network_with_a_larger_mtu_is_found_before(bench: Bench) -> None:
    specs: dict[object, Spec] = {LAN: NetworkSpec(mtu=1400), WAN: NetworkSpec(mtu=1450)}
    elsewhere = PortSpec(WAN)
    desired: DesiredState = {**desired_of(KEY, trunk(100)), ETH1: Desired(ETH1, elsewhere, PLACE)}
    desired = {**desired, **desired_of(ETH1, elsewhere)}
    desired = {key: replace(one, spec=specs.get(key, one.spec)) for key, one in desired.items()}
    world = bench.observe()
    (obstacle,) = bench.driver.preflight(plan_of(desired, world), world).obstacles
    assert obstacle.reason.startswith("subport eth1 in VLAN 100 is on a network with MTU 1450")
    assert obstacle.reason.endswith("the trunk's parent on one with 1400")
