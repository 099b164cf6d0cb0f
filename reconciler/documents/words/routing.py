"""Routers and access points of a network service."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Address, AddressOrRange, Cidr, CloudName, Name, Text


@word(
    "router", title="Router", examples=[{"name": "edge", "virtualLinks": ["lan", "dmz"], "externalNetwork": "public"}]
)
class Router(Word):
    """A router between virtual links, and to an external network if it names one."""

    name: Name = declare(
        "Name",
        "Name of the router. It may not be that of an access point at a virtual link, which is a router as well.",
        examples=["edge"],
    )
    description: Text = declare(
        "Description",
        "What the router is for.",
        default="",
        examples=["Between the sites"],
    )
    vim: Name | None = declare(
        "VIM",
        "VIM that the router is made on. Left out: where its links are, else 'spec.vim'.",
        default=None,
        examples=["paris"],
    )
    external_network: CloudName | None = declare(
        "External network",
        (
            "Name of the existing network that the router's gateway is on. Left out: no gateway, so the router leads "
            "nowhere outside."
        ),
        default=None,
        examples=["public"],
    )
    external_addresses: tuple[Address, ...] | None = declare(
        "External addresses",
        (
            "Addresses of the gateway in the external network. Left out: the VIM chooses. By default "
            "policy of OpenStack only an admin may name them."
        ),
        default=None,
        examples=[["203.0.113.40"], ["203.0.113.40", "2001:db8:ffff::40"]],
        uniqueItems=True,
        minItems=1,
        maxItems=8,
    )
    snat: bool | None = declare(
        "Source NAT",
        (
            "Whether IPv4 packets leave with the address of the gateway. Left out: what the VIM does by default, "
            "mostly true. By default policy of OpenStack only an admin may set it."
        ),
        default=None,
        examples=[False],
    )
    virtual_links: tuple[Name, ...] = declare(
        "Virtual links (VL)",
        "Names of new virtual links of this service, on the same VIM, whose subnets do not overlap.",
        default=(),
        examples=[["lan", "dmz"]],
        uniqueItems=True,
    )
    routes: tuple[StaticRoute, ...] = declare(
        "Static routes",
        "Routes to networks behind other routers. Routes that another actor adds are drift, and are removed.",
        default=(),
        examples=[[{"destination": "10.60.0.0/16", "nextHop": "10.8.0.254"}]],
        maxItems=30,
    )


@word(
    "accessPoint",
    title="Service access point (SAP)",
    examples=[
        {"name": "internet", "virtualLink": "lan"},
        {"name": "console", "connectionPoint": {"vnf": "fw", "name": "mgmt"}},
    ],
    rules={
        "oneOf": [{"required": ["virtualLink"]}, {"required": ["connectionPoint"]}],
        "dependentRequired": {"existing": ["addresses"]},
        "dependentSchemas": {
            "virtualLink": {
                "properties": {
                    "qosPolicy": {"not": {}, "errorMessage": "'qosPolicy' goes with 'connectionPoint' only"},
                    "addresses": {
                        "maxItems": 0,
                        "errorMessage": (
                            "'addresses' goes with 'connectionPoint' only; a router has 'externalAddresses'"
                        ),
                    },
                }
            }
        },
    },
)
class AccessPoint(Word):
    """Where the service is reached from outside."""

    name: Name = declare(
        "Name",
        "Name of the router, or the middle part of the name of a floating IP.",
        examples=["internet"],
    )
    description: Text = declare(
        "Description",
        "What the access point is for.",
        default="",
        examples=["Customers come in here"],
    )
    external_network: CloudName | None = declare(
        "External network",
        "Name of the existing network outside. Left out: 'externalNetwork' of the Vim.",
        default=None,
        examples=["public"],
    )
    virtual_link: Name | None = declare(
        "Virtual link (VL)",
        (
            "New virtual link that is opened to the outside: becomes a router with a gateway and an interface on that "
            "link. Excludes 'connectionPoint'."
        ),
        default=None,
        examples=["lan"],
    )
    connection_point: ConnectionPointOfVnf | None = declare(
        "Connection point (CP)",
        (
            "Connection point that is reachable from outside, by a floating IP for each instance behind it; in one "
            "access point at most. Excludes 'virtualLink'."
        ),
        default=None,
        examples=[{"vnf": "fw", "name": "mgmt"}],
    )
    qos_policy: CloudName | None = declare(
        "QoS policy",
        (
            "Name of a QoS policy of this service, else of one that the VIM already holds, for the floating IPs. Only "
            "with 'connectionPoint'. Left out: none."
        ),
        default=None,
        examples=["capped"],
    )
    addresses: tuple[AddressOrRange, ...] = declare(
        "Addresses",
        (
            "Addresses of the floating IPs and ranges of them by index of the instance: the first is that of instance "
            "0. Only with 'connectionPoint'. Left out: the VIM gives them. By default policy of OpenStack only an "
            "admin may name them."
        ),
        default=(),
        examples=[["203.0.113.20-203.0.113.29"]],
        uniqueItems=True,
    )
    existing: bool = declare(
        "Existing",
        (
            "Whether the project has the floating IPs of 'addresses' already. They are used as long as Git says, and "
            "then stay with the project, with the description that they had. Instances that exist beside the others "
            "while a change rolls have none."
        ),
        default=False,
        examples=[True],
    )


@word("connectionPointOfVnf", title="Connection point (CP) of a VNF", examples=[{"vnf": "fw", "name": "mgmt"}])
class ConnectionPointOfVnf(Word):
    """One connection point of one VNF of this service."""

    vnf: Name = declare(
        "VNF",
        "Name of a VNF of this service.",
        examples=["fw"],
    )
    name: Name = declare(
        "Name",
        "Name of a connection point of that VNF's descriptor.",
        examples=["mgmt"],
    )


@word("staticRoute", title="Static route", examples=[{"destination": "10.60.0.0/16", "nextHop": "10.8.0.254"}])
class StaticRoute(Word):
    """A route of a router, for example to subscribers behind a VNF."""

    destination: Cidr = declare(
        "Destination",
        "Network that the route leads to.",
        examples=["10.60.0.0/16"],
    )
    next_hop: Address = declare(
        "Next hop",
        "Address of a router on one of the links, or in the external network; not of the router itself.",
        examples=["10.8.0.254"],
    )
