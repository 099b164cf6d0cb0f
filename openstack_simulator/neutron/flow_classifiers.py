"""Flow classifiers of networking-sfc: which traffic enters a port chain."""

import ipaddress
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, anything, cidr, optional, standard, text, uuid
from openstack_simulator.neutron.resource import Resource, own, stamp
from openstack_simulator.tables import Table

_UNCOUNTED = ("revision_number", "created_at", "updated_at", "tags")
_PROTOCOLS = ("tcp", "udp", "icmp")
_ETHERTYPES = {"ipv4": "IPv4", "ipv6": "IPv6"}
_RANGES = ("source_port_range", "destination_port_range")
_PREFIXES = ("source_ip_prefix", "destination_ip_prefix")
_PORTS = ("logical_source_port", "logical_destination_port")


def uncounted() -> dict[str, Attribute]:
    """What every resource of networking-sfc has: neither revisions nor times nor tags."""
    return {name: one for name, one in standard().items() if name not in _UNCOUNTED}


def stamped(cloud: Cloud, token: Token, values: Record) -> Record:
    """A new record of networking-sfc."""
    return {name: value for name, value in stamp(cloud, token, values).items() if name not in _UNCOUNTED}


def _protocol(value: Any) -> str:
    if isinstance(value, str) and value.lower() in _PROTOCOLS:
        return value.lower()
    message = f"Flow Classifier does not support protocol {value}. Supported protocol values are {list(_PROTOCOLS)}."
    raise network_error(400, "FlowClassifierInvalidProtocol", message)


def _ethertype(value: Any) -> str:
    if isinstance(value, str) and value.lower() in _ETHERTYPES:
        return _ETHERTYPES[value.lower()]
    message = f"Flow Classifier does not support ethertype {value}."
    raise network_error(400, "FlowClassifierInvalidEthertype", message)


def _port_number(value: Any) -> int:
    if isinstance(value, (int, str)) and str(value).isdigit() and int(value) <= 65535:
        return int(value)
    raise network_error(400, "FlowClassifierInvalidPortValue", f"Flow Classifier has invalid port value {value}.")


_ATTRIBUTES = {
    **uncounted(),
    "ethertype": Attribute(default="IPv4", check=_ethertype, update=False),
    "protocol": Attribute(default=None, check=optional(_protocol), update=False),
    **{
        f"{name}_{end}": Attribute(default=None, check=optional(_port_number), update=False)
        for name in _RANGES
        for end in ("min", "max")
    },
    **{name: Attribute(default=None, check=optional(cidr), update=False) for name in _PREFIXES},
    **{name: Attribute(default=None, check=optional(uuid), update=False) for name in _PORTS},
    "l7_parameters": Attribute(default={}, check=anything, update=False),
    "name": Attribute(default="", check=text()),
}


def table(cloud: Cloud) -> Table:
    return cloud.network.table("flow_classifiers")


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    for name in _RANGES:
        low, high = values[f"{name}_min"], values[f"{name}_max"]
        if low is not None and high is not None and low > high:
            message = f"Invalid IP protocol port range. min_port_range={low} must be lesser or equal to"
            raise network_error(400, "FlowClassifierInvalidPortRange", f"{message} max_port_range={high}.")
        if (low, high) != (None, None) and values["protocol"] not in ("tcp", "udp"):
            message = "IP protocol must be TCP or UDP, if port range is given."
            raise network_error(400, "FlowClassifierProtocolRequiredWithPorts", message)
    for name in _PREFIXES:
        if values[name] and f"IPv{ipaddress.ip_network(values[name]).version}" != values["ethertype"]:
            message = f"IP prefix {values[name]} format conflicts with ethertype {values['ethertype']}"
            raise invalid_input(message)
    for name in _PORTS:
        port = cloud.network.ports.get(values[name])
        if values[name] and (port is None or not own(cloud, token, port)):
            message = f"Flow Classifier Neutron Port {values[name]} not found."
            raise network_error(404, "FlowClassifierPortNotFound", message)
    for other in table(cloud):
        if own(cloud, token, other) and overlap(values, other) and all(_alike(values, other, name) for name in _PORTS):
            message = f"Flow Classifier conflicts with another Flow Classifier {other['id']}."
            raise network_error(400, "FlowClassifierInConflict", message)
    return table(cloud).put(stamped(cloud, token, values))


def overlap(one: Record, other: Record) -> bool:
    """Whether some packet matches both, wherever it comes from: what networking-sfc calls a basic conflict."""
    return (
        one["ethertype"] == other["ethertype"]
        and _alike(one, other, "protocol")
        and all(_nets_meet(one[name], other[name]) for name in _PREFIXES)
        and all(_ranges_meet(one, other, name) for name in _RANGES)
    )


def _alike(one: Record, other: Record, name: str) -> bool:
    return None in (one[name], other[name]) or one[name] == other[name]


def _nets_meet(one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return True
    first, second = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return first.version == second.version and first.overlaps(second)


def _ranges_meet(one: Record, other: Record, name: str) -> bool:
    def before(first: Record, second: Record) -> bool:
        low, high = first[f"{name}_min"], second[f"{name}_max"]
        return low is None or high is None or low <= high

    return before(one, other) and before(other, one)


def update(cloud: Cloud, _token: Token, classifier: Record, changes: Record) -> Record:
    return table(cloud).put({**classifier, **changes})


def delete(cloud: Cloud, _token: Token, classifier: Record) -> None:
    if any(classifier["id"] in chain["flow_classifiers"] for chain in cloud.network.table("port_chains")):
        raise network_error(409, "FlowClassifierInUse", f"Flow Classifier {classifier['id']} in use.")
    table(cloud).remove(classifier["id"])


FLOW_CLASSIFIERS = Resource(
    singular="flow_classifier",
    collection="flow_classifiers",
    kind="FlowClassifier",
    table=table,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    extension="flow_classifier",
    missing="Flow Classifier {} not found.",
    path="/v2.0/sfc/flow_classifiers",
    taggable=False,
)
