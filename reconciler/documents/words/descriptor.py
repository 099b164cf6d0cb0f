"""The VnfDescriptor."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.filters import AddressGroup, SecurityGroup
from reconciler.documents.words.flavours import DeploymentFlavour
from reconciler.documents.words.key_pairs import KeyPair
from reconciler.documents.words.links import InternalVirtualLink
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.parameters import Parameter
from reconciler.documents.words.qos import QosPolicy
from reconciler.documents.words.scalars import Name, Text
from reconciler.documents.words.software_images import SoftwareImage
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.volumes import Volume


@word("connectionPoint", title="Connection point (CP)", examples=[{"name": "mgmt", "description": "Management access"}])
class ConnectionPoint(Word):
    """An external connection point: where a network service connects this VNF to a virtual link."""

    name: Name = declare(
        "Name",
        "Name of the connection point; services connect it in 'connect'.",
        examples=["mgmt", "inside"],
    )
    description: Text = declare(
        "Description",
        "What the connection point is for.",
        default="",
        examples=["Management access"],
    )


@word(
    "spec",
    title="VNF descriptor specification",
    examples=[{"vdus": [{"name": "fw", "image": "debian-12", "flavor": "m1.small"}]}],
)
class VnfDescriptorSpec(Word):
    """What the VNF consists of."""

    description: Text = declare(
        "Description",
        "What the VNF does.",
        default="",
        examples=["Stateful firewall"],
    )
    provider: str = declare(
        "Provider",
        "Who makes the VNF.",
        default="",
        examples=["Example Networks"],
        maxLength=255,
    )
    version: str = declare(
        "Version",
        (
            "Version of the descriptor, as text: quote what looks like a number. Several versions of one name may "
            "exist side by side; services name one as 'firewall@1.2'."
        ),
        default="1",
        examples=["1.2"],
        minLength=1,
        maxLength=255,
    )
    connection_points: tuple[ConnectionPoint, ...] = declare(
        "Connection points (CP)",
        "Where a network service connects the VNF. Each needs an interface that leads to it.",
        default=(),
        examples=[[{"name": "mgmt"}, {"name": "inside"}]],
    )
    virtual_links: tuple[InternalVirtualLink, ...] = declare(
        "Internal virtual links (VL)",
        "Networks inside each VNF.",
        default=(),
        examples=[[{"name": "sync", "cidr": "192.168.100.0/28"}]],
    )
    qos_policies: tuple[QosPolicy, ...] = declare(
        "QoS policies",
        (
            "Bandwidth and marking that virtual links and interfaces refer to. By default policy of OpenStack only an "
            "admin may create them."
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
        "Filters that interfaces refer to by name.",
        default=(),
        examples=[[{"name": "web", "rules": [{"protocol": "tcp", "ports": 443}]}]],
    )
    software_images: tuple[SoftwareImage, ...] = declare(
        "Software images",
        (
            "Images that Magi uploads to each VIM that needs them (software image descriptors in ETSI "
            "terms); VDUs refer to them by name."
        ),
        default=(),
        examples=[
            [
                {
                    "name": "firewall-3.1",
                    "url": "https://images.example.net/firewall-3.1.qcow2",
                    "checksum": "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
                    "diskFormat": "qcow2",
                }
            ]
        ],
    )
    key_pairs: tuple[KeyPair, ...] = declare(
        "Key pairs",
        "SSH public keys that VDUs refer to by name.",
        default=(),
        examples=[
            [
                {
                    "name": "operations",
                    "publicKey": (
                        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQwYp5mZBHjXl2iNn7rXb4zq0Q0f8gF4hO0v7Qe3m1K "
                        "ops@example.net"
                    ),
                }
            ]
        ],
    )
    parameters: tuple[Parameter, ...] = declare(
        "Parameters",
        "What services set for each VNF, in user data, metadata and host names. Left out: these are taken as they are.",
        default=(),
        examples=[[{"name": "hostname", "type": "string"}, {"name": "dns", "type": "address", "default": "10.0.0.53"}]],
    )
    volumes: tuple[Volume, ...] = declare(
        "Shared volumes",
        "Volumes of which each VNF has one, for VDUs that name them in 'sharedVolumes'.",
        default=(),
        examples=[[{"name": "state", "size": 10, "type": "shared"}]],
    )
    vdus: tuple[Vdu, ...] = declare(
        "Virtualisation deployment units (VDU)",
        "Types of virtual machines that the VNF consists of.",
        examples=[[{"name": "fw", "image": "debian-12", "flavor": "m1.small"}]],
        minItems=1,
    )
    deployment_flavours: tuple[DeploymentFlavour, ...] | None = declare(
        "Deployment flavours (DF)",
        (
            "Sizes and shapes that services choose from: which VDUs there are, and how many instances. Left out: all "
            "VDUs, with their 'count'."
        ),
        default=None,
        examples=[[{"name": "small", "instantiationLevels": [{"name": "pair", "counts": {"fw": 2}}]}]],
        minItems=1,
    )
    default_flavour: Name | None = declare(
        "Default flavour",
        "Deployment flavour of a VNF that chooses none. Left out: the first.",
        default=None,
        examples=["small"],
    )


@word(
    title="VNF descriptor (VNFD)",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "VnfDescriptor",
            "metadata": {"name": "firewall"},
            "spec": {
                "connectionPoints": [{"name": "mgmt"}, {"name": "inside"}],
                "securityGroups": [
                    {"name": "admin", "rules": [{"protocol": "tcp", "ports": 22, "remote": "10.0.0.0/8"}]}
                ],
                "vdus": [
                    {
                        "name": "fw",
                        "image": "debian-12",
                        "flavor": "m1.small",
                        "count": 2,
                        "affinity": "anti-affinity",
                        "interfaces": [
                            {"name": "eth0", "connectionPoint": "mgmt", "securityGroups": ["admin"]},
                            {"name": "eth1", "connectionPoint": "inside", "portSecurity": False},
                        ],
                    }
                ],
            },
        }
    ],
)
class VnfDescriptor(Word):
    """A VNFD: what a virtualised network function consists of. It becomes nothing by itself; network services make
    VNFs from it.
    """

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["VnfDescriptor"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["VnfDescriptor"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "firewall"}],
    )
    spec: VnfDescriptorSpec = declare(
        "Specification",
        "What the VNF consists of.",
        examples=[
            {
                "connectionPoints": [{"name": "mgmt"}, {"name": "inside"}],
                "securityGroups": [
                    {"name": "admin", "rules": [{"protocol": "tcp", "ports": 22, "remote": "10.0.0.0/8"}]}
                ],
                "vdus": [
                    {
                        "name": "fw",
                        "image": "debian-12",
                        "flavor": "m1.small",
                        "count": 2,
                        "affinity": "anti-affinity",
                        "interfaces": [
                            {"name": "eth0", "connectionPoint": "mgmt", "securityGroups": ["admin"]},
                            {"name": "eth1", "connectionPoint": "inside", "portSecurity": False},
                        ],
                    }
                ],
            }
        ],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
