"""The life of one resource of each kind, as short as it can be reported: what no cloud may fail at."""

from __future__ import annotations

import pytest

from reconciler.model import Action, Consent, Permission, Policy
from reconciler.targets.openstack.kinds import KINDS
from tests.conformance.bench import WRITER, Bench, desired_of
from tests.conformance.samples import SAMPLES
from tests.plan_of import plan_of

ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
KIND_OF = {kind.name: kind for kind in KINDS}
UNSIGNED = frozenset({"keypair", "server-group"}) | {kind.name for kind in KINDS if kind.by_part}
"""Kinds whose mark has no room for who made them, or that have none."""

pytestmark = pytest.mark.essential


def a_field_that_changes_in_place(name: str) -> str:
    """And back; one that a member may change, and that interrupts nothing, where there is such a one.

    "" where none changes in place.
    """
    spec, sample = KIND_OF[name].spec, SAMPLES[name]
    found = [field for field in sample.changes if field not in {*spec.immutable, *sample.spec.refused}]
    return min(found, key=lambda field: (field in sample.admin, field in spec.disruptive), default="")


@pytest.mark.parametrize("name", KIND_OF)
def test_it_is_created_changed_repaired_and_deleted(bench: Bench, name: str) -> None:
    sample, field = SAMPLES[name], a_field_that_changes_in_place(name)
    bench = bench.may(sample, field)
    before, after = sample.change(field) if field else (sample.spec, sample.spec)
    first, second = desired_of(sample.key, before, after), desired_of(sample.key, after, before)

    there = bench.converge(first, ALLOWED).observed[sample.key]
    assert there.spec == before.settle(there.spec)
    assert there.writer == (None if name in UNSIGNED else WRITER)

    if field:
        changed = bench.converge(second, ALLOWED).observed[sample.key]
        assert (changed.id, changed.spec, changed.writer) == (there.id, after.settle(changed.spec), there.writer)

        bench.converge(first, ALLOWED)  # someone turns it back
        (step,) = plan_of(second, bench.observe()).steps.values()
        assert (step.action, step.key) == (Action.UPDATE, sample.key)
        assert [change.field for change in step.changes] == [field]
        repaired = bench.converge(second, ALLOWED).observed[sample.key]
        assert (repaired.id, repaired.spec) == (changed.id, after.settle(repaired.spec))

    bench.delete(sample.key)
    assert plan_of(second, bench.observe()).steps.keys() >= {(Action.CREATE, sample.key)}
    again = bench.converge(second, ALLOWED).observed[sample.key]
    assert again.spec == after.settle(again.spec)

    assert bench.converge({}).observed == {}
