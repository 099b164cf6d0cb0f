"""What Magi needs of an OpenStack cloud, what it uses where it is there, and what becomes of it without.

docs/compatibility.md shows this table, `magi doctor` holds a cloud against it, and tests/compatibility has a test for
each row. Data only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.targets.openstack.kinds import server


def version_number(version: str) -> tuple[int, ...]:
    """A microversion as what it is compared by: "2.9" is before "2.79". Raises ValueError for what is none."""
    return tuple(int(part) for part in version.split("."))


COMPUTE_MICROVERSION = "2.79"
"""The newest thing used is the flavor's name in a server (2.47), tags at create (2.52), user data in a rebuild (2.57),
extra specs in the list of flavors (2.61) and a server group's single policy (2.64); 2.79 is what clouds since Train
(2019) have."""

HOSTNAME_MICROVERSION = server.HOSTNAME_MICROVERSION

VOLUME_MICROVERSION = "3.59"
"""The newest thing used is growing a volume that a server has (3.42); 3.59 is what clouds since Train (2019) have."""


class RequirementType(StrEnum):
    API = "API"
    LOGIN = "login method"
    MICROVERSION = "microversion"
    EXTENSION = "extension"


class Level(StrEnum):
    """How much Magi depends on something."""

    NEEDED = "needed"
    USED = "used"
    UNUSED = "not used"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row. ``service`` is a type of the catalog, ``name`` a version, a login method or the alias of an extension.

    ``purpose`` says what it is for, ``without`` what happens where it is missing. ``attributes`` are what a cloud
    without the extension refuses to be given it, with a collection before it where that alone is meant.
    """

    service: str
    type: RequirementType
    name: str
    level: Level
    purpose: str
    without: str
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.service} {self.name}"


def _api(service: str, name: str, purpose: str, without: str, level: Level = Level.NEEDED) -> Requirement:
    return Requirement(service, RequirementType.API, name, level, purpose, without)


def _extension(name: str, level: Level, purpose: str, without: str, *attributes: str) -> Requirement:
    return Requirement("network", RequirementType.EXTENSION, name, level, purpose, without, attributes)


_UNKNOWN = "the VIM can't be observed, so nothing is planned or changed there"

REQUIREMENTS: tuple[Requirement, ...] = (
    _api("identity", "v3", "login and catalog", "the login fails, so the VIM can't be observed"),
    Requirement(
        "identity",
        RequirementType.LOGIN,
        "application_credential",
        Level.USED,
        "login that belongs to no person",
        "an entry of clouds.yaml with an application credential can't log in; one with user and password can",
    ),
    _api("network", "v2.0", "networks, subnets, routers, ports, floating IPs, security groups", _UNKNOWN),
    _extension("router", Level.NEEDED, "routers and floating IPs", _UNKNOWN),
    _extension("security-group", Level.NEEDED, "security groups and their rules", _UNKNOWN),
    _extension(
        "standard-attr-description",
        Level.NEEDED,
        "the mark by which Magi knows its own",
        "nothing can be marked: every create of a network resource is refused",
        "description",
    ),
    _extension(
        "external-net",
        Level.USED,
        "routers with a gateway, floating IPs",
        "no network is external: a router that needs a gateway and a floating IP can't be made, all else can",
    ),
    _extension(
        "provider",
        Level.USED,
        "links with `provider`",
        "a step that needs `provider` fails and says why, all else works",
        "provider:network_type",
        "provider:physical_network",
        "provider:segmentation_id",
    ),
    _extension(
        "dns-integration",
        Level.USED,
        "links with `dnsDomain`",
        "a step that needs `dnsDomain` fails and says why, all else works",
        "dns_domain",
    ),
    _extension(
        "binding",
        Level.USED,
        "interfaces with a `vnicType` other than normal",
        "all interfaces are virtual cards; a step that needs another `vnicType` fails and says why",
        "binding:vnic_type",
    ),
    _extension(
        "address-group",
        Level.USED,
        "`addressGroups`, and security group rules with `remoteAddressGroup`",
        "such a group or rule is blocked and says why, all else works",
    ),
    _extension(
        "security-groups-remote-address-group",
        Level.USED,
        "security group rules with `remoteAddressGroup`",
        "a step that makes such a rule fails and says why, all else works",
        "remote_address_group_id",
    ),
    _extension(
        "trunk",
        Level.USED,
        "interfaces with `subportOf`",
        "a step that makes a trunk fails, all else works",
    ),
    _extension(
        "trunk-details",
        Level.USED,
        "seeing trunks with their parent ports",
        "trunks are not seen, so a step that makes one that is there is tried again and again; all else works",
    ),
    _extension(
        "qos",
        Level.USED,
        "links and interfaces with `qosPolicy`, `qosPolicies`",
        "a step that needs `qosPolicy` is blocked and says why, all else works",
        "qos_policy_id",
    ),
    _extension(
        "qos-bw-limit-direction",
        Level.USED,
        "QoS policies that limit what comes in",
        "a step that needs `maxKbps` under `ingress` fails and says why, all else works",
        "qos/direction",
    ),
    _extension(
        "qos-fip",
        Level.USED,
        "access points with `qosPolicy`",
        "a floating IP that needs `qosPolicy` is not made and says why, all else works",
        "floatingips/qos_policy_id",
    ),
    _extension(
        "ext-gw-mode",
        Level.USED,
        "routers with `snat`",
        "gateways do what the cloud does; a step that needs `snat` fails and says why",
    ),
    _extension(
        "extraroute",
        Level.USED,
        "routers with `routes`",
        "a step that needs static routes fails and says why, all else works",
        "routes",
    ),
    _extension(
        "port-security",
        Level.USED,
        "links and interfaces with `portSecurity: false`",
        "ports have the cloud's filters; a step that needs `portSecurity: false` fails and says why",
        "port_security_enabled",
    ),
    _extension(
        "allowed-address-pairs",
        Level.USED,
        "interfaces with `allowedAddressPairs`",
        "a step that needs `allowedAddressPairs` fails and says why, all else works",
        "allowed_address_pairs",
    ),
    _extension(
        "stateful-security-group",
        Level.USED,
        "security groups with `stateful: false`",
        "all groups are stateful; a step that needs `stateful: false` fails and says why",
        "stateful",
    ),
    _extension(
        "net-mtu",
        Level.USED,
        "reading and comparing the MTU of a link",
        "no link can get an `mtu`: the step fails and says why; links without `mtu` work",
    ),
    _extension(
        "net-mtu-writable",
        Level.USED,
        "links with `mtu`",
        "no link can get an `mtu`: the step fails and says why; links without `mtu` work",
        "mtu",
    ),
    _extension(
        "ip_allocation",
        Level.USED,
        "servers with an interface on a link without a subnet",
        "Nova refuses such a server: its port `requires a FixedIP`; give the link a subnet (`dhcp: false` is enough)",
    ),
    _extension(
        "standard-attr-revisions",
        Level.USED,
        "updates that fail when another actor was faster",
        "an update may overwrite what someone changed since the observation, a second or so before",
    ),
    _extension(
        "revision-if-match",
        Level.USED,
        "updates that fail when another actor was faster",
        "an update may overwrite what someone changed since the observation, a second or so before",
    ),
    _extension(
        "standard-attr-timestamp",
        Level.USED,
        "finding the older of two with one mark, after a reply was lost",
        "the one with the lower id stays, which may be the newer one",
    ),
    _extension(
        "pagination",
        Level.USED,
        "listings in pages of 1000",
        "a listing is one answer, however long",
    ),
    _extension(
        "project-id",
        Level.USED,
        "listing what is the project's own",
        "the same for a member; an admin's observation lists all projects, and knows its own by the mark",
    ),
    _extension(
        "quotas",
        Level.USED,
        "showing the limits of the project in `magi doctor`, and what would exceed them in plans",
        "`magi doctor` shows no limits of the network service, and plans do not check them; nothing else changes",
    ),
    _extension(
        "quota_details",
        Level.USED,
        "showing how much of them is used in `magi doctor`, and what would exceed them in plans",
        "`magi doctor` shows the limits alone, and plans do not check them; nothing else changes",
    ),
    _extension("standard-attr-tag", Level.UNUSED, "nothing: tags can't be set by the create call", "nothing changes"),
    _extension("sorting", Level.UNUSED, "nothing: the order of a listing has no meaning", "nothing changes"),
    _api("compute", "v2.1", "servers, server groups, keypairs, flavors", _UNKNOWN),
    Requirement(
        "compute",
        RequirementType.MICROVERSION,
        COMPUTE_MICROVERSION,
        Level.NEEDED,
        "flavors as servers have them, tags at creation, user data in a rebuild, one policy a server group",
        _UNKNOWN,
    ),
    Requirement(
        "compute",
        RequirementType.MICROVERSION,
        HOSTNAME_MICROVERSION,
        Level.USED,
        "VDUs with `hostname`",
        "a server that needs `hostname` is not made and says why, all else works",
    ),
    _api("image", "v2", "finding images by name, uploading those of descriptors", _UNKNOWN),
    _api(
        "block-storage",
        "v3",
        "volumes of VDUs, to boot from and for data",
        "a VDU can't have volumes: what needs one is blocked and says why, all else works",
        level=Level.USED,
    ),
    Requirement(
        "block-storage",
        RequirementType.MICROVERSION,
        VOLUME_MICROVERSION,
        Level.USED,
        "growing a volume while a server has it",
        "where volumes are declared or exist, the VIM can't be observed; all else works",
    ),
)

EXTENSIONS: tuple[Requirement, ...] = tuple(row for row in REQUIREMENTS if row.type is RequirementType.EXTENSION)

_BY_ATTRIBUTE = {attribute: row for row in EXTENSIONS for attribute in row.attributes}


def extension_of(attribute: str, collection: str = "") -> Requirement | None:
    """The extension that an attribute of the network service needs, in a collection such as ``floatingips``."""
    return _BY_ATTRIBUTE.get(f"{collection}/{attribute}") or _BY_ATTRIBUTE.get(attribute)
