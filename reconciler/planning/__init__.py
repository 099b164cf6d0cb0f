"""From what is wanted and what is there to a Plan. Pure: no I/O, no clock, the same answer every time.

    diff     what differs, resource by resource, field by field
    spread   what is replaced along with what is replaced
    missing  what can't be done because something it refers to is not there
    order    what goes first
    guard    what may not run without consent

The loop calls `make_plan`; the rest is for tests and for who wants to know why.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import Catalog, Consent, Desired, Key, Plan, Policy, World
from reconciler.planning.diff import diff
from reconciler.planning.guard import guard
from reconciler.planning.missing import hold_missing
from reconciler.planning.order import find_cycle, order
from reconciler.planning.spread import replace_too, spread

__all__ = ["make_plan", "plan_target"]


def make_plan(catalog: Catalog, world: World) -> Plan:
    """The plan that makes the world's target what the catalog wants."""
    consents = {name: service.consent for name, service in catalog.services.items()}
    return plan_target(catalog.desired.get(world.target, {}), world, catalog.policy, consents)


def plan_target(
    desired: Mapping[Key, Desired],
    world: World,
    policy: Policy | None = None,
    consents: Mapping[str, Consent] | None = None,
) -> Plan:
    """The smallest set of steps from ``world`` to ``desired``, in an order in which every call can succeed.

    ``consents`` is by network service. A second plan, made when all steps are done, is empty.
    """
    steps = spread(diff(desired, world), desired, world)
    waits = order(steps, desired, world)
    if find_cycle(waits):
        waits = order(steps, desired, world, patient=False)
    # An update can get between the delete and the create of something replaced: then it can only be replaced too.
    while cycle := find_cycle(waits):
        steps = replace_too(steps, cycle, desired, world)
        waits = order(steps, desired, world, patient=False)
    steps = guard(hold_missing(steps, desired, world), world, policy or Policy(), consents or {})
    return Plan(world.target, steps, waits)
