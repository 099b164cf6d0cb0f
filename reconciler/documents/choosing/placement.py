"""Where the VNFs of a service stand that leave it to a selector: a pure function of the documents.

The rule: VNFs go in the order of their affinities; the instances of one in the order of their indexes, each to the
VIM that has the fewest of them, and among several such to the one with the best score. The score of an instance at a
VIM is a hash of their names (rendezvous hashing): so nothing has to be remembered, another count moves nobody, and
another VIM attracts some and leaves most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from typing import Any

from reconciler.documents.choosing.selectors import labels_in_words, labels_of, matching
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.subject import Subject

Items = Mapping[str, tuple[Path, Any]]


def place_vnfs(subject: Subject, vims: Mapping[str, Document]) -> Mapping[str, Sequence[str]]:
    """The VIM of each instance of each VNF that stands somewhere, by name of the VNF and index.

    What is wrong with a placement is noted, and its VNF left out; one that says nothing of a VIM is left out as well.
    """
    vnfs: dict[str, tuple[tuple[str | int, ...], Any]] = {}
    for path, vnf in subject.items("vnfs"):
        vnfs.setdefault(vnf["name"], (path, vnf))
    found: dict[str, Sequence[str]] = {}
    for name in _in_order(subject, vnfs):
        path, vnf = vnfs[name]
        count = vnf.get("count", 1)
        if "placement" not in vnf:
            vim = vnf.get("vim", subject.spec.get("vim"))
            found |= {} if vim is None else {name: [vim] * count}
        elif "vim" in vnf:
            message = f"VNF '{name}' has both vim and placement"
            subject.report((*path, "placement"), message, "keep one of them", key=True)
        elif candidates := _candidates(subject, (*path, "placement"), vnf, vims, found):
            spread = _spread(subject, (*path, "placement"), vnf, {vim: vims[vim] for vim in candidates})
            found |= {} if spread is None else {name: spread}
    return found


def _in_order(subject: Subject, vnfs: Items) -> Iterator[str]:
    """The names of the VNFs, each behind those that its placement looks at. Names that lead nowhere are noted."""
    looks: dict[str, list[str]] = {name: [] for name in vnfs}
    for name, (path, vnf) in vnfs.items():
        for field in ("affinity", "antiAffinity"):
            for index, other in enumerate(vnf.get("placement", {}).get(field, ())):
                if other in vnfs:
                    looks[name].append(other)
                else:
                    subject.report_unknown((*path, "placement", field, index), "VNF", other, vnfs)
    try:
        yield from TopologicalSorter(looks).static_order()
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        message = f"the placements of VNFs look at one another: {' -> '.join(ring)}"
        subject.report((*vnfs[ring[0]][0], "placement"), message, "say it at one of them alone", key=True)


def _candidates(
    subject: Subject, path: Path, vnf: Any, vims: Mapping[str, Document], found: Mapping[str, Sequence[str]]
) -> list[str]:
    """The VIMs that a placement lets a VNF have; that there is none is noted."""
    given = vnf["placement"]
    if "vims" in given:
        for index, name in enumerate(given["vims"]):
            if name not in vims:
                subject.report_unknown((*path, "vims", index), "VIM", name, vims)
        chosen = [name for name in given["vims"] if name in vims]
    else:
        chosen = list(matching(given.get("selector", {}), vims))
        if not chosen:
            subject.report((*path, "selector"), "the selector matches no Vim", labels_in_words(vims), key=True)
    for field, wanted in (("affinity", True), ("antiAffinity", False)):
        for index, other in enumerate(given.get(field, ())):
            if other not in found:
                return []  # why it stands nowhere is told there
            left = [vim for vim in chosen if (vim in found[other]) is wanted]
            if chosen and not left:
                there = ", ".join(sorted(set(found[other]))) or "no VIM"
                message = f"no VIM is left for VNF '{vnf['name']}': '{other}' stands on {there}"
                hint = f"that leaves none of {', '.join(sorted(chosen))}"
                subject.report((*path, field, index), message, hint)
            chosen = left
    return chosen


def _spread(subject: Subject, path: Path, vnf: Any, vims: Mapping[str, Document]) -> list[str] | None:
    """The VIM of each instance, as even as can be over the values of a label, and over the VIMs of each."""
    given, count = vnf["placement"], vnf.get("count", 1)
    areas = dict.fromkeys(vims, "")
    if label := given.get("spreadOver"):
        areas = {name: labels_of(vim).get(label, "") for name, vim in vims.items()}
        if without := sorted(name for name, area in areas.items() if not area):
            message = f"Vim '{without[0]}' has no label '{label}' to spread over"
            subject.report((*path, "spreadOver"), message, "add it, or select Vims that have it")
            return None
    most = given.get("maxPerVim", count)
    if count > most * len(vims):
        message = f"VNF '{vnf['name']}' has {count} instances, but maxPerVim lets {most} stand on each of {len(vims)}"
        subject.report((*path, "maxPerVim"), message, f"there is {', '.join(sorted(vims))}")
        return None
    member = f"{subject.name}/{vnf['name']}"
    there: list[str] = []
    in_area: Counter[str] = Counter()
    on_vim: Counter[str] = Counter()
    for index in range(count):
        free = (name for name in vims if on_vim[name] < most)
        best = min(free, key=lambda name: (in_area[areas[name]], on_vim[name], _score(f"{member}/{index}", name)))
        there.append(best)
        in_area[areas[best]] += 1
        on_vim[best] += 1
    return there


def _score(instance: str, vim: str) -> bytes:
    """The lowest wins; which it is has no meaning, and never changes."""
    return sha256(f"{instance} {vim}".encode()).digest()
