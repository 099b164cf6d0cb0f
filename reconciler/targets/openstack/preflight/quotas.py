"""Quotas: what a plan takes of what the project may have, less what it gives back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from keystoneauth1 import exceptions as ks

from reconciler.model import Action, Key, Obstacle, Spec, Step
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.preflight.asked import Asked, NotReported
from reconciler.targets.openstack.preflight.flavors import Flavors, flavors
from reconciler.targets.openstack.services import SERVICES, Service
from reconciler.targets.openstack.session.quotas import (
    UNLIMITED,
    Quota,
    QuotasUnknown,
    counted_by_listing,
    reported_quotas,
)

_KINDS = {kind.name: kind for kind in KINDS}

COUNTED: tuple[Service, ...] = tuple(
    SERVICES[service] for service in dict.fromkeys(kind.listing.service for kind in KINDS if kind.quota)
)
"""The services whose quotas some kind counts against."""


class _Demand(NamedTuple):
    """``keys``: what takes some of it. ``amount`` is less what the plan gives back."""

    keys: list[Key]
    amount: int


def quotas(asked: Asked, service: Service) -> Iterator[Obstacle]:
    """What the quotas of one service do not allow. It is asked where the plan takes some of them.

    Raises NotReported.
    """
    demands = _demands(asked, service.type)
    if not demands:
        return
    try:
        reported = reported_quotas(asked.connection, service, lambda: asked.extensions)
    except (QuotasUnknown, ks.ClientException) as error:
        raise NotReported(f"quotas: {error}") from error
    limited = (quota for quota in reported if quota.name in demands and quota.limit != UNLIMITED)
    found = [_counted(asked, service, quota) for quota in limited]
    for quota in found:
        keys, amount = demands[quota.name]
        if quota.used is not None and quota.used + amount > quota.limit:
            needed = f"{amount} more {'are' if amount > 1 else 'is'} needed"
            yield Obstacle(f"quota of {quota.name}: {needed}, {quota.used} of {quota.limit} are used", tuple(keys))
    if hidden := [quota.name for quota in found if quota.used is None]:
        raise NotReported(f"quotas of {', '.join(hidden)}: the cloud does not report how much of them is used")


def _counted(asked: Asked, service: Service, quota: Quota) -> Quota:
    """Of what a service does not report, but lists, as many are used as it lists."""
    listing = counted_by_listing(service).get(quota.name)
    return quota._replace(used=len(asked.items(listing))) if listing else quota


def _demands(asked: Asked, service: str) -> dict[str, _Demand]:
    steps = [step for step in asked.steps if _KINDS[step.key.kind].listing.service == service]
    sizes = flavors(asked) if any(step.key.kind == "server" for step in steps) else Flavors({})
    amounts: defaultdict[str, int] = defaultdict(int)
    keys: defaultdict[str, list[Key]] = defaultdict(list)
    for step in steps:
        for name, amount in _amounts(step, sizes):
            amounts[name] += amount
            if amount > 0:
                keys[name].append(step.key)
    return {name: _Demand(keys[name], amount) for name, amount in amounts.items() if amount > 0}


def _amounts(step: Step, sizes: Flavors) -> Iterator[tuple[str, int]]:
    """What one step takes of which quota; less than nothing where it gives back."""
    old = step.observed.spec if step.observed and step.action is not Action.CREATE else None
    new = step.desired.spec if step.desired and step.action is not Action.DELETE else None
    if step.action is Action.DISOWN or step.action is Action.ADOPT:
        return
    after, before = _used(step.key.kind, new, sizes), _used(step.key.kind, old, sizes)
    for name in after.keys() | before.keys():
        yield name, after.get(name, 0) - before.get(name, 0)


def _used(kind: str, spec: Spec | None, sizes: Flavors) -> Mapping[str, int]:
    """What a resource holds of which quota while it exists: its kind says so, and a flavor how large a server is."""
    if spec is None:
        return {}
    used = _KINDS[kind].takes(spec)
    if isinstance(spec, ServerSpec) and (size := sizes.size_of(spec)):
        return {**used, "cores": size.vcpus, "ram (MiB)": size.memory}
    return used
