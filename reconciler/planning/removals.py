"""Services that left Git: which of them have to wait. Nothing is remembered: it follows from what is deployed.

Whether one of them was a member of a set is unknown by then, so a rollout of the repository keeps them all waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from reconciler.model import Catalog, Claim, Key, Reported, Spec, World
from reconciler.planning.waves import unfinished, waiting


class Turns(NamedTuple):
    """Whose turn has not come. See Circumstances, of which it is a part."""

    waiting: Mapping[str, str]
    queued: Mapping[str, str]
    deployed_elsewhere: frozenset[str]


def turns(
    catalog: Catalog,
    world: World,
    reports: Mapping[str, Reported],
    unseen: Collection[str] = (),
    unreported: Mapping[str, str] = MappingProxyType({}),
) -> Turns:
    """The turns of members of sets and of services that left Git. ``reports``: the last one of each target.

    ``unseen``: targets that no one has tried to observe yet; ``unreported``: those that other daemons serve and of
    which nothing is known here, with why.
    """
    members = waiting(catalog, reports, unreported)
    gone = _services(world.observed) - catalog.services.keys()
    if not gone:
        return Turns(members, {}, frozenset())
    elsewhere = _elsewhere(catalog, world.target, reports)
    going = gone - _in_the_way(catalog, world, members.keys(), gone)
    if reason := _why_none_goes(catalog, reports, unseen, unreported):
        return Turns({**members, **dict.fromkeys(going, reason)}, {}, elsewhere)
    queue = _queue(catalog, reports, gone | (elsewhere - catalog.services.keys()))
    return Turns(members, {name: queue[name] for name in going & queue.keys()}, elsewhere)


def _services(keys: Iterable[Key]) -> frozenset[str]:
    return frozenset(key.service for key in keys if key.service)


def _elsewhere(catalog: Catalog, target: str, reports: Mapping[str, Reported]) -> frozenset[str]:
    """The services that are deployed on other targets, as these were last seen. What is suspended changes nothing."""
    others = [
        report.deployed
        for report in reports.values()
        if report.target != target and report.target in catalog.targets and not catalog.targets[report.target].suspended
    ]
    return frozenset().union(*others)


def _why_none_goes(
    catalog: Catalog, reports: Mapping[str, Reported], unseen: Collection[str], unreported: Mapping[str, str]
) -> str:
    """Why no service that left Git may be removed; "" where they may."""
    if unseen:
        return f"waits until it is known what is deployed on VIM {min(unseen)}"
    for rollout, number, reason in unfinished(catalog, reports, unreported):
        where = f"wave {number + 1} of {len(rollout.waves)} of set {rollout.name}"
        return f"no service is removed before the rollout is through: waits for {where}: {reason}"
    return ""


def _queue(catalog: Catalog, reports: Mapping[str, Reported], gone: Collection[str]) -> Mapping[str, str]:
    """Those that wait until others are removed, with the reason. What can't be removed keeps its place.

    What people block takes no place from the others.
    """
    sizes = [(rollout.size, rollout.name) for rollout in catalog.rollouts if rollout.size is not None]
    if not sizes:
        return {}
    size, name = min(sizes)
    kept = _kept(reports, catalog.commit)
    order = sorted(gone, key=lambda service: (service in kept, service))
    first = f"{order[0]} and {min(size, len(order)) - 1} more" if size > 1 else order[0]
    reason = f"{len(order)} services left Git, {size} of them go at a time (set {name}): waits for {first}"
    return dict.fromkeys(order[size:], reason)


def _kept(reports: Mapping[str, Reported], commit: str) -> frozenset[str]:
    """The services of which a delete waits for people."""
    return frozenset().union(*(report.kept for report in reports.values() if report.commit == commit))


def _in_the_way(catalog: Catalog, world: World, later: Collection[str], gone: Collection[str]) -> frozenset[str]:
    """The services that have what one claims whose turn it is: that one can't be healthy before they go."""
    claimed = {
        claim
        for key, desired in catalog.desired.get(world.target, {}).items()
        if key.service not in later
        for claim in _claims(desired.spec)
    }
    return frozenset(
        key.service
        for key, there in world.observed.items()
        if key.service in gone and not claimed.isdisjoint(_claims(there.spec))
    )


def _claims(spec: Spec) -> Iterable[Claim]:
    return spec.claims() if type(spec).claims is not Spec.claims else ()
