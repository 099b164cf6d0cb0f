"""The staged rollout of a set: whose turn has not come. Nothing is remembered: it is reported from the last reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from reconciler.model import Catalog, Health, Reported, Rollout, ServiceStatus, Sync

Statuses = Mapping[tuple[str, str], ServiceStatus]
"""By target and service, as the last observation of the target for this commit found them."""

_ALL_KNOWN: Mapping[str, str] = MappingProxyType({})


def waiting(
    catalog: Catalog, reports: Mapping[str, Reported], unreported: Mapping[str, str] = _ALL_KNOWN
) -> Mapping[str, str]:
    """The services whose wave has not come, each with the reason. ``reports``: the last one of each target.
    ``unreported``: targets of which nothing is known here, with why.

    A wave comes when all members of the waves before it are synced and healthy at this commit, on all their VIMs.
    """
    found: dict[str, str] = {}
    for rollout, number, reason in unfinished(catalog, reports, unreported):
        text = f"waits for wave {number + 1} of {len(rollout.waves)} of set {rollout.name}: {reason}"
        found |= {name: text for later in rollout.waves[number + 1 :] for name in later}
    return found


def unfinished(
    catalog: Catalog, reports: Mapping[str, Reported], unreported: Mapping[str, str] = _ALL_KNOWN
) -> Iterator[tuple[Rollout, int, str]]:
    """Of each rollout that is not through the number of its first wave that is not, from 0, and why."""
    if not catalog.rollouts:
        return
    statuses = {
        (report.target, status.name): status
        for report in reports.values()
        if report.commit == catalog.commit and report.observed
        for status in report.services
    }
    for rollout in catalog.rollouts:
        for number, wave in enumerate(rollout.waves):
            reason = next(filter(None, (_unfinished(catalog, name, statuses, unreported) for name in wave)), "")
            if reason:
                yield rollout, number, reason
                break


def _unfinished(catalog: Catalog, name: str, statuses: Statuses, unreported: Mapping[str, str]) -> str:
    """Why a member is not what this commit asks for, and well; "" when it is. What is suspended is left out."""
    info = catalog.services[name]
    if info.suspended:
        return ""
    for target in info.targets:
        if target in catalog.targets and catalog.targets[target].suspended:
            continue
        if target in unreported:
            return f"{name} is on VIM {target}, {unreported[target]}"
        status = statuses.get((target, name))
        if status is None:
            return f"{name} is not known yet on {target}"
        if status.sync is not Sync.SYNCED or status.health is not Health.HEALTHY:
            return f"{name} is {status.sync} and {status.health} on {target}"
    return ""
