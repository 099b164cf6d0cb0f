"""The VnfDescriptor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.filters import AddressGroup, SecurityGroup
from reconciler.documents.words.flavours import DeploymentFlavour
from reconciler.documents.words.links import InternalVirtualLink
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.qos import QosPolicy
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import CloudName, Name, ParameterValue, Text
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
    "softwareImage",
    title="Software image",
    examples=[
        {
            "name": "firewall-3.1",
            "url": "https://images.example.net/firewall-3.1.qcow2",
            "checksum": "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
            "diskFormat": "qcow2",
        }
    ],
    rules=exactly_one("url", "file"),
)
class SoftwareImage(Word):
    """An image that Magi uploads where it is needed, once a VIM."""

    name: CloudName = declare(
        "Name",
        (
            "Name of the image; VDUs refer to it. It takes precedence over an image of the VIM of that name, and an "
            "entry in 'images' of the Vim over both."
        ),
        examples=["firewall-3.1"],
    )
    url: str | None = declare(
        "URL",
        "URL that the host of Magi fetches, with 'https://' or 'http://'. Excludes 'file'.",
        default=None,
        examples=["https://images.example.net/firewall-3.1.qcow2"],
        maxLength=2048,
        pattern="^https?://[^\\s]+$",
        patternErrorMessage="a URL that begins with https:// or http:// is needed",
    )
    file: str | None = declare(
        "File",
        "Path of a file in the folder 'images.folder' on the host of Magi. Excludes 'url'.",
        default=None,
        examples=["firewall-3.1.qcow2"],
        minLength=1,
        maxLength=1024,
        pattern="^[^/]",
        patternErrorMessage="a path relative to images.folder is needed",
    )
    checksum: str = declare(
        "Checksum",
        (
            "'sha256:' and the 64 digits that sha256sum prints for the file as it is uploaded. What has another "
            "checksum never becomes an image."
        ),
        examples=["sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"],
        pattern="^sha256:[0-9a-f]{64}$",
        patternErrorMessage="'sha256:' and 64 hexadecimal digits in lower case are needed, as sha256sum prints them",
    )
    disk_format: Literal["raw", "qcow2", "vmdk", "vdi", "vhd", "vhdx", "ploop", "iso", "ami", "ari", "aki"] = declare(
        "Disk format",
        "Format of the file, in the words of Glance. Nothing is converted.",
        examples=["qcow2"],
    )
    container_format: Literal["bare", "ovf", "ova", "docker", "compressed", "ami", "ari", "aki"] = declare(
        "Container format",
        "What the image is packed in, in the words of Glance.",
        default="bare",
        examples=["bare"],
    )
    min_disk: int = declare(
        "Smallest disk",
        "Disk in GiB that an instance needs.",
        default=0,
        examples=[10],
        minimum=0,
        maximum=65536,
    )
    min_ram: int = declare(
        "Smallest memory",
        "Memory in MiB that an instance needs.",
        default=0,
        examples=[2048],
        minimum=0,
        maximum=16777216,
    )
    properties: Mapping[str, str] = declare(
        "Properties",
        (
            "Further properties, such as 'hw_vif_multiqueue_enabled'. Refused are those of Glance itself, those that "
            "Nova sets on the image of a server ('image_type', 'instance_uuid', 'block_device_mapping'), and names "
            "that begin with 'magi_' or 'os_glance'."
        ),
        default={},
        examples=[{"hw_vif_multiqueue_enabled": "true", "os_type": "linux"}],
        propertyNames={
            "pattern": "^[-a-zA-Z0-9_:.]{1,255}$",
            "patternErrorMessage": "a property has 1 to 255 letters, digits, '-', '_', ':' and '.'",
        },
        values={"maxLength": 255},
    )


@word(
    "keyPair",
    title="Key pair",
    examples=[
        {
            "name": "operations",
            "publicKey": (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQwYp5mZBHjXl2iNn7rXb4zq0Q0f8gF4hO0v7Qe3m1K ops@example.net"
            ),
        }
    ],
    rules=exactly_one("publicKey", "existing"),
)
class KeyPair(Word):
    """An SSH public key that VDUs may be given: written here, or one that the VIM holds."""

    name: Name = declare(
        "Name",
        "Name of the key pair; VDUs refer to it.",
        examples=["operations"],
    )
    public_key: str | None = declare(
        "Public key",
        (
            "SSH public key, as in a .pub file; the comment at its end is dropped. Private keys never belong in Git. "
            "Excludes 'existing'."
        ),
        default=None,
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQwYp5mZBHjXl2iNn7rXb4zq0Q0f8gF4hO0v7Qe3m1K ops@example.net"],
        maxLength=16384,
        pattern="^(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\r\\n]*)?\\n?$",
        patternErrorMessage="an SSH public key in one line is needed, as in a .pub file: 'ssh-ed25519 AAAA... comment'",
    )
    existing: CloudName | None = declare(
        "Existing key pair",
        "Name of a key pair that the user of the VIM already has: used, never changed. Excludes 'publicKey'.",
        default=None,
        examples=["operations-2026"],
    )


@word(
    "parameter",
    title="Parameter",
    examples=[{"name": "role", "type": "string", "enum": ["active", "standby"], "default": "active"}],
    rules={
        "if": {"required": ["secret"], "properties": {"secret": {"const": True}}},
        "then": {
            "properties": {
                "type": {"enum": ["string"], "errorMessage": "a secret is of type string"},
                "default": {"not": {}, "errorMessage": "a secret has no default: it must not be in Git"},
                "enum": {"not": {}, "errorMessage": "a secret has no choices: they must not be in Git"},
                "pattern": {"not": {}, "errorMessage": "a secret has no pattern: it is not checked"},
            }
        },
        "dependentSchemas": {
            "minimum": {
                "properties": {
                    "type": {
                        "enum": ["integer", "number"],
                        "errorMessage": "'minimum' goes with the types integer and number only",
                    }
                }
            },
            "maximum": {
                "properties": {
                    "type": {
                        "enum": ["integer", "number"],
                        "errorMessage": "'maximum' goes with the types integer and number only",
                    }
                }
            },
            "pattern": {
                "properties": {"type": {"enum": ["string"], "errorMessage": "'pattern' goes with the type string only"}}
            },
        },
    },
)
class Parameter(Word):
    """Something that a descriptor leaves open, and a service sets for each VNF."""

    name: Name = declare(
        "Name",
        (
            "Name of the parameter: its placeholder in user data, metadata and host names is '{{ name }}', and VNFs "
            "give its value."
        ),
        examples=["hostname"],
    )
    type: Literal["string", "integer", "number", "boolean", "address", "cidr"] = declare(
        "Type",
        "What a value has to be. A boolean is written as 'true' or 'false', an address or CIDR as it is given.",
        examples=["string", "address"],
    )
    description: Text = declare(
        "Description",
        "What the parameter is for.",
        default="",
        examples=["Name server of the site"],
    )
    default: ParameterValue | None = declare(
        "Default",
        "Value for VNFs that give none. Left out: each VNF has to give one.",
        default=None,
        examples=["10.0.0.53", 1500],
    )
    enum: tuple[ParameterValue, ...] | None = declare(
        "Choices",
        "Values to choose from. Left out: any.",
        default=None,
        examples=[["active", "standby"]],
        minItems=1,
        uniqueItems=True,
    )
    minimum: float | None = declare(
        "Minimum",
        "Lowest value. Only with 'integer' and 'number'.",
        default=None,
        examples=[1],
    )
    maximum: float | None = declare(
        "Maximum",
        "Highest value. Only with 'integer' and 'number'.",
        default=None,
        examples=[65535],
    )
    pattern: str | None = declare(
        "Pattern",
        "Regular expression that the whole text has to match. Only with 'string'.",
        default=None,
        examples=["[a-z][a-z0-9-]*"],
        minLength=1,
        maxLength=1024,
    )
    secret: bool = declare(
        "Secret",
        (
            "Whether the value is a secret: of type 'string', named by a 'secretRef', used in user data alone, and "
            "never shown."
        ),
        default=False,
        examples=[True],
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
