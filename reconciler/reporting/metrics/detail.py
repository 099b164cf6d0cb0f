"""Which VIMs and network services have series of their own beyond the few of each VIM. Pure.

The few are the same for every VIM, so they grow with the VIMs. What there is by kind, reason, API or service is for at
most so many VIMs and services: those that need someone come first, then those that are at something, then by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nsmallest
from typing import NamedTuple

from reconciler.config import DetailLimits
from reconciler.model import (
    BlockReason,
    Health,
    Lag,
    Report,
    ServiceStatus,
    Sync,
    step_progress_of,
)

_TROUBLE, _BUSY, _QUIET = range(3)
_MEANT = frozenset({BlockReason.SUSPENDED, BlockReason.FROZEN, BlockReason.WINDOW, BlockReason.PRUNE})
"""Blocks that a document asks for, for as long as it does."""


class Of(NamedTuple):
    """A VIM of a repository."""

    repository: str
    vim: str


class OfService(NamedTuple):
    """A network service on a VIM."""

    repository: str
    vim: str
    service: str


class Detail(NamedTuple):
    """Who has it. ``omitted_vims``, ``omitted_services``: how many are in trouble and have none."""

    vims: frozenset[Of]
    services: frozenset[OfService]
    omitted_vims: int = 0
    omitted_services: int = 0


def detail_of(reports: Sequence[Report], limits: DetailLimits) -> Detail:
    """The choice, which follows from the reports alone."""
    vims = [(_rank(report), Of(report.repository, report.target)) for report in reports]
    services = [
        (_rank_of_service(one), OfService(report.repository, one.target, one.name))
        for report in reports
        for one in report.services
    ]
    return Detail(
        frozenset(of for _, of in nsmallest(limits.vims, vims)),
        frozenset(of for _, of in nsmallest(limits.services, services)),
        _omitted(vims, limits.vims),
        _omitted(services, limits.services),
    )


def _omitted(ranked: Iterable[tuple[int, object]], limit: int) -> int:
    return max(0, sum(rank == _TROUBLE for rank, _ in ranked) - limit)


def _rank(report: Report) -> int:
    foreign = report.plan is not None and bool(report.plan.foreign)
    if report.error is not None or report.contest is not None or foreign or report.recovery_exhausted:
        return _TROUBLE
    left = report.left
    needs_someone = any(
        step_progress_of(one.step, one).needs_someone and one.step.blocked not in _MEANT for one in left
    )
    if needs_someone or any(service.lag is Lag.FAILURE for service in report.services):
        return _TROUBLE
    return _BUSY if left or report.building else _QUIET


def _rank_of_service(service: ServiceStatus) -> int:
    if service.lag is Lag.FAILURE or service.health in {Health.DEGRADED, Health.MISSING}:
        return _TROUBLE
    return _QUIET if service.sync is Sync.SYNCED and not service.building else _BUSY
