"""The topology of a service as a graph."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.cli import exits
from reconciler.cli.main import run
from reconciler.documents import Library
from reconciler.model import Desired, Instance, Key, Observed, Spec, World
from reconciler.review import dot, mermaid, topology_of
from reconciler.review.topology import Topology, untangled
from reconciler.source import Directory
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.cli.plans import PLACE, SMALL, key
from tests.cli.test_review import compare
from tests.examples.conftest import EXAMPLES
from tests.plan_of import plan_of

IMAGE, LAN = key("image", "debian-12"), key("network", "vcpe/lan")


def example(folder: str, service: str) -> list[Desired]:
    catalog = Library(TARGET_TYPES).catalog(Directory(EXAMPLES / folder).fetch())
    return [one for target in catalog.services[service].targets for one in catalog.desired[target].values()]


def instances(*numbers: int) -> dict[Key, Spec]:
    ports = {number: key("port", f"vcpe/fw/fw-{number}/eth0") for number in numbers}
    servers = {
        key("server", f"vcpe/fw/fw-{number}"): ServerSpec(SMALL, IMAGE, ports=(ports[number],)) for number in numbers
    }
    return {LAN: NetworkSpec(), **{port: PortSpec(LAN) for port in ports.values()}, **servers}


def changes(there: dict[Key, Spec], declared: dict[Key, Spec]) -> str:
    world = World(
        "paris", {one: Observed(one, spec, "id") for one, spec in there.items()}, {SMALL: ("s",), IMAGE: ("i",)}
    )
    desired = {one: Desired(one, spec, PLACE) for one, spec in declared.items()}
    return mermaid(topology_of("vcpe", desired.values(), [plan_of(desired, world)]))


@pytest.mark.parametrize(("form", "name"), [(mermaid, "vcpe.mmd"), (dot, "vcpe.dot")])
def test_a_topology_reads_as_reviewed(form: Callable[[Topology], str], name: str) -> None:
    compare(name, form(topology_of("vcpe-paris", example("vcpe", "vcpe-paris"))))


def test_the_picture_in_the_documentation_is_the_one_that_is_drawn() -> None:
    drawn = mermaid(topology_of("vcpe-paris", example("vcpe", "vcpe-paris")))
    text = (EXAMPLES.parent / "docs" / "reviewing.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{drawn}```" in text


def test_a_graph_over_two_vims_has_edges_between_nodes_of_each() -> None:
    topology = topology_of("mobile-core", example("mobile-core", "mobile-core"))
    nodes = {node.id for node in topology.nodes}
    assert {node.vim for node in topology.nodes} == {"paris", "lyon"}
    assert {node.type for node in topology.nodes} == {"vdu", "link", "outside", "router", "access-point"}
    assert [edge for edge in topology.edges if not {edge.one, edge.other} <= nodes] == []
    vims = {node.id: node.vim for node in topology.nodes}
    assert all(vims[edge.one] == vims[edge.other] for edge in topology.edges)


def test_a_large_service_shows_in_words_what_nearly_all_are_on() -> None:
    whole = topology_of("mobile-core", example("mobile-core", "mobile-core"))
    drawn = untangled(whole)
    names = {node.id: node.label for node in whole.nodes}
    output = {(node.id, one) for node in drawn.nodes for one in node.details}
    kept = {(edge.one, edge.other) for edge in drawn.edges}
    for edge in whole.edges:
        words = f"{edge.label}: {names[edge.other]}" if edge.label else f"on {names[edge.other]}"
        assert ((edge.one, edge.other) in kept) != ((edge.one, words) in output)
    assert {names[edge.other] for edge in whole.edges if (edge.one, edge.other) not in kept} == {
        "mgmt-net",
        "public",
        "sbi",
    }
    assert len(kept) < len(whole.edges) / 2
    assert {"mgmt-net", "public"} & {node.label for node in drawn.nodes} == set()


def test_a_small_service_is_drawn_in_full() -> None:
    whole = topology_of("vcpe-paris", example("vcpe", "vcpe-paris"))
    assert untangled(whole) == whole


def test_without_changes_nothing_is_marked() -> None:
    assert "classDef" not in mermaid(topology_of("vcpe-paris", example("vcpe", "vcpe-paris")))


def test_what_is_new_is_marked_with_the_number_of_instances() -> None:
    text = changes(instances(0), instances(0, 1, 2))
    assert '["fw × 3<br/>+2<br/>update"]' in text
    assert "classDef update" in text


def test_a_whole_that_is_made_or_goes_is_marked_as_such() -> None:
    assert re.search(r'\["fw × 2<br/>create"\]', changes({}, instances(0, 1)))
    gone = changes(instances(0, 1), {})
    assert '["fw × 2<br/>delete"]' in gone
    assert "linkStyle 0 stroke" in gone


def test_instances_that_only_replace_others_are_no_part_of_a_service() -> None:
    desired = [Desired(one, spec, PLACE) for one, spec in instances(0, 1).items()]
    substitute = Instance("vcpe/fw/fw", 1, key("server", "vcpe/fw/fw-1"), surge=True)
    desired = [replace(one, instance=substitute) if "fw-1" in one.key.name else one for one in desired]
    assert "fw × 1" in mermaid(topology_of("vcpe", desired))


def test_names_can_not_become_markup() -> None:
    evil = key("network", 'vcpe/a"]; click n0 <b>\n%%\\')
    topology = topology_of("vcpe", [Desired(evil, NetworkSpec(), PLACE)])
    assert '(["a#34;#93;#59; click n0 #60;b#62;#92;n#37;#37;#92;"])' in mermaid(topology)
    assert 'label="a\\"]; click n0 <b>\\\\n%%\\\\"' in dot(topology)


def test_a_service_that_is_not_there_is_an_error_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "vcpe-pari", str(EXAMPLES / "vcpe")]) == exits.USAGE
    output = capsys.readouterr().err
    assert "Invalid value for SERVICE" in output
    assert "vcpe-paris" in output
