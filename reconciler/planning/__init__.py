"""From the desired and the observed state to a Plan. Pure: no I/O, no clock, the same answer every time.

    diff     what differs, resource by resource, field by field
    drift    what of it no one asked for in Git
    spread   what is replaced along with what is replaced
    heal     what is done to instances that are unhealthy
    order    what goes first
    circles  what waits for itself
    missing  what can't be done because something it refers to is not there
    claims   what can't be done because another service has it
    guard    what may not run without consent
    approving what consent in Git unblocks
    depend   what waits until something else is ready
    waves    which members of a set have their turn
    removals which services that left Git have theirs
    roll     which instances have their turn
    back_off what waits because it failed

The loop calls `plan_target`; the rest is for tests and for those who need to know why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.model import (
    QUIET,
    ApprovalEffect,
    Catalog,
    Circumstances,
    Desired,
    DriftMode,
    Key,
    Plan,
    Step,
    StepId,
    World,
)
from reconciler.planning.approving import Approving, Free, approving_of, final_sets, is_free, merged, unblocked
from reconciler.planning.back_off import back_off
from reconciler.planning.circles import Waits, block_circles, find_cycle
from reconciler.planning.claims import block_claimed
from reconciler.planning.depend import block_dependent
from reconciler.planning.diff import diff
from reconciler.planning.drift import MISSING, drifted, fields_of, is_drift, keep_drift
from reconciler.planning.estimate import estimate
from reconciler.planning.guard import Rules, block_whole_replacements, guard
from reconciler.planning.heal import heal
from reconciler.planning.missing import block_missing
from reconciler.planning.notes import notes_on
from reconciler.planning.order import order
from reconciler.planning.removals import Turns, turns
from reconciler.planning.roll import is_ready, roll, without_surge
from reconciler.planning.spread import replace_too, spread
from reconciler.planning.teardown import block_teardown
from reconciler.planning.waves import waiting

__all__ = [
    "MISSING",
    "Approving",
    "Free",
    "Turns",
    "approving_of",
    "block_whole_replacements",
    "drifted",
    "estimate",
    "fields_of",
    "final_sets",
    "is_drift",
    "is_free",
    "is_ready",
    "merged",
    "plan_target",
    "turns",
    "unblocked",
    "waiting",
]


class _Guarded(NamedTuple):
    steps: Mapping[StepId, Step]
    approved: Mapping[str, frozenset[str]]
    approval_effects: tuple[ApprovalEffect, ...]
    waits: Waits


def plan_target(catalog: Catalog, world: World, circumstances: Circumstances = QUIET) -> Plan:
    """The smallest set of steps that makes the world's target what the catalog declares.

    In an order in which every call can succeed. A second plan, made when all steps are done, is empty.
    """
    desired = catalog.desired.get(world.target, {})
    approving = approving_of(catalog)
    vim_suspended = world.target in catalog.targets and catalog.targets[world.target].suspended
    judged_by = Rules(
        catalog.policy, catalog.consents, catalog.suspended, catalog.labels, approving, vim_suspended=vim_suspended
    )

    def guarded(declared: Mapping[Key, Desired]) -> _Guarded:
        steps, waits = _ordered(declared, world, circumstances, judged_by.policy.drift)
        possible = block_claimed(block_missing(steps, catalog, declared, world, circumstances), declared, world)
        return _Guarded(*guard(possible, world, judged_by, circumstances), waits)

    steps, approved, approval_effects, waits = guarded(desired)
    if any(one.instance and one.instance.surge for one in desired.values()):
        running = [step for step in steps.values() if not step.blocked]
        desired = without_surge(desired, world, running, circumstances)
        steps, approved, approval_effects, waits = guarded(desired)
    steps = block_teardown(block_dependent(steps, desired, world, circumstances), waits)
    steps = roll(steps, waits, desired, world, catalog.strategies, circumstances)
    steps, waits = block_circles(steps, waits)
    steps = back_off(steps, circumstances)
    return Plan(
        world.target,
        steps,
        waits,
        _uncompared(desired, world),
        notes_on(desired, world, steps.values(), circumstances),
        approved,
        approval_effects,
        final_sets(world.target, steps, approving),
        foreign=world.foreign,
        twins=world.twins,
    )


def _uncompared(desired: Mapping[Key, Desired], world: World) -> Mapping[Key, str]:
    """What exists there and is declared in a way that is not entirely known, with the reason."""
    there = world.observed
    hidden = ((key, declared.spec.uncompared(there[key].spec)) for key, declared in desired.items() if key in there)
    return {key: reason for key, reason in hidden if reason}


def _ordered(
    desired: Mapping[Key, Desired], world: World, circumstances: Circumstances, wider: DriftMode
) -> tuple[Mapping[StepId, Step], Waits]:
    """The steps to what is declared, and for each the steps that go first. ``wider``: what the Policy says of drift."""
    differences = keep_drift(diff(desired, world), circumstances, wider)
    steps = heal(spread(differences, desired, world), desired, world, circumstances)
    waits = order(steps, desired, world)
    if find_cycle(waits):
        waits = order(steps, desired, world, patient=False)
    # An update can get between the delete and the create of something replaced: then it can only be replaced too.
    while cycle := find_cycle(waits):
        more = replace_too(steps, cycle, desired, world)
        if more == steps:
            break
        steps, waits = more, order(more, desired, world, patient=False)
    return block_circles(steps, waits)
