"""For each kind of resource one that a cloud accepts, and for each of its fields a change.

All samples together are one small service, so that references lead somewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from reconciler.model import Desired, Key, Opaque, Place, Spec
from reconciler.targets.openstack.kinds.address_group import AddressGroupSpec
from reconciler.targets.openstack.kinds.flavor import FlavorSpec
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec, unused_key
from reconciler.targets.openstack.kinds.flow_classifier import FlowClassifierSpec, PortRange
from reconciler.targets.openstack.kinds.image import ImageSpec, software_image_key
from reconciler.targets.openstack.kinds.keypair import KeypairSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import AddressPair, FixedIp, PortSpec
from reconciler.targets.openstack.kinds.port_chain import PortChainSpec
from reconciler.targets.openstack.kinds.port_pair import PortPairSpec
from reconciler.targets.openstack.kinds.port_pair_group import PortPairGroupSpec
from reconciler.targets.openstack.kinds.qos_policy import QosPolicySpec
from reconciler.targets.openstack.kinds.qos_rule import (
    BandwidthLimitSpec,
    DscpMarkingSpec,
    MinimumBandwidthSpec,
    qos_rule_key,
)
from reconciler.targets.openstack.kinds.rbac_policy import RbacPolicySpec, share_key
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec, interface_key
from reconciler.targets.openstack.kinds.router_routes import Route, RouterRoutesSpec, routes_key
from reconciler.targets.openstack.kinds.security_group import SecurityGroupSpec
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.server_group import ServerGroupSpec
from reconciler.targets.openstack.kinds.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec, trunk_key
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.kinds.volume_attachment import VolumeAttachmentSpec, attachment_key

TARGET = "paris"
PROJECT = "a1b2"
"""The id of the project of a login that never was."""
PLACE = Place("service.yaml", 1)
CONTENT = "what an instance boots from"
"""What is in the image file `tiny.raw` of a bench."""


def key(kind: str, name: str) -> Key:
    return Key(
        TARGET,
        kind,
        name if kind in {"image", "flavor", "volume-type"} or kind.startswith("existing-") else f"svc/{name}",
    )


LAN, WAN = key("network", "lan"), key("network", "wan")
LAN4, LAN4B, WAN4 = key("subnet", "lan/ipv4"), key("subnet", "lan/second"), key("subnet", "wan/ipv4")
PARTNER, OTHER_PARTNER = "1" * 32, "2" * 32
"""Projects of others, which need not be there."""
GATEWAY, INNER = key("router", "gateway"), key("router", "inner")
GOLD = key("existing-qos-policy", "gold")
CAPPED, FAST = key("qos-policy", "fw/capped"), key("qos-policy", "fw/fast")
PUBLIC = key("existing-network", "public")
OFFICES = key("address-group", "fw/offices")
OPEN, SHUT = key("security-group", "fw/open"), key("security-group", "fw/shut")
ETH0, ETH1, ETH2 = (key("port", f"fw/fw-0/eth{number}") for number in range(3))
LOGIN, GUEST = key("keypair", "fw/login"), key("keypair", "fw/guest")
APART, TOGETHER = key("server-group", "fw/fw"), key("server-group", "fw/others")
DEBIAN, UBUNTU = key("image", "debian-12"), key("image", "ubuntu-24.04")
SMALL, MEDIUM = key("flavor", "m1.small"), key("flavor", "m1.medium")
TINY = Key(TARGET, "fitting-flavor", "vcpus=1,memory=64,disk=0")
FILLED = ImageSpec(Opaque(Opaque.of(CONTENT).digest, "tiny.raw"), "raw")
FITS_SMALL = Key(TARGET, "fitting-flavor", "vcpus=1,memory=2048,disk=20")
FITS_MEDIUM = Key(TARGET, "fitting-flavor", "vcpus=2,memory=4096,disk=40")
DATA, MORE, ROOT = key("volume", "fw/fw-0/data"), key("volume", "fw/fw-0/more"), key("volume", "fw/fw-0/root")
USUAL, SHARED = key("volume-type", "__DEFAULT__"), key("volume-type", "shared")
INTERFACE = interface_key(GATEWAY, LAN4)
HOPS = tuple(key("server", f"ids/ids-{number}") for number in range(2))
"""Servers that traffic passes, each by two ports."""
INS, OUTS = (tuple(key("port", f"{hop.name.removeprefix('svc/')}/{end}") for hop in HOPS) for end in ("in", "out"))
PAIRS = tuple(key("port-pair", f"ids/ids-{number}/chain") for number in range(2))
IDS, MORE_IDS = key("port-pair-group", "ids"), key("port-pair-group", "more")
HTTP, DNS = key("flow-classifier", "web/http"), key("flow-classifier", "web/dns")
SSH = canonical_rule(OPEN, "ingress", "IPv4", protocol="tcp", port_min=22, port_max=22, remote_cidr="10.0.0.0/8")
PUBLIC_KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBmzZRdXBbIhfyyaTo8u1gJ8iLr7d0v7HdFVBkYSNzGx",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGDlJwSbGdGLoCxzJ2M9d7R0fJQ5k4sQxQ0m5m0rS3H",
)

LIMIT = BandwidthLimitSpec(CAPPED, "egress", 10_000, 8_000)
MINIMUM = MinimumBandwidthSpec(CAPPED, "egress", 1_000)
MARK = DscpMarkingSpec(CAPPED, 26)
NETWORK = NetworkSpec(mtu=1400)
VLAN = NetworkSpec(network_type="vlan", physical_network="physnet1", segmentation_id=321)
SUBNET = SubnetSpec(LAN, "10.8.0.0/24", gateway="10.8.0.1", allocation_pools=(Pool("10.8.0.10", "10.8.0.99"),))
PORT = PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.20"),), security_groups=(OPEN,))
ROUTES = RouterRoutesSpec(GATEWAY, (Route("10.60.0.0/16", "10.8.0.5", INTERFACE),))
TRUNK = TrunkSpec(ETH0, (Subport(ETH1, 100),))
PAIR_SPECS = tuple(PortPairSpec(*one) for one in zip(INS, OUTS, HOPS, strict=True))
HTTP_SPEC = FlowClassifierSpec(ETH0, protocol="tcp", destination_ports=PortRange(80, 80))
CHAIN = PortChainSpec((IDS,), (HTTP,))
BARE_PORT = replace(PORT, security_groups=())
SERVER = ServerSpec(
    flavor=SMALL,
    image=DEBIAN,
    ports=(ETH0,),
    user_data=Opaque.of("#cloud-config"),
    metadata=(("role", "firewall"),),
    availability_zone="nova",
    key_pair=LOGIN,
    server_group=APART,
)

# What exists besides the samples, for them to be changed to.
OTHERS: Mapping[Key, Spec] = {
    WAN: NetworkSpec(),
    FAST: QosPolicySpec(),
    WAN4: SubnetSpec(WAN, "10.10.0.0/24"),
    LAN4B: SubnetSpec(LAN, "10.9.0.0/24", gateway=NO_GATEWAY),
    INNER: RouterSpec(),
    SHUT: SecurityGroupSpec(),
    ETH1: PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.21"),)),
    ETH2: PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.22"),)),
    GUEST: KeypairSpec(PUBLIC_KEYS[1]),
    TOGETHER: ServerGroupSpec("soft-affinity"),
    MORE: VolumeSpec(1),
    ROOT: VolumeSpec(1, image=DEBIAN),
    key("server", "fw/fw-1"): ServerSpec(SMALL, DEBIAN),
    **{end: PortSpec(LAN, fixed_ips=(FixedIp(LAN4, f"10.8.0.{30 + at}"),)) for at, end in enumerate((*INS, *OUTS))},
    **{hop: ServerSpec(SMALL, DEBIAN, ports=ends) for hop, ends in zip(HOPS, zip(INS, OUTS, strict=True), strict=True)},
    PAIRS[1]: PAIR_SPECS[1],
    MORE_IDS: PortPairGroupSpec((PAIRS[1],)),
    DNS: FlowClassifierSpec(ETH0, protocol="udp", destination_ports=PortRange(53, 53)),
}


@dataclass(frozen=True)
class Sample:
    """``changes``: for each field what it becomes, or the pair of Specs between which it alone changes."""

    key: Key
    spec: Spec
    changes: Mapping[str, Any]
    marked: bool = True
    """Whether it has a mark of its own; else it is managed because of what it belongs to."""
    once: bool = False
    """Whether the cloud refuses a second one like it."""
    twin: Mapping[str, Any] = field(default_factory=dict)
    """What of the Spec must be otherwise for a second one to be accepted."""
    along: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What else differs when a field has changed."""
    one_by_one: bool = False
    """Whether an update adds and takes away, so that it can't lose what another actor wrote."""
    numbered: bool = True
    """Whether the cloud counts its revisions, so that a write on an old observation is refused."""
    admin: frozenset[str] = frozenset()
    """The fields that by default policy only an admin may set."""

    @property
    def by_admin(self) -> bool:
        """Whether only an admin may make one at all."""
        return self.admin == {one.name for one in fields(self.spec)}

    def change(self, name: str) -> tuple[Spec, Spec]:
        value = self.changes[name]
        if isinstance(value, tuple) and len(value) == 2 and all(isinstance(one, Spec) for one in value):
            before, after = value
            return before, after
        return self.spec, replace(self.spec, **{name: value})


SAMPLES: Mapping[str, Sample] = {
    "qos-policy": Sample(CAPPED, QosPolicySpec(), {"shared": True}, admin=frozenset({"shared"})),
    "qos-bandwidth-limit": Sample(
        qos_rule_key(LIMIT),
        LIMIT,
        {"policy": FAST, "direction": "ingress", "max_kbps": 20_000, "burst": 9_000},
        marked=False,
        once=True,
        admin=frozenset({"policy", "direction", "max_kbps", "burst"}),
    ),
    "qos-minimum-bandwidth": Sample(
        qos_rule_key(MINIMUM),
        MINIMUM,
        {"policy": FAST, "direction": "ingress", "min_kbps": 2_000},
        marked=False,
        once=True,
        admin=frozenset({"policy", "direction", "min_kbps"}),
    ),
    "qos-dscp-marking": Sample(
        qos_rule_key(MARK),
        MARK,
        {"policy": FAST, "mark": 46},
        marked=False,
        once=True,
        admin=frozenset({"policy", "mark"}),
    ),
    "network": Sample(
        LAN,
        NETWORK,
        {
            "mtu": 1300,
            "port_security": False,
            "admin_state_up": False,
            "network_type": (VLAN, NetworkSpec(network_type="vxlan")),
            "physical_network": (VLAN, replace(VLAN, physical_network="physnet2")),
            "segmentation_id": (VLAN, replace(VLAN, segmentation_id=322)),
            "shared": True,
            "external": True,
            "dns_domain": "lan.example.net.",
            "qos_policy": GOLD,
        },
        admin=frozenset({"network_type", "physical_network", "segmentation_id", "shared", "external"}),
    ),
    "subnet": Sample(
        LAN4,
        SUBNET,
        {
            "network": WAN,
            "cidr": "10.7.0.0/24",
            "gateway": "10.8.0.2",
            "dhcp": False,
            "dns_servers": ("10.8.0.3", "10.8.0.2"),
            "allocation_pools": (Pool("10.8.0.10", "10.8.0.50"), Pool("10.8.0.60", "10.8.0.70")),
            "host_routes": (HostRoute("10.99.0.0/16", "10.8.0.5"),),
            "ipv6_address_mode": "slaac",
        },
        twin={"cidr": "10.6.0.0/24", "gateway": None, "allocation_pools": None},
    ),
    "router": Sample(
        GATEWAY,
        RouterSpec(external_network=PUBLIC),
        {
            "external_network": (RouterSpec(), RouterSpec(external_network=PUBLIC)),
            "external_addresses": (RouterSpec(PUBLIC, ("203.0.113.40",)), RouterSpec(PUBLIC, ("203.0.113.41",))),
            "snat": (RouterSpec(PUBLIC, snat=True), RouterSpec(PUBLIC, snat=False)),
            "admin_state_up": False,
        },
        admin=frozenset({"external_addresses", "snat"}),
    ),
    "router-interface": Sample(
        INTERFACE, RouterInterfaceSpec(GATEWAY, LAN4), {"router": INNER, "subnet": LAN4B}, marked=False, once=True
    ),
    "router-routes": Sample(
        routes_key(GATEWAY),
        ROUTES,
        {"router": INNER, "routes": (*ROUTES.routes, Route("192.0.2.0/24", "10.8.0.6", INTERFACE))},
        marked=False,
        once=True,
    ),
    "address-group": Sample(
        OFFICES,
        AddressGroupSpec(("10.20.0.0/16", "2001:db8:20::/48")),
        {"cidrs": ("10.20.0.0/16", "192.0.2.7/32", "2001:db8:20::/48")},
        one_by_one=True,
    ),
    "security-group": Sample(
        OPEN, SecurityGroupSpec(), {"stateful": (SecurityGroupSpec(stateful=False), SecurityGroupSpec())}
    ),
    "security-group-rule": Sample(
        rule_key(SSH),
        SSH,
        {
            "group": SHUT,
            "direction": "egress",
            "ethertype": "IPv6",
            "protocol": "udp",
            "port_min": 21,
            "port_max": 23,
            "remote_cidr": "10.0.0.0/9",
            "remote_group": SHUT,
            "remote_address_group": OFFICES,
        },
        marked=False,
        once=True,
    ),
    "port": Sample(
        ETH0,
        PORT,
        {
            "network": WAN,
            "qos_policy": GOLD,
            "mac": "fa:16:3e:10:00:07",
            "vnic_type": "direct",
            "fixed_ips": (FixedIp(LAN4, "10.8.0.30"), FixedIp(LAN4B, "10.9.0.30")),
            "security_groups": (OPEN, SHUT),
            "port_security": (BARE_PORT, replace(BARE_PORT, port_security=False)),
            "allowed_address_pairs": (AddressPair("10.8.0.200"), AddressPair("10.8.0.201", "fa:16:3e:00:00:01")),
            "admin_state_up": False,
        },
        twin={"fixed_ips": None},
    ),
    "trunk": Sample(
        trunk_key(ETH0),
        TRUNK,
        {"parent": ETH2, "subports": (*TRUNK.subports, Subport(ETH2, 200))},
        marked=False,
        once=True,
    ),
    "floating-ip": Sample(
        key("floating-ip", "fw/fw-0/eth0"),
        FloatingIpSpec(PUBLIC, ETH0, INTERFACE),
        {
            "external_network": key("existing-network", "mgmt-net"),
            "port": ETH1,
            "via": interface_key(INNER, LAN4),
            "qos_policy": GOLD,
            "address": (FloatingIpSpec(PUBLIC, address="203.0.113.50"), FloatingIpSpec(PUBLIC, address="203.0.113.51")),
            "existing": (
                FloatingIpSpec(PUBLIC, address="203.0.113.50"),
                FloatingIpSpec(PUBLIC, address="203.0.113.50", existing=unused_key(PUBLIC, "203.0.113.50")),
            ),
        },
        twin={"port": None, "via": None},
        admin=frozenset({"address", "existing"}),
    ),
    "server-group": Sample(APART, ServerGroupSpec("anti-affinity"), {"policy": "affinity", "max_per_host": 2}),
    "keypair": Sample(LOGIN, KeypairSpec(PUBLIC_KEYS[0]), {"public_key": PUBLIC_KEYS[1]}, once=True),
    "fitting-flavor": Sample(
        TINY,
        FlavorSpec(1, 64),
        {
            "vcpus": 2,
            "memory": 128,
            "disk": 1,
            "swap": 1,
            "ephemeral": 1,
            "extra_specs": (("hw:cpu_policy", "shared"), ("hw_rng:allowed", "True")),
        },
        once=True,
        admin=frozenset({"vcpus", "memory", "disk", "swap", "ephemeral", "extra_specs"}),
    ),
    "software-image": Sample(
        software_image_key(TARGET, FILLED),
        replace(FILLED, uploaded=False),
        {
            "content": Opaque.of("another"),
            "disk_format": "iso",
            "container_format": "ovf",
            "min_disk": 1,
            "min_ram": 64,
            "properties": (("hw_rng_model", "virtio"), ("os_type", "linux")),
            "uploaded": (replace(FILLED, uploaded=False), FILLED),
        },
    ),
    "server": Sample(
        key("server", "fw/fw-0"),
        SERVER,
        {
            "flavor": MEDIUM,
            "image": UBUNTU,
            "ports": (ETH0, ETH2),
            "user_data": Opaque.of("#cloud-config\nhostname: fw"),
            "metadata": (("colour", "red"),),
            "availability_zone": "elsewhere",
            "key_pair": GUEST,
            "server_group": TOGETHER,
            "config_drive": True,
            "operate": "stopped",
            "boot_volume": ROOT,
            "hostname": "fw-0",
            "user_data_key": (
                replace(SERVER, user_data=Opaque.secret(["hmac:one:1"], "motd"), user_data_key="one"),
                replace(SERVER, user_data=Opaque.secret(["hmac:two:2", "hmac:one:1"], "motd"), user_data_key="two"),
            ),
            "sizing": (
                replace(SERVER, flavor=None, sizing=FITS_SMALL),
                replace(SERVER, flavor=None, sizing=FITS_MEDIUM),
            ),
        },
        twin={"ports": ()},
        along={"user_data_key": frozenset({"user_data"})},
    ),
    "volume": Sample(
        DATA,
        VolumeSpec(1),
        {
            "size": 2,
            "type": (VolumeSpec(1, USUAL), VolumeSpec(1, SHARED)),
            "image": DEBIAN,
            "availability_zone": "elsewhere",
            "keep": True,
        },
    ),
    "volume-attachment": Sample(
        attachment_key(key("server", "fw/fw-0"), DATA),
        VolumeAttachmentSpec(key("server", "fw/fw-0"), DATA),
        {"server": key("server", "fw/fw-1"), "volume": MORE},
        marked=False,
        once=True,
    ),
    "rbac-policy": Sample(
        share_key(LAN, PARTNER),
        RbacPolicySpec(LAN, PARTNER),
        {"network": WAN, "project": OTHER_PARTNER},
        marked=False,
        once=True,
    ),
    "port-pair": Sample(PAIRS[0], PAIR_SPECS[0], {"ingress": OUTS[0], "egress": INS[0]}, once=True, numbered=False),
    "port-pair-group": Sample(IDS, PortPairGroupSpec((PAIRS[0],)), {"pairs": PAIRS}, once=True, numbered=False),
    "flow-classifier": Sample(
        HTTP,
        HTTP_SPEC,
        {
            "source": ETH1,
            "destination": ETH1,
            "ethertype": "IPv6",
            "protocol": "udp",
            "source_ports": PortRange(1024, 65535),
            "destination_ports": PortRange(80, None),
            "source_cidr": "10.8.0.0/25",
            "destination_cidr": "10.9.0.0/24",
        },
        once=True,
        numbered=False,
    ),
    "port-chain": Sample(
        key("port-chain", "web"),
        CHAIN,
        {"groups": (MORE_IDS, IDS), "classifiers": (DNS, HTTP), "symmetric": True},
        once=True,
        numbered=False,
    ),
}


def needed(spec: Spec) -> dict[Key, Desired]:
    """What a Spec refers to, directly or not, as it would be asked for."""
    known = {sample.key: sample.spec for sample in SAMPLES.values()} | dict(OTHERS)
    found: dict[Key, Desired] = {}
    pending = list(spec.refs())
    while pending:
        one = pending.pop()
        if one in known and one not in found:
            found[one] = Desired(one, known[one], PLACE)
            pending += known[one].refs()
    return found
