"""The NetworkService."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.reading.marks import Document
from reconciler.documents.words.conduct import Consent, Healing, UpdateStrategy
from reconciler.documents.words.declaring import Word, declare, hidden, word
from reconciler.documents.words.filters import AddressGroup, SecurityGroup
from reconciler.documents.words.forwarding import ForwardingGraph
from reconciler.documents.words.links import VirtualLink
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.qos import QosPolicy
from reconciler.documents.words.routing import AccessPoint, Router
from reconciler.documents.words.scalars import Name, Text
from reconciler.documents.words.vnfs import ParameterGiven, Vnf


@word("ignoredDifference", title="Ignored difference", examples=[{"kind": "server", "fields": ["metadata"]}])
class IgnoredDifference(Word):
    """Fields of a kind of resource whose differences are ignored, or only reported."""

    kind: str = declare(
        "Kind of resource",
        "Kind of resource as plans call it, such as 'server'.",
        examples=["server"],
    )
    fields: tuple[str, ...] | None = declare(
        "Fields",
        "Fields as plans call them, such as 'metadata'; 'name' is the name in the VIM. Left out: all of the kind.",
        default=None,
        examples=[["metadata"]],
        minItems=1,
        uniqueItems=True,
    )
    resources: tuple[str, ...] | None = declare(
        "Resources",
        (
            "Names of resources without that of the service, or patterns with '*' and '?', such as 'fw/*'. Left out: "
            "all of the kind."
        ),
        default=None,
        examples=[["fw/*"]],
        minItems=1,
        uniqueItems=True,
        items={"minLength": 1},
    )
    drift: Literal["repair", "report", "ignore"] = declare(
        "Drift",
        (
            "'ignore': the fields are left to others, whatever Git says later. 'report' and 'repair': what is done "
            "about drift of these fields, whatever the service says."
        ),
        default="ignore",
        examples=["report"],
    )


@word(
    "spec",
    title="Network service specification",
    examples=[{"vim": "paris", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]}],
)
class NetworkServiceSpec(Word):
    """What the network service consists of."""

    description: Text = declare(
        "Description",
        "What the service does.",
        default="",
        examples=["Virtual customer premises equipment"],
    )
    template: Name | None = declare(
        "Template",
        (
            "Name of a NetworkServiceTemplate that the service is made from. The fields beside it are merged over what "
            "the template says: mappings key by key, lists by name."
        ),
        default=None,
        examples=["branch"],
    )
    values: Mapping[str, object] = declare(
        "Values",
        "What the template takes as '{{ values.KEY }}'.",
        default={},
        examples=[{"cidr": "10.8.1.0/24"}],
    )
    vim: Name | None = declare(
        "VIM",
        "Name of the Vim that parts of the service are on unless they say otherwise.",
        default=None,
        examples=["paris"],
    )
    virtual_links: tuple[VirtualLink, ...] = declare(
        "Virtual links (VL)",
        "Networks of the service.",
        default=(),
        examples=[[{"name": "lan", "cidr": "10.8.0.0/24"}]],
    )
    routers: tuple[Router, ...] = declare(
        "Routers",
        "Routers between virtual links.",
        default=(),
        examples=[[{"name": "edge", "virtualLinks": ["lan"]}]],
    )
    qos_policies: tuple[QosPolicy, ...] = declare(
        "QoS policies",
        (
            "Bandwidth and marking that virtual links, VNFs and access points refer to. By default policy of "
            "OpenStack only an admin may create them."
        ),
        default=(),
        examples=[[{"name": "capped", "egress": {"maxKbps": 10000}}]],
    )
    address_groups: tuple[AddressGroup, ...] = declare(
        "Address groups",
        "Sets of networks that rules of the security groups beside them refer to by name.",
        default=(),
        examples=[[{"name": "offices", "addresses": ["10.20.0.0/16"]}]],
    )
    security_groups: tuple[SecurityGroup, ...] = declare(
        "Security groups",
        "Filters that VNFs refer to by name: new ones, or existing groups of the VIM.",
        default=(),
        examples=[[{"name": "operations", "rules": [{"protocol": "tcp", "ports": 22}]}]],
    )
    parameters: Mapping[Name, ParameterGiven] = declare(
        "Parameters",
        (
            "Values by name that VNFs of the service share; '{{ parameters.NAME }}' in the parameters of a VNF is the "
            "placeholder of one."
        ),
        default={},
        examples=[{"domain": "core.example.net", "password": {"secretRef": {"env": "MAGI_SECRET_DB_PASSWORD"}}}],
    )
    vnfs: tuple[Vnf, ...] = declare(
        "VNFs",
        "Virtualised network functions of the service.",
        default=(),
        examples=[[{"name": "fw", "descriptor": "firewall", "connect": {"inside": "lan"}}]],
    )
    access_points: tuple[AccessPoint, ...] = declare(
        "Service access points (SAP)",
        "Where the service is reached from outside.",
        default=(),
        examples=[[{"name": "internet", "virtualLink": "lan"}]],
    )
    forwarding_graphs: tuple[ForwardingGraph, ...] = declare(
        "Forwarding graphs (VNFFG)",
        "Paths that some traffic takes through VNFs. The VIM needs networking-sfc, by default for 10 of them.",
        default=(),
        examples=[
            [
                {
                    "name": "web",
                    "path": [{"vnf": "ids", "ingress": "left", "egress": "right"}],
                    "classifiers": [{"name": "http", "source": {"vnf": "client", "name": "lan"}, "protocol": "tcp"}],
                }
            ]
        ],
        maxItems=100,
    )
    suspend: bool = declare(
        "Suspended",
        (
            "Whether the service is left as it is: differences are planned and shown, and nothing is done. For manual "
            "work."
        ),
        default=False,
        examples=[True],
    )
    ignore_differences: tuple[IgnoredDifference, ...] = declare(
        "Ignored differences",
        (
            "Fields of resources that others manage: written when the resource is created, and left as they are found "
            "from then on."
        ),
        default=(),
        examples=[[{"kind": "server", "fields": ["metadata", "operate"]}]],
    )
    drift: Literal["repair", "report", "ignore"] | None = declare(
        "Drift",
        (
            "What is done when resources differ although Git asks for nothing new: they are repaired, the difference "
            "is reported, or it is ignored. Left out: what the Policy says."
        ),
        default=None,
        examples=["report"],
    )
    update_strategy: UpdateStrategy | None = declare(
        "Update strategy",
        "How a costly change goes through the instances of a VDU.",
        default=None,
        examples=[{"maxUnavailable": 1, "maxSurge": 1}],
    )
    healing: Healing | None = declare(
        "Healing",
        ("How instances that are in error or fail their probe are repaired. Left out: what the Policy says."),
        default=None,
        examples=[{"ladder": ["reboot", "rebuild", "replace"]}],
    )
    changes: Consent | None = declare(
        "Consent to changes",
        "Which costly changes may be made to the service. Left out: what the Policy says.",
        default=None,
        examples=[{"disruptive": "allow"}],
    )


@word(
    title="Network service (NSD and NS instance)",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "NetworkService",
            "metadata": {"name": "vcpe", "labels": {"tier": "gold"}},
            "spec": {
                "vim": "paris",
                "virtualLinks": [
                    {"name": "mgmt", "existing": "mgmt-net"},
                    {"name": "lan", "cidr": "10.8.0.0/24", "mtu": 1400},
                ],
                "vnfs": [
                    {
                        "name": "fw",
                        "descriptor": "firewall",
                        "counts": {"fw": 2},
                        "connect": {"mgmt": "mgmt", "inside": "lan"},
                    }
                ],
                "accessPoints": [{"name": "internet", "virtualLink": "lan", "externalNetwork": "public"}],
            },
        }
    ],
)
class NetworkService(Word):
    """A network service: VNFs, the virtual links between them and the access points to the outside."""

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["NetworkService"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["NetworkService"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "vcpe", "labels": {"tier": "gold"}}],
    )
    spec: NetworkServiceSpec = declare(
        "Specification",
        "What the network service consists of.",
        examples=[
            {
                "vim": "paris",
                "virtualLinks": [
                    {"name": "mgmt", "existing": "mgmt-net"},
                    {"name": "lan", "cidr": "10.8.0.0/24", "mtu": 1400},
                ],
                "vnfs": [
                    {
                        "name": "fw",
                        "descriptor": "firewall",
                        "counts": {"fw": 2},
                        "connect": {"mgmt": "mgmt", "inside": "lan"},
                    }
                ],
                "accessPoints": [{"name": "internet", "virtualLink": "lan", "externalNetwork": "public"}],
            }
        ],
    )

    unmerged: Document | None = hidden(default=None)
    """As it was written, where it names a template that it is still to be merged with."""

    @property
    def name(self) -> str:
        return self.metadata.name
