"""From a placed network service to the resources that it becomes. Nothing can be wrong here any more.

Names: SERVICE/LINK, SERVICE/LINK/SUBNET, SERVICE/ROUTER, SERVICE/VNF/VDU-INDEX, SERVICE/VNF/VDU-INDEX/INTERFACE.
One file for each thing that a document holds; what they share is in `expansion`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.documents.checking.parameters import Contents
from reconciler.documents.checking.placed import Placed
from reconciler.documents.expand.access_points import expand_floating_ips
from reconciler.documents.expand.expansion import Expansion
from reconciler.documents.expand.links import expand_link
from reconciler.documents.expand.qos import policies_of_service
from reconciler.documents.expand.routers import expand_router
from reconciler.documents.expand.security_groups import expand_security_groups
from reconciler.documents.expand.vnfs import expand_vnf
from reconciler.model import Desired, Key

__all__ = ["expand"]


def expand(placed: Placed, contents: Contents) -> Mapping[Key, Desired]:
    """All resources of a service whose checks found nothing, on all its VIMs."""
    expansion = Expansion(placed, contents)
    subject = placed.subject
    expansion.policies = policies_of_service(expansion)
    links = {
        (vim, link["name"]): expand_link(
            expansion, vim, subject.name, link, subject.place(*path), expansion.policies.get(vim, {})
        )
        for path, link in subject.items("virtualLinks")
        for vim in placed.links[link["name"]]
    }
    for router in placed.routers:
        expand_router(expansion, router, links)
    groups = {
        vim: expand_security_groups(expansion, vim, placed.name, subject.spec, subject.place)
        for vim in sorted({placed.vims[vnf["name"]] for _, vnf in subject.items("vnfs") if vnf.get("securityGroups")})
    }
    for _, vnf in subject.items("vnfs"):
        expand_vnf(expansion, vnf, links, groups)
    for path, point in subject.items("accessPoints"):
        if "connectionPoint" in point:
            expand_floating_ips(expansion, path, point, links)
    for _, vnf in subject.items("vnfs"):
        _wait_for_others(expansion, vnf)
    return expansion.resources


def _wait_for_others(expansion: Expansion, vnf: Any) -> None:
    """The servers of a VNF wait for those of the VNFs that it depends on."""
    after = tuple(key for other in vnf.get("dependsOn", ()) for key in expansion.servers.get(other, ()))
    if after:
        for key in expansion.servers.get(vnf["name"], ()):
            expansion.resources[key] = replace(expansion.resources[key], after=after)
