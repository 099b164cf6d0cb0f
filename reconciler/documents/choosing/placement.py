"""Where the VNFs of a service are deployed that leave it to a selector: a pure function of the documents.

The rule: VNFs go in the order of their affinities; the instances of one in the order of their indexes, each to the
VIM that has the fewest of them, and among several such to the one with the best score. The score of an instance at a
VIM is a hash of their names (rendezvous hashing): so nothing has to be remembered, another count moves no one, and
another VIM attracts some and leaves most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256

from reconciler.documents.choosing.selectors import labels_in_words, matching
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import NetworkService, Vim
from reconciler.documents.words.vnfs import Placement, Vnf


def place_vnfs(
    problems: Problems, service: NetworkService, vnfs: Sequence[Vnf], vims: Mapping[str, Vim]
) -> Mapping[str, Sequence[str]]:
    """The VIM of each instance of each VNF that is deployed somewhere, by name of the VNF and index.

    ``vnfs``: those of the service. What is wrong with a placement is noted, and its VNF left out; one that says nothing
    of a VIM is left out as well.
    """
    by_name: dict[str, Vnf] = {}
    for vnf in vnfs:
        by_name.setdefault(vnf.name, vnf)
    found: dict[str, Sequence[str]] = {}
    for name in _in_order(problems, by_name):
        vnf = by_name[name]
        if vnf.placement is None:
            vim = vnf.vim or service.spec.vim
            found |= {} if vim is None else {name: [vim] * count_of(vnf)}
        elif vnf.vim is not None:
            message = f"VNF '{name}' has both vim and placement"
            problems.report(vnf.at("placement"), message, "keep one of them", key=True)
        elif candidates := _candidates(problems, vnf, vnf.placement, vims, found):
            there = {vim: vims[vim] for vim in candidates}
            spread = _spread(problems, service.name, vnf, vnf.placement, there)
            found |= {} if spread is None else {name: spread}
    return found


def count_of(vnf: Vnf) -> int:
    """How many times a VNF is there."""
    return 1 if vnf.count is None else vnf.count


def _in_order(problems: Problems, vnfs: Mapping[str, Vnf]) -> Iterator[str]:
    """The names of the VNFs, each behind those that its placement names. Names that lead nowhere are noted."""
    named: dict[str, list[str]] = {name: [] for name in vnfs}
    for name, vnf in vnfs.items():
        for field, others in _relations(vnf.placement):
            for index, other in enumerate(others):
                if other in vnfs:
                    named[name].append(other)
                else:
                    problems.report_unknown(vnf.at("placement", field, index), "VNF", other, vnfs)
    try:
        yield from TopologicalSorter(named).static_order()
    except CycleError as error:
        ring = list(reversed(error.args[1]))
        message = f"the placements of VNFs name one another: {' -> '.join(ring)}"
        problems.report(vnfs[ring[0]].at("placement"), message, "say it at one of them alone", key=True)


def _relations(placement: Placement | None) -> tuple[tuple[str, Sequence[str]], ...]:
    """The VNFs that a placement names, by the field that names them."""
    if placement is None:
        return ()
    return (("affinity", placement.affinity), ("antiAffinity", placement.anti_affinity))


def _candidates(
    problems: Problems, vnf: Vnf, given: Placement, vims: Mapping[str, Vim], found: Mapping[str, Sequence[str]]
) -> list[str]:
    """The VIMs that a placement lets a VNF have; that there is none is noted."""
    if given.vims is not None:
        for index, name in enumerate(given.vims):
            if name not in vims:
                problems.report_unknown(vnf.at("placement", "vims", index), "VIM", name, vims)
        chosen = [name for name in given.vims if name in vims]
    else:
        chosen = list(matching(given.selector, vims))
        if not chosen:
            where = vnf.at("placement", "selector")
            problems.report(where, "the selector matches no Vim", labels_in_words(vims), key=True)
    for field, others in _relations(given):
        for index, other in enumerate(others):
            if other not in found:
                return []  # why it is deployed nowhere is reported there
            left = [vim for vim in chosen if (vim in found[other]) is (field == "affinity")]
            if chosen and not left:
                there = ", ".join(sorted(set(found[other]))) or "no VIM"
                message = f"no VIM is left for VNF '{vnf.name}': '{other}' is on {there}"
                hint = f"that leaves none of {', '.join(sorted(chosen))}"
                problems.report(vnf.at("placement", field, index), message, hint)
            chosen = left
    return chosen


def _spread(problems: Problems, service: str, vnf: Vnf, given: Placement, vims: Mapping[str, Vim]) -> list[str] | None:
    """The VIM of each instance, as even as can be over the values of a label, and over the VIMs of each."""
    count = count_of(vnf)
    areas = dict.fromkeys(vims, "")
    if label := given.spread_over:
        areas = {name: vim.metadata.labels.get(label, "") for name, vim in vims.items()}
        if without := sorted(name for name, area in areas.items() if not area):
            message = f"Vim '{without[0]}' has no label '{label}' to spread over"
            problems.report(vnf.at("placement", "spreadOver"), message, "add it, or select Vims that have it")
            return None
    most = given.max_per_vim or count
    if count > most * len(vims):
        message = f"VNF '{vnf.name}' has {count} instances, but maxPerVim allows {most} on each of {len(vims)}"
        problems.report(vnf.at("placement", "maxPerVim"), message, f"there is {', '.join(sorted(vims))}")
        return None
    member = f"{service}/{vnf.name}"
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
