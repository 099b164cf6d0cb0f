"""VDUs: what instances of a VNF are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import (
    AddressOrCidr,
    AddressOrRange,
    CloudName,
    MacAddress,
    MacAddressOrRange,
    Name,
    ProbePort,
    ServerMetadata,
    Text,
)


@word()
class ProbeTcp(Word):
    """A connection to this port has to be accepted."""

    port: ProbePort = declare(
        "Port",
        "Port that is connected to.",
        examples=[22],
    )


@word()
class ProbeHttp(Word):
    """A GET has to be answered with a status from 200 to 399."""

    port: ProbePort = declare(
        "Port",
        "Port of the request.",
        examples=[80],
    )
    path: str = declare(
        "Path",
        "Path of the request.",
        default="/",
        examples=["/healthz"],
        pattern="^/[!-~]*$",
        patternErrorMessage="a path is needed that begins with '/'",
        maxLength=255,
    )


@word()
class ProbePing(Word):
    """An ICMP echo request has to be answered."""


@word(
    "probe",
    title="Probe",
    examples=[{"interface": "eth0", "tcp": {"port": 22}}],
    rules=exactly_one("tcp", "http", "ping"),
)
class Probe(Word):
    """Checks whether an instance does its work: by TCP, HTTP or ping."""

    interface: Name = declare(
        "Interface",
        (
            "Name of the interface whose address is asked: its floating IP if it has one, else IPv4 before IPv6. The "
            "daemon has to reach it."
        ),
        examples=["eth0"],
    )
    tcp: ProbeTcp | None = declare(
        "TCP",
        "A connection to this port has to be accepted.",
        default=None,
        examples=[{"port": 22}],
    )
    http: ProbeHttp | None = declare(
        "HTTP",
        "A GET has to be answered with a status from 200 to 399.",
        default=None,
        examples=[{"port": 80, "path": "/healthz"}],
    )
    ping: ProbePing | None = declare(
        "Ping",
        "An ICMP echo has to be answered. The process needs the right to send one: 'net.ipv4.ping_group_range'.",
        default=None,
        examples=[{}],
    )
    timeout: float = declare(
        "Timeout",
        "Seconds within which the answer has to come.",
        default=2,
        examples=[2],
        exclusiveMinimum=0,
        maximum=30,
    )
    failures: int = declare(
        "Failures",
        "Failures in a row after which the instance counts as unhealthy.",
        default=3,
        examples=[3],
        minimum=1,
        maximum=100,
    )
    startup: float = declare(
        "Startup",
        "Seconds from the first sight of the running instance in which failures make it unready, but not unhealthy.",
        default=60,
        examples=[120],
        minimum=0,
        maximum=86400,
    )


@word("volume", title="Volume", examples=[{"name": "data", "size": 20, "type": "fast"}])
class Volume(Word):
    """A disk that outlives a rebuild of the instances it is attached to."""

    name: Name = declare(
        "Name",
        (
            "Name of the volume; the last part of its name in the VIM, and not 'root' beside a boot volume. Another "
            "name is another volume, without the data."
        ),
        examples=["data"],
    )
    size: int = declare(
        "Size",
        "Size in GiB. It may grow in place, also while attached; a smaller size is refused.",
        examples=[20],
        minimum=1,
        maximum=65536,
    )
    type: CloudName | None = declare(
        "Volume type",
        (
            "Name of a volume type in the VIM. Left out: the VIM decides. A change is a retype in place, with "
            "migration where it needs that."
        ),
        default=None,
        examples=["fast"],
    )
    availability_zone: CloudName | None = declare(
        "Availability zone",
        (
            "Name of an availability zone for volumes. Left out: the VIM decides. A change is a replacement, without "
            "the data."
        ),
        default=None,
        examples=["nova"],
    )
    keep: bool = declare(
        "Keep",
        (
            "Whether the volume stays when nothing asks for it any more: Magi takes its marks off and leaves it. It "
            "is not found again: a new instance of that index gets a new volume."
        ),
        default=False,
        examples=[True],
    )


@word("bootVolume", title="Boot volume", examples=[{"size": 20}])
class BootVolume(Word):
    """A volume made from the image of the VDU, that an instance boots from instead of the disk of its flavor."""

    size: int = declare(
        "Size",
        "Size in GiB. It may grow in place; a smaller size is refused.",
        examples=[20],
        minimum=1,
        maximum=65536,
    )
    type: CloudName | None = declare(
        "Volume type",
        (
            "Name of a volume type in the VIM. Left out: the VIM decides. A change is a retype in place, with "
            "migration where it needs that."
        ),
        default=None,
        examples=["fast"],
    )
    availability_zone: CloudName | None = declare(
        "Availability zone",
        "Name of an availability zone for volumes. Left out: the VIM decides. A change is a replacement.",
        default=None,
        examples=["nova"],
    )
    keep: bool = declare(
        "Keep",
        (
            "Whether the volume stays when nothing asks for it any more: Magi takes its marks off and leaves it. It "
            "is not found again: a new instance of that index gets a new volume."
        ),
        default=False,
        examples=[True],
    )


@word(
    "sizing",
    title="Sizing",
    examples=[
        {"vcpus": 2, "memory": 4096, "disk": 20},
        {"vcpus": 8, "memory": 16384, "disk": 40, "cpuPolicy": "dedicated", "hugePages": "1GB", "numaNodes": 1},
    ],
)
class Sizing(Word):
    """What a flavor has to hold: exactly this, and no more."""

    vcpus: int = declare(
        "Virtual CPUs",
        "Virtual CPUs.",
        examples=[2],
        minimum=1,
        maximum=1024,
    )
    memory: int = declare(
        "Memory",
        "Memory in MiB.",
        examples=[4096],
        minimum=1,
        maximum=16777216,
    )
    disk: int = declare(
        "Disk",
        "Root disk in GiB. 0: as large as the image, or none beside a boot volume.",
        default=0,
        examples=[20],
        minimum=0,
        maximum=65536,
    )
    swap: int = declare(
        "Swap",
        "Swap disk in MiB.",
        default=0,
        examples=[512],
        minimum=0,
        maximum=16777216,
    )
    ephemeral: int = declare(
        "Ephemeral disk",
        "Second disk in GiB that goes with the instance.",
        default=0,
        examples=[10],
        minimum=0,
        maximum=65536,
    )
    cpu_policy: Literal["shared", "dedicated", "mixed"] | None = declare(
        "CPU policy",
        "CPU pinning: extra spec 'hw:cpu_policy'. Left out: the flavor has no such extra spec.",
        default=None,
        examples=["dedicated"],
    )
    cpu_thread_policy: Literal["prefer", "isolate", "require"] | None = declare(
        "CPU thread policy",
        (
            "Placement of dedicated CPUs on hardware threads: extra spec 'hw:cpu_thread_policy'. Left out: the flavor "
            "has no such extra spec."
        ),
        default=None,
        examples=["isolate"],
    )
    huge_pages: str | None = declare(
        "Huge pages",
        (
            "'small', 'large', 'any', or a size of memory pages, spelt as in the flavor: extra spec "
            "'hw:mem_page_size'. Left out: the flavor has no such extra spec."
        ),
        default=None,
        examples=["large", "1GB"],
        pattern="^(small|large|any|[0-9]+(KB|MB|GB)?)$",
        patternErrorMessage="small, large, any or a size is needed, such as 1GB",
    )
    numa_nodes: int | None = declare(
        "NUMA nodes",
        "NUMA nodes of the instance: extra spec 'hw:numa_nodes'. Left out: the flavor has no such extra spec.",
        default=None,
        examples=[1],
        minimum=1,
        maximum=64,
    )
    pci_aliases: Mapping[str, int] = declare(
        "PCI aliases",
        "Number of PCI devices by the alias of the VIM for them: extra spec 'pci_passthrough:alias'.",
        default={},
        examples=[{"qat": 1}],
        propertyNames={"pattern": "^[^,:\\s]{1,255}$", "patternErrorMessage": "an alias has no ',', ':' or blanks"},
        values={"minimum": 1, "maximum": 64},
    )
    extra_specs: Mapping[str, str] = declare(
        "Extra specs",
        "Other extra specs of the flavor, exactly as they are there. One that a field above sets as well is an error.",
        default={},
        examples=[{"hw:watchdog_action": "reset"}],
        propertyNames={
            "pattern": "^[-a-zA-Z0-9_:. ]{1,255}$",
            "patternErrorMessage": "an extra spec has 1 to 255 letters, digits, '-', '_', ':', '.' and spaces",
        },
        values={"maxLength": 255},
    )


@word(
    "vdu",
    title="Virtualisation deployment unit (VDU)",
    examples=[
        {
            "name": "fw",
            "image": "debian-12",
            "flavor": "m1.small",
            "count": 2,
            "interfaces": [{"name": "eth0", "connectionPoint": "mgmt"}],
        }
    ],
    rules=exactly_one("flavor", "sizing"),
)
class Vdu(Word):
    """One type of virtual machine of the VNF; 'count' instances are made of it."""

    name: Name = declare(
        "Name",
        "Name of the VDU. Instances are called by it and their index: 'fw-0', 'fw-1'.",
        examples=["fw"],
    )
    description: Text = declare(
        "Description",
        "What the VDU does.",
        default="",
        examples=["Packet filter"],
    )
    image: CloudName = declare(
        "Image",
        "Name of a software image of this descriptor, else of an image in the VIM. Another name is a rebuild.",
        examples=["debian-12"],
    )
    image_policy: Literal["keep", "follow"] = declare(
        "Image policy",
        (
            "What happens when the VIM gives the name to a newer image. 'keep': nothing. 'follow': a rebuild with the "
            "new one; with a boot volume, volume and server are replaced."
        ),
        default="keep",
        examples=["follow"],
        bare=True,
    )
    flavor: CloudName | None = declare(
        "Flavor",
        (
            "Name of a flavor in the VIM (the virtual compute resources in ETSI terms). Excludes 'sizing'. A change "
            "is a resize: the server is moved and restarted, and the next pass confirms it."
        ),
        default=None,
        examples=["m1.small"],
    )
    sizing: Sizing | None = declare(
        "Sizing",
        (
            "What a flavor has to hold (virtual compute and storage in ETSI terms): one of the VIM is taken that is "
            "exactly that. Excludes 'flavor'. A change is a resize as well."
        ),
        default=None,
        examples=[{"vcpus": 2, "memory": 4096, "disk": 20}],
    )
    count: int = declare(
        "Count",
        "Number of instances; a network service may say otherwise in 'counts'. Fewer: the highest indexes go.",
        default=1,
        examples=[2],
        minimum=0,
        maximum=1000,
    )
    interfaces: tuple[Interface, ...] = declare(
        "Interfaces",
        "Network interfaces, in the order of the network cards.",
        default=(),
        examples=[[{"name": "eth0", "connectionPoint": "mgmt"}]],
    )
    boot_volume: BootVolume | None = declare(
        "Boot volume",
        "Volume made from the image that each instance boots from. Left out: the disk of its flavor.",
        default=None,
        examples=[{"size": 20}],
    )
    volumes: tuple[Volume, ...] = declare(
        "Volumes",
        (
            "Data volumes of each instance. Their names hold its index, so an instance that is replaced gets its own "
            "again."
        ),
        default=(),
        examples=[[{"name": "data", "size": 20}]],
    )
    shared_volumes: tuple[Name, ...] = declare(
        "Shared volumes",
        "Names of volumes of the descriptor that all instances have.",
        default=(),
        examples=[["state"]],
        uniqueItems=True,
    )
    user_data: UserData | None = declare(
        "User data",
        "Handed to each instance at its first boot. Another text is a rebuild.",
        default=None,
        examples=[{"file": "cloud-init/firewall.yaml"}, {"inline": "#cloud-config\n"}],
    )
    metadata: ServerMetadata = declare(
        "Instance metadata",
        "Keys and values that each instance carries in the VIM. Keys that begin with 'magi:' are Magi's own.",
        default={},
        examples=[{"role": "firewall"}],
    )
    availability_zone: CloudName | None = declare(
        "Availability zone",
        "Name of an availability zone of the VIM. Left out: the VIM decides. A change is a replacement.",
        default=None,
        examples=["nova"],
    )
    availability_zones: tuple[CloudName, ...] | None = declare(
        "Availability zones",
        (
            "Names of zones that the instances are spread over by index: instance 0 in the first, 1 in the second, "
            "and from the beginning again. Excludes 'availabilityZone'."
        ),
        default=None,
        examples=[["az-1", "az-2"]],
        minItems=1,
        uniqueItems=True,
    )
    hostname: str | None = declare(
        "Host name",
        (
            "First part of the host names of the instances, followed by their index: 'edge' makes 'edge-0', 'edge-1'. "
            "Left out: the VIM derives them from the server's name. A change is a replacement."
        ),
        default=None,
        examples=["edge", "{{ site }}-fw"],
        minLength=1,
        maxLength=255,
    )
    config_drive: bool = declare(
        "Config drive",
        (
            "Whether metadata and user data are also on a drive of the instance, for images that cannot ask the "
            "metadata service. A change is a replacement."
        ),
        default=False,
        examples=[True],
    )
    operate: Literal["started", "stopped"] | None = declare(
        "Operation",
        (
            "Whether the instances run. Left out: Magi neither starts nor stops them. A service may say otherwise for "
            "a VNF."
        ),
        default=None,
        examples=["started"],
    )
    key_pair: Name | None = declare(
        "Key pair",
        "Name of a key pair of this descriptor.",
        default=None,
        examples=["operations"],
    )
    probe: Probe | None = declare(
        "Probe",
        "Checks whether an instance does its work. Left out: it does when the VIM reports ACTIVE.",
        default=None,
        examples=[{"interface": "eth0", "tcp": {"port": 22}}],
    )
    affinity: Literal["affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"] | None = declare(
        "Affinity",
        (
            "Placement of the instances: on one host ('affinity') or on different ones ('anti-affinity'); the soft "
            "forms where that is possible."
        ),
        default=None,
        examples=["anti-affinity"],
    )
    server_group: str | None = declare(
        "Existing server group",
        (
            "Name of a server group that the VIM already holds, for the instances of this VDU: used, never changed. "
            "Excludes 'affinity'. A change is a replacement."
        ),
        default=None,
        examples=["shop-apart"],
        minLength=1,
        maxLength=255,
    )
    max_instances_per_host: int | None = declare(
        "Most instances on a host",
        "Most instances of this VDU on one host. Only with 'anti-affinity'.",
        default=None,
        documented=1,
        examples=[2],
        minimum=1,
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
                        "errorMessage": "fixed addresses of a connection point stand in the network service",
                    },
                    "macAddresses": {
                        "maxItems": 0,
                        "errorMessage": "MAC addresses of a connection point stand in the network service",
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


@word(
    "userData",
    title="User data",
    examples=[{"file": "cloud-init/firewall.yaml"}],
    rules=exactly_one("inline", "file"),
)
class UserData(Word):
    """Handed to the instance when it first boots, usually for cloud-init. At most 49,149 bytes."""

    inline: str | None = declare(
        "Text",
        "The user data itself. Excludes 'file'.",
        default=None,
        examples=["#cloud-config\npackages: [frr]\n"],
        minLength=1,
        maxLength=49149,
    )
    file: str | None = declare(
        "File",
        (
            "Path of a file of the repository, relative to this file. It may be YAML: it is not read as a document. "
            "Excludes 'inline'."
        ),
        default=None,
        examples=["cloud-init/firewall.yaml"],
        minLength=1,
        maxLength=1024,
        pattern="^[^/].*$",
        patternErrorMessage="a path inside the repository is needed, relative to this file and without a leading '/'",
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
