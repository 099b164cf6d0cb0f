"""Which VNFs of a network service wait for which others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from reconciler.documents.checking.placed import Placed

DEPENDENCIES_FACTOR = 100
"""How many times ``limits.serviceResources`` the waits of one resource for another may be, in one service."""


def count_waits(vnfs: Iterable[Any], counts: Mapping[str, int]) -> int:
    """How often one part of a VNF waits for one of another, where each has so many parts, by its name."""
    return sum(
        counts.get(vnf["name"], 0) * sum(counts.get(other, 0) for other in vnf.get("dependsOn", ())) for vnf in vnfs
    )


def check_dependencies(placed: Placed) -> None:
    """Notes VNFs that wait for one that is not there, or for one another."""
    subject, vnfs = placed.subject, placed.vnf_items
    waits = {name: vnf.get("dependsOn", []) for name, (_, vnf) in vnfs.items()}
    for name, (path, _) in vnfs.items():
        for index, other in enumerate(waits[name]):
            if other not in vnfs:
                subject.report_unknown((*path, "dependsOn", index), "VNF", other, vnfs)
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        # graphlib tells a cycle against the direction of waiting.
        ring = list(reversed(error.args[1]))
        message = f"the VNFs wait for one another: {' -> '.join(ring)}"
        subject.report((*vnfs[ring[0]][0], "dependsOn"), message, "take one of the dependencies away")
