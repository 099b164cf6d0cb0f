"""What a request to sync is about: the VIMs of a name, or those that a network service is on."""

from __future__ import annotations

from reconciler.loop.follower import Follower


def meant(follower: Follower, vim: str | None, service: str | None) -> set[str]:
    """The targets of this name that the service is on, or was at the last observation; None: all."""
    info = follower.catalog.services.get(service) if follower.catalog and service else None
    on = {*(info.targets if info else ())}
    on |= {report.target for report in follower.reports() if any(one.name == service for one in report.services)}
    return {name for name in _targets(follower) if vim in {None, name} and (service is None or name in on)}


def known(follower: Follower, *, services: bool) -> set[str]:
    """The names that could have been meant: of services, those of which something is left included, or of targets."""
    if not services:
        return _targets(follower)
    declared = follower.catalog.services if follower.catalog else ()
    return {*declared, *(one.name for report in follower.reports() for one in report.services)}


def _targets(follower: Follower) -> set[str]:
    """Those of the commit in force, wherever they are served."""
    return {*follower.targets(), *(follower.catalog.targets if follower.catalog else ())}
