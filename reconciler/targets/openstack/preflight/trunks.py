"""Trunks: whether the network of each subport fits into that of the parent, which Neutron demands of their MTUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import Action, Desired, Key, Obstacle
from reconciler.targets.openstack.kinds.network import NETWORKS, NetworkSpec
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.trunk import TrunkSpec
from reconciler.targets.openstack.preflight.asked import Asked


def trunks(asked: Asked) -> Iterator[Obstacle]:
    """Neutron's trunk_rules: a subport's network may have no larger MTU than the parent's. Raises NotReported."""
    changed = list(asked.desired("trunk", TrunkSpec, Action.CREATE, Action.UPDATE))
    if not changed:
        return
    mtus = _mtus(asked)
    desired = {step.key: step.desired for step in asked.plan.steps.values() if step.desired}
    for step, trunk in changed:
        most = mtus.get(_network(asked, desired, trunk.parent))
        for subport in trunk.subports:
            mtu = mtus.get(_network(asked, desired, subport.port))
            if most is not None and mtu is not None and mtu > most:
                message = f"subport {subport} is on a network with MTU {mtu}, the trunk's parent on one with {most}"
                yield Obstacle(message, (step.key,))


def _network(asked: Asked, desired: Mapping[Key, Desired], port: Key) -> Key | None:
    there = asked.world.observed.get(port)
    spec = desired[port].spec if port in desired else there.spec if there else None
    return spec.network if isinstance(spec, PortSpec) else None


def _mtus(asked: Asked) -> dict[Key | None, int]:
    """That of each network which is known: what exists, and what is declared of it. Raises NotReported."""
    by_id = {one["id"]: one.get("mtu") for one in asked.items(NETWORKS)}
    found: dict[Key | None, int] = {
        key: by_id[ids[0]]
        for key, ids in asked.world.existing.items()
        if key.kind == "existing-network" and len(ids) == 1 and by_id.get(ids[0])
    }
    for key, there in asked.world.observed.items():
        if isinstance(there.spec, NetworkSpec) and there.spec.mtu:
            found[key] = there.spec.mtu
    for step in asked.plan.steps.values():
        spec = step.desired.spec if step.desired else None
        if isinstance(spec, NetworkSpec) and spec.mtu:
            found[step.key] = spec.mtu
    return found
