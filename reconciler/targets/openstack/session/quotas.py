"""How much of what a project may have it has, where the cloud reports it. For `checkup` and `preflight`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.session.connection import Connection

UNLIMITED = -1

NETWORK = tuple(kind.quota for kind in KINDS if kind.listing.service == "network" and kind.quota)
COMPUTE = {
    "instances": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram (MiB)": ("maxTotalRAMSize", "totalRAMUsed"),
    "key pairs": ("maxTotalKeypairs", ""),
    "server groups": ("maxServerGroups", "totalServerGroupsUsed"),
}
VOLUMES = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "gigabytes": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
}


class Quota(NamedTuple):
    """``used`` is None where the cloud does not report."""

    name: str
    limit: int
    used: int | None = None

    @property
    def tight(self) -> bool:
        """Whether a tenth or less of the limit is left."""
        if self.limit == UNLIMITED:
            return False
        return 10 * (self.limit - (self.used or 0)) <= self.limit

    def __str__(self) -> str:
        limit = "no limit" if self.limit == UNLIMITED else str(self.limit)
        if self.used is None:
            return f"{self.name} {limit}"
        return f"{self.name} {self.used} ({limit})" if self.limit == UNLIMITED else f"{self.name} {self.used}/{limit}"


class QuotasUnknown(Exception):
    """The cloud does not report; the text says why."""


def network_quotas(connection: Connection, extensions: Collection[str]) -> list[Quota]:
    """Of the project that the login is for. Raises QuotasUnknown, or what keystoneauth raises."""
    path = f"/v2.0/quotas/{connection.project_id()}"
    if "quota_details" in extensions:
        details = _answer(connection, "network", f"{path}/details.json", "quota")
        return [Quota(name, details[name]["limit"], details[name]["used"]) for name in NETWORK if name in details]
    if "quotas" in extensions:
        limits = _answer(connection, "network", path, "quota")
        return [Quota(name, limits[name]) for name in NETWORK if name in limits]
    raise QuotasUnknown("the network service reports no limits")


def compute_quotas(connection: Connection) -> list[Quota]:
    """Of the project that the login is for. Raises QuotasUnknown, or what keystoneauth raises."""
    absolute = _answer(connection, "compute", "/limits", "limits").get("absolute", {})
    return _quotas(absolute, COMPUTE)


def volume_quotas(connection: Connection) -> list[Quota]:
    """Of the project that the login is for. Raises QuotasUnknown, or what keystoneauth raises."""
    absolute = _answer(connection, "block-storage", "/limits", "limits").get("absolute", {})
    return _quotas(absolute, VOLUMES)


def _quotas(absolute: Mapping[str, Any], names: Mapping[str, tuple[str, str]]) -> list[Quota]:
    return [
        Quota(name, absolute[limit], absolute.get(used)) for name, (limit, used) in names.items() if limit in absolute
    ]


def _answer(connection: Connection, service: str, path: str, name: str) -> dict[str, Any]:
    response = connection.request("GET", service, path)
    try:
        found = response.json()[name]
    except (ValueError, KeyError, TypeError):
        found = None
    if response.status_code != 200 or not isinstance(found, dict):
        raise QuotasUnknown(f"the {service} service answered {response.status_code}")
    return found
