"""A plan of one target from what is declared on it, for tests that need no repository around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model import (
    QUIET,
    ApiBudget,
    Approval,
    Approvers,
    Catalog,
    Circumstances,
    Consent,
    Desired,
    Key,
    Place,
    Plan,
    Policy,
    ServiceInfo,
    Target,
    UpdateStrategy,
    World,
)
from reconciler.planning import plan_target

_PLACE = Place("services.yaml", 1)


def plan_of(
    desired: Mapping[Key, Desired],
    world: World,
    policy: Policy | None = None,
    consents: Mapping[str, Consent] | None = None,
    strategies: Mapping[str, UpdateStrategy] | None = None,
    suspended: Collection[str] = (),
    circumstances: Circumstances = QUIET,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    approvals: frozenset[Approval] = frozenset(),
    *,
    approvers: Approvers | None = None,
    vim_suspended: bool = False,
) -> Plan:
    """``labels``: of the services of the repository, by name; left out: it has all of which something is there."""
    consents, strategies = consents or {}, strategies or {}
    if labels is None:
        labels = {key.service: {} for key in (*desired, *world.observed)}
    services = {
        name: ServiceInfo(
            name,
            _PLACE,
            (world.target,),
            consents.get(name, Consent()),
            strategies.get(name, UpdateStrategy()),
            suspended=name in suspended,
            labels=tuple(sorted(of_service.items())),
        )
        for name, of_service in labels.items()
    }
    target = Target(world.target, "openstack", world.target, (), (), ApiBudget(), _PLACE, suspended=vim_suspended)
    catalog = Catalog(
        {world.target: target},
        {world.target: desired},
        services,
        policy or Policy(),
        approvals=approvals,
        approvers=approvers,
    )
    return plan_target(catalog, world, circumstances)
