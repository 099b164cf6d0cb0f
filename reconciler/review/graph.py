"""A topology as Mermaid, which forges draw in comments and documents, and as DOT for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.review.topology import Edge, Node, Topology, untangled, vnfs_of
from reconciler.text.markdown import printable

_COLOURS = {"create": "#1a7f37", "update": "#9a6700", "replace": "#8250df", "delete": "#cf222e"}
_MERMAID_SHAPES = {
    "vdu": ("[", "]"),
    "link": ("([", "])"),
    "outside": ("[(", ")]"),
    "router": ("{{", "}}"),
    "access-point": (">", "]"),
}
_DOT_SHAPES = {"vdu": "box", "link": "ellipse", "outside": "cylinder", "router": "hexagon", "access-point": "cds"}


def mermaid(topology: Topology) -> str:
    """The text of a Mermaid flowchart."""
    topology = untangled(topology)
    lines = ["flowchart LR"]
    for number, vim in enumerate(_vims(topology)):
        lines.append(f'  subgraph vim{number}["VIM {_mermaid_text(vim)}"]')
        for order, (vnf, nodes) in enumerate(vnfs_of(topology, vim)):
            inner = "      " if vnf else "    "
            if vnf:
                lines.append(f'    subgraph vim{number}vnf{order}["VNF {_mermaid_text(vnf)}"]')
            lines += [f"{inner}{_mermaid_node(node)}" for node in nodes]
            if vnf:
                lines.append("    end")
        lines.append("  end")
    lines += [f"  {_mermaid_edge(edge)}" for edge in topology.edges]
    for mark, colour in _COLOURS.items():
        marked = [node.id for node in topology.nodes if node.mark == mark]
        if marked:
            lines += [f"  classDef {mark} stroke:{colour},stroke-width:3px", f"  class {','.join(marked)} {mark}"]
        links = [str(number) for number, edge in enumerate(topology.edges) if edge.mark == mark]
        if links:
            lines.append(f"  linkStyle {','.join(links)} stroke:{colour},stroke-width:3px")
    return "\n".join(lines) + "\n"


def dot(topology: Topology) -> str:
    """The text of an undirected Graphviz graph."""
    topology = untangled(topology)
    lines = [f"graph {_quoted(topology.service)} {{", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for number, vim in enumerate(_vims(topology)):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(f'VIM {vim}')};"]
        for order, (vnf, nodes) in enumerate(vnfs_of(topology, vim)):
            inner = "      " if vnf else "    "
            if vnf:
                lines += [f"    subgraph cluster_{number}_{order} {{", f"      label={_quoted(f'VNF {vnf}')};"]
            lines += [f"{inner}{node.id} [{_dot_attributes(node)}];" for node in nodes]
            if vnf:
                lines.append("    }")
        lines.append("  }")
    lines += [f"  {edge.one} -- {edge.other}{_dot_edge(edge)};" for edge in topology.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _vims(topology: Topology) -> list[str]:
    return sorted({node.vim for node in topology.nodes})


def _words(node: Node) -> Iterator[str]:
    yield {"router": "router ", "access-point": "access point "}.get(node.type, "") + node.label
    yield from node.details
    if node.mark:
        yield node.mark


def _mermaid_node(node: Node) -> str:
    start, end = _MERMAID_SHAPES[node.type]
    return f'{node.id}{start}"{"<br/>".join(map(_mermaid_text, _words(node)))}"{end}'


def _mermaid_edge(edge: Edge) -> str:
    label = f'|"{_mermaid_text(edge.label)}"|' if edge.label else ""
    return f"{edge.one} ---{label} {edge.other}"


def _mermaid_text(text: str) -> str:
    """A text that is nothing but text between the quotes of a label."""
    return re.sub(r"[^\w ./:×±+~-]", lambda found: f"#{ord(found[0])};", printable(text))


def _dot_attributes(node: Node) -> str:
    colour = f", color={_quoted(_COLOURS[node.mark])}, penwidth=3" if node.mark else ""
    # A line break is the one escape that is meant.
    label = '"' + "\\n".join(_quoted(word)[1:-1] for word in _words(node)) + '"'
    return f"label={label}, shape={_DOT_SHAPES[node.type]}{colour}"


def _dot_edge(edge: Edge) -> str:
    parts = [f"label={_quoted(edge.label)}"] if edge.label else []
    if edge.mark:
        parts += [f"color={_quoted(_COLOURS[edge.mark])}", "penwidth=3"]
    return f" [{', '.join(parts)}]" if parts else ""


def _quoted(text: str) -> str:
    escaped = printable(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
