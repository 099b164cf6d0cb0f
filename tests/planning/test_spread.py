"""What is replaced, or attached again, along with what is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from reconciler.model import Action, Consent, FieldChange, Impact, Key, Observed, Permission, Policy, State, Step, World
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, key

ALLOWED = Policy(consent=Consent(replace=Permission.ALLOW, disruptive=Permission.ALLOW))
A, B = key("0/a"), key("0/b")


def steps(
    declared: Mapping[str, ThingSpec], there: Mapping[str, ThingSpec], *, leaving: str = ""
) -> dict[tuple[Action, str], Step]:
    """The steps where 0/a is replaced, besides what is declared and there. ``leaving`` is still being deleted."""
    states = {leaving: State.DELETING}
    observed = {
        key(name): Observed(key(name), spec, f"id-{name}", states.get(name, State.READY))
        for name, spec in {"0/a": ThingSpec(), **there}.items()
    }
    plan = plan_of(catalog_of({"0/a": ThingSpec(shape=1), **declared}), World(TARGET, observed, {}), ALLOWED)
    return {(one.action, one.key.name.removeprefix("svc/")): step for one, step in plan.steps.items()}


def test_what_is_replaced_along_keeps_its_own_changes_and_says_why() -> None:
    found = steps({"1/a": ThingSpec(size=1, base=(A,))}, {"1/a": ThingSpec(base=(A,))})
    for action in (Action.DELETE, Action.CREATE):
        step = found[action, "1/a"]
        assert (step.changes, step.reason) == ((FieldChange("size", 0, 1),), "level0 svc/0/a is replaced")
        assert step.observed is not None


def test_only_what_is_there_and_stays_is_replaced_along() -> None:
    on_a = ThingSpec(base=(A,))
    declared = {"1/new": on_a, "1/leaving": on_a, "1/own": ThingSpec(base=(A,), shape=1), "1/there": on_a}
    found = steps(declared, {"1/leaving": on_a, "1/own": on_a, "1/there": on_a}, leaving="1/leaving")
    assert set(found) == {
        *((Action.CREATE, name) for name in ("0/a", *declared)),
        *((Action.DELETE, name) for name in ("0/a", "1/own", "1/there")),
    }
    assert found[Action.DELETE, "1/own"].reason == "shape can't change in place"


@pytest.mark.parametrize("holds_on", [True, False])
def test_a_part_that_clings_goes_with_its_whole_and_is_made_again(*, holds_on: bool) -> None:
    @dataclass(frozen=True, slots=True)
    class PartSpec(ThingSpec):
        part_of: ClassVar[str | None] = "base"
        clings: ClassVar[bool] = holds_on

    both = {"1/whole": ThingSpec(base=(A,)), "2/part": PartSpec(base=(key("1/whole"),))}
    found = steps(both, both)
    assert (Action.CREATE, "2/part") in found
    assert ((Action.DELETE, "2/part") in found) is not holds_on


def test_what_is_replaced_because_of_a_circle_says_so() -> None:
    declared = {"1/a": ThingSpec(base=(A,)), "2/a": ThingSpec(uses=(key("1/a"),))}
    step = steps(declared, {"2/a": ThingSpec(uses=(A,))})[Action.DELETE, "2/a"]
    assert step.reason == "it depends on something that is replaced"
    assert step.changes == (FieldChange("uses", (A,), (key("1/a"),)),)


def test_what_is_attached_again_keeps_its_other_changes_and_their_impact() -> None:
    again = FieldChange("plugs", (), (A,))
    there = {"1/a": ThingSpec(plugs=(A,))}
    for loud, changes, impact in ((0, (again,), Impact.NONE), (1, (FieldChange("loud", 0, 1), again), Impact.REBUILD)):
        asked = ThingSpec(loud=loud, plugs=(A,))
        step = steps({"1/a": asked}, there)[Action.UPDATE, "1/a"]
        assert (step.changes, step.impact) == (changes, impact)
        assert step.reason == "what it is attached to is replaced"
        assert step.desired is not None
        assert step.observed is not None
        assert (step.desired.spec, step.observed.spec) == (asked, there["1/a"])


@dataclass(frozen=True, slots=True)
class SocketSpec(ThingSpec):
    reattach: ClassVar[frozenset[str]] = frozenset({"plug"})

    plug: Key | None = None


@pytest.mark.parametrize(("before", "left"), [(A, None), (B, B), (None, None)])
def test_of_what_it_is_attached_to_only_what_is_replaced_is_gone(before: Key | None, left: Key | None) -> None:
    found = steps({"0/b": ThingSpec(), "1/a": SocketSpec(plug=A)}, {"0/b": ThingSpec(), "1/a": SocketSpec(plug=before)})
    assert found[Action.UPDATE, "1/a"].changes == (FieldChange("plug", left, A),)
