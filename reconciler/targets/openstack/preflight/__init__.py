"""What would keep the steps of a plan from succeeding, where a cloud reports that without being written to.

A file a subject; each check asks only what its plan makes it need:

    quotas      what the project may have
    addresses   what is free in subnets and pools
    gateways    whether the addresses of routers are free
    zones       availability zones
    images      whether images can be used, and fit
    segments    what other networks are carried with
    trunks      whether subports fit into their parent
    extensions  what the cloud knows of
    durations   how long such steps took there
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from reconciler.model import Obstacle, Plan, PreflightResult, World
from reconciler.targets.openstack.preflight.addresses import addresses
from reconciler.targets.openstack.preflight.asked import Asked, NotReported
from reconciler.targets.openstack.preflight.durations import durations
from reconciler.targets.openstack.preflight.extensions import extensions
from reconciler.targets.openstack.preflight.gateways import gateways
from reconciler.targets.openstack.preflight.images import images
from reconciler.targets.openstack.preflight.quotas import COUNTED, quotas
from reconciler.targets.openstack.preflight.segments import segments
from reconciler.targets.openstack.preflight.trunks import trunks
from reconciler.targets.openstack.preflight.zones import zones_of_compute, zones_of_volumes
from reconciler.targets.openstack.session.connection import Connection

_log = logging.getLogger(__name__)

_NOT_PROMISED = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What reading an answer may end with that is not as its API has it."""

_CHECKS: Mapping[str, Callable[[Asked], Iterator[Obstacle]]] = {
    **{f"quotas of {service.type}": partial(quotas, service=service) for service in COUNTED},
    "addresses": addresses,
    "gateways": gateways,
    "zones of compute": zones_of_compute,
    "zones of volumes": zones_of_volumes,
    "images": images,
    "segments": segments,
    "trunks": trunks,
    "extensions": extensions,
}
"""Each asks one service: what one does not report keeps nothing from being asked of another."""


def run_checks(plan: Plan, world: World, connection: Connection) -> PreflightResult:
    """What all checks find. Never raises what a cloud does: what it does not report is said to be unknown."""
    asked = Asked(plan, world, connection)
    obstacles: list[Obstacle] = []
    unknown: dict[str, None] = {}
    for name, check in _CHECKS.items():
        try:
            for obstacle in check(asked):
                obstacles.append(obstacle)  # noqa: PERF402  what was found before the cloud stopped answering counts
        except NotReported as error:
            unknown[str(error)] = None
        except _NOT_PROMISED as error:
            unknown[_unpromised(name, error)] = None
    try:
        lasting = durations(asked)
    except _NOT_PROMISED as error:
        lasting = None
        unknown[_unpromised("durations", error)] = None
    return PreflightResult(tuple(obstacles), tuple(unknown), lasting)


def _unpromised(check: str, error: Exception) -> str:
    """What is unknown because an answer is not as its API has it."""
    _log.debug("%s can't be checked beforehand", check, exc_info=error)
    return f"{check}: what the cloud answers lacks what its API promises"
