"""What a service leaves to choices, made plain: its document as if everything were written out.

What comes behind this reads `counts` alone, not flavours, levels and scales; VNFs that each exist once, not at
`count`; at `vim`, not at placements; and at values, not at parameters of the service. Places stay those of what is
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.documents.choosing.flavours import check_choice, counts_of
from reconciler.documents.choosing.placement import count_of, place_vnfs
from reconciler.documents.choosing.shared_parameters import fill_in
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, Vim, VnfDescriptor
from reconciler.documents.words.routing import AccessPoint
from reconciler.documents.words.vnfs import Vnf


class WrittenOut(NamedTuple):
    """A service without choices. ``chosen``: the VIM of each VNF whose placement was made, by the name it has now."""

    service: NetworkService
    chosen: Mapping[str, str]


def instances_of(service: NetworkService) -> int:
    """How many VNFs and access points `write_out` makes of those that are written, at most."""
    counts = _counts_of(service.spec.vnfs)
    at = (point.connection_point.vnf if point.connection_point else "" for point in service.spec.access_points)
    return sum(map(count_of, service.spec.vnfs)) + sum(counts.get(vnf, 1) for vnf in at)


def waits_of(service: NetworkService) -> int:
    """How often an instance of a VNF waits for one of another."""
    return count_waits(service.spec.vnfs, _counts_of(service.spec.vnfs))


def count_waits(vnfs: Iterable[Vnf], counts: Mapping[str, int]) -> int:
    """How often one part of a VNF waits for one of another, where each has so many parts, by its name."""
    return sum(counts.get(vnf.name, 0) * sum(counts.get(other, 0) for other in vnf.depends_on) for vnf in vnfs)


def _counts_of(vnfs: Iterable[Vnf]) -> Mapping[str, int]:
    """How many instances there are of each VNF. Of two with one name, which is an error, those of the larger one."""
    counts: dict[str, int] = {}
    for vnf in vnfs:
        counts[vnf.name] = max(counts.get(vnf.name, 0), count_of(vnf))
    return counts


def write_out(
    problems: Problems,
    service: NetworkService,
    descriptors: Mapping[str, VnfDescriptor],
    vims: Mapping[str, Vim],
    *,
    judged: bool = True,
) -> WrittenOut:
    """The service with all choices made. One that can't be made is noted, and left out.

    Not ``judged``: a Vim is wrong in itself, so that no placement can be made; then they stay as they are.
    """
    spec = service.spec
    vnfs = [_sized(problems, vnf, descriptors) for vnf in fill_in(problems, spec)]
    points: Sequence[AccessPoint] = spec.access_points
    chosen: Mapping[str, str] = {}
    if any(vnf.count is not None or vnf.placement for vnf in vnfs):
        on = place_vnfs(problems, service, vnfs, vims) if judged else {}
        instances = _write_instances(problems, vnfs, on)
        points = [one for point in points for one in _points(problems, vnfs, point)]
        chosen, vnfs = _chosen(vnfs, on), instances
    return WrittenOut(replace(service, spec=replace(spec, vnfs=tuple(vnfs), access_points=tuple(points))), chosen)


def _sized(problems: Problems, vnf: Vnf, descriptors: Mapping[str, VnfDescriptor]) -> Vnf:
    """A VNF with the counts that its flavour, level and scale mean."""
    descriptor = descriptors.get(vnf.descriptor)
    if descriptor is None:
        return vnf
    if check_choice(problems, vnf, descriptor.spec):
        return replace(vnf, counts=counts_of(descriptor.spec, vnf)) if descriptor.spec.deployment_flavours else vnf
    return replace(vnf, flavour=None, level=None, scale={})


def _write_instances(problems: Problems, vnfs: Sequence[Vnf], on: Mapping[str, Sequence[str]]) -> list[Vnf]:
    """Each VNF as many times as it is there, with its VIM."""
    names: dict[str, list[str]] = {}
    for vnf in vnfs:
        names.setdefault(vnf.name, _names(vnf))
        for field, given in (("addresses", vnf.addresses), ("mac_addresses", vnf.mac_addresses)):
            if vnf.count is not None and given:
                message = f"VNF '{vnf.name}' has a count, so that each of its instances would have these addresses"
                problems.report(vnf.at(field), message, "leave them out, or write a VNF for each", key=True)
    return [one for vnf in vnfs for one in _instances(vnf, names, on)]


def _chosen(vnfs: Sequence[Vnf], on: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """The VIM of each instance whose placement was made."""
    names = {vnf.name: _names(vnf) for vnf in reversed(vnfs)}
    placed = {vnf.name for vnf in vnfs if vnf.placement}
    return {
        instance: vim for name in sorted(placed & set(on)) for instance, vim in zip(names[name], on[name], strict=True)
    }


def _names(vnf: Vnf) -> list[str]:
    return [vnf.name] if vnf.count is None else [f"{vnf.name}-{index}" for index in range(vnf.count)]


def _instances(vnf: Vnf, names: Mapping[str, Sequence[str]], on: Mapping[str, Sequence[str]]) -> Iterator[Vnf]:
    after = tuple(instance for other in vnf.depends_on for instance in names.get(other, [other]))
    for index, name in enumerate(_names(vnf)):
        one = replace(vnf, name=name, depends_on=after, spot=vnf.spot._replace(copy=index > 0))
        if vnf.count is not None:
            one = replace(one, count=None, number=index, addresses={}, mac_addresses={})
        if vnf.placement and index < len(there := on.get(vnf.name, ())):
            one = replace(one, vim=there[index], placement=None)
        yield one


def _points(problems: Problems, vnfs: Sequence[Vnf], point: AccessPoint) -> Iterator[AccessPoint]:
    """An access point at a VNF with a count is one at each of its instances."""
    at = point.connection_point
    vnf = next((vnf for vnf in vnfs if at and vnf.name == at.vnf and vnf.count is not None), None)
    if vnf is None or at is None:
        yield point
        return
    if point.addresses:
        message = f"VNF '{vnf.name}' has a count, so that each of its instances would have these addresses"
        hint = f"leave them out, or write an access point for each, as at vnf: {vnf.name}-0"
        problems.report(point.at("addresses"), message, hint, key=True)
    for index, name in enumerate(_names(vnf)):
        yield replace(
            point,
            name=f"{point.name}-{index}",
            connection_point=replace(at, vnf=name),
            spot=point.spot._replace(copy=index > 0),
        )
