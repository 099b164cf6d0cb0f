"""Segments: whether the ids that networks are to be carried with are taken."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import Obstacle
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.preflight.asked import Asked

_PARTS = ("provider:network_type", "provider:physical_network", "provider:segmentation_id")


def segments(asked: Asked) -> Iterator[Obstacle]:
    """Only an admin sees the segments of others, and by default only an admin may name one. Raises NotReported."""
    desired = [
        (step, (spec.network_type, spec.physical_network, spec.segmentation_id))
        for step, spec in asked.desired("network", NetworkSpec)
        if spec.network_type is not None and (spec.segmentation_id is not None or spec.network_type == "flat")
    ]
    if not desired:
        return
    going = {step.observed.id for step in asked.steps if step.observed and step.key.kind == "network"}
    taken = {
        tuple(item.get(part) for part in _PARTS): item["name"]
        for item in asked.items(NETWORKS)
        if item["id"] not in going
    }
    for step, segment in desired:
        if segment in taken:
            yield Obstacle(f"segment {_name(*segment)} is taken by network '{taken[segment]}'", (step.key,))


def _name(network_type: str | None, physical_network: str | None, segmentation_id: int | None) -> str:
    return " ".join(str(part) for part in (network_type, segmentation_id) if part is not None) + (
        f" of {physical_network}" if physical_network else ""
    )
