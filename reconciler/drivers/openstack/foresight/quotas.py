"""Quotas: what a plan takes of what the project may have, less what it gives back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from reconciler.drivers.openstack.foresight.asked import Asked, Untold
from reconciler.drivers.openstack.foresight.flavors import Flavors, flavors
from reconciler.drivers.openstack.quotas import (
    UNLIMITED,
    Quota,
    QuotasUnknown,
    compute_quotas,
    network_quotas,
    volume_quotas,
)
from reconciler.model import Action, Key, Obstacle, Spec, Step
from reconciler.resources.openstack.server import ServerSpec
from reconciler.resources.openstack.volume import VolumeSpec

_COUNTED = {
    "network": "network",
    "subnet": "subnet",
    "port": "port",
    "router": "router",
    "floating-ip": "floatingip",
    "security-group": "security_group",
    "security-group-rule": "security_group_rule",
    "keypair": "key pairs",
    "server-group": "server groups",
}
"""The quota of each kind that is counted one by one."""


class _Demand(NamedTuple):
    """``keys``: what takes some of it. ``amount`` is less what the plan gives back."""

    keys: list[Key]
    amount: int


def quotas(asked: Asked) -> Iterator[Obstacle]:
    """Of Nova, Neutron and Cinder. Raises Untold."""
    demands = _demands(asked)
    for names, ask in _ASK:
        if any(name in names for name in demands):
            try:
                found = ask(asked)
            except QuotasUnknown as error:
                raise Untold(f"quotas: {error}") from error
            for quota in found:
                if quota.name in demands and (reason := _exceeded(quota, demands[quota.name])):
                    yield Obstacle(reason, tuple(demands[quota.name].keys))


def _exceeded(quota: Quota, demand: _Demand) -> str:
    if quota.limit == UNLIMITED or quota.used is None or quota.used + demand.amount <= quota.limit:
        return ""
    return (
        f"quota of {quota.name}: {demand.amount} more {'are' if demand.amount > 1 else 'is'} needed, "
        f"{quota.used} of {quota.limit} are used"
    )


def _demands(asked: Asked) -> dict[str, _Demand]:
    sizes = flavors(asked) if any(step.key.kind == "server" for step in asked.steps) else Flavors({})
    amounts: defaultdict[str, int] = defaultdict(int)
    keys: defaultdict[str, list[Key]] = defaultdict(list)
    for step in asked.steps:
        for name, amount in _amounts(step, sizes):
            amounts[name] += amount
            if amount > 0:
                keys[name].append(step.key)
    return {name: _Demand(keys[name], amount) for name, amount in amounts.items() if amount > 0}


def _amounts(step: Step, sizes: Flavors) -> Iterator[tuple[str, int]]:
    """What one step takes of which quota; less than nothing where it gives back."""
    old = step.observed.spec if step.observed and step.action is not Action.CREATE else None
    new = step.desired.spec if step.desired and step.action is not Action.DELETE else None
    if step.action is Action.RELEASE or step.action is Action.ADOPT:
        return
    after, before = dict(_held(step.key.kind, new, sizes)), dict(_held(step.key.kind, old, sizes))
    for name in after.keys() | before.keys():
        yield name, after.get(name, 0) - before.get(name, 0)


def _held(kind: str, spec: Spec | None, sizes: Flavors) -> Iterator[tuple[str, int]]:
    """What a resource holds of which quota while it stands."""
    if spec is None:
        return
    if kind in _COUNTED:
        yield _COUNTED[kind], 1
    elif isinstance(spec, VolumeSpec):
        yield "volumes", 1
        yield "gigabytes", spec.size
    elif isinstance(spec, ServerSpec):
        yield "instances", 1
        if size := sizes.size_of(spec):
            yield "cores", size.vcpus
            yield "ram (MiB)", size.memory


def _network(asked: Asked) -> list[Quota]:
    return network_quotas(asked.connection, asked.extensions)


_ASK: tuple[tuple[frozenset[str], Callable[[Asked], list[Quota]]], ...] = (
    (
        frozenset({"instances", "cores", "ram (MiB)", "key pairs", "server groups"}),
        lambda a: compute_quotas(a.connection),
    ),
    (frozenset(_COUNTED.values()) - {"key pairs", "server groups"}, _network),
    (frozenset({"volumes", "gigabytes"}), lambda a: volume_quotas(a.connection)),
)
"""Which quotas a service has, and how it is asked for them."""
