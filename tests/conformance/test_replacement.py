"""What can't change in place is replaced, with all that depends on it, and the cloud lets it happen in that order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Consent, Key, Permission, Policy, Spec
from reconciler.targets.openstack.kinds.keypair import KeypairSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.server_group import ServerGroupSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import (
    APART,
    ETH0,
    GUEST,
    LAN,
    LAN4,
    LOGIN,
    PORT,
    PUBLIC_KEYS,
    SAMPLES,
    SERVER,
    TOGETHER,
    WAN,
    WAN4,
)
from tests.plan_of import plan_of

ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))
SERVER_KEY = SAMPLES["server"].key

CASES: dict[str, tuple[Key, Spec, Spec]] = {
    "subnet cidr": (LAN4, SubnetSpec(LAN, "10.8.0.0/24"), SubnetSpec(LAN, "10.7.0.0/24")),
    "subnet network": (LAN4, SubnetSpec(LAN, "10.8.0.0/24"), SubnetSpec(WAN, "10.8.0.0/24")),
    "port network": (ETH0, PortSpec(LAN), PortSpec(WAN)),
    "server-group policy": (APART, ServerGroupSpec("anti-affinity"), ServerGroupSpec("affinity")),
    "keypair public_key": (LOGIN, KeypairSpec(PUBLIC_KEYS[0]), KeypairSpec(PUBLIC_KEYS[1])),
    "server config_drive": (SERVER_KEY, SERVER, replace(SERVER, config_drive=True)),
    "server-group max_per_host": (APART, ServerGroupSpec("anti-affinity"), ServerGroupSpec("anti-affinity", 2)),
    "server key_pair": (SERVER_KEY, SERVER, replace(SERVER, key_pair=GUEST)),
    "server server_group": (SERVER_KEY, SERVER, replace(SERVER, server_group=TOGETHER)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_fixed_field_changes_by_a_new_resource(bench: Bench, case: tuple[Key, Spec, Spec]) -> None:
    key, before, after = case
    there = bench.converge(desired_of(key, before, after)).observed[key]
    desired = desired_of(key, after, before)
    world = bench.converge(desired, ALLOWED)
    found = world.observed[key]
    assert found.spec == after.settle(found.spec)
    # A keypair's name is its id, so only its content shows that it is another one.
    assert found.id != there.id or key.kind == "keypair"
    assert not plan_of(desired, world, ALLOWED).steps


def test_a_port_of_a_running_server_is_replaced_and_the_server_stays(bench: Bench) -> None:
    moved = replace(PORT, network=WAN, fixed_ips=(FixedIp(WAN4, None),))
    desired = desired_of(SERVER_KEY, SERVER, moved)
    before = bench.converge(desired)
    desired[ETH0] = replace(desired[ETH0], spec=moved)
    after = bench.converge(desired, ALLOWED)
    assert after.observed[ETH0].id != before.observed[ETH0].id
    assert after.observed[SERVER_KEY].id == before.observed[SERVER_KEY].id
    assert list(after.observed[SERVER_KEY].spec.refs_of("ports")) == [ETH0]
