"""QoS policies and their rules: made by an admin, and shared with those who may use them."""

from dataclasses import replace
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import (
    Attribute,
    accept,
    boolean,
    disallowed,
    one_of,
    standard,
    whole_number,
)
from openstack_simulator.neutron.resource import Resource, body_of, bumped, own, stamp
from openstack_simulator.routing import Request, Response, Route

_ATTRIBUTES = {
    **standard(),
    "shared": Attribute(default=False, check=boolean),
    "is_default": Attribute(default=False, check=boolean, extension="qos-default"),
    "rules": Attribute(create=False, update=False),
}
_DIRECTION = Attribute(default="egress", check=one_of("egress", "ingress"))
_MARKS = (0, *range(8, 42, 2), 44, 46, 48, 56)
_RULES: dict[str, dict[str, Attribute]] = {
    "bandwidth_limit": {
        "max_kbps": Attribute(check=whole_number(0, 2**31 - 1)),
        "max_burst_kbps": Attribute(default=0, check=whole_number(0, 2**31 - 1)),
        "direction": replace(_DIRECTION, extension="qos-bw-limit-direction"),
    },
    "minimum_bandwidth": {"min_kbps": Attribute(check=whole_number(0, 2**31 - 1)), "direction": _DIRECTION},
    "dscp_marking": {"dscp_mark": Attribute(check=one_of(*_MARKS))},
}
"""The types of rules with their attributes."""


def _visible(cloud: Cloud, token: Token, policy: Record) -> bool:
    return bool(policy["shared"]) or own(cloud, token, policy)


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    _demand_admin(token, "create_policy")
    return cloud.network.qos_policies.put({**stamp(cloud, token, values), "rules": []})


def update(cloud: Cloud, token: Token, policy: Record, changes: Record) -> Record:
    _demand_admin(token, "update_policy")
    return cloud.network.qos_policies.put(bumped(cloud, policy, changes))


def delete(cloud: Cloud, token: Token, policy: Record) -> None:
    _demand_admin(token, "delete_policy")
    tables = (
        ("network", cloud.network.networks),
        ("port", cloud.network.ports),
        ("floatingip", cloud.network.floating_ips),
    )
    for kind, table in tables:
        for user in table:
            if user["qos_policy_id"] == policy["id"]:
                message = f"QoS Policy {policy['id']} is used by {kind} {user['id']}."
                raise network_error(409, "QosPolicyInUse", message)
    cloud.network.qos_policies.remove(policy["id"])


def _demand_admin(token: Token, action: str) -> None:
    if not token.is_admin:
        raise disallowed(f"rule:{action}")


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


def _rule_routes(rule_type: str) -> list[Route]:
    """A policy holds its rules; one of each type and direction."""
    name, attributes = f"{rule_type}_rule", _RULES[rule_type]

    def policy_of(cloud: Cloud, request: Request, action: str) -> Record:
        _demand_admin(request.token, f"{action}_policy_{name}")
        return QOS_POLICIES.find(cloud, request.token, request.params["policy"])

    def rule_of(policy: Record, request: Request) -> Record:
        for rule in policy["rules"]:
            if (rule["id"], rule["type"]) == (request.id, rule_type):
                found: Record = rule
                return found
        message = f"QoS rule {request.id} for policy {policy['id']} could not be found."
        raise network_error(404, "QosRuleNotFound", message)

    def store(cloud: Cloud, policy: Record, rules: list[Record]) -> None:
        cloud.network.qos_policies.put(bumped(cloud, policy, {"rules": rules}))

    def check(policy: Record, rule: Record) -> None:
        for other in policy["rules"]:
            same = (other["type"], other.get("direction")) == (rule_type, rule.get("direction"))
            if same and other["id"] != rule["id"]:
                message = f"Rule {rule_type} conflicts with rule {other['id']} which already exists in QoS Policy"
                raise network_error(409, "QoSRulesConflict", f"{message} {policy['id']}.")

    def create_rule(cloud: Cloud, request: Request) -> Response:
        policy = policy_of(cloud, request, "create")
        values = accept(cloud, request.token, attributes, body_of(request, name), creating=True, kind=name)
        rule = {**values, "id": cloud.new_id(), "qos_policy_id": policy["id"], "type": rule_type}
        check(policy, rule)
        store(cloud, policy, [*policy["rules"], rule])
        return Response(201, {name: shown(rule)})

    def update_rule(cloud: Cloud, request: Request) -> Response:
        policy = policy_of(cloud, request, "update")
        rule = rule_of(policy, request)
        changes = accept(cloud, request.token, attributes, body_of(request, name), creating=False, kind=name)
        changed = {**rule, **changes}
        check(policy, changed)
        store(cloud, policy, [changed if one is rule else one for one in policy["rules"]])
        return Response(200, {name: shown(changed)})

    def delete_rule(cloud: Cloud, request: Request) -> Response:
        policy = policy_of(cloud, request, "delete")
        rule = rule_of(policy, request)
        store(cloud, policy, [one for one in policy["rules"] if one is not rule])
        return Response(204)

    def shown(rule: Record) -> dict[str, Any]:
        return {key: value for key, value in rule.items() if key not in {"type", "qos_policy_id"}}

    root = f"/v2.0/qos/policies/{{policy}}/{name}s"
    return [
        Route("POST", root, create_rule),
        Route("PUT", f"{root}/{{id}}", update_rule),
        Route("DELETE", f"{root}/{{id}}", delete_rule),
    ]


ROUTES = tuple(route for rule_type in _RULES for route in _rule_routes(rule_type))
