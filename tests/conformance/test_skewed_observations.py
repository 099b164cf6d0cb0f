"""An observation asks for one listing after the other while the cloud goes on: what it sees never was so at one moment.

So with any of its answers a moment older than the rest, nothing may seem to have changed that did not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from reconciler.applying import apply
from reconciler.model import BlockReason, Consent, Desired, Key, Permission, Plan, Policy
from reconciler.targets.openstack.observing.surveying import Surveyed
from reconciler.targets.openstack.observing.worlds import world_of
from reconciler.targets.rest import Listing
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import ROOT, SAMPLES, SERVER
from tests.plan_of import plan_of

ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))
BOOTED = replace(SERVER, boot_volume=ROOT)
EXISTING: Mapping[str, Mapping[Key, Desired]] = {
    "one of each kind": {
        one: desired
        for sample in SAMPLES.values()
        if not sample.by_admin
        for one, desired in desired_of(sample.key, sample.spec).items()
    },
    "a server that boots from a volume": desired_of(SAMPLES["server"].key, BOOTED),
}


def skewed(one: Surveyed, other: Surveyed) -> Iterator[tuple[Listing, Surveyed]]:
    """``one`` with each of its answers in turn from ``other``."""
    for listing in one.items:
        yield listing, one._replace(items={**one.items, listing: other.items.get(listing, ())})


def planned(bench: Bench, desired: Mapping[Key, Desired], found: Surveyed) -> Plan:
    project = bench.driver.project_id
    return plan_of(desired, world_of(bench.target.name, bench.owner, project, found.items, found.lacking), ALLOWED)


def doings(plan: Plan) -> set[str]:
    return {f"{step}: {step.changes}" for step in plan.steps.values() if step.blocked is not BlockReason.BUILDING}


def converge(bench: Bench, desired: Mapping[Key, Desired]) -> set[str]:
    """What a skewed observation would do on the way that no straight one does."""
    bench.demand(desired)
    astray: set[str] = set()
    for _ in range(300):
        before = bench.driver.survey()
        bench.wait()
        after = bench.driver.survey()
        straight = doings(planned(bench, desired, before)) | doings(planned(bench, desired, after))
        for older, newer in ((before, after), (after, before)):
            for listing, mixed in skewed(older, newer):
                astray |= {f"{listing.path}: {doing}" for doing in doings(planned(bench, desired, mixed)) - straight}
        world = world_of(bench.target.name, bench.owner, bench.driver.project_id, after.items, after.lacking)
        plan = plan_of(desired, world, ALLOWED)
        if not plan.steps:
            return astray
        for _outcome in apply(plan, world, bench.driver, workers=4):
            pass
    raise AssertionError(f"still to do: {list(map(str, plan.steps.values()))}")


@pytest.mark.parametrize("name", EXISTING)
def test_nothing_is_done_because_one_answer_is_a_moment_older_than_the_others(bench: Bench, name: str) -> None:
    assert converge(bench, EXISTING[name]) == set()
    assert converge(bench, {}) == set()
