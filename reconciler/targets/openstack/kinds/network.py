"""network: a virtual link on the VIM. API reference: Networking v2.0, networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reconciler.model import Claim, Key, Spec
from reconciler.model.resources import Canvas, LinkOutput
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken
from reconciler.targets.openstack.kinds.declared import (
    BY_ITSELF,
    neutron_extension,
    neutron_rights,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, last, name_of, unless, without_defaults
from reconciler.targets.openstack.kinds.neutron import named_policy
from reconciler.targets.openstack.kinds.occupants import OccupiedKind
from reconciler.targets.rest import Ids, Index, Json, Listing, Named, Single

# Also what others share with the project, so that it can be referred to by name.
NETWORKS = Listing(
    "network", "/v2.0/networks", "networks", project="project_id", single=Single("/v2.0/networks/{id}", "network")
)
RBAC_POLICIES = Listing(
    "network", "/v2.0/rbac-policies", "rbac_policies", own_project=True, optional=True, project="project_id"
)
SHARED, ALL_PROJECTS = "access_as_shared", "*"
_OF_ADMINS = (
    "provider:network_type",
    "provider:physical_network",
    "provider:segmentation_id",
    "router:external",
    "shared",
)
_NO_MTU = "no link can get an `mtu`: the step fails and says why; links without `mtu` work"


@dataclass(frozen=True, slots=True)
class NetworkSpec(Spec):
    """``mtu`` in bytes; None leaves it to the cloud. ``port_security`` is the default for ports made on it.

    ``network_type``, ``physical_network`` and ``segmentation_id`` say how it is carried; ``shared`` lets other projects
    use it, ``external`` lets routers have gateways on it. By default policy only an admin may say any of these, and
    only an admin sees the first three. ``dns_domain`` ends with a dot; "" for none.
    ``qos_policy`` holds for all ports on it that have none of their own.
    """

    rank: ClassVar[int] = 50
    counts: ClassVar[bool] = True
    immutable: ClassVar[frozenset[str]] = frozenset({"network_type", "physical_network", "segmentation_id"})
    computed: ClassVar[frozenset[str]] = frozenset({"mtu", "network_type", "physical_network", "segmentation_id"})

    mtu: int | None = None
    port_security: bool = True
    admin_state_up: bool = True
    network_type: str | None = None
    physical_network: str | None = None
    segmentation_id: int | None = None
    shared: bool = False
    external: bool = False
    dns_domain: str = ""
    qos_policy: Key | None = None

    def claims(self) -> Iterator[Claim]:
        if self.segmentation_id is not None:
            where = f"physical network {self.physical_network}" if self.physical_network else "the cloud"
            yield Claim(f"{self.network_type} segment", where, str(self.segmentation_id))

    def settle(self, observed: Self) -> Self:
        """Who may not see how a network is carried can't compare it."""
        settled = Spec.settle(self, observed)
        if observed.network_type is not None or self.network_type is None:
            return settled
        return replace(settled, network_type=None, physical_network=None, segmentation_id=None)

    def draw(self, key: Key, canvas: Canvas) -> None:
        canvas.node(key.target, "link", key.name, key)

    def output(self, key: Key) -> LinkOutput:
        parts = (self.network_type, self.physical_network, self.segmentation_id)
        return LinkOutput(key, segment=" ".join(str(part) for part in parts if part is not None))


class NetworkKind(OccupiedKind[NetworkSpec]):
    name = "network"
    spec = NetworkSpec
    listing = NETWORKS
    quota = "network"
    resource = "network"
    evidence: ClassVar[Mapping[str, str]] = {"qos_policy_id": "existing-qos-policy"}
    rights = (
        read_right("network", NETWORKS.path, "get_network"),
        read_right("network", "/v2.0/networks/{id}", "get_network", purpose=BY_ITSELF, dispensable=True),
        *neutron_rights("networks", "network", further=("port_security_enabled",), above=_OF_ADMINS),
    )
    requirements = (
        neutron_extension(
            "provider",
            "links with `provider`",
            "a step that needs `provider` fails and says why, all else works",
            "provider:network_type",
            "provider:physical_network",
            "provider:segmentation_id",
        ),
        neutron_extension(
            "dns-integration",
            "links with `dnsDomain`",
            "a step that needs `dnsDomain` fails and says why, all else works",
            "dns_domain",
        ),
        neutron_extension(
            "port-security",
            "links and interfaces with `portSecurity: false`",
            "ports have the cloud's filters; a step that needs `portSecurity: false` fails and says why",
            "port_security_enabled",
        ),
        neutron_extension("net-mtu", "reading and comparing the MTU of a link", _NO_MTU),
        neutron_extension("net-mtu-writable", "links with `mtu`", _NO_MTU, "mtu"),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for network in index.items[NETWORKS]:
            yield from named_policy(network, f"network {network['id']}")

    def read(self, item: Json, index: Index) -> NetworkSpec:
        return NetworkSpec(
            mtu=item.get("mtu"),
            port_security=item.get("port_security_enabled", True),
            admin_state_up=item["admin_state_up"],
            network_type=item.get("provider:network_type"),
            physical_network=item.get("provider:physical_network"),
            segmentation_id=item.get("provider:segmentation_id"),
            shared=item.get("shared", False) and not _shared_with_itself(item, index),
            external=item.get("router:external", False),
            dns_domain=item.get("dns_domain", ""),
            qos_policy=index.known("existing-qos-policy", item.get("qos_policy_id")),
        )

    def dispensable(self, spec: NetworkSpec) -> frozenset[str]:
        usual = {
            "port_security_enabled": spec.port_security,
            "router:external": not spec.external,
            "dns_domain": not spec.dns_domain,
            "qos_policy_id": spec.qos_policy is None,
        }
        return frozenset(attribute for attribute, is_usual in usual.items() if is_usual)

    def write(self, spec: NetworkSpec, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        return {
            "mtu": {} if spec.mtu is None else {"mtu": spec.mtu},
            "port_security": {"port_security_enabled": spec.port_security},
            "admin_state_up": {"admin_state_up": spec.admin_state_up},
            "network_type": {} if spec.network_type is None else {"provider:network_type": spec.network_type},
            "physical_network": {}
            if spec.physical_network is None
            else {"provider:physical_network": spec.physical_network},
            "segmentation_id": {}
            if spec.segmentation_id is None
            else {"provider:segmentation_id": spec.segmentation_id},
            "shared": {"shared": spec.shared},
            "external": {"router:external": spec.external},
            "dns_domain": {"dns_domain": spec.dns_domain},
            "qos_policy": {"qos_policy_id": ids[spec.qos_policy] if spec.qos_policy else None},
        }

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        return survey.by_name(self.name, survey.items(self.name))

    def describe(self, key: Key, spec: NetworkSpec, documents: Documents) -> Data:
        content = {
            "name": last(key),
            "shared": spec.shared,
            "external": spec.external,
            "dnsDomain": spec.dns_domain,
            "qosPolicy": name_of(spec.qos_policy),
        }
        return documents.add("virtualLinks", without_defaults(content) | unless("portSecurity", spec.port_security))


def _shared_with_itself(network: Json, index: Index) -> bool:
    """Whether it only looks shared: ``shared`` is about who asks, and one policy is for the login's own project."""
    policies = index.table("shares by network", _shares(index)).get(network["id"], ())
    return index.project in policies and ALL_PROJECTS not in policies


def _shares(index: Index) -> Iterator[tuple[str, str]]:
    for policy in index.items.get(RBAC_POLICIES, ()):
        if (policy["object_type"], policy["action"]) == ("network", SHARED):
            yield policy["object_id"], policy["target_tenant"]
