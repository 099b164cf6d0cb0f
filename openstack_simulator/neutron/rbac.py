"""RBAC policies: a network given to one other project, or to all, by who owns it."""

import re

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, text
from openstack_simulator.neutron.networks import NETWORKS, SHARED
from openstack_simulator.neutron.resource import Resource, bumped, stamp

_ACTIONS = (SHARED, "access_as_external")

_UUID = re.compile("[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)

_ATTRIBUTES = {
    "id": Attribute(create=False, update=False),
    "project_id": Attribute(default=None, update=False),
    "tenant_id": Attribute(default=None, update=False),
    "object_type": Attribute(check=text(), update=False),
    "object_id": Attribute(check=text(), update=False),
    "action": Attribute(check=text(), update=False),
    "target_tenant": Attribute(check=text()),
}


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    """Only of what is one's own; with all projects only an admin shares."""
    if values["object_type"] != "network" or values["action"] not in _ACTIONS:
        message = f"Invalid action '{values['action']}' for object type '{values['object_type']}'"
        raise network_error(400, "InvalidInput", f"Invalid input for operation: {message}")
    NETWORKS.find_own(cloud, token, values["object_id"], "create_rbac_policy_on")
    _demand_target(token, values)
    if any(_alike(values, one) for one in cloud.network.rbac_policies.find("object_id", values["object_id"])):
        message = "An RBAC policy already exists with those values."
        raise network_error(409, "DuplicateRbacPolicy", message)
    return cloud.network.rbac_policies.put(stamp(cloud, token, values))


def _alike(one: Record, other: Record) -> bool:
    return all(one[name] == other[name] for name in ("action", "target_tenant"))


def _demand_target(token: Token, values: Record) -> None:
    target = values.get("target_tenant")
    if target not in {None, "*"} and not _UUID.fullmatch(target):
        message = f"'{target}' is not a valid target project ID; expected a UUID or '*'."
        raise network_error(400, "InvalidInput", f"Invalid input for operation: {message}")
    if values.get("target_tenant") == "*" and not token.is_admin:
        message = "rule:create_rbac_policy:target_tenant is disallowed by policy"
        raise network_error(403, "PolicyNotAuthorized", message)


def update(cloud: Cloud, token: Token, policy: Record, changes: Record) -> Record:
    _demand_target(token, changes)
    _demand_unused(cloud, policy)
    return cloud.network.rbac_policies.put(bumped(cloud, policy, changes))


def delete(cloud: Cloud, _token: Token, policy: Record) -> None:
    _demand_unused(cloud, policy)
    cloud.network.rbac_policies.remove(policy["id"])


def _demand_unused(cloud: Cloud, policy: Record) -> None:
    """One by which someone has ports on the network can't be taken back."""
    owner = cloud.network.networks[policy["object_id"]]["project_id"]
    target = policy["target_tenant"]
    for port in cloud.network.ports.find("network_id", policy["object_id"]):
        if port["project_id"] not in {"", owner} and target in {"*", port["project_id"]}:
            message = (
                f"RBAC policy on object {policy['object_id']} cannot be removed because other objects depend on it."
            )
            raise network_error(409, "RbacPolicyInUse", message)


RBAC_POLICIES = Resource(
    singular="rbac_policy",
    collection="rbac_policies",
    kind="RbacPolicy",
    table=lambda cloud: cloud.network.rbac_policies,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    extension="rbac-policies",
    missing="RBAC policy of type network with ID {} not found",
    path="/v2.0/rbac-policies",
    taggable=False,
)
