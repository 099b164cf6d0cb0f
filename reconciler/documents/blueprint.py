"""What a network service needs, in ETSI's words and without a cloud. Checks make it, types of targets lower it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.documents.reading.spots import Spot
from reconciler.documents.words import NetworkService, Vim, VnfDescriptor
from reconciler.documents.words.routing import AccessPoint, Router
from reconciler.documents.words.service import NetworkServiceSpec
from reconciler.documents.words.vnfs import Vnf


@dataclass(frozen=True, slots=True)
class PlacedRouter:
    """``written``: the router, or the access point that becomes one."""

    name: str
    vim: str
    external_network: str | None
    links: tuple[str, ...]
    written: Router | AccessPoint

    @property
    def spot(self) -> Spot:
        return self.written.spot


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A network service whose checks found nothing, written out in full and placed.

    ``vims``: all Vims of the repository, by name. ``descriptors``: by what VNFs call theirs.
    ``vim_of_vnf``: by the VNF's name. ``vims_of_link``: by the virtual link's name, sorted.
    ``routers``: one for each router, or access point with a link, and each of its VIMs. ``router_of_link``: by name of
    the virtual link and VIM, for those that have one. ``external_networks``: of each access point at a connection
    point, by the access point's name.
    """

    service: NetworkService
    vims: Mapping[str, Vim]
    descriptors: Mapping[str, VnfDescriptor]
    vim_of_vnf: Mapping[str, str]
    vims_of_link: Mapping[str, tuple[str, ...]]
    routers: tuple[PlacedRouter, ...]
    router_of_link: Mapping[tuple[str, str], PlacedRouter]
    external_networks: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def spec(self) -> NetworkServiceSpec:
        return self.service.spec

    @property
    def max_surge(self) -> int:
        """How many instances of a VDU may be there beside the others while a change goes through them."""
        return self.spec.update_strategy.max_surge if self.spec.update_strategy else 0

    def vnf(self, name: str) -> Vnf:
        """The VNF with this name, which the checks found to be there."""
        return next(vnf for vnf in self.spec.vnfs if vnf.name == name)

    def descriptor_of(self, vnf: Vnf) -> VnfDescriptor:
        return self.descriptors[vnf.descriptor]
