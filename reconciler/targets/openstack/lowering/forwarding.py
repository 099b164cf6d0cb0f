"""A forwarding graph becomes a port chain: a group of port pairs for each hop, a classifier for each source.

Graphs that pass a VNF by the same connection points share its group.
"""

from __future__ import annotations

from reconciler.documents.checking.forwarding import ethertype_of
from reconciler.documents.checking.rules import ports_of
from reconciler.documents.words.forwarding import Classifier, ForwardingGraph, Hop
from reconciler.model import Key
from reconciler.targets.openstack.kinds.flow_classifier import FlowClassifierSpec, PortRange
from reconciler.targets.openstack.kinds.port_chain import PortChainSpec
from reconciler.targets.openstack.kinds.port_pair import PortPairSpec
from reconciler.targets.openstack.kinds.port_pair_group import PortPairGroupSpec
from reconciler.targets.openstack.lowering.expansion import Expansion


def expand_forwarding(expansion: Expansion, graph: ForwardingGraph) -> None:
    """The chain of one graph, with what it consists of. Its VNFs are expanded already."""
    name, vim = expansion.blueprint.name, expansion.blueprint.vim_of_vnf[graph.path[0].vnf]
    groups = tuple(_group(expansion, vim, hop) for hop in graph.path)
    prefix = f"{name}/{graph.name}"
    classifiers = [key for one in graph.classifiers for key in _classifiers(expansion, vim, prefix, one)]
    spec = PortChainSpec(groups, tuple(sorted(classifiers)), graph.symmetric)
    expansion.add(Key(vim, "port-chain", prefix), spec, graph.spot.place())


def _group(expansion: Expansion, vim: str, hop: Hop) -> Key:
    """All instances of a VNF that stay. Those that exist while a change rolls get no traffic."""
    ways = f"{hop.ingress}/{hop.egress}"
    key = Key(vim, "port-pair-group", f"{expansion.blueprint.name}/{hop.vnf}/{ways}")
    if key in expansion.resources:
        return key
    entries, exits = (_by_server(expansion, hop.vnf, point) for point in (hop.ingress, hop.egress))
    pairs = [
        expansion.add(
            Key(vim, "port-pair", f"{server.name}/{ways}"),
            PortPairSpec(ingress, exits[server], server),
            hop.spot.place(),
            instance=expansion.resources[server].instance,
        )
        for server, ingress in entries.items()
        if server in exits
    ]
    return expansion.add(key, PortPairGroupSpec(tuple(sorted(pairs))), hop.spot.place())


def _classifiers(expansion: Expansion, vim: str, prefix: str, classifier: Classifier) -> list[Key]:
    """One for each instance that the traffic comes out of."""
    ports = _by_server(expansion, classifier.source.vnf, classifier.source.name)
    return [
        expansion.add(
            Key(vim, "flow-classifier", f"{prefix}/{classifier.name}/{server.name.rpartition('/')[2]}"),
            FlowClassifierSpec(
                source=port,
                ethertype=ethertype_of(classifier),
                protocol=None if classifier.protocol == "any" else classifier.protocol,
                destination_ports=None if classifier.ports is None else PortRange(*ports_of(classifier.ports)),
                destination_cidr=classifier.destination,
            ),
            classifier.spot.place(),
        )
        for server, port in ports.items()
    ]


def _by_server(expansion: Expansion, vnf: str, point: str) -> dict[Key, Key]:
    """The port of each instance at a connection point, the first one where there are several."""
    found: dict[Key, Key] = {}
    for port in expansion.points.get((vnf, point), ()):
        server = Key(port.target, "server", port.name.rpartition("/")[0])
        if server in expansion.servers.get(vnf, ()):
            found.setdefault(server, port)
    return found
