"""Steps that need what a target does not have."""

from __future__ import annotations

from reconciler.model import Hold, Key, World
from reconciler.planning import plan_target
from tests.worlds import TARGET, ThingSpec, catalog_of, key


def test_a_kind_that_the_target_can_t_hold_is_held_and_says_why() -> None:
    world = World(TARGET, {}, {}, {key("0/a").kind: "the cloud has no block-storage service"})
    (step,) = plan_target(catalog_of({"0/a": ThingSpec()}), world).steps.values()
    assert step.held is Hold.MISSING
    assert step.reason == "VIM paris can't have a level0: the cloud has no block-storage service"


def test_what_refers_to_such_a_kind_is_held_too() -> None:
    fast = Key(TARGET, "volume-type", "fast")
    world = World(TARGET, {}, {}, {"volume-type": "the cloud has no block-storage service"})
    (step,) = plan_target(catalog_of({"0/a": ThingSpec(uses=(fast,))}), world).steps.values()
    assert step.reason == "VIM paris can't have a volume type: the cloud has no block-storage service"
