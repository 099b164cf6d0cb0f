"""Quotas: what a plan takes of what the project may have, less what it gives back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from keystoneauth1 import exceptions as ks

from reconciler.model import Action, Key, Obstacle, Spec, Step
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.keypair import KEYPAIRS, KeypairKind
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.preflight.asked import Asked, NotReported
from reconciler.targets.openstack.preflight.flavors import Flavors, flavors
from reconciler.targets.openstack.session.quotas import (
    UNLIMITED,
    Quota,
    QuotasUnknown,
    compute_quotas,
    network_quotas,
    volume_quotas,
)

_KINDS = {kind.name: kind for kind in KINDS}


class _Demand(NamedTuple):
    """``keys``: what takes some of it. ``amount`` is less what the plan gives back."""

    keys: list[Key]
    amount: int


def quotas_of_compute(asked: Asked) -> Iterator[Obstacle]:
    """Raises NotReported."""
    yield from _obstacles(
        asked, "compute", lambda: [_counted(asked, quota) for quota in compute_quotas(asked.connection)]
    )


def quotas_of_network(asked: Asked) -> Iterator[Obstacle]:
    """Raises NotReported."""
    yield from _obstacles(asked, "network", lambda: network_quotas(asked.connection, asked.extensions))


def quotas_of_volumes(asked: Asked) -> Iterator[Obstacle]:
    """Raises NotReported."""
    yield from _obstacles(asked, "block-storage", lambda: volume_quotas(asked.connection))


def _counted(asked: Asked, quota: Quota) -> Quota:
    """Nova does not report how many key pairs a user has, but lists them."""
    return quota._replace(used=len(asked.items(KEYPAIRS))) if quota.name == KeypairKind.quota else quota


def _obstacles(asked: Asked, service: str, ask: Callable[[], list[Quota]]) -> Iterator[Obstacle]:
    """What the quotas of one service do not allow. It is asked where the plan takes some of them."""
    demands = _demands(asked, service)
    if not demands:
        return
    try:
        found = [quota for quota in ask() if quota.name in demands and quota.limit != UNLIMITED]
    except (QuotasUnknown, ks.ClientException) as error:
        raise NotReported(f"quotas: {error}") from error
    for quota in found:
        keys, amount = demands[quota.name]
        if quota.used is not None and quota.used + amount > quota.limit:
            needed = f"{amount} more {'are' if amount > 1 else 'is'} needed"
            yield Obstacle(f"quota of {quota.name}: {needed}, {quota.used} of {quota.limit} are used", tuple(keys))
    if hidden := [quota.name for quota in found if quota.used is None]:
        raise NotReported(f"quotas of {', '.join(hidden)}: the cloud does not report how much of them is used")


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
