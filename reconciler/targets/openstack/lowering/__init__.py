"""From a blueprint to the resources on OpenStack VIMs. Nothing can be wrong here any more.

Names: SERVICE/LINK, SERVICE/LINK/SUBNET, SERVICE/ROUTER, SERVICE/VNF/VDU-INDEX, SERVICE/VNF/VDU-INDEX/INTERFACE.
One file for each thing that a document holds; what they share is in `expansion`.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.documents.blueprint import Blueprint
from reconciler.documents.checking.parameters import Contents
from reconciler.documents.lowering import Lowered
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.targets.openstack.lowering.access_points import expand_floating_ips
from reconciler.targets.openstack.lowering.expansion import Expansion
from reconciler.targets.openstack.lowering.forwarding import expand_forwarding
from reconciler.targets.openstack.lowering.links import expand_link
from reconciler.targets.openstack.lowering.qos import policies_of_service
from reconciler.targets.openstack.lowering.routers import expand_router
from reconciler.targets.openstack.lowering.security_groups import expand_security_groups
from reconciler.targets.openstack.lowering.sizing import check_sizing
from reconciler.targets.openstack.lowering.software_images import check_properties
from reconciler.targets.openstack.lowering.vnfs import expand_vnf

__all__ = ["check_descriptor", "lower"]


def check_descriptor(problems: Problems, spec: VnfDescriptorSpec) -> None:
    """Notes what OpenStack would not do, or do otherwise than it is written."""
    check_properties(problems, spec)
    for vdu in spec.vdus:
        check_sizing(problems, vdu)


def lower(blueprint: Blueprint, contents: Contents, on: Collection[str]) -> Lowered:
    """All resources of a service whose checks found nothing, on these of its VIMs."""
    expansion = Expansion(blueprint, contents)
    spec = blueprint.spec
    expansion.policies = policies_of_service(expansion, on)
    links = {
        (vim, link.name): expand_link(expansion, vim, blueprint.name, link, expansion.policies.get(vim, {}))
        for link in spec.virtual_links
        for vim in blueprint.vims_of_link[link.name]
        if vim in on
    }
    for router in blueprint.routers:
        if router.vim in on:
            expand_router(expansion, router, links)
    vnfs = [vnf for vnf in spec.vnfs if blueprint.vim_of_vnf[vnf.name] in on]
    groups = {
        vim: expand_security_groups(expansion, vim, blueprint.name, spec)
        for vim in sorted({blueprint.vim_of_vnf[vnf.name] for vnf in vnfs if vnf.security_groups})
    }
    for vnf in vnfs:
        expand_vnf(expansion, vnf, links, groups)
    for point in spec.access_points:
        if point.connection_point is not None and blueprint.vim_of_vnf[point.connection_point.vnf] in on:
            expand_floating_ips(expansion, point, point.connection_point, links)
    for graph in spec.forwarding_graphs:
        if blueprint.vim_of_vnf[graph.path[0].vnf] in on:
            expand_forwarding(expansion, graph)
    return Lowered(expansion.resources, expansion.servers)
