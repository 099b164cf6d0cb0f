"""trunk: lets one port carry others, each tagged with a VLAN. API reference: Networking v2.0, trunks.

It is listed with its parent port, and managed when that is: no trunks are listed. A trunk has to go before its
parent, and drops a subport before that goes: Neutron refuses to delete a port that is part of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from reconciler.model import Impact, Key, Observed, Spec
from reconciler.model.resources import TaggedOutput
from reconciler.targets.openstack.kinds.declared import OpenStackKind, Right, neutron_extension
from reconciler.targets.openstack.kinds.describing import Documents, last
from reconciler.targets.openstack.kinds.marks import description
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Request

TRUNKS = "/v2.0/trunks"


class Subport(NamedTuple):
    """A port, and the VLAN that its frames are tagged with on the parent."""

    port: Key
    vlan: int

    def __str__(self) -> str:
        return f"{self.port.name.rpartition('/')[2]} in VLAN {self.vlan}"


@dataclass(frozen=True, slots=True)
class TrunkSpec(Spec):
    """``subports`` is sorted: the order means nothing."""

    rank: ClassVar[int] = 150
    immutable: ClassVar[frozenset[str]] = frozenset({"parent"})
    disruptive: ClassVar[Mapping[str, Impact]] = {"subports": Impact.NEW_VLAN}

    parent: Key
    subports: tuple[Subport, ...] = ()

    def impact_of(self, name: str, old: Any, new: Any) -> Impact:
        """A subport changes its VLAN by leaving the trunk and coming back. That others come or go interrupts none."""
        if name != "subports":
            return super(TrunkSpec, self).impact_of(name, old, new)
        before = {one.port: one.vlan for one in old}
        changed = any(before.get(one.port, one.vlan) != one.vlan for one in new)
        return Impact.NEW_VLAN if changed else Impact.NONE

    def output(self, key: Key) -> TaggedOutput:
        return TaggedOutput(self.parent, tuple(one.port for one in self.subports))


def trunk_key(parent: Key) -> Key:
    return Key(parent.target, "trunk", parent.name)


class TrunkKind(OpenStackKind[TrunkSpec]):
    name = "trunk"
    spec = TrunkSpec
    listing = PORTS
    extension = "trunk"
    by_part = True
    rights = (
        Right("network", "POST", TRUNKS, ("create_trunk",)),
        Right("network", "DELETE", f"{TRUNKS}/{{id}}", ("delete_trunk",)),
        Right("network", "PUT", f"{TRUNKS}/{{id}}/add_subports", ("get_trunk", "add_subports")),
        Right("network", "PUT", f"{TRUNKS}/{{id}}/remove_subports", ("get_trunk", "remove_subports")),
    )
    requirements = (
        neutron_extension("trunk", "interfaces with `subportOf`", "a step that makes a trunk fails, all else works"),
        neutron_extension(
            "trunk-details",
            "seeing trunks with their parent ports",
            "trunks are not seen, so a step that makes one that is there is tried again and again; all else works",
        ),
    )

    def items(self, index: Index) -> Iterable[Json]:
        return [
            {"id": details["trunk_id"], "parent": port["id"], "sub_ports": details["sub_ports"]}
            for port in index.items[PORTS]
            if (details := port.get("trunk_details"))
        ]

    def identify(self, item: Json, index: Index) -> Key | None:
        parent = index.keys.get(item["parent"])
        return trunk_key(parent) if parent else None

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        subports = [
            Subport(port, subport["segmentation_id"])
            for subport in item["sub_ports"]
            if (port := index.known("port", subport["port_id"]))
        ]
        spec = TrunkSpec(parent=index.keys[item["parent"]], subports=tuple(sorted(subports)))
        return Observed(key=key, spec=spec, id=item["id"])

    def create(self, key: Key, spec: TrunkSpec, ids: Ids, owner: str) -> Request:
        trunk = {
            "name": key.name,
            "description": description(owner, key.name),
            "port_id": ids[spec.parent],
            "sub_ports": [_added(subport, ids) for subport in spec.subports],
        }
        return Request("POST", "network", TRUNKS, body={"trunk": trunk}, answer="trunk")

    def update(self, observed: Observed, spec: TrunkSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        there = observed.spec.subports if isinstance(observed.spec, TrunkSpec) else ()
        # What goes, first: its VLAN or its port may be used again.
        if gone := [{"port_id": ids[one.port]} for one in there if one not in spec.subports]:
            # A port that is to come back with another VLAN would be without any, if that were refused.
            staying = {one.port for one in spec.subports}
            moved = [_added(one, ids) for one in there if one not in spec.subports and one.port in staying]
            undo = _changed("add_subports", observed.id, moved) if moved else None
            yield replace(_changed("remove_subports", observed.id, gone), undo=undo)
        if new := [_added(one, ids) for one in spec.subports if one not in there]:
            yield _changed("add_subports", observed.id, new)

    def delete(self, observed: Observed, spec: TrunkSpec, ids: Ids) -> Request:
        return Request("DELETE", "network", f"{TRUNKS}/{{id}}", observed.id, done=GONE)

    def describe(self, key: Key, spec: TrunkSpec, documents: Documents) -> None:
        for subport in spec.subports:
            interface = documents.part(subport.port)
            if interface is not None:
                interface["subportOf"] = {"interface": last(spec.parent), "vlan": subport.vlan}


def _added(subport: Subport, ids: Ids) -> Json:
    return {"port_id": ids[subport.port], "segmentation_type": "vlan", "segmentation_id": subport.vlan}


def _changed(action: str, trunk: str, subports: list[Json]) -> Request:
    return Request("PUT", "network", f"{TRUNKS}/{{id}}/{action}", trunk, body={"sub_ports": subports})
