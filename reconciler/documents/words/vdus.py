"""VDUs: what instances of a VNF are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.interfaces import Interface
from reconciler.documents.words.probes import Probe
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import (
    CloudName,
    Name,
    ServerMetadata,
    Text,
)
from reconciler.documents.words.volumes import BootVolume, Volume


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
    "userData",
    title="User data",
    examples=[{"file": "cloud-init/firewall.yaml"}],
    rules=exactly_one("inline", "file", "base64"),
)
class UserData(Word):
    """Handed to the instance when it first boots, usually for cloud-init. At most 49,149 bytes."""

    inline: str | None = declare(
        "Text",
        "The user data itself. Excludes 'file' and 'base64'.",
        default=None,
        examples=["#cloud-config\npackages: [frr]\n"],
        minLength=1,
        maxLength=49149,
    )
    file: str | None = declare(
        "File",
        (
            "Path of a file of the repository, relative to this file. It may be YAML: it is not read as a document. "
            "UTF-8 text, or compressed by gzip, as cloud-init takes it. Excludes 'inline' and 'base64'."
        ),
        default=None,
        examples=["cloud-init/firewall.yaml"],
        minLength=1,
        maxLength=1024,
        pattern="^[^/].*$",
        patternErrorMessage="a path inside the repository is needed, relative to this file and without a leading '/'",
    )
    base64: str | None = declare(
        "Bytes",
        (
            "Any bytes in base64, which may be broken over lines. The instance gets the bytes; placeholders in them "
            "are none. Excludes 'inline' and 'file'."
        ),
        default=None,
        examples=["I2Nsb3VkLWNvbmZpZwo="],
        minLength=1,
        maxLength=70000,
        pattern=r"^[A-Za-z0-9+/\s]+=*\s*$",
        patternErrorMessage="letters, digits, '+' and '/' are needed, as 'base64 FILE' prints them",
    )
