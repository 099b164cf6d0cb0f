"""The addresses outside that an access point names: IPv4, each once, and enough for the instances behind it."""

from __future__ import annotations

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.pools import Claim, address_pools, claim_addresses, report_taken
from reconciler.documents.checking.vnfs import count_of
from reconciler.documents.words.routing import AccessPoint
from reconciler.documents.words.vnfs import Vnf

_IPV4 = 4


def check_outside_addresses(draft: ServiceDraft, point: AccessPoint, vnf: Vnf, connection_point: str) -> None:
    """``point``: an access point at that of a VNF, which is there. The network outside is for the VIM to judge."""
    if not point.addresses:
        return
    problems = draft.problems
    before = problems.count
    claims: list[Claim | None] = []
    for index, text in enumerate(point.addresses):
        where = point.at("addresses", index)
        claim = claim_addresses(problems, where, text, "outside", None)
        if claim and claim.space[1] != _IPV4:
            problems.report(where, f"{text} is no IPv4 address", "floating IPs are IPv4")
        claims.append(claim)
    report_taken(problems, claims)
    if problems.count > before:
        return
    count = sum(
        count_of(vnf, vdu)
        for vdu in draft.descriptors[vnf.descriptor].spec.vdus
        for interface in vdu.interfaces
        if interface.connection_point == connection_point
    )
    size = address_pools(point.addresses)[_IPV4].size
    if size < count:
        message = f"{count} instances are behind the access point, but it has {size} address{'es' * (size != 1)}"
        problems.report(point.at("addresses"), message, "give an address for each, or none at all", key=True)
