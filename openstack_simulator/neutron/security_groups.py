"""Security groups and their rules."""

import ipaddress
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.address_groups import ADDRESS_GROUPS
from openstack_simulator.neutron.attributes import Attribute, boolean, one_of, optional, standard, text, uuid
from openstack_simulator.neutron.limits import demand_quota
from openstack_simulator.neutron.resource import Resource, bumped, stamp

_PROTOCOLS = {
    "ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "hopopt": 0, "icmp": 1, "igmp": 2, "ip": 0, "ipip": 4,
    "ipv6-encap": 41, "ipv6-frag": 44, "ipv6-icmp": 58, "icmpv6": 58, "ipv6-nonxt": 59, "ipv6-opts": 60,
    "ipv6-route": 43, "ospf": 89, "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": 6, "udp": 17, "udplite": 136,
    "vrrp": 112,
}  # fmt: skip
_WITH_PORTS = (6, 17, 33, 132, 136)
_ICMP = (1, 58)
_WITH_IPV6_ONLY = ("ipv6-encap", "ipv6-frag", "ipv6-icmp", "ipv6-nonxt", "ipv6-opts", "ipv6-route")
_REMOTES = ("remote_group_id", "remote_ip_prefix", "remote_address_group_id")
_COMPARED = (
    "security_group_id",
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_group_id",
    "remote_ip_prefix",
    "remote_address_group_id",
)


def _name(value: Any) -> str:
    name: str = text()(value)
    if name.lower() == "default":
        raise network_error(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
    return name


def _protocol(value: Any) -> str | None:
    if value in (None, "any"):
        return None
    name = str(value).lower()
    if name in _PROTOCOLS or (name.isdigit() and int(name) <= 255):
        return name
    message = f"Security group rule protocol {value} not supported. Only protocol values"
    names = (None, "any", *_PROTOCOLS)
    raise network_error(
        400,
        "SecurityGroupRuleInvalidProtocol",
        f"{message} {names} and integer representations [0 to 255] are supported.",
    )


def _ethertype(value: Any) -> str:
    for known in ("IPv4", "IPv6"):
        if str(value).lower() == known.lower():
            return known
    message = f"Security group rule for ethertype '{value}' not supported. Allowed values are ['IPv4', 'IPv6']."
    raise network_error(400, "SecurityGroupRuleInvalidEtherType", message)


def _port_number(value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if 0 <= number <= 65535:
        return number
    raise network_error(400, "SecurityGroupInvalidPortValue", f"Invalid value for port {value}")


def _prefix(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return ipaddress.ip_interface(value).with_prefixlen
    except ValueError:
        raise network_error(400, "InvalidCIDR", f"Invalid CIDR {value} given as IP prefix.") from None


_GROUP_ATTRIBUTES = {
    **standard(),
    "name": Attribute(default="", check=_name),
    "stateful": Attribute(default=True, check=boolean, extension="stateful-security-group"),
    "shared": Attribute(create=False, update=False, extension="security-groups-shared-filtering"),
    "security_group_rules": Attribute(create=False, update=False),
}

_RULE_ATTRIBUTES = {
    **standard(named=False),
    "security_group_id": Attribute(check=uuid, update=False),
    "direction": Attribute(check=one_of("ingress", "egress"), update=False),
    "ethertype": Attribute(default="IPv4", check=_ethertype, update=False),
    "protocol": Attribute(default=None, check=_protocol, update=False),
    "port_range_min": Attribute(default=None, check=_port_number, update=False),
    "port_range_max": Attribute(default=None, check=_port_number, update=False),
    "remote_group_id": Attribute(default=None, check=optional(uuid), update=False),
    "remote_ip_prefix": Attribute(default=None, check=_prefix, update=False),
    "remote_address_group_id": Attribute(
        default=None, check=optional(uuid), update=False, extension="security-groups-remote-address-group"
    ),
    "normalized_cidr": Attribute(create=False, update=False, extension="security-groups-normalized-cidr"),
    "belongs_to_default_sg": Attribute(
        create=False, update=False, extension="security-groups-rules-belongs-to-default-sg"
    ),
}


def default_group(cloud: Cloud, project_id: str) -> Record:
    """The project's own group named default, made at its first use."""
    for group in cloud.network.security_groups.find("project_id", project_id):
        if group["name"] == "default":
            return group
    group = _store_group(
        cloud, _base(cloud, project_id, name="default", description="Default security group", stateful=True)
    )
    for family in ("IPv4", "IPv6"):
        _store_rule(cloud, group, direction="ingress", ethertype=family, remote_group_id=group["id"])
    return cloud.network.security_groups[group["id"]]


def _base(cloud: Cloud, project_id: str, **values: Any) -> Record:
    now = cloud.timestamp()
    return {
        "id": cloud.new_id(),
        "project_id": project_id,
        "tenant_id": project_id,
        "revision_number": 1,
        "created_at": now,
        "updated_at": now,
        "description": "",
        "tags": [],
        **values,
    }


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    default_group(cloud, token.project_id)
    return _store_group(cloud, {**stamp(cloud, token, values), "revision_number": 1})


def _store_group(cloud: Cloud, values: Record) -> Record:
    """With the rules that each new group has. Raises OverQuota where there is no room for them."""
    added = 4 if values["name"] == "default" else 2
    demand_quota(cloud, values["project_id"], "security_group_rule", cloud.network.security_group_rules, added)
    group = cloud.network.security_groups.put({**values, "shared": False})
    for family in ("IPv4", "IPv6"):
        _store_rule(cloud, group, direction="egress", ethertype=family)
    return group


def _store_rule(cloud: Cloud, group: Record, **values: Any) -> Record:
    rule = _base(
        cloud,
        group["project_id"],
        **{name: None for name in _COMPARED if name not in values},
        **values,
        description=None,
        normalized_cidr=None,
        belongs_to_default_sg=group["name"] == "default",
        revision_number=0,
    )
    return cloud.network.security_group_rules.put({**rule, "security_group_id": group["id"]})


def update(cloud: Cloud, _token: Token, group: Record, changes: Record) -> Record:
    if "stateful" in changes and cloud.network.ports.holds("security_group", group["id"]):
        raise _in_use(group["id"])
    return cloud.network.security_groups.put(bumped(cloud, group, changes))


def _in_use(group_id: str) -> Exception:
    return network_error(409, "SecurityGroupInUse", f"Security Group {group_id} in use.")


def delete(cloud: Cloud, token: Token, group: Record) -> None:
    if cloud.network.ports.holds("security_group", group["id"]):
        raise _in_use(group["id"])
    if group["name"] == "default" and not token.is_admin:
        message = "Insufficient rights for removing default security group."
        raise network_error(409, "SecurityGroupCannotRemoveDefault", message)
    rules = cloud.network.security_group_rules
    for rule in (*rules.find("security_group_id", group["id"]), *rules.find("remote", group["id"])):
        if rule["id"] in rules:
            rules.remove(rule["id"])
    cloud.network.security_groups.remove(group["id"])


def view(cloud: Cloud, group: Record) -> Record:
    rules = cloud.network.security_group_rules.find("security_group_id", group["id"])
    return {**group, "security_group_rules": rules}


_ALL_PORTS = (1, 65535)


def create_rule(cloud: Cloud, token: Token, values: Record) -> Record:
    group = SECURITY_GROUPS.find_own(cloud, token, values["security_group_id"], "create_security_group_rule_in")
    if sum(bool(values[name]) for name in _REMOTES) > 1:
        message = "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided."
        raise network_error(400, "SecurityGroupMultipleRemoteEntites", message)
    values = {**values, "protocol": _canonical(values["protocol"], values["ethertype"])}
    if values["remote_group_id"]:
        SECURITY_GROUPS.find(cloud, token, values["remote_group_id"])
    if values["remote_address_group_id"]:
        ADDRESS_GROUPS.find(cloud, token, values["remote_address_group_id"])
    _check_ports(values)
    if values["ethertype"] == "IPv4" and _number(values["protocol"]) in {_PROTOCOLS[one] for one in _WITH_IPV6_ONLY}:
        message = f"Invalid ethertype IPv4 for protocol {values['protocol']}."
        raise network_error(400, "SecurityGroupEthertypeConflictWithProtocol", message)
    values = {**values, "normalized_cidr": _check_prefix(values)}
    if (values["port_range_min"], values["port_range_max"]) == _ALL_PORTS:
        values |= {"port_range_min": None, "port_range_max": None}
    for other in cloud.network.security_group_rules.find("security_group_id", group["id"]):
        if _meaning(other) == _meaning(values):
            message = f"Security group rule already exists. Rule id is {other['id']}."
            raise network_error(409, "SecurityGroupRuleExists", message)
    record = {**stamp(cloud, token, values), "revision_number": 0, "belongs_to_default_sg": group["name"] == "default"}
    rule = cloud.network.security_group_rules.put(record)
    _touch(cloud, group["id"])
    return rule


def _meaning(rule: Record) -> list[object]:
    """Equal for rules that Neutron takes for the same: protocols by number, an open prefix is none."""
    prefix = rule["remote_ip_prefix"]
    meant = {
        **rule,
        "protocol": _number(rule["protocol"]),
        "remote_ip_prefix": None if prefix in ("0.0.0.0/0", "::/0") else prefix,
    }
    return [meant[name] for name in _COMPARED]


def _canonical(protocol: str | None, ethertype: str) -> str | None:
    """ICMP of IPv6 under its own name, whatever it was called."""
    if ethertype == "IPv4":
        return protocol
    return {"icmp": "ipv6-icmp", "icmpv6": "ipv6-icmp", "1": "58"}.get(protocol or "", protocol)


def _number(protocol: str | None) -> int | None:
    if protocol is None:
        return None
    return int(protocol) if protocol.isdigit() else _PROTOCOLS[protocol]


def _check_ports(values: Record) -> None:
    low, high, protocol = values["port_range_min"], values["port_range_max"], values["protocol"]
    if low is None and high is None:
        return
    if protocol is None:
        message = "Must also specify protocol if port range is given."
        raise network_error(400, "SecurityGroupProtocolRequiredWithPorts", message)
    number = _number(protocol)
    if number in _ICMP:
        for field, value in (("code", high), ("type", low)):
            if value is not None and value > 255:
                bound = "port_range_max" if field == "code" else "port_range_min"
                message = f"Invalid value for ICMP {field} ({bound}) {value}. It must be 0 to 255."
                raise network_error(400, "SecurityGroupInvalidIcmpValue", message)
        if low is None:
            message = f"ICMP code (port-range-max) {high} is provided but ICMP type (port-range-min) is missing."
            raise network_error(400, "SecurityGroupMissingIcmpType", message)
        return
    if number not in _WITH_PORTS:
        message = f"Ports cannot be specified for protocol {number}. Ports are only supported for"
        message = f"{message} DCCP, SCTP, TCP, UDP, UDPLITE."
        raise network_error(400, "SecurityGroupInvalidProtocolForPort", message)
    if 0 in (low, high):
        raise network_error(400, "SecurityGroupInvalidPortValue", "Invalid value for port 0")
    if low is None or high is None or low > high:
        message = "For TCP/UDP protocols, port_range_min must be <= port_range_max"
        raise network_error(400, "SecurityGroupInvalidPortRange", message)


def _check_prefix(values: Record) -> str | None:
    prefix = values["remote_ip_prefix"]
    if prefix is None:
        return None
    net = ipaddress.ip_network(prefix, strict=False)
    if f"IPv{net.version}" != values["ethertype"]:
        message = f"Conflicting value ethertype {values['ethertype']} for CIDR {prefix}"
        raise network_error(400, "SecurityGroupRuleParameterConflict", message)
    return str(net)


def update_rule(cloud: Cloud, _token: Token, rule: Record, changes: Record) -> Record:
    return cloud.network.security_group_rules.put(bumped(cloud, rule, changes))


def delete_rule(cloud: Cloud, _token: Token, rule: Record) -> None:
    cloud.network.security_group_rules.remove(rule["id"])
    _touch(cloud, rule["security_group_id"])


def _touch(cloud: Cloud, group_id: str) -> None:
    groups = cloud.network.security_groups
    groups.put(bumped(cloud, groups[group_id], {}))


SECURITY_GROUPS = Resource(
    singular="security_group",
    collection="security_groups",
    kind="SecurityGroup",
    table=lambda cloud: cloud.network.security_groups,
    attributes=_GROUP_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    view=view,
    extension="security-group",
    missing="Security group {} does not exist",
    path="/v2.0/security-groups",
    before_list=lambda cloud, token: default_group(cloud, token.project_id),
)

SECURITY_GROUP_RULES = Resource(
    singular="security_group_rule",
    collection="security_group_rules",
    kind="SecurityGroupRule",
    table=lambda cloud: cloud.network.security_group_rules,
    attributes=_RULE_ATTRIBUTES,
    create=create_rule,
    update=update_rule,
    delete=delete_rule,
    extension="security-group",
    missing="Security group rule {} does not exist",
    path="/v2.0/security-group-rules",
    taggable=False,
)
