"""How much of what a project may have it has, where the cloud reports it. For `checkup` and `preflight`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.services import QuotaReport, Service
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.rest import Listing

UNLIMITED = -1


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


def quota_names(service: Service, kinds: Iterable[OpenStackKind[Any]] = KINDS) -> tuple[str, ...]:
    """The quotas of a service that are shown, by the names that people know them by, in the order of showing."""
    named = {name: None for report in service.quotas for name in report.attributes}
    declared = (kind.quota for kind in kinds if kind.quota and kind.listing.service == service.type)
    return tuple(named or dict.fromkeys(declared))


def counted_by_listing(service: Service, kinds: Iterable[OpenStackKind[Any]] = KINDS) -> dict[str, Listing]:
    """The quotas whose use the service does not report, each with the listing of what counts against it."""
    silent = {
        name for report in service.quotas for name, attributes in report.attributes.items() if not attributes.used
    }
    return {kind.quota: kind.listing for kind in kinds if kind.quota in silent}


def reported_quotas(connection: Connection, service: Service, extensions: Callable[[], Collection[str]]) -> list[Quota]:
    """Of the project that the login is for. ``extensions``: those that the cloud has, asked for where it matters.

    Raises QuotasUnknown, what keystoneauth raises, or what ``extensions`` does.
    """
    for report in service.quotas:
        if not report.extension or report.extension in extensions():
            return list(_quotas(report, quota_names(service), _answer(connection, service, report)))
    raise QuotasUnknown(f"the {service.type} service reports no limits")


def _quotas(report: QuotaReport, names: Iterable[str], found: dict[str, Any]) -> Iterator[Quota]:
    for name in names:
        if attributes := report.attributes.get(name):
            if attributes.limit in found:
                yield Quota(name, found[attributes.limit], found.get(attributes.used))
        elif name in found:
            quota = found[name]
            yield Quota(name, quota["limit"], quota["used"]) if report.with_use else Quota(name, quota)


def _answer(connection: Connection, service: Service, report: QuotaReport) -> dict[str, Any]:
    path = report.path.format(project=connection.project_id()) if "{project}" in report.path else report.path
    response = connection.request("GET", service.type, path)
    try:
        found = response.json()
        for name in report.within:
            found = found[name]
    except (ValueError, KeyError, TypeError):
        found = None
    if response.status_code != 200 or not isinstance(found, dict):
        raise QuotasUnknown(f"the {service.type} service answered {response.status_code}")
    return found
