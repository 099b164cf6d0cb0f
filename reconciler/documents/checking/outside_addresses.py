"""The addresses outside that an access point names: IPv4, each once, and enough for the instances behind it."""

from __future__ import annotations

from typing import Any

from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.pools import Claim, address_pools, claim_addresses, report_taken
from reconciler.documents.checking.vnfs import count_of
from reconciler.documents.reading.marks import Path

_IPV4 = 4


def check_outside_addresses(placed: Placed, path: Path, point: Any) -> None:
    """``point``: an access point at a connection point that is there. The network outside is for the VIM to judge."""
    if not point.get("addresses"):
        return
    subject, where = placed.subject, (*path, "addresses")
    before = subject.count
    claims: list[Claim | None] = []
    for index, text in enumerate(point["addresses"]):
        claim = claim_addresses(subject, (*where, index), text, "outside", None)
        if claim and claim.space[1] != _IPV4:
            subject.report((*where, index), f"{text} is no IPv4 address", "floating IPs are IPv4")
        claims.append(claim)
    report_taken(subject, claims)
    if subject.count > before:
        return
    name = point["connectionPoint"]["vnf"]
    vnf = placed.vnf_items[name][1]
    count = sum(
        count_of(vnf, vdu)
        for vdu in placed.descriptors[vnf["descriptor"]].data["spec"]["vdus"]
        for interface in vdu.get("interfaces", ())
        if interface.get("connectionPoint") == point["connectionPoint"]["name"]
    )
    size = address_pools(point["addresses"])[_IPV4].size
    if size < count:
        message = f"{count} instances are behind the access point, but it has {size} address{'es' * (size != 1)}"
        subject.report(where, message, "give an address for each, or none at all", key=True)
