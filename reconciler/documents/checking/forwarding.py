"""Forwarding graphs: what they name is there and on one VIM, and no packet would take two paths."""

from __future__ import annotations

from ipaddress import ip_network
from itertools import combinations

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.rules import ports_of
from reconciler.documents.checking.vnfs import count_of
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.reading.spots import Spot
from reconciler.documents.words.forwarding import Classifier, ForwardingGraph

_ALL_PORTS = (0, 65535)


def check_forwarding(draft: ServiceDraft) -> None:
    """Notes what is wrong with the graphs. What they become is added to ``draft.size``."""
    problems = draft.problems
    before = problems.count
    graphs = problems.named("forwarding graph", draft.spec.forwarding_graphs)
    for graph in graphs.values():
        _check_path(draft, graph)
        for classifier in problems.named("classifier", graph.classifiers).values():
            source = classifier.source
            spots = classifier.at("source", "vnf"), classifier.at("source", "name")
            if _knows_point(draft, spots, source.vnf, source.name):
                draft.size += _instances(draft, source.vnf)
            _check_match(draft, classifier)
        _check_one_vim(draft, graph)
    if problems.count == before:
        _check_apart(draft, list(graphs.values()))


def ethertype_of(classifier: Classifier) -> str:
    """What the classifier says, else what its destination is, else IPv4."""
    if classifier.ethertype is not None:
        return classifier.ethertype
    return "IPv6" if classifier.destination and ":" in classifier.destination else "IPv4"


def _check_path(draft: ServiceDraft, graph: ForwardingGraph) -> None:
    problems = draft.problems
    seen: set[str] = set()
    draft.size += 1
    for hop in graph.path:
        if hop.vnf in seen:
            hint = "traffic passes a VNF one time; make a second VNF from the descriptor"
            problems.report(hop.at("vnf"), f"VNF '{hop.vnf}' is twice in the path of '{graph.name}'", hint)
        seen.add(hop.vnf)
        known = [
            _knows_point(draft, (hop.at("vnf"), hop.at(field)), hop.vnf, name)
            for field, name in (("ingress", hop.ingress), ("egress", hop.egress))
        ]
        if not all(known):
            continue
        draft.size += 1 + _instances(draft, hop.vnf)
        vnf = draft.vnf_items[hop.vnf]
        points = [
            {one.connection_point for one in vdu.interfaces if one.subport_of is None}
            for vdu in vdus_of(draft.descriptors[vnf.descriptor].spec, vnf)
        ]
        if not any({hop.ingress, hop.egress} <= one for one in points):
            message = f"no VDU of VNF '{hop.vnf}' has both '{hop.ingress}' and '{hop.egress}'"
            problems.report(hop.at("egress"), message, "traffic comes in and goes out by interfaces of one instance")


def _knows_point(draft: ServiceDraft, spots: tuple[Spot, Spot], vnf_name: str, name: str) -> bool:
    """Whether a VNF has the connection point. ``spots``: where the one and the other are named."""
    at_vnf, at_name = spots
    if vnf_name not in draft.vnf_items:
        draft.problems.report_unknown(at_vnf, "VNF", vnf_name, draft.vnf_items)
        return False
    vnf = draft.vnf_items[vnf_name]
    if vnf.descriptor not in draft.descriptors:
        return False  # which is reported already
    points = draft.points_of(vnf)
    if name not in points:
        draft.problems.report_unknown(at_name, "connection point", name, points)
    return name in points


def _instances(draft: ServiceDraft, name: str) -> int:
    vnf = draft.vnf_items[name]
    return sum(count_of(vnf, vdu) for vdu in vdus_of(draft.descriptors[vnf.descriptor].spec, vnf))


def _check_match(draft: ServiceDraft, classifier: Classifier) -> None:
    problems = draft.problems
    if classifier.ports is not None:
        if classifier.protocol not in {"tcp", "udp"}:
            message = f"ports do not go with protocol {classifier.protocol}"
            problems.report(classifier.at("ports"), message, "set protocol: tcp or udp", key=True)
        low, high = ports_of(classifier.ports)
        if not 1 <= low <= high <= _ALL_PORTS[1]:
            hint = "write 443 or '8000-8100', at most 65535"
            problems.report(classifier.at("ports"), f"{classifier.ports} is no port range", hint)
    if classifier.destination and (":" in classifier.destination) != (ethertype_of(classifier) == "IPv6"):
        message = f"{classifier.destination} is not {classifier.ethertype}"
        problems.report(classifier.at("destination"), message, "leave out ethertype")


def _check_one_vim(draft: ServiceDraft, graph: ForwardingGraph) -> None:
    names = [*(hop.vnf for hop in graph.path), *(one.source.vnf for one in graph.classifiers)]
    vims = sorted({draft.vims[name] for name in names if name in draft.vims})
    if len(vims) > 1:
        message = f"the VNFs of forwarding graph '{graph.name}' are on the VIMs {' and '.join(vims)}"
        draft.problems.report(graph.at("path"), message, "a chain is on one VIM: declare a graph for each")


def _check_apart(draft: ServiceDraft, graphs: list[ForwardingGraph]) -> None:
    """Of two graphs on one VIM, and of two classifiers at one source: what the VIM would refuse."""
    vim = {graph.name: draft.vims.get(graph.path[0].vnf, "") for graph in graphs}
    paths: dict[tuple[object, ...], ForwardingGraph] = {}
    for graph in graphs:
        path = (vim[graph.name], *((hop.vnf, hop.ingress, hop.egress) for hop in graph.path))
        first = paths.setdefault(path, graph)
        if first is not graph:
            message = f"forwarding graph '{graph.name}' has the path of '{first.name}'"
            draft.problems.report(graph.at("path"), message, f"put its classifiers into '{first.name}'")
    classifiers = [(graph, one) for graph in graphs for one in graph.classifiers]
    for (graph, one), (other_graph, other) in combinations(classifiers, 2):
        if vim[graph.name] != vim[other_graph.name] or not _meet(one, other):
            continue
        if graph is not other_graph or _source(one) == _source(other):
            message = f"a packet that matches '{other.name}' may match '{one.name}' of '{graph.name}' too"
            draft.problems.report(other.at("name"), message, "give them other protocols, ports or destinations")


def _source(classifier: Classifier) -> tuple[str, str]:
    return (classifier.source.vnf, classifier.source.name)


def _meet(one: Classifier, other: Classifier) -> bool:
    """Whether some packet matches both, wherever it comes from."""
    if ethertype_of(one) != ethertype_of(other):
        return False
    if "any" not in {one.protocol, other.protocol} and one.protocol != other.protocol:
        return False
    (low, high), (least, most) = (_ALL_PORTS if c.ports is None else ports_of(c.ports) for c in (one, other))
    if high < least or most < low:
        return False
    if one.destination is None or other.destination is None:
        return True
    first, second = ip_network(one.destination), ip_network(other.destination)
    return first.version == second.version and first.overlaps(second)
