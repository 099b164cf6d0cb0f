"""Which VNFs of a network service wait for which others."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from reconciler.documents.placed import Placed


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
