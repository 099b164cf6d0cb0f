"""What networking-sfc makes, changes and refuses."""

from typing import Any, NamedTuple

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Answer, Caller


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer["NeutronError"]["type"]


class Chained(NamedTuple):
    """A chain through a group of one pair, with the classifier of its traffic, by id."""

    ports: list[str]
    pair: str
    group: str
    classifier: str
    chain: str


def ask(caller: Caller, singular: str, **values: Any) -> Answer:
    return caller.network("POST", f"sfc/{singular}s", {singular: values})


def make(caller: Caller, singular: str, **values: Any) -> str:
    answer = ask(caller, singular, **values)
    assert answer.status == 201, answer.body
    return str(answer[singular]["id"])


def put(caller: Caller, singular: str, identifier: str, **values: Any) -> Answer:
    return caller.network("PUT", f"sfc/{singular}s/{identifier}", {singular: values})


@pytest.fixture
def network(demo: Caller) -> str:
    network = str(demo.make("network", name="lan")["id"])
    demo.make("subnet", network_id=network, ip_version=4, cidr="10.0.0.0/24")
    return network


def plugged(demo: Caller, network: str) -> list[str]:
    """Two ports of one server."""
    ports = [str(demo.make("port", network_id=network)["id"]) for _ in range(2)]
    demo.make_server(networks=[{"port": port} for port in ports])
    return ports


@pytest.fixture
def chained(demo: Caller, network: str) -> Chained:
    ports = [*plugged(demo, network), str(demo.make("port", network_id=network)["id"])]
    pair = make(demo, "port_pair", ingress=ports[0], egress=ports[1])
    group = make(demo, "port_pair_group", port_pairs=[pair])
    http = {"protocol": "tcp", "destination_port_range_min": 80, "destination_port_range_max": 80}
    classifier = make(demo, "flow_classifier", logical_source_port=ports[2], **http)
    chain = make(demo, "port_chain", port_pair_groups=[group], flow_classifiers=[classifier])
    return Chained(ports, pair, group, classifier, chain)


def test_a_chain_has_neither_state_nor_revision_nor_times(demo: Caller, chained: Chained) -> None:
    (chain,) = demo.network("GET", "sfc/port_chains")["port_chains"]
    assert chain.keys().isdisjoint({"status", "revision_number", "created_at", "updated_at", "tags"})
    assert (chain["id"], chain["chain_parameters"]) == (chained.chain, {"correlation": "mpls", "symmetric": False})


def test_a_pair_takes_two_ports_of_one_server_once(demo: Caller, network: str, chained: Chained) -> None:
    loose = chained.ports[2]
    first, second, _ = chained.ports
    other, _ = plugged(demo, network)
    assert refusal(ask(demo, "port_pair", ingress=loose, egress=second)) == (400, "PortPairIngressNoHost")
    assert refusal(ask(demo, "port_pair", ingress=first, egress=loose)) == (400, "PortPairEgressNoHost")
    different = (400, "PortPairIngressEgressDifferentHost")
    assert refusal(ask(demo, "port_pair", ingress=first, egress=other)) == different
    assert refusal(ask(demo, "port_pair", ingress=first, egress=second)) == (400, "PortPairIngressEgressInUse")
    missing = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    assert refusal(ask(demo, "port_pair", ingress=missing, egress=second)) == (404, "PortPairPortNotFound")


def test_a_pair_is_in_one_group_and_a_classifier_in_one_chain_and_groups_are_shared(
    demo: Caller, network: str, chained: Chained
) -> None:
    assert refusal(ask(demo, "port_pair_group", port_pairs=[chained.pair])) == (409, "PortPairInUse")
    first, second = plugged(demo, network)
    more = make(demo, "port_pair_group", port_pairs=[make(demo, "port_pair", ingress=first, egress=second)])
    both = [chained.group, more]
    taken = ask(demo, "port_chain", port_pair_groups=both, flow_classifiers=[chained.classifier])
    assert refusal(taken) == (409, "FlowClassifierInUse")
    assert refusal(ask(demo, "port_chain", port_pair_groups=[chained.group])) == (409, "InvalidPortPairGroups")
    assert ask(demo, "port_chain", port_pair_groups=both, flow_classifiers=None).status == 201


def test_what_changes_in_place_and_what_does_not(demo: Caller, chained: Chained) -> None:
    assert put(demo, "port_pair_group", chained.group, port_pairs=[]).status == 200
    assert put(demo, "port_chain", chained.chain, flow_classifiers=[])["port_chain"]["flow_classifiers"] == []
    assert put(demo, "port_chain", chained.chain, port_pair_groups=[]).status == 400
    assert put(demo, "port_chain", chained.chain, chain_parameters={"symmetric": True}).status == 400
    assert put(demo, "port_pair", chained.pair, egress=chained.ports[2]).status == 400
    assert put(demo, "port_pair", chained.pair, description="x")["port_pair"]["description"] == "x"
    assert put(demo, "flow_classifier", chained.classifier, destination_port_range_max=81).status == 400
    assert put(demo, "flow_classifier", chained.classifier, name="web")["flow_classifier"]["name"] == "web"


def test_only_from_the_outside_in_it_is_removed(demo: Caller, chained: Chained) -> None:
    order = [
        f"sfc/port_chains/{chained.chain}",
        f"sfc/port_pair_groups/{chained.group}",
        f"sfc/port_pairs/{chained.pair}",
        f"sfc/flow_classifiers/{chained.classifier}",
    ]
    assert [demo.network("DELETE", path).status for path in order[1:]] == [409, 409, 409]
    assert demo.network("DELETE", f"ports/{chained.ports[2]}").status == 409
    assert [demo.network("DELETE", path).status for path in order] == [204, 204, 204, 204]
    assert demo.network("DELETE", f"ports/{chained.ports[2]}").status == 204


@pytest.mark.parametrize(
    ("other", "conflicts"),
    [
        ({"protocol": "tcp", "destination_port_range_min": 80, "destination_port_range_max": 90}, True),
        ({"protocol": "tcp", "destination_port_range_min": 81}, False),
        ({"protocol": "udp"}, False),
        ({}, True),
        ({"source_ip_prefix": "10.0.0.0/8"}, True),
        ({"ethertype": "IPv6"}, False),
    ],
)
def test_two_classifiers_of_one_packet_are_refused(
    demo: Caller, chained: Chained, other: dict[str, Any], conflicts: bool
) -> None:
    answer = ask(demo, "flow_classifier", logical_source_port=chained.ports[2], **other)
    assert (answer.status == 400 and refusal(answer)[1] == "FlowClassifierInConflict") is conflicts


@pytest.mark.usefixtures("chained")
def test_chains_do_not_share_traffic_whatever_port_it_comes_from(demo: Caller, network: str) -> None:
    source = str(demo.make("port", network_id=network)["id"])
    alike = make(demo, "flow_classifier", logical_source_port=source, protocol="tcp")
    first, second = plugged(demo, network)
    more = make(demo, "port_pair_group", port_pairs=[make(demo, "port_pair", ingress=first, egress=second)])
    answer = ask(demo, "port_chain", port_pair_groups=[more], flow_classifiers=[alike])
    assert refusal(answer) == (400, "PortChainFlowClassifierInConflict")


@pytest.mark.parametrize(
    "match",
    [
        {"protocol": "sctp"},
        {"ethertype": "ARP"},
        {"destination_port_range_min": 80},
        {"protocol": "tcp", "source_port_range_min": 9, "source_port_range_max": 8},
        {"protocol": "tcp", "source_port_range_min": 70_000},
        {"source_ip_prefix": "2001:db8::/32"},
    ],
)
def test_a_match_that_is_none_is_refused(demo: Caller, match: dict[str, Any]) -> None:
    assert ask(demo, "flow_classifier", **match).status == 400


@pytest.mark.parametrize("parameters", [{"correlation": "vlan"}, {"correlation": None}, {"colour": "red"}, "symmetric"])
def test_parameters_that_are_none_are_refused(demo: Caller, chained: Chained, parameters: Any) -> None:
    answer = ask(demo, "port_chain", port_pair_groups=[chained.group], chain_parameters=parameters)
    assert answer.status == 400


class TestWithoutClassifiers:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(disabled_extensions=("flow_classifier",))

    def test_each_extension_takes_its_own_collections_away(self, demo: Caller) -> None:
        collections = ("port_pairs", "port_pair_groups", "port_chains", "flow_classifiers")
        assert [demo.network("GET", f"sfc/{one}").status for one in collections] == [200, 200, 200, 404]
