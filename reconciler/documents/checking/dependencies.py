"""Which VNFs of a network service wait for which others."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from reconciler.documents.checking.draft import ServiceDraft

DEPENDENCIES_FACTOR = 100
"""How many times ``limits.serviceResources`` the waits of one resource for another may be, in one service."""


def check_dependencies(draft: ServiceDraft) -> None:
    """Notes VNFs that wait for one that is not there, or for one another."""
    problems, vnfs = draft.problems, draft.vnf_items
    for vnf in vnfs.values():
        for index, other in enumerate(vnf.depends_on):
            if other not in vnfs:
                problems.report_unknown(vnf.at("depends_on", index), "VNF", other, vnfs)
    try:
        TopologicalSorter({name: vnf.depends_on for name, vnf in vnfs.items()}).prepare()
    except CycleError as error:
        # graphlib lists a cycle against the direction of waiting.
        ring = list(reversed(error.args[1]))
        message = f"the VNFs wait for one another: {' -> '.join(ring)}"
        problems.report(vnfs[ring[0]].at("depends_on"), message, "take one of the dependencies away")
