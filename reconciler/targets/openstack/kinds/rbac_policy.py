"""rbac-policy: a network that another project may use too. API reference: Networking v2.0, RBAC policies.

It has no name or description to mark: it is managed when its network is, and its Key follows from that and the project.
A network shared with one project of which Git says nothing is drift, whoever of the project shared it. Policies for all
projects are not among them: they are how a network is `shared` or `external`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.declared import (
    OpenStackKind,
    Right,
    neutron_extension,
    read_right,
)
from reconciler.targets.openstack.kinds.describing import Documents
from reconciler.targets.openstack.kinds.network import ALL_PROJECTS, RBAC_POLICIES, SHARED, NetworkSpec
from reconciler.targets.rest import Ids, Index, Json, Named, Request


def share_key(network: Key, project: str) -> Key:
    """The Key of what lets a project use ``network``: vcpe/lan/PROJECT."""
    return Key(network.target, "rbac-policy", f"{network.name}/{project}")


@dataclass(frozen=True, slots=True)
class RbacPolicySpec(Spec):
    """``project``: the id of the one that may use the network. It can't be taken away while that has ports there."""

    rank: ClassVar[int] = 65
    immutable: ClassVar[frozenset[str]] = frozenset({"network", "project"})
    part_of: ClassVar[str | None] = "network"

    network: Key
    project: str


class RbacPolicyKind(OpenStackKind[RbacPolicySpec]):
    name = "rbac-policy"
    spec = RbacPolicySpec
    listing = RBAC_POLICIES
    by_part = True
    named_by_content = True
    quota = "rbac_policy"
    extension = "rbac-policies"
    rights = (
        read_right(
            "network",
            RBAC_POLICIES.path,
            "get_rbac_policy",
            purpose="an observation, where a link is shared with projects",
        ),
        # The rule of `target_tenant` stays as it is: it keeps all but an admin from sharing with all projects.
        Right("network", "POST", RBAC_POLICIES.path, ("create_rbac_policy",)),
        Right("network", "DELETE", f"{RBAC_POLICIES.path}/{{id}}", ("delete_rbac_policy",)),
    )
    requirements = (
        neutron_extension(
            "rbac-policies",
            "links with `sharedWith`",
            "the link is made, and sharing it is blocked and says why",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for policy in index.items[RBAC_POLICIES]:
            if policy["object_type"] == "network":
                yield Named("network", policy["object_id"], f"RBAC policy {policy['id']}")

    def identify(self, item: Json, index: Index) -> Key | None:
        if (item["object_type"], item["action"]) != ("network", SHARED) or item["target_tenant"] == ALL_PROJECTS:
            return None
        network = index.keys.get(item["object_id"])
        if network is None or network.kind != "network":
            return None
        return share_key(network, item["target_tenant"])

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(key, RbacPolicySpec(index.keys[item["object_id"]], item["target_tenant"]), item["id"])

    def create(self, key: Key, spec: RbacPolicySpec, ids: Ids, owner: str) -> Request:
        body = {
            "object_type": "network",
            "object_id": ids[spec.network],
            "action": SHARED,
            "target_tenant": spec.project,
        }
        # Neutron refuses a second one as it refuses one above the quota, by 409: so that is not counted as done.
        return Request("POST", "network", RBAC_POLICIES.path, body={"rbac_policy": body}, answer="rbac_policy")

    def describe(self, key: Key, spec: RbacPolicySpec, documents: Documents) -> None:
        if (link := documents.part(spec.network)) is not None and documents.spec(spec.network, NetworkSpec):
            link.setdefault("sharedWith", []).append(spec.project)
