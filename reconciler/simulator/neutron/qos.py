"""QoS policies: made by an admin, and shared with those who may use them. Their rules are left out."""

from reconciler.simulator.cloud import Cloud
from reconciler.simulator.errors import Record, network_error
from reconciler.simulator.identity import Token

from .attributes import Attribute, boolean, disallowed, standard
from .resource import Resource, bumped, own, stamp

_ATTRIBUTES = {
    **standard(),
    "shared": Attribute(default=False, check=boolean),
    "is_default": Attribute(default=False, check=boolean, extension="qos-default"),
    "rules": Attribute(create=False, update=False),
}


def _visible(cloud: Cloud, token: Token, policy: Record) -> bool:
    return bool(policy["shared"]) or own(cloud, token, policy)


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    if not token.is_admin:
        raise disallowed("rule:create_policy")
    return cloud.network.qos_policies.put({**stamp(cloud, token, values), "rules": []})


def update(cloud: Cloud, _token: Token, policy: Record, changes: Record) -> Record:
    return cloud.network.qos_policies.put(bumped(cloud, policy, changes))


def delete(cloud: Cloud, _token: Token, policy: Record) -> None:
    for kind, table in (("network", cloud.network.networks), ("port", cloud.network.ports)):
        for user in table:
            if user["qos_policy_id"] == policy["id"]:
                message = f"QoS Policy {policy['id']} is used by {kind} {user['id']}."
                raise network_error(409, "QosPolicyInUse", message)
    cloud.network.qos_policies.remove(policy["id"])


QOS_POLICIES = Resource(
    singular="policy",
    collection="policies",
    kind="QosPolicy",
    table=lambda cloud: cloud.network.qos_policies,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    visible=_visible,
    extension="qos",
    missing="QoS policy {} could not be found.",
    path="/v2.0/qos/policies",
    taggable=False,
)
