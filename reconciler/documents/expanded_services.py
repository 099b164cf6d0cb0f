"""One network service as resources, and all that this depends on: as long as that is the same, so is it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.checking.parameters import Contents, check_filled
from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.templates import TextFile
from reconciler.documents.expand import expand
from reconciler.documents.policy.conduct import consent_of, healing_of, strategy_of
from reconciler.documents.policy.tolerance import tolerant
from reconciler.documents.reading.marks import Document
from reconciler.model import Desired, Key, Place, Problem, SecretRef, ServiceInfo, Withheld

Texts = Mapping[tuple[str, str], TextFile]
"""The user data files by the file of the descriptor and what that calls them."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """One service, with what its expansion was made from: it holds as long as all of that is the same."""

    sources: tuple[Any, ...]
    info: ServiceInfo
    problems: tuple[Problem, ...]
    by_target: Mapping[str, Mapping[Key, Desired]]
    sound: bool


def texts_by_file(texts: Texts) -> Mapping[str, tuple[str, ...]]:
    by_file: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for (file, _), text in sorted(texts.items()):
        by_file[file] += (text.blob,)
    return by_file


def sources_of_service(
    document: Document,
    descriptors: Mapping[str, Document],
    vims: Mapping[str, Document],
    used: Mapping[str, tuple[str, ...]],
) -> tuple[Any, ...]:
    """All that a service's expansion depends on; what is missing is None, so that its coming is noticed."""
    spec = document.data["spec"]
    vnfs = spec.get("vnfs", ())
    found = [descriptors.get(vnf["descriptor"]) for vnf in vnfs]
    names = {
        spec.get("vim"),
        *(part.get("vim") for field in ("vnfs", "virtualLinks", "routers") for part in spec.get(field, ())),
        # Any Vim may be one to place a VNF on.
        *(vims if any("placement" in vnf for vnf in vnfs) else ()),
    }
    return (
        document,
        *found,
        *(vims.get(name) for name in sorted(name for name in names if name)),
        *(used.get(descriptor.file, ()) for descriptor in found if descriptor),
    )


def same_sources(known: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    return len(known) == len(now) and all(
        a is b or (isinstance(a, tuple) and a == b) for a, b in zip(known, now, strict=True)
    )


def expand_service(
    placed: Placed,
    texts: Texts,
    secret_of: Callable[[SecretRef], str | Withheld],
    digests: Callable[[str, str], tuple[str, ...] | Withheld],
    broken: set[int],
    sources: tuple[Any, ...],
) -> Expanded:
    document, descriptors = placed.subject.document, placed.descriptors
    data = document.data
    by_target: dict[str, dict[Key, Desired]] = {}

    def text_of(descriptor: Document, written: str) -> str:
        return texts[descriptor.file, written].text

    contents = Contents(text_of, secret_of, digests)
    uses = [vnf["descriptor"] for vnf in data["spec"].get("vnfs", ())]
    used = [descriptors[name] for name in uses if name in descriptors]
    texts_are_there = all(
        (descriptor.file, vdu["userData"]["file"]) in texts
        for descriptor in used
        for vdu in descriptor.data["spec"]["vdus"]
        if "file" in vdu.get("userData", {})
    )
    sound = placed.complete and not placed.subject.problems and texts_are_there and broken.isdisjoint(map(id, used))
    if sound:
        check_filled(placed, contents)
        sound = not placed.subject.problems
    if sound:
        for key, desired in tolerant(expand(placed, contents), data["spec"]).items():
            by_target.setdefault(key.target, {})[key] = desired
    info = ServiceInfo(
        name=data["metadata"]["name"],
        place=Place(document.file, *document.place(("metadata", "name"))),
        targets=tuple(sorted(by_target)),
        consent=consent_of(data["spec"]),
        strategy=strategy_of(data["spec"]),
        healing=healing_of(data["spec"]),
        suspended=data["spec"].get("suspend", False),
        labels=tuple(sorted(data["metadata"].get("labels", {}).items())),
        placed=tuple(placed.chosen.items()),
    )
    return Expanded(sources, info, tuple(placed.subject.problems), by_target, sound)
