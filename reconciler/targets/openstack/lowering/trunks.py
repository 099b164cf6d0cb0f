"""Interfaces that are subports of another one make that one's port the parent of a trunk."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.words.vdus import Vdu
from reconciler.model import Instance, Key, Place
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec, trunk_key
from reconciler.targets.openstack.lowering.expansion import Expansion


def expand_trunks(expansion: Expansion, vdu: Vdu, ports: Mapping[str, Key], place: Place, instance: Instance) -> None:
    """The trunks of one instance. ``ports``: by name of the interface."""
    carried: dict[str, list[Subport]] = {}
    for interface in vdu.interfaces:
        if subport := interface.subport_of:
            carried.setdefault(subport.interface, []).append(Subport(ports[interface.name], subport.vlan))
    for name, subports in carried.items():
        spec = TrunkSpec(ports[name], tuple(sorted(subports)))
        expansion.add(trunk_key(ports[name]), spec, place, instance=instance)
