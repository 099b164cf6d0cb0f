"""One network service as resources, and all that this depends on: as long as that is the same, so is it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.parameters import Contents, check_filled
from reconciler.documents.checking.templates import TextFile
from reconciler.documents.lowering import TargetTypes
from reconciler.documents.policy.conduct import consent_of, healing_of, strategy_of
from reconciler.documents.policy.tolerance import tolerant
from reconciler.documents.words import NetworkService, Vim, VnfDescriptor
from reconciler.model import Desired, Key, Problem, SecretRef, ServiceInfo, Withheld

Texts = Mapping[tuple[str, str], TextFile]
"""The user data files by the file of the descriptor and what that calls them."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """One service, with what its expansion was made from: it holds as long as all of that is the same."""

    sources: tuple[object, ...]
    info: ServiceInfo
    problems: tuple[Problem, ...]
    by_target: Mapping[str, Mapping[Key, Desired]]
    sound: bool


def texts_by_file(texts: Texts) -> Mapping[str, tuple[str, ...]]:
    by_file: dict[str, tuple[str, ...]] = {}
    for use in sorted(texts):
        by_file[use[0]] = (*by_file.get(use[0], ()), texts[use].blob)
    return by_file


def sources_of_service(
    document: NetworkService,
    descriptors: Mapping[str, VnfDescriptor],
    vims: Mapping[str, Vim],
    used: Mapping[str, tuple[str, ...]],
) -> tuple[object, ...]:
    """All that a service's expansion depends on; what is missing is None, so that its coming is noticed."""
    spec = document.spec
    found = [descriptors.get(vnf.descriptor) for vnf in spec.vnfs]
    # Lists, and no generators: this is done for each service of each commit.
    names = {
        spec.vim,
        *[vnf.vim for vnf in spec.vnfs],
        *[link.vim for link in spec.virtual_links],
        *[router.vim for router in spec.routers],
        # Any Vim may be one to place a VNF on.
        *(vims if any(vnf.placement for vnf in spec.vnfs) else ()),
    }
    return (
        document,
        *found,
        *[vims.get(name) for name in sorted([name for name in names if name])],
        *[used.get(descriptor.spot.source.file, ()) for descriptor in found if descriptor],
    )


def same_sources(known: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return len(known) == len(now) and all(
        a is b or (isinstance(a, tuple) and a == b) for a, b in zip(known, now, strict=True)
    )


def expand_service(
    draft: ServiceDraft,
    targets: TargetTypes,
    texts: Texts,
    secret_of: Callable[[SecretRef], str | Withheld],
    digests: Callable[[str, str], tuple[str, ...] | Withheld],
    broken: set[int],
    sources: tuple[object, ...],
) -> Expanded:
    service, problems, descriptors = draft.service, draft.problems, draft.descriptors
    spec = service.spec
    by_target: dict[str, dict[Key, Desired]] = {}

    def text_of(descriptor: VnfDescriptor, written: str) -> str:
        return texts[descriptor.spot.file, written].text

    contents = Contents(text_of, secret_of, digests)
    used = [descriptors[vnf.descriptor] for vnf in spec.vnfs if vnf.descriptor in descriptors]
    texts_are_there = all(
        (descriptor.spot.file, vdu.user_data.file) in texts
        for descriptor in used
        for vdu in descriptor.spec.vdus
        if vdu.user_data and vdu.user_data.file is not None
    )
    sound = draft.complete and not problems and texts_are_there and broken.isdisjoint(map(id, used))
    if sound:
        check_filled(draft, contents)
        sound = not problems
    if sound:
        for key, desired in tolerant(targets.lower(draft.finished(), contents), spec, targets.fields_of_kinds).items():
            by_target.setdefault(key.target, {})[key] = desired
    info = ServiceInfo(
        name=service.name,
        place=service.metadata.at("name").place(),
        targets=tuple(sorted(by_target)),
        consent=consent_of(spec.changes),
        strategy=strategy_of(spec),
        healing=healing_of(spec.healing),
        suspended=spec.suspend,
        labels=tuple(sorted(service.metadata.labels.items())),
        placed=tuple(draft.chosen.items()),
    )
    return Expanded(sources, info, tuple(problems.found), by_target, sound)
