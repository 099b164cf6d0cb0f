"""What the kinds of service chains read of items and say for people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Impact, Key
from reconciler.targets.openstack.kinds.flow_classifier import FLOW_CLASSIFIERS, FlowClassifierKind, PortRange
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.port_chain import PORT_CHAINS, PortChainKind
from reconciler.targets.openstack.kinds.port_pair import PORT_PAIRS, PortPairKind
from reconciler.targets.openstack.kinds.port_pair_group import PORT_PAIR_GROUPS, PortPairGroupKind
from reconciler.targets.rest import Index, Json, Listing
from tests.conformance.samples import CHAIN, HOPS, INS, OUTS, PAIR_SPECS

PAIR = {"id": "p", "ingress": "in", "egress": "out"}
KEYS = {"in": INS[0], "out": OUTS[0], "hop": HOPS[0], "other": Key("paris", "existing-server", "other")}


def index_of(*, device: str) -> Index:
    ports = [{"id": one, "device_id": device} for one in ("in", "out")]
    items = {PORTS: ports, PORT_PAIRS: [PAIR], FLOW_CLASSIFIERS: [], PORT_CHAINS: [], PORT_PAIR_GROUPS: []}
    return Index("paris", "magi", "p1", items, keys=dict(KEYS))


@pytest.mark.parametrize(("device", "server"), [("hop", HOPS[0]), ("", None), ("other", None), ("unknown", None)])
def test_a_pair_belongs_to_the_managed_server_that_its_ports_are_in(device: str, server: Key | None) -> None:
    spec = PortPairKind().read(PAIR, index_of(device=device))
    assert spec == replace(PAIR_SPECS[0], server=server)
    assert PAIR_SPECS[0].settle(spec) == spec, "that it is in none is a difference of the server"


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        (PortRange(80, 80), "80"),
        (PortRange(80, 90), "80-90"),
        (PortRange(None, 90), "0-90"),
        (PortRange(80, None), "80-65535"),
    ],
)
def test_a_range_of_ports_reads_as_people_write_it(ports: PortRange, text: str) -> None:
    assert str(ports) == text


def test_each_part_of_a_chain_names_what_it_consists_of() -> None:
    index = index_of(device="hop")
    classifier = {"id": "f", "logical_source_port": "in", "logical_destination_port": None}
    chain = {"id": "c", "port_pair_groups": ["g"], "flow_classifiers": ["f"]}
    group = {"id": "g", "port_pairs": ["p"]}
    found: dict[Listing, list[Json]] = {FLOW_CLASSIFIERS: [classifier], PORT_CHAINS: [chain], PORT_PAIR_GROUPS: [group]}
    index.items = {**index.items, **found}
    kinds = (PortPairKind(), PortPairGroupKind(), FlowClassifierKind(), PortChainKind())
    assert {(one.kind, one.id) for kind in kinds for one in kind.names(index)} == {
        ("port", "in"),
        ("port", "out"),
        ("port-pair", "p"),
        ("port-pair-group", "g"),
        ("flow-classifier", "f"),
    }


def test_a_plan_says_what_becomes_of_the_traffic_of_a_chain() -> None:
    assert CHAIN.side_effects(Impact.NONE, CHAIN, {"groups"}) == ("traffic of the chain is interrupted for a moment",)
    assert CHAIN.side_effects(Impact.NONE, CHAIN, ()) == (), "its name alone"
    replaced = CHAIN.side_effects(Impact.REPLACE, CHAIN, {"symmetric"})
    assert replaced == ("traffic goes past the chain until it is made again",)
    assert CHAIN.side_effects(Impact.NONE, None, ()) == ("traffic goes past the chain",)
