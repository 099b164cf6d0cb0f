"""Availability zones: whether those that servers and volumes are to stand in are there, and take anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.drivers.openstack.foresight.asked import Asked
from reconciler.model import Key, Obstacle
from reconciler.resources.openstack.server import ServerSpec
from reconciler.resources.openstack.volume import VolumeSpec
from reconciler.suggestion import did_you_mean


def zones(asked: Asked) -> Iterator[Obstacle]:
    """Compute v2.1 and Block Storage v3, os-availability-zone. Raises Untold."""
    servers = ((step.key, spec.availability_zone) for step, spec in asked.wanted("server", ServerSpec))
    volumes = ((step.key, spec.availability_zone) for step, spec in asked.wanted("volume", VolumeSpec))
    for service, wanted in (("compute", servers), ("block-storage", volumes)):
        users: defaultdict[str, list[Key]] = defaultdict(list)
        for key, zone in wanted:
            if zone:
                # ZONE:HOST names a host as well, which only an admin may do.
                users[zone.partition(":")[0]].append(key)
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
