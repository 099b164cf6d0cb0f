"""What checks find out about a network service, part by part; where nothing is wrong, its blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.documents.blueprint import Blueprint, PlacedRouter
from reconciler.documents.checking.links import Subnet
from reconciler.documents.choosing.flavours import vdus_of
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words import NetworkService, Vim, VnfDescriptor
from reconciler.documents.words.filters import SecurityGroup
from reconciler.documents.words.links import VirtualLink
from reconciler.documents.words.service import NetworkServiceSpec
from reconciler.documents.words.vnfs import Vnf


@dataclass(slots=True)
class ServiceDraft:
    """A network service that is being checked, with what its names refer to.

    ``link_items``, ``vnf_items``, ``groups``: by name. ``subnets``: those of each new virtual link. ``refused``: kind
    and name of documents that are wrong in themselves; to refer to one only leaves this incomplete.
    ``vims``: the VIM of each VNF, by VNF name; ``chosen``: those of them that a placement chose. ``links``: the VIMs of
    each virtual link, by link name. ``routers``: for each router or access point with a link, and each of their VIMs,
    its external network and links. ``size``: about how many resources it becomes. ``router_on``: the router of each
    virtual link that has one, by name of the link and VIM. ``external``: the external network of each access point at
    a connection point.
    """

    service: NetworkService
    problems: Problems
    descriptors: Mapping[str, VnfDescriptor]
    vim_documents: Mapping[str, Vim]
    link_items: Mapping[str, VirtualLink]
    vnf_items: Mapping[str, Vnf]
    subnets: Mapping[str, list[Subnet]]
    groups: Mapping[str, SecurityGroup]
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
        return self.service.name

    @property
    def spec(self) -> NetworkServiceSpec:
        return self.service.spec

    def finished(self) -> Blueprint:
        """The blueprint, where all checks are done and none found anything."""
        return Blueprint(
            self.service,
            self.vim_documents,
            {vnf.descriptor: self.descriptors[vnf.descriptor] for vnf in self.spec.vnfs},
            self.vims,
            self.links,
            tuple(self.routers),
            self.router_on,
            self.external,
        )

    def knows_vim(self, spot: Spot, name: str) -> bool:
        """Whether there is such a Vim; that there is none is noted."""
        if name not in self.vim_documents and not self.is_refused("Vim", name):
            self.problems.report_unknown(spot, "VIM", name, self.vim_documents)
        return name in self.vim_documents

    def is_refused(self, kind: str, name: str) -> bool:
        """Whether the document is there, and wrong; then what depends on it can't be judged."""
        refused = (kind, name) in self.refused
        self.complete = self.complete and not refused
        return refused

    def points_of(self, vnf: Vnf) -> list[str]:
        """The connection points of a VNF whose descriptor is there."""
        return [point.name for point in self.descriptors[vnf.descriptor].spec.connection_points]

    def needed_points_of(self, vnf: Vnf) -> set[str]:
        """The connection points that VDUs of its deployment flavour lead to."""
        vdus = vdus_of(self.descriptors[vnf.descriptor].spec, vnf)
        return {interface.connection_point or "" for vdu in vdus for interface in vdu.interfaces}
