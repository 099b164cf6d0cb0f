"""What a command is about, where it is not about all: one network service, or what is to be removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model import Catalog, Desired, Key, World


@dataclass(frozen=True, slots=True)
class Removal:
    """What a person asked to be removed: these network services; None: all, with what they share."""

    services: frozenset[str] | None

    def takes(self, key: Key) -> bool:
        return self.services is None or key.service in self.services

    def counts_are_answered(self, catalog: Catalog) -> bool:
        """Whether asking for it answers the guards that count: not where the operator limits who approves."""
        return not catalog.approvals_are_limited


def narrow(catalog: Catalog, world: World, only: str | Removal) -> tuple[Catalog, World]:
    """Both sides without what does not belong to it. What a service shares with others is made, and not removed.

    Of a removal nothing is desired, and the world is what goes.
    """
    if isinstance(only, Removal):
        observed = {key: one for key, one in world.observed.items() if only.takes(key)}
        twins = {key: twin for key, twin in world.twins.items() if key in observed}
        return replace(catalog, desired={}, rollouts=()), replace(world, observed=observed, twins=twins)
    desired = {target: _of_service(resources, only) for target, resources in catalog.desired.items()}
    shared = {key for key in desired.get(world.target, {}) if not key.service}
    observed = {key: one for key, one in world.observed.items() if key.service == only or key in shared}
    return (
        replace(catalog, desired=desired, rollouts=(), rego={}),
        replace(world, observed=observed),
    )


def _of_service(resources: Mapping[Key, Desired], service: str) -> Mapping[Key, Desired]:
    own = {key: desired for key, desired in resources.items() if key.service == service}
    shared = {ref for desired in own.values() for ref in desired.spec.refs() if not ref.service}
    return own | {key: resources[key] for key in shared & resources.keys()}
