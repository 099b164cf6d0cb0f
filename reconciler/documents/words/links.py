"""Virtual links and their subnets."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import excludes
from reconciler.documents.words.scalars import Address, Cidr, CloudName, Name, Text


@word(
    "provider",
    title="Provider segment",
    examples=[{"type": "vlan", "physicalNetwork": "physnet1", "segmentationId": 120}],
)
class Provider(Word):
    """How a network is carried by the physical network."""

    type: Literal["flat", "vlan", "vxlan", "geneve"] = declare(
        "Type",
        "Type of the network.",
        examples=["vlan"],
    )
    physical_network: CloudName | None = declare(
        "Physical network",
        (
            "Name of the physical network in the VIM. Required with 'flat', and with 'vlan' and a 'segmentationId'; "
            "not with 'vxlan' and 'geneve'."
        ),
        default=None,
        examples=["physnet1"],
    )
    segmentation_id: int | None = declare(
        "Segmentation id",
        "VLAN (at most 4094) or tunnel number. Left out: the VIM chooses. Not with 'flat'.",
        default=None,
        examples=[120],
        minimum=1,
        maximum=16777215,
    )


@word(
    "internalVirtualLink",
    title="Internal virtual link (VL)",
    examples=[{"name": "sync", "cidr": "192.168.100.0/28", "mtu": 1400}],
    rules={"not": {"required": ["cidr", "subnets"]}},
)
class InternalVirtualLink(Word):
    """A virtual link inside each VNF made from this descriptor; other VNFs cannot reach it."""

    name: Name = declare(
        "Name",
        "Name of the virtual link; interfaces refer to it.",
        examples=["lan", "mgmt"],
    )
    description: Text = declare(
        "Description",
        "What the virtual link is for.",
        default="",
        examples=["LAN side of the firewall"],
    )
    mtu: int | None = declare(
        "MTU",
        "Largest packet in bytes; with an IPv6 subnet at least 1280. Left out: the VIM decides.",
        default=None,
        examples=[1450, 9000],
        minimum=68,
        maximum=65535,
    )
    port_security: bool | None = declare(
        "Port security",
        (
            "Whether ports on the link are filtered (anti-spoofing and security groups) unless an interface says "
            "otherwise. Left out: true."
        ),
        default=None,
        examples=[False],
    )
    qos_policy: CloudName | None = declare(
        "QoS policy",
        (
            "Name of a QoS policy of this document, else of one that the VIM already holds, for all ports on the link "
            "that have none of their own. Left out: none."
        ),
        default=None,
        examples=["gold"],
    )
    provider: Provider | None = declare(
        "Provider segment",
        (
            "How the link is carried by the physical network, as SR-IOV needs it. Left out: the VIM decides. By "
            "default policy of OpenStack only an admin may set it. With a 'segmentationId', only one VNF on a VIM can "
            "be made from the descriptor."
        ),
        default=None,
        examples=[{"type": "vlan", "physicalNetwork": "physnet1"}],
    )
    cidr: Cidr | None = declare(
        "CIDR",
        "Short form for one subnet with default settings. Excludes 'subnets'.",
        default=None,
        examples=["10.8.0.0/24"],
    )
    subnets: tuple[Subnet, ...] | None = declare(
        "Subnets",
        "Subnets of the link. Excludes 'cidr'. With neither, the link is a network without a subnet: plain Ethernet.",
        default=None,
        examples=[[{"cidr": "10.8.0.0/24"}, {"cidr": "2001:db8:8::/64", "ipv6AddressMode": "slaac"}]],
    )


@word("subnet", title="Subnet", examples=[{"cidr": "10.8.0.0/24", "gateway": "10.8.0.1", "dnsServers": ["192.0.2.53"]}])
class Subnet(Word):
    """One IP subnet of a virtual link (an L3 protocol of the VL in ETSI terms)."""

    name: Name | None = declare(
        "Name",
        "Name of the subnet within its virtual link. Left out: 'ipv4' or 'ipv6', and 'ipv4-2' for a second one.",
        default=None,
        examples=["users"],
    )
    cidr: Cidr = declare(
        "CIDR",
        "Network of the subnet, without host bits. A change is a replacement.",
        examples=["10.8.0.0/24", "2001:db8:8::/64"],
    )
    gateway: Address | Literal[False] | None = declare(
        "Gateway",
        (
            "Address of the gateway, which a router of the service takes; 'false': none, so no router can be on the "
            "subnet. Left out: the first address of the subnet. An address outside of the subnet, or link-local with "
            "IPv6, is that of a router that Magi does not manage, and none of the service can be on the subnet."
        ),
        default=None,
        examples=["10.8.0.1", "fe80::1", False],
        schema={
            "anyOf": [{"$ref": "#/$defs/address"}, {"const": False}],
            "errorMessage": "an address such as 10.8.0.1 is needed, or false for no gateway",
        },
        uses=(Address,),
    )
    dhcp: bool = declare(
        "DHCP",
        "Whether Neutron answers DHCP on the subnet.",
        default=True,
        examples=[False],
    )
    dns_servers: tuple[Address, ...] = declare(
        "DNS servers",
        "Addresses of the name servers that DHCP announces, best first; of the subnet's IP version.",
        default=(),
        examples=[["192.0.2.53", "192.0.2.54"]],
        uniqueItems=True,
        maxItems=20,
    )
    allocation_pools: tuple[AllocationPool, ...] | None = declare(
        "Allocation pools",
        (
            "Ranges that Neutron assigns addresses from. Left out: the whole subnet without the gateway. Fixed "
            "addresses may lie outside."
        ),
        default=None,
        examples=[[{"start": "10.8.0.100", "end": "10.8.0.199"}]],
        minItems=1,
    )
    host_routes: tuple[HostRoute, ...] = declare(
        "Host routes",
        "Routes that DHCP hands to the instances; of the subnet's IP version.",
        default=(),
        examples=[[{"destination": "10.20.0.0/16", "nextHop": "10.8.0.254"}]],
    )
    ipv6_address_mode: Literal["slaac", "dhcpv6-stateful", "dhcpv6-stateless"] | None = declare(
        "IPv6 address mode",
        (
            "How instances get their IPv6 address; also the mode of the router advertisements. Only for IPv6. All but "
            "'dhcpv6-stateful' need a /64. A change is a replacement."
        ),
        default=None,
        examples=["slaac"],
    )


@word("allocationPool", title="Allocation pool", examples=[{"start": "10.8.0.100", "end": "10.8.0.199"}])
class AllocationPool(Word):
    """A range of addresses that the VIM may assign by itself."""

    start: Address = declare(
        "First address",
        "First address of the pool.",
        examples=["10.8.0.100"],
    )
    end: Address = declare(
        "Last address",
        "Last address of the pool, not below the first. Pools may not overlap, or hold the gateway.",
        examples=["10.8.0.199"],
    )


@word("hostRoute", title="Host route", examples=[{"destination": "10.20.0.0/16", "nextHop": "10.8.0.254"}])
class HostRoute(Word):
    """A route that DHCP hands to the instances on the subnet."""

    destination: Cidr = declare(
        "Destination",
        "Network that the route leads to.",
        examples=["10.20.0.0/16"],
    )
    next_hop: Address = declare(
        "Next hop",
        "Address that packets for the destination are sent to.",
        examples=["10.8.0.254"],
    )


_AS_IT_IS = "a link that exists in the VIM is used as it is"
_OF_NEW_LINKS = dict.fromkeys(
    (
        "provider",
        "shared",
        "sharedWith",
        "external",
        "qosPolicy",
        "dnsDomain",
        "vim",
        "mtu",
        "portSecurity",
        "cidr",
        "subnets",
    ),
    _AS_IT_IS,
) | {"onEachVim": "a link that exists in the VIM is used where it is needed"}


@word(
    "virtualLink",
    title="Virtual link (VL)",
    examples=[{"name": "lan", "cidr": "10.8.0.0/24"}, {"name": "mgmt", "existing": "mgmt-net"}],
    rules={
        "not": {"required": ["cidr", "subnets"]},
        **excludes("existing", _OF_NEW_LINKS),
    },
)
class VirtualLink(Word):
    """A network between VNFs: an existing one of the VIM, or a new one."""

    name: Name = declare(
        "Name",
        "Name of the virtual link; VNFs, routers and access points refer to it.",
        examples=["lan", "mgmt"],
    )
    description: Text = declare(
        "Description",
        "What the virtual link is for.",
        default="",
        examples=["LAN side of the firewall"],
    )
    existing: CloudName | None = declare(
        "Existing network",
        (
            "Name of a network that the VIM already holds: used, never changed, on every VIM that needs it. Excludes "
            "all fields but 'name' and 'description'."
        ),
        default=None,
        examples=["provider-100"],
    )
    vim: Name | None = declare(
        "VIM",
        "VIM that the link is made on. Left out: where the VNFs on it are, else 'spec.vim'.",
        default=None,
        examples=["paris"],
    )
    on_each_vim: bool = declare(
        "On each VIM",
        (
            "Whether the link is made on each VIM where a VNF is on it, with the same addresses. These networks are "
            "not joined."
        ),
        default=False,
        examples=[True],
    )
    mtu: int | None = declare(
        "MTU",
        "Largest packet in bytes; with an IPv6 subnet at least 1280. Left out: the VIM decides.",
        default=None,
        examples=[1450, 9000],
        minimum=68,
        maximum=65535,
    )
    port_security: bool | None = declare(
        "Port security",
        (
            "Whether ports on the link are filtered (anti-spoofing and security groups) unless an interface says "
            "otherwise. Left out: true."
        ),
        default=None,
        examples=[False],
    )
    provider: Provider | None = declare(
        "Provider segment",
        (
            "How the network is carried by the physical network. Left out: the VIM decides. By default policy of "
            "OpenStack only an admin may set it."
        ),
        default=None,
        examples=[{"type": "vlan", "physicalNetwork": "physnet1", "segmentationId": 120}],
    )
    shared: bool = declare(
        "Shared",
        "Whether other projects may use the network. By default policy of OpenStack only an admin may set it.",
        default=False,
        examples=[True],
    )
    shared_with: tuple[str, ...] = declare(
        "Shared with",
        (
            "IDs of projects that may use the network besides its own, as 'openstack project show' has them. One can't "
            "be taken away while the project has ports on the network."
        ),
        default=(),
        examples=[["7a8c3fa1e39e44e6afaaadf8b16e0000"]],
        maxItems=100,
        uniqueItems=True,
        items={
            "type": "string",
            "pattern": "^[0-9a-f]{32}$",
            "patternErrorMessage": (
                "the ID of a project is needed, 32 hexadecimal digits; for all projects there is 'shared: true'"
            ),
        },
    )
    external: bool = declare(
        "External",
        (
            "Whether routers may have their gateway on the network. By default policy of OpenStack only an admin may "
            "set it."
        ),
        default=False,
        examples=[True],
    )
    dns_domain: str | None = declare(
        "DNS domain",
        (
            "Domain of the instances on the network, with a dot at its end, such as 'lan.example.net.': each is known "
            "by its host name there."
        ),
        default=None,
        examples=["lan.example.net."],
        maxLength=255,
        pattern="^([a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?\\.)+$",
        patternErrorMessage="a domain with a dot at its end is needed, such as lan.example.net.",
    )
    qos_policy: CloudName | None = declare(
        "QoS policy",
        (
            "Name of a QoS policy of this document, else of one that the VIM already holds, for all ports on the link "
            "that have none of their own. Left out: none."
        ),
        default=None,
        examples=["gold"],
    )
    cidr: Cidr | None = declare(
        "CIDR",
        "Short form for one subnet with default settings. Excludes 'subnets'.",
        default=None,
        examples=["10.8.0.0/24"],
    )
    subnets: tuple[Subnet, ...] | None = declare(
        "Subnets",
        "Subnets of the link. Excludes 'cidr'. With neither, the link is a network without a subnet.",
        default=None,
        examples=[[{"cidr": "10.8.0.0/24"}, {"cidr": "2001:db8:8::/64", "ipv6AddressMode": "slaac"}]],
    )
