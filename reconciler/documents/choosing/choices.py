"""What a service leaves to choices, made plain: its document as if everything were written out.

What comes behind this looks at `counts` alone, not at flavours, levels and scales; at VNFs that each stand once, not at
`count`; at `vim`, not at placements; and at values, not at parameters of the service. Places stay those of what is
written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.documents.checking.dependencies import count_waits
from reconciler.documents.choosing.flavours import check_choice, counts_of
from reconciler.documents.choosing.placement import place_vnfs
from reconciler.documents.choosing.shared_parameters import fill_in
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject

_CHOICES = ("flavour", "level", "scale")
_FOR_ONE = ("addresses", "macAddresses")

NUMBER = "number"
"""The field that a VNF has when it is one of several: its index among them."""


def instances_of(service: Document) -> int:
    """How many VNFs and access points `write_out` makes of those that are written, at most."""
    vnfs = service.data["spec"].get("vnfs", ())
    counts = _counts_of(vnfs)
    points = service.data["spec"].get("accessPoints", ())
    at = (point.get("connectionPoint", {}).get("vnf", "") for point in points)
    count: int = sum(vnf.get("count", 1) for vnf in vnfs) + sum(counts.get(vnf, 1) for vnf in at)
    return count


def waits_of(service: Document) -> int:
    """How often an instance of a VNF waits for one of another."""
    vnfs = service.data["spec"].get("vnfs", ())
    return count_waits(vnfs, _counts_of(vnfs))


def _counts_of(vnfs: Sequence[Any]) -> Mapping[str, int]:
    """How many instances there are of each VNF. Of two with one name, which is an error, those of the larger one."""
    counts: dict[str, int] = {}
    for vnf in vnfs:
        counts[vnf["name"]] = max(counts.get(vnf["name"], 0), vnf.get("count", 1))
    return counts


def write_out(
    subject: Subject, descriptors: Mapping[str, Document], vims: Mapping[str, Document], *, judged: bool = True
) -> Mapping[str, str]:
    """Makes all choices in the subject's document. One that can't be made is noted, and left out.

    Not ``judged``: a Vim is wrong in itself, so that no placement can be made; then they stay as they are.
    Returns the VIM of each VNF whose placement was made, by the name that it has now.
    """
    if (filled := fill_in(subject)) is not None:
        _replace(subject, "vnfs", [(("vnfs", index), vnf) for index, vnf in enumerate(filled)])
    found = [(path, vnf, _sized(subject, path, vnf, descriptors)) for path, vnf in subject.items("vnfs")]
    if any(plain is not vnf for _, vnf, plain in found):
        _replace(subject, "vnfs", [(path, plain) for path, _, plain in found])
    if any("count" in vnf or "placement" in vnf for _, vnf in subject.items("vnfs")):
        return _write_instances(subject, place_vnfs(subject, vims) if judged else {})
    return {}


def _sized(subject: Subject, path: Path, vnf: Any, descriptors: Mapping[str, Document]) -> Any:
    """A VNF with the counts that its flavour, level and scale mean."""
    descriptor = descriptors.get(vnf["descriptor"])
    if descriptor is None:
        return vnf
    spec = descriptor.data["spec"]
    if check_choice(subject, path, vnf, spec):
        return {**vnf, "counts": counts_of(spec, vnf)} if "deploymentFlavours" in spec else vnf
    return {field: value for field, value in vnf.items() if field not in _CHOICES}


def _write_instances(subject: Subject, vims: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Each VNF as many times as it is there, with its VIM, and what names one that has a count."""
    placed = {vnf["name"] for _, vnf in subject.items("vnfs") if "placement" in vnf}
    names: dict[str, list[str]] = {}
    for path, vnf in subject.items("vnfs"):
        names.setdefault(vnf["name"], _names(vnf))
        for field in _FOR_ONE:
            if "count" in vnf and vnf.get(field):
                message = f"VNF '{vnf['name']}' has a count, so that each of its instances would have these addresses"
                subject.report((*path, field), message, "leave them out, or write a VNF for each", key=True)
    points = [(path, one) for path, point in subject.items("accessPoints") for one in _points(subject, path, point)]
    written = [(path, one) for path, vnf in subject.items("vnfs") for one in _instances(vnf, names, vims)]
    _replace(subject, "vnfs", written)
    if points:
        _replace(subject, "accessPoints", points)
    return {
        instance: vim
        for name in sorted(placed & set(vims))
        for instance, vim in zip(names[name], vims[name], strict=True)
    }


def _names(vnf: Any) -> list[str]:
    return [f"{vnf['name']}-{index}" for index in range(vnf["count"])] if "count" in vnf else [vnf["name"]]


def _instances(vnf: Any, names: Mapping[str, Sequence[str]], vims: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    for index, name in enumerate(_names(vnf)):
        one = {**vnf, "name": name}
        if one.pop("count", None) is not None:
            one = {field: value for field, value in one.items() if field not in _FOR_ONE} | {NUMBER: index}
        if "dependsOn" in vnf:
            one["dependsOn"] = [instance for other in vnf["dependsOn"] for instance in names.get(other, [other])]
        if "placement" in vnf and index < len(there := vims.get(vnf["name"], ())):
            one["vim"] = there[index]
            del one["placement"]
        yield one


def _points(subject: Subject, path: Path, point: Any) -> Iterator[Any]:
    """An access point at a VNF with a count is one at each of its instances."""
    at = point.get("connectionPoint", {})
    vnf = next((vnf for _, vnf in subject.items("vnfs") if vnf["name"] == at.get("vnf") and "count" in vnf), None)
    if vnf is None:
        yield point
        return
    if point.get("addresses"):
        message = f"VNF '{vnf['name']}' has a count, so that each of its instances would have these addresses"
        hint = f"leave them out, or write an access point for each, as at vnf: {vnf['name']}-0"
        subject.report((*path, "addresses"), message, hint, key=True)
    for index, name in enumerate(_names(vnf)):
        yield {**point, "name": f"{point['name']}-{index}", "connectionPoint": {**at, "vnf": name}}


def _replace(subject: Subject, field: str, items: Sequence[tuple[Path, Any]]) -> None:
    """Another list in a field of the spec. Several items of one path are copies: what is wrong is told of the first."""
    document = subject.document
    marks = [(item, document.entry(("spec", *path))) for path, item in items]
    subject.document = document.with_items("spec", field, marks)
    before = [None, *(tuple(path) for path, _ in items)]
    subject.copies |= {(field, index) for index, (path, _) in enumerate(items) if tuple(path) == before[index]}
