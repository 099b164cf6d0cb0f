"""A plan that has a step of each type."""

from __future__ import annotations

from reconciler.model import Consent, Desired, Key, Observed, Opaque, Permission, Place, Plan, Policy, Spec, World
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import AddressPair, FixedIp, PortSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import SubnetSpec
from tests.plan_of import plan_of

SECRET = "#cloud-config\npassword: hunter2"
PLACE = Place("services/vcpe.yaml", 7)


def key(kind: str, name: str) -> Key:
    return Key("paris", kind, name)


LAN, IPV4, ETH0 = key("network", "vcpe/lan"), key("subnet", "vcpe/lan/ipv4"), key("port", "vcpe/fw/fw-0/eth0")
SMALL, LOGIN = key("flavor", "m1.small"), key("existing-keypair", "operations")
DEBIAN, UBUNTU = key("image", "debian-12"), key("image", "ubuntu-24.04")
SERVER = ServerSpec(SMALL, DEBIAN, ports=(ETH0,), user_data=Opaque.of(SECRET))

THERE: dict[Key, Spec] = {
    LAN: NetworkSpec(mtu=1500),
    IPV4: SubnetSpec(LAN, "10.8.0.0/24", gateway="10.8.0.1", dns_servers=("9.9.9.9", "1.1.1.1")),
    ETH0: PortSpec(LAN, fixed_ips=(FixedIp(IPV4, "10.8.0.5"),)),
    key("server", "vcpe/fw/fw-0"): SERVER,
    key("server", "vcpe/fw/fw-1"): ServerSpec(SMALL, DEBIAN),
    key("network", "old/lan"): NetworkSpec(mtu=1500),
}
DESIRED: dict[Key, Spec] = {
    LAN: NetworkSpec(mtu=1450),
    IPV4: SubnetSpec(LAN, "10.8.0.0/24", dns_servers=("9.9.9.9",)),
    ETH0: PortSpec(LAN, fixed_ips=(FixedIp(IPV4, None),), allowed_address_pairs=(AddressPair("10.8.0.100"),)),
    key("server", "vcpe/fw/fw-0"): ServerSpec(
        SMALL, DEBIAN, ports=(ETH0,), user_data=Opaque.of(SECRET), key_pair=LOGIN
    ),
    key("server", "vcpe/fw/fw-1"): ServerSpec(SMALL, UBUNTU),
    key("server", "vcpe/fw/fw-2"): ServerSpec(SMALL, UBUNTU, user_data=Opaque.of(SECRET)),
}
EXISTING = {one: (one.name,) for one in (SMALL, LOGIN, DEBIAN, UBUNTU)}


def plan(*, allowed: bool) -> Plan:
    """The plan between the two, with consent for all of it or for nothing."""
    world = World(
        "paris",
        {one: Observed(one, spec, f"id-{number}", name=one.name) for number, (one, spec) in enumerate(THERE.items())},
        EXISTING,
    )
    desired = {one: Desired(one, spec, PLACE) for one, spec in DESIRED.items()}
    permission = Permission.ALLOW if allowed else Permission.DENY
    return plan_of(desired, world, Policy(prune=allowed, consent=Consent(permission, permission)))


NOTHING = Plan("paris", {}, {})
