"""Service function chains: port pairs, groups of pairs, and the chains through groups. They have no state."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, invalid_input, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, list_of, optional, uuid
from openstack_simulator.neutron.flow_classifiers import FLOW_CLASSIFIERS, overlap, stamped, uncounted
from openstack_simulator.neutron.resource import Resource, own
from openstack_simulator.tables import Table

_CORRELATIONS = ("mpls", "nsh")


def _parameters(defaults: Record) -> Any:
    """A check of parameters, of which those that are left out get their defaults."""

    def check(value: Any) -> Record:
        if value is not None and (not isinstance(value, dict) or not value.keys() <= defaults.keys()):
            raise ValueError(f"'{value}' has keys other than {sorted(defaults)}")
        made = {**defaults, **(value or {})}
        if made["correlation"] not in (None, *_CORRELATIONS):
            raise ValueError(f"{made['correlation']} is not in {list(_CORRELATIONS)}")
        return made

    return check


def _groups(value: Any) -> list[str]:
    if not value:
        raise network_error(400, "PortPairGroupNotSpecified", "Port Pair Group is not specified in Port Chain.")
    found: list[str] = list_of(uuid)(value)
    return found


_OF_PAIRS: Record = {"correlation": None, "weight": 1}
_OF_GROUPS: Record = {"lb_fields": [], "ppg_n_tuple_mapping": {"ingress_n_tuple": {}, "egress_n_tuple": {}}}
_OF_CHAINS: Record = {"correlation": "mpls", "symmetric": False}


def pairs(cloud: Cloud) -> Table:
    return cloud.network.table("port_pairs")


def groups(cloud: Cloud) -> Table:
    return cloud.network.table("port_pair_groups")


def chains(cloud: Cloud) -> Table:
    return cloud.network.table("port_chains")


def create_pair(cloud: Cloud, token: Token, values: Record) -> Record:
    """Of two ports of one server. They must be plugged into it already."""
    hosts = {}
    for name in ("ingress", "egress"):
        port = cloud.network.ports.get(values[name])
        if port is None or not own(cloud, token, port):
            raise network_error(404, "PortPairPortNotFound", f"Port Pair port {values[name]} not found.")
        if not port["device_id"]:
            message = f"Port Pair {name} port {port['id']} does not belong to a host."
            raise network_error(400, f"PortPair{name.capitalize()}NoHost", message)
        hosts[name] = port["device_id"]
    ends = f"ingress port {values['ingress']} and egress port {values['egress']}"
    if hosts["ingress"] != hosts["egress"]:
        message = f"Port Pair {ends} not in the same host."
        raise network_error(400, "PortPairIngressEgressDifferentHost", message)
    for other in pairs(cloud):
        if (other["ingress"], other["egress"]) == (values["ingress"], values["egress"]):
            message = f"Port Pair with {ends} is already used by another Port Pair {other['id']}."
            raise network_error(400, "PortPairIngressEgressInUse", message)
    return pairs(cloud).put(stamped(cloud, token, values))


def update_pair(cloud: Cloud, _token: Token, pair: Record, changes: Record) -> Record:
    return pairs(cloud).put({**pair, **changes})


def delete_pair(cloud: Cloud, _token: Token, pair: Record) -> None:
    if any(pair["id"] in group["port_pairs"] for group in groups(cloud)):
        raise network_error(409, "PortPairInUse", f"Port Pair {pair['id']} in use.")
    pairs(cloud).remove(pair["id"])


def create_group(cloud: Cloud, token: Token, values: Record) -> Record:
    _check_pairs(cloud, token, "", values["port_pairs"])
    return groups(cloud).put({**stamped(cloud, token, values), "group_id": _next_number(groups(cloud), "group_id")})


def update_group(cloud: Cloud, token: Token, group: Record, changes: Record) -> Record:
    _check_pairs(cloud, token, group["id"], changes.get("port_pairs", ()))
    return groups(cloud).put({**group, **changes})


def _check_pairs(cloud: Cloud, token: Token, group_id: str, requested: list[str]) -> None:
    for identifier in requested:
        PORT_PAIRS.find(cloud, token, identifier)
        if any(identifier in other["port_pairs"] for other in groups(cloud) if other["id"] != group_id):
            raise network_error(409, "PortPairInUse", f"Port Pair {identifier} in use.")


def delete_group(cloud: Cloud, _token: Token, group: Record) -> None:
    if any(group["id"] in chain["port_pair_groups"] for chain in chains(cloud)):
        raise network_error(409, "PortPairGroupInUse", f"Port Pair Group {group['id']} in use.")
    groups(cloud).remove(group["id"])


def create_chain(cloud: Cloud, token: Token, values: Record) -> Record:
    if values["chain_parameters"]["correlation"] is None:
        raise invalid_input("None is not a correlation of a chain")
    values = {**values, "flow_classifiers": values["flow_classifiers"] or []}
    _check_chain(cloud, token, "", values)
    return chains(cloud).put({**stamped(cloud, token, values), "chain_id": _next_number(chains(cloud), "chain_id")})


def update_chain(cloud: Cloud, token: Token, chain: Record, changes: Record) -> Record:
    if "flow_classifiers" in changes:
        changes = {**changes, "flow_classifiers": changes["flow_classifiers"] or []}
    _check_chain(cloud, token, chain["id"], changes)
    if groups := changes.get("port_pair_groups"):
        # Those that it had stay in their order, whatever the reply says.
        kept = [one for one in chain["port_pair_groups"] if one in groups]
        changes = {**changes, "port_pair_groups": [*kept, *(one for one in groups if one not in kept)]}
    return chains(cloud).put({**chain, **changes})


def _check_chain(cloud: Cloud, token: Token, chain_id: str, values: Record) -> None:
    """Of what is written: the groups in this order are no other chain's, and no other one has its traffic."""
    others = [one for one in chains(cloud) if one["id"] != chain_id and own(cloud, token, one)]
    requested = values.get("port_pair_groups", [])
    for identifier in requested:
        PORT_PAIR_GROUPS.find(cloud, token, identifier)
    classifiers = [FLOW_CLASSIFIERS.find(cloud, token, one) for one in values.get("flow_classifiers", [])]
    for other in others:
        if requested and other["port_pair_groups"] == requested:
            message = f"Port Pair Group(s) {requested} in use by Port Chain {other['id']}."
            raise network_error(409, "InvalidPortPairGroups", message)
        for one in classifiers:
            _demand_apart(cloud, one, other)


def _demand_apart(cloud: Cloud, classifier: Record, chain: Record) -> None:
    if classifier["id"] in chain["flow_classifiers"]:
        raise network_error(409, "FlowClassifierInUse", f"Flow Classifier {classifier['id']} in use.")
    for identifier in chain["flow_classifiers"]:
        if overlap(classifier, FLOW_CLASSIFIERS.table(cloud)[identifier]):
            raise _in_conflict(classifier["id"], identifier, chain["id"])


def _in_conflict(classifier: str, other: str, chain: str) -> ApiError:
    message = f"Flow Classifier {classifier} conflicts with Flow Classifier {other} in port chain {chain}."
    return network_error(400, "PortChainFlowClassifierInConflict", message)


def delete_chain(cloud: Cloud, _token: Token, chain: Record) -> None:
    chains(cloud).remove(chain["id"])


def _next_number(table: Table, name: str) -> int:
    taken = {record[name] for record in table}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


PORT_PAIRS = Resource(
    singular="port_pair",
    collection="port_pairs",
    kind="PortPair",
    table=pairs,
    attributes={
        **uncounted(),
        "ingress": Attribute(check=uuid, update=False),
        "egress": Attribute(check=uuid, update=False),
        "service_function_parameters": Attribute(default=_OF_PAIRS, check=_parameters(_OF_PAIRS), update=False),
    },
    create=create_pair,
    update=update_pair,
    delete=delete_pair,
    extension="sfc",
    missing="Port Pair {} not found.",
    path="/v2.0/sfc/port_pairs",
    taggable=False,
)
PORT_PAIR_GROUPS = Resource(
    singular="port_pair_group",
    collection="port_pair_groups",
    kind="PortPairGroup",
    table=groups,
    attributes={
        **uncounted(),
        "group_id": Attribute(create=False, update=False),
        "port_pairs": Attribute(default=[], check=list_of(uuid)),
        "port_pair_group_parameters": Attribute(default=_OF_GROUPS, update=False),
    },
    create=create_group,
    update=update_group,
    delete=delete_group,
    extension="sfc",
    missing="Port Pair Group {} not found.",
    path="/v2.0/sfc/port_pair_groups",
    taggable=False,
)
PORT_CHAINS = Resource(
    singular="port_chain",
    collection="port_chains",
    kind="PortChain",
    table=chains,
    attributes={
        **uncounted(),
        "chain_id": Attribute(create=False, update=False),
        "port_pair_groups": Attribute(check=_groups),
        "flow_classifiers": Attribute(default=[], check=optional(list_of(uuid))),
        "chain_parameters": Attribute(default=_OF_CHAINS, check=_parameters(_OF_CHAINS), update=False),
    },
    create=create_chain,
    update=update_chain,
    delete=delete_chain,
    extension="sfc",
    missing="Port Chain {} not found.",
    path="/v2.0/sfc/port_chains",
    taggable=False,
)
