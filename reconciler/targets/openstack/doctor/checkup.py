"""Holds one cloud against the table of requirements: what is fine, what is missing, what that means. Changes nothing.

Called by `magi doctor`. A check that can't be made because another one failed is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import requests
from keystoneauth1 import exceptions as ks

from reconciler.model import ConfigError, MagiError, Target, TargetUnknown
from reconciler.model.findings import Finding, Grade
from reconciler.targets.openstack.kinds.declared import Level, RequirementType
from reconciler.targets.openstack.observing.worlds import LISTINGS
from reconciler.targets.openstack.requirements import (
    EXTENSIONS,
    HOSTNAME_MICROVERSION,
    REQUIREMENTS,
    version_number,
)
from reconciler.targets.openstack.services import COMPUTE_MICROVERSION, SERVICES
from reconciler.targets.openstack.session.clouds import Clouds
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.openstack.session.errors import target_unknown
from reconciler.targets.openstack.session.listing import NotOffered, fetch, login
from reconciler.targets.openstack.session.quotas import QuotasUnknown, reported_quotas

SKEW_LIMIT = 5.0
SKEW_BROKEN = 60.0
"""Seconds between the cloud's clock and that of this machine. Tokens and certificates are good from one moment on."""

_WRITERS = frozenset({"admin", "manager", "member", "_member_"})
_HOSTNAME_MICROVERSION = next(row for row in REQUIREMENTS if row.name == HOSTNAME_MICROVERSION)
_MICROVERSIONS = {
    row.service: row
    for row in REQUIREMENTS
    if row.type is RequirementType.MICROVERSION and row.name == SERVICES[row.service].microversion
}
_APIS = {row.service: row for row in REQUIREMENTS if row.type is RequirementType.API and row.level is not Level.UNUSED}

Checks = Callable[[Connection, requests.Response], Iterator[Finding]]


def fine(area: str, check: str, message: str) -> Finding:
    return Finding(area, check, Grade.FINE, message)


def limited(area: str, check: str, message: str, hint: str = "") -> Finding:
    return Finding(area, check, Grade.LIMITED, message, hint)


def broken(area: str, check: str, error: MagiError) -> Finding:
    return Finding(area, check, Grade.BROKEN, error.message, error.hint, error)


def check(target: Target, clouds: Clouds, now: Callable[[], float] = time.time) -> list[Finding]:
    """All findings on one VIM, login first. ``now`` answers seconds since the epoch."""
    try:
        connection = Connection(target, clouds, lambda _: None)
    except ConfigError as error:
        return [broken("login", "clouds.yaml", error)]
    try:
        return list(findings(connection, now))
    finally:
        connection.close()


def findings(connection: Connection, now: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Check after check of the cloud behind a connection."""
    name = connection.target.name
    try:
        login(connection)
        access = connection.login()
    except MagiError as error:
        yield broken("login", "login", _explained(connection, error))
        return
    clocks = {"identity": access.issued.timestamp() - now()}
    yield from _login(connection, access)
    for service in SERVICES:
        ask, checks = _CHECKS.get(service, (_first_of(service), partial(_only_quotas, service)))
        optional = _APIS[service].level is Level.USED
        if optional and not connection.offers(service):
            yield limited(service, _APIS[service].name, f"missing: {_APIS[service].without}")
            continue
        try:
            endpoint = connection.endpoint(service)
            response = ask(connection)
        except ConfigError as error:
            yield broken(service, _APIS[service].name, error)
            continue
        except ks.ClientException as error:
            yield broken(service, _APIS[service].name, target_unknown(name, f"the {service} service", error))
            continue
        if "Date" in response.headers:
            clocks[service] = parsedate_to_datetime(response.headers["Date"]).timestamp() - now()
        if optional and response.status_code == 406 and (row := _MICROVERSIONS.get(service)):
            yield limited(service, f"microversion {row.name}", f"missing: {row.without}")
            continue
        if response.status_code != 200:
            yield broken(service, _APIS[service].name, target_unknown(name, endpoint, response))
            continue
        yield fine(service, _APIS[service].name, f"{endpoint} answers")
        yield from checks(connection, response)
        yield from _listings(connection, service)
    yield _clock(name, clocks)


def _explained(connection: Connection, error: MagiError) -> MagiError:
    """The error of a login, with advice for the type of login that was tried."""
    if isinstance(error.__cause__, ks.NotFound):
        return ConfigError(error.message, "check auth_url: it must lead to Keystone v3, and usually ends in /v3")
    if isinstance(error.__cause__, ks.Unauthorized) and connection.by_credential:
        return ConfigError(
            error.message,
            "check application_credential_id and application_credential_secret of its entry in clouds.yaml, and that "
            "the credential still exists and has not expired: openstack application credential list",
        )
    return error


def _login(connection: Connection, access: Any) -> Iterator[Finding]:
    if access.version != "v3":
        error = TargetUnknown(f"Keystone speaks {access.version}", "Magi needs Keystone v3: check auth_url")
        yield broken("identity", "v3", error)
        return
    yield fine("identity", "v3", "Keystone answers")
    how = "an application credential" if connection.by_credential else "user and password"
    yield fine("login", "login", f"user {access.username} in project {access.project_name}, by {how}")
    roles = sorted(access.role_names)
    text = f"role {', '.join(roles)}"
    if any(role.lower() in _WRITERS for role in roles):
        yield fine("login", "permission to write", text)
    elif [role.lower() for role in roles] == ["reader"]:
        yield limited(
            "login",
            "permission to write",
            f"{text}: `magi plan` works, `magi apply` and `magi run` may change nothing",
            f"give the user the role member in project {access.project_name}",
        )
    else:
        yield fine("login", "permission to write", f"{text}: only a write shows whether that may write")
    if access.application_credential_access_rules:
        yield limited(
            "login",
            "access rules",
            "the application credential may only make certain requests; Magi fails where it needs another",
            "`magi rights access-rules` prints what it needs",
        )


def _network(connection: Connection, response: requests.Response) -> Iterator[Finding]:
    try:
        aliases = {str(one["alias"]) for one in response.json()["extensions"]}
    except (ValueError, KeyError, TypeError):
        error = TargetUnknown(
            f"VIM {connection.target.name}: the list of extensions is not what the API promises",
            "check that the endpoint in the catalog leads to Neutron and not to a proxy or an error page",
        )
        yield broken("network", "extensions", error)
        return
    for row in EXTENSIONS:
        if row.level is Level.UNUSED:
            continue
        if row.name in aliases:
            yield fine("network", row.name, f"for {row.purpose}")
        elif row.level is Level.USED:
            yield limited("network", row.name, f"missing: {row.without}")
        else:
            error = TargetUnknown(f"missing: {row.without}", "ask the operator of the cloud for this Neutron extension")
            yield broken("network", row.name, error)
    yield from _quotas(connection, "network", aliases)


def _compute(connection: Connection, response: requests.Response) -> Iterator[Finding]:
    try:
        version = response.json()["version"]
        least, most = str(version["min_version"]), str(version["version"])
        spoken = version_number(least) <= version_number(COMPUTE_MICROVERSION) <= version_number(most)
    except (ValueError, KeyError, TypeError):
        least, most, spoken = "none", "none", False
    has = f"{least} to {most}"
    check = f"microversion {COMPUTE_MICROVERSION}"
    if not spoken:
        error = TargetUnknown(
            f"Nova has {has}", f"Magi needs {COMPUTE_MICROVERSION}, which is in Train (2019) and newer"
        )
        yield broken("compute", check, error)
        return
    yield fine("compute", check, f"Nova has {has}")
    if version_number(HOSTNAME_MICROVERSION) > version_number(most):
        yield limited("compute", f"microversion {HOSTNAME_MICROVERSION}", f"missing: {_HOSTNAME_MICROVERSION.without}")
    yield from _quotas(connection, "compute")


def _only_quotas(service: str, connection: Connection, _response: requests.Response) -> Iterator[Finding]:
    """A service without checks of its own: its quotas, where it reports any."""
    if SERVICES[service].quotas:
        yield from _quotas(connection, service)


def _first_of(service: str) -> Callable[[Connection], requests.Response]:
    """Asks for one item of what an observation lists first in a service."""
    path = next(listing.path for listing in LISTINGS if listing.service == service)
    return lambda connection: connection.request("GET", service, path, params={"limit": "1"})


def _quotas(connection: Connection, service: str, extensions: Collection[str] = ()) -> Iterator[Finding]:
    try:
        quotas = reported_quotas(connection, SERVICES[service], lambda: extensions)
    except (QuotasUnknown, ks.ClientException) as error:
        yield limited(service, "quota", f"can't be reported: {error}")
        return
    for quota in quotas:
        if quota.tight:
            yield limited(
                service, f"quota of {quota.name}", f"little is left: {quota}", "raise the quota or ask for less"
            )
    if rest := [str(quota) for quota in quotas if not quota.tight]:
        yield fine(service, "quota", ", ".join(rest))


_CHECKS: Mapping[str, tuple[Callable[[Connection], requests.Response], Checks]] = {
    "network": (lambda connection: connection.request("GET", "network", "/v2.0/extensions"), _network),
    "compute": (lambda connection: connection.version_document("compute"), _compute),
}
"""The first request to a service, and what its answer is checked for, where that is more than whether it answers."""


def _listings(connection: Connection, service: str) -> Iterator[Finding]:
    """Whether all that an observation lists in a service may be listed, and comes as it should."""
    listings = [listing for listing in LISTINGS if listing.service == service]
    refused = list(_refused(connection, listings))
    yield from refused
    if not refused:
        yield fine(service, "permission to read", ", ".join(listing.collection for listing in listings))


def _refused(connection: Connection, listings: Iterable[Any]) -> Iterator[Finding]:
    for listing in listings:
        try:
            fetch(connection, listing)
        except NotOffered:
            continue  # The table of requirements says what that means.
        except MagiError as error:
            yield broken(listing.service, listing.path, error)


def _clock(name: str, ahead: dict[str, float]) -> Finding:
    """``ahead``: how many seconds the clock of each service is ahead of that of the machine."""
    service, most = max(ahead.items(), key=lambda one: abs(one[1]))
    words = f"the clock of {service} is {abs(most):.0f} s {'ahead of' if most > 0 else 'behind'} this machine's"
    hint = "let both follow a time server: tokens and certificates are good from one moment to another"
    if abs(most) > SKEW_BROKEN:
        return broken("time", "clocks", TargetUnknown(f"VIM {name}: {words}", hint))
    if abs(most) > SKEW_LIMIT:
        return limited("time", "clocks", words, hint)
    return fine("time", "clocks", f"at most {abs(most):.0f} s apart")
