"""The topology of a network service: its VDUs, virtual links, routers and access points, with what is to change.

From the desired state alone, or also from the steps of plans.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model import Desired, Key, Plan, Spec
from reconciler.model.resources import NodeId
from reconciler.review.items import items_of

_MANY_EDGES = 24
"""With more than these, networks that nearly all are on are reported in words: their lines would cross all others."""
_HUB = 4

_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


class Node(NamedTuple):
    """``type``: vdu, link, outside (a network that was there without us), router or access-point.

    ``vnf`` is "" for what belongs to no VNF. ``mark`` is what is to change: create, update, replace, delete, or "".
    ``keys``: the managed resources behind it.
    """

    id: str
    type: str
    vim: str
    vnf: str
    label: str
    details: tuple[str, ...] = ()
    mark: str = ""
    keys: tuple[Key, ...] = ()


class Edge(NamedTuple):
    """Between two nodes, by id; ``label`` has the interfaces."""

    one: str
    other: str
    label: str = ""
    mark: str = ""
    keys: tuple[Key, ...] = ()


class Topology(NamedTuple):
    service: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(slots=True)
class _Drawn:
    """What is found of a service; ``keys`` has the resources behind each node and edge."""

    specs: Mapping[Key, Spec]
    verb_of: Mapping[Key, str]
    nodes: dict[NodeId, list[str]] = field(default_factory=dict)
    edges: defaultdict[tuple[NodeId, NodeId], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    keys: defaultdict[object, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def node(self, target: str, node_type: str, name: str, key: Key | None = None, detail: str = "") -> NodeId:
        found = (target, node_type, name)
        details = self.nodes.setdefault(found, [])
        if detail:
            details.append(detail)
        if key:
            self.keys[found].append(key)
        return found

    def edge(self, one: NodeId, other: NodeId, key: Key, label: str = "") -> None:
        self.edges[one, other][label] = None
        self.keys[one, other].append(key)

    def spec_of(self, key: Key) -> Spec | None:
        return self.specs.get(key)

    def verbs(self, found: object) -> list[str]:
        """What is done to the resources behind a node or an edge."""
        return [self.verb_of.get(key, "") for key in self.keys[found]]

    def network(self, key: Key) -> NodeId:
        return self.node(key.target, "link" if key.kind == "network" else "outside", key.name)


def topology_of(service: str, desired: Iterable[Desired], plans: Iterable[Plan] = ()) -> Topology:
    """The declared topology of a service; with plans also what goes, and everything that changes is marked."""
    # What exists only while a change goes through the others is no part of a service.
    specs = {
        one.key: one.spec
        for one in desired
        if one.key.service == service and not (one.instance is not None and one.instance.surge)
    }
    verb_of: dict[Key, str] = {}
    for plan in plans:
        for verb, step in items_of(plan):
            spec = step.desired.spec if step.desired else step.observed.spec if step.observed else None
            if step.key.service == service and spec is not None:
                verb_of[step.key] = verb
                specs.setdefault(step.key, spec)
    drawn = _Drawn(specs, verb_of)
    for key, spec in sorted(specs.items(), key=lambda one: one[0]):
        spec.draw(key, drawn)
    return _finished(service, drawn)


def _finished(service: str, drawn: _Drawn) -> Topology:
    ids = {node: f"n{number}" for number, node in enumerate(sorted(drawn.nodes))}
    nodes = [_node(ids[one], one, service, details, drawn) for one, details in sorted(drawn.nodes.items())]
    edges = [
        Edge(
            ids[one],
            ids[other],
            " ".join(filter(None, labels)),
            _mark(drawn.verbs((one, other))),
            tuple(drawn.keys[one, other]),
        )
        for (one, other), labels in sorted(drawn.edges.items())
    ]
    return Topology(service, tuple(nodes), tuple(edges))


def _node(name: str, node: NodeId, service: str, details: list[str], drawn: _Drawn) -> Node:
    vim, node_type, path = node
    verbs = drawn.verbs(node)
    parts = path.removeprefix(f"{service}/").split("/")
    within_vnf = node_type == "vdu" or (node_type == "link" and len(parts) > 1)
    vnf = "/".join(parts[:-1]) if within_vnf else ""
    label = parts[-1] if within_vnf else "/".join(parts)
    if node_type == "vdu":
        left = [verb for verb in verbs if verb != "delete"]
        label = f"{label} × {len(left or verbs)}"
        changes = Counter(filter(None, verbs))
        if changes and len(set(verbs)) > 1:
            details = [" ".join(f"{_SIGNS[verb]}{number}" for verb, number in sorted(changes.items()))]
    return Node(name, node_type, vim, vnf, label, tuple(details), _mark(verbs), tuple(drawn.keys[node]))


def _mark(verbs: Iterable[str]) -> str:
    """What is done to a whole whose parts have these done to them."""
    found = set(verbs)
    if len(found) <= 1:
        return next(iter(found), "")
    return "replace" if "replace" in found else "update"


def untangled(topology: Topology) -> Topology:
    """The same, to be drawn: of a large one, what is on a network with many others says so instead of having a line.

    Lines that change are drawn all the same.
    """
    if len(topology.edges) <= _MANY_EDGES:
        return topology
    nodes = {node.id: node for node in topology.nodes}
    degrees = Counter(edge.other for edge in topology.edges)
    # On each VIM alike: of one name they are for the same.
    hubs = {(nodes[one].type, nodes[one].label) for one, count in degrees.items() if count > _HUB}
    shared: defaultdict[str, list[str]] = defaultdict(list)
    edges = []
    for edge in topology.edges:
        other = nodes[edge.other]
        in_words = nodes[edge.one].type == "vdu" or other.type == "outside"
        if (other.type, other.label) in hubs and in_words and not edge.mark:
            shared[edge.one].append(f"{edge.label}: {other.label}" if edge.label else f"on {other.label}")
        else:
            edges.append(edge)
    used = {name for edge in edges for name in (edge.one, edge.other)}
    kept = (
        node._replace(details=(*node.details, *shared[node.id]))
        for node in topology.nodes
        if node.type != "outside" or node.id in used
    )
    return Topology(topology.service, tuple(kept), tuple(edges))


def vnfs_of(topology: Topology, vim: str) -> Iterator[tuple[str, list[Node]]]:
    """The nodes on a VIM by VNF, those of none first."""
    by_vnf: defaultdict[str, list[Node]] = defaultdict(list)
    for node in topology.nodes:
        if node.vim == vim:
            by_vnf[node.vnf].append(node)
    yield from sorted(by_vnf.items())
