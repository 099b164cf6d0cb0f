"""Availability zones: whether those that servers and volumes are to be in are there, and take anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from reconciler.model import Key, Obstacle
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.preflight.asked import Asked
from reconciler.text.suggestion import did_you_mean


def zones_of_compute(asked: Asked) -> Iterator[Obstacle]:
    """Compute v2.1, os-availability-zone. Raises NotReported."""
    desired = ((step.key, spec.availability_zone) for step, spec in asked.desired("server", ServerSpec))
    # ZONE:HOST names a host as well, which only an admin may do.
    yield from _obstacles(asked, "compute", ((key, zone.partition(":")[0]) for key, zone in desired if zone))


def zones_of_volumes(asked: Asked) -> Iterator[Obstacle]:
    """Block Storage v3, os-availability-zone. Raises NotReported."""
    desired = ((step.key, spec.availability_zone) for step, spec in asked.desired("volume", VolumeSpec))
    yield from _obstacles(asked, "block-storage", ((key, zone) for key, zone in desired if zone))


def _obstacles(asked: Asked, service: str, desired: Iterable[tuple[Key, str]]) -> Iterator[Obstacle]:
    users: defaultdict[str, list[Key]] = defaultdict(list)
    for key, zone in desired:
        users[zone].append(key)
    if users:
        listed = asked.get(service, "/os-availability-zone", "availabilityZoneInfo")
        there = {one["zoneName"]: one["zoneState"]["available"] for one in listed}
        for zone, keys in sorted(users.items()):
            if not there.get(zone):
                yield Obstacle(_reason(zone, service, there), tuple(keys))


def _reason(zone: str, service: str, there: dict[str, bool]) -> str:
    if zone in there:
        return f"availability zone '{zone}' of the {service} service takes nothing now"
    hint = did_you_mean(zone, there) or f"there are: {', '.join(sorted(there))}"
    return f"the {service} service has no availability zone '{zone}' ({hint})"
