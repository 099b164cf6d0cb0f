"""The interfaces of a VDU."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import (
    AddressOrCidr,
    AddressOrRange,
    CloudName,
    MacAddress,
    MacAddressOrRange,
    Name,
)


@word(
    "interface",
    title="Interface",
    examples=[{"name": "eth0", "connectionPoint": "mgmt", "securityGroups": ["web"]}],
    rules={
        "oneOf": [{"required": ["connectionPoint"]}, {"required": ["virtualLink"]}],
        "dependentSchemas": {
            "connectionPoint": {
                "properties": {
                    "addresses": {
                        "maxItems": 0,
                        "errorMessage": "fixed addresses of a connection point are set in the network service",
                    },
                    "macAddresses": {
                        "maxItems": 0,
                        "errorMessage": "MAC addresses of a connection point are set in the network service",
                    },
                }
            }
        },
        "if": {"required": ["portSecurity"], "properties": {"portSecurity": {"const": False}}},
        "then": {
            "properties": {
                "securityGroups": {
                    "maxItems": 0,
                    "errorMessage": "an interface with 'portSecurity: false' cannot have security groups",
                },
                "allowedAddressPairs": {
                    "maxItems": 0,
                    "errorMessage": (
                        "an interface with 'portSecurity: false' needs no allowed address pairs: it is not filtered"
                    ),
                },
            }
        },
    },
)
class Interface(Word):
    """A network interface of a VDU (a VDU connection point in ETSI terms). The order of the list is the order of the
    network cards.
    """

    name: Name = declare(
        "Name",
        "Name of the interface within its VDU; the last part of the port's name.",
        examples=["eth0"],
    )
    connection_point: Name | None = declare(
        "Connection point (CP)",
        "Connection point of this descriptor: the service says which network it is on. Excludes 'virtualLink'.",
        default=None,
        examples=["mgmt"],
    )
    virtual_link: Name | None = declare(
        "Internal virtual link (VL)",
        "Internal virtual link of this descriptor that the interface is on. Excludes 'connectionPoint'.",
        default=None,
        examples=["sync"],
    )
    security_groups: tuple[Name, ...] | None = declare(
        "Security groups",
        (
            "Names of security groups of this descriptor. Left out: those that the service names, else the group "
            "'default' of the project. '[]': none but those that the service names."
        ),
        default=None,
        examples=[["web"], []],
        uniqueItems=True,
    )
    port_security: bool | None = declare(
        "Port security",
        (
            "Whether the interface is filtered (anti-spoofing and security groups). 'false' excludes 'securityGroups' "
            "and 'allowedAddressPairs'. Left out: true where groups or pairs are given, else what the virtual link "
            "says."
        ),
        default=None,
        examples=[False],
    )
    allowed_address_pairs: tuple[AddressPair, ...] = declare(
        "Allowed address pairs",
        "Further addresses that the interface may send from, such as a virtual address.",
        default=(),
        examples=[[{"address": "10.8.0.100"}]],
    )
    addresses: tuple[AddressOrRange, ...] = declare(
        "Addresses",
        (
            "Fixed addresses and ranges of them by index of the instance, one for each. Only with 'virtualLink'; "
            "those of connection points are given in the network service."
        ),
        default=(),
        examples=[["192.168.100.4", "192.168.100.5"], ["192.168.100.10-192.168.100.50"]],
        uniqueItems=True,
    )
    mac_addresses: tuple[MacAddressOrRange, ...] = declare(
        "MAC addresses",
        (
            "MAC addresses and ranges of them by index of the instance, one for each. Left out: the VIM gives them. "
            "Only with 'virtualLink'; those of connection points are given in the network service."
        ),
        default=(),
        examples=[["fa:16:3e:10:00:00-fa:16:3e:10:00:1f"]],
        uniqueItems=True,
    )
    subport_of: SubportOf | None = declare(
        "Subport of a trunk",
        (
            "Another interface of the VDU that carries this one, tagged with a VLAN. Left out: the interface is a "
            "network card of its own."
        ),
        default=None,
        examples=[{"interface": "eth1", "vlan": 100}],
    )
    qos_policy: CloudName | None = declare(
        "QoS policy",
        "Name of a QoS policy of this document, else of one that the VIM already holds. Left out: none.",
        default=None,
        examples=["gold"],
    )
    vnic_type: Literal["normal", "direct", "macvtap", "direct-physical"] = declare(
        "vNIC type",
        (
            "A virtual card ('normal'), a part of a physical one (SR-IOV: 'direct', 'macvtap'), or a whole one "
            "('direct-physical'). A change replaces the port."
        ),
        default="normal",
        examples=["direct"],
    )


@word("addressPair", title="Allowed address pair", examples=[{"address": "10.8.0.100"}])
class AddressPair(Word):
    """A further address that port security lets the interface use."""

    address: AddressOrCidr = declare(
        "Address",
        "Address or network that the interface may also use, such as a virtual address of VRRP.",
        examples=["10.8.0.100", "10.9.0.0/16"],
    )
    mac: MacAddress | None = declare(
        "MAC address",
        "MAC address that goes with it. Left out: that of the port.",
        default=None,
        examples=["00:00:5e:00:01:01"],
    )


@word("subportOf", title="Subport of a trunk", examples=[{"interface": "eth1", "vlan": 100}])
class SubportOf(Word):
    """By which interface another one is carried, and how its frames are tagged there."""

    interface: Name = declare(
        "Interface",
        "Name of an interface of the same VDU that is no subport itself: the parent of the trunk.",
        examples=["eth1"],
    )
    vlan: int = declare(
        "VLAN",
        "Tag of the frames on that card, of one subport only.",
        examples=[100],
        minimum=1,
        maximum=4094,
    )
