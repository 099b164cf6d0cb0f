"""A network service while its parts find their places: filled by `service`, `vnfs` and `routing`, read by `expand`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.documents.checking.links import Subnet
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject

Items = Mapping[str, tuple[Path, Any]]


@dataclass(slots=True)
class Placed:
    """A network service with what its names refer to.

    ``link_items``, ``vnf_items``, ``groups``: path and data by name. ``subnets``: those of each new virtual link.
    ``refused``: kind and name of documents that are wrong in themselves; to refer to one only leaves this incomplete.
    ``vims``: the VIM of each VNF, by VNF name; ``chosen``: those of them that a placement chose. ``links``: the VIMs of
    each virtual link, by link name. ``routers``: for each router or access point with a link, and each of their VIMs,
    its external network and links. ``size``: about how many resources it becomes. ``router_on``: the router of each
    virtual link that has one, by name of the link and VIM. ``external``: the external network of each access point at
    a connection point.
    """

    subject: Subject
    descriptors: Mapping[str, Document]
    vim_documents: Mapping[str, Document]
    link_items: Items
    vnf_items: Items
    subnets: Mapping[str, list[Subnet]]
    groups: Items
    refused: frozenset[tuple[str, str]] = frozenset()
    complete: bool = True
    vims: dict[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    routers: list[PlacedRouter] = field(default_factory=list)
    router_on: dict[tuple[str, str], PlacedRouter] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)
    size: int = 0

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def max_surge(self) -> int:
        """How many instances of a VDU may stand beside the others while a change goes through them."""
        surge: int = self.subject.spec.get("updateStrategy", {}).get("maxSurge", 0)
        return surge

    def knows_vim(self, path: Path, name: str) -> bool:
        """Whether there is such a Vim; that there is none is noted."""
        if name not in self.vim_documents and not self.is_refused("Vim", name):
            self.subject.report_unknown(path, "VIM", name, self.vim_documents)
        return name in self.vim_documents

    def is_refused(self, kind: str, name: str) -> bool:
        """Whether the document is there, and wrong; then what stands on it can't be judged."""
        refused = (kind, name) in self.refused
        self.complete = self.complete and not refused
        return refused

    def points_of(self, vnf: Any) -> list[str]:
        """The connection points of a VNF whose descriptor is there."""
        spec = self.descriptors[vnf["descriptor"]].data["spec"]
        return [point["name"] for point in spec.get("connectionPoints", ())]

    def needed_points_of(self, vnf: Any) -> set[str]:
        """The connection points that VDUs of its deployment flavour lead to."""
        vdus = vdus_of(self.descriptors[vnf["descriptor"]].data["spec"], vnf)
        return {interface.get("connectionPoint", "") for vdu in vdus for interface in vdu.get("interfaces", ())}


@dataclass(frozen=True, slots=True)
class PlacedRouter:
    """``data``: the router or access point as it is written."""

    name: str
    path: Path
    vim: str
    external_network: str | None
    links: tuple[str, ...]
    data: Any
