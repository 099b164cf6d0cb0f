"""What differs, resource by resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from reconciler.model import (
    PROGRESS_OF_BLOCK,
    Action,
    BlockReason,
    Desired,
    FieldChange,
    Impact,
    Key,
    NameChange,
    Observed,
    Place,
    Spec,
    State,
    Step,
    World,
)
from reconciler.planning.diff import compare, steps_for, tolerant
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, desired, key


def observed(name: str, spec: ThingSpec, state: State = State.READY, label: str | None = None) -> Observed:
    return Observed(key(name), spec, f"id-{name}", state, name=label)


def world(*there: Observed) -> World:
    return World(TARGET, {one.key: one for one in there}, {})


def actions(desired: dict[str, ThingSpec], there: World) -> set[tuple[str, str]]:
    steps = plan_of(catalog_of(desired), there).steps.values()
    return {(step.action.value, step.key.name.removeprefix("svc/")) for step in steps}


def test_what_is_the_same_needs_nothing() -> None:
    assert actions({"0/a": ThingSpec(size=1)}, world(observed("0/a", ThingSpec(size=1)))) == set()


def test_what_is_missing_is_created_and_what_is_not_declared_is_deleted() -> None:
    assert actions({"0/a": ThingSpec()}, world(observed("0/b", ThingSpec()))) == {("create", "0/a"), ("delete", "0/b")}


def test_a_changed_field_is_an_update_with_old_and_new() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec(size=2)}), world(observed("0/a", ThingSpec(size=1))))
    (step,) = plan.steps.values()
    assert (step.action, step.changes, step.impact) == (Action.UPDATE, (FieldChange("size", 1, 2),), Impact.NONE)


def test_a_changed_immutable_field_is_a_replacement_that_says_why() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec(shape=2)}), world(observed("0/a", ThingSpec(shape=1))))
    assert {step.action for step in plan.steps.values()} == {Action.DELETE, Action.CREATE}
    assert {step.impact for step in plan.steps.values()} == {Impact.REPLACE}
    assert all("shape can't change in place" in step.reason for step in plan.steps.values())


def test_a_disruptive_field_shows_its_impact() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec(loud=2)}), world(observed("0/a", ThingSpec(loud=1))))
    assert [step.impact for step in plan.steps.values()] == [Impact.REBUILD]


def test_a_computed_field_that_is_left_out_is_whatever_the_cloud_chose() -> None:
    there = observed("0/a", ThingSpec(chosen=42))
    assert compare(desired("0/a", ThingSpec()), there) == ()
    assert compare(desired("0/a", ThingSpec(chosen=41)), there) == (FieldChange("chosen", 42, 41),)


def test_a_reference_that_is_left_out_is_cleared() -> None:
    base, user = observed("0/a", ThingSpec()), observed("1/a", ThingSpec(uses=(key("0/a"),)))
    assert actions({"0/a": ThingSpec(), "1/a": ThingSpec()}, world(base, user)) == {("update", "1/a")}


def test_a_name_that_someone_changed_is_put_back() -> None:
    there = observed("0/a", ThingSpec(), label="temporary")
    assert compare(desired("0/a", ThingSpec()), there) == (NameChange("temporary", "svc/0/a"),)


def test_what_the_target_makes_by_itself_is_not_planned_along_with_its_parent() -> None:
    desired = catalog_of({"0/a": ThingSpec(), "1/a": ThingSpec(base=(key("0/a"),))})
    desired[key("1/a")] = replace(desired[key("1/a")], comes_with=key("0/a"))
    assert [step.key for step in plan_of(desired, world()).steps.values()] == [key("0/a")]
    later = plan_of(desired, world(observed("0/a", ThingSpec())))
    assert [step.key for step in later.steps.values()] == [key("1/a")]


def test_nothing_is_done_to_what_is_already_being_deleted() -> None:
    assert actions({}, world(observed("0/a", ThingSpec(), State.DELETING))) == set()


def test_a_create_waits_for_its_predecessor_that_is_still_being_deleted() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec()}), world(observed("0/a", ThingSpec(), State.DELETING)))
    (step,) = plan.steps.values()
    assert step.blocked is not None
    assert PROGRESS_OF_BLOCK[step.blocked].by_itself
    assert (step.action, step.reason) == (Action.CREATE, "the one that was there is still being deleted")
    assert step.desired == desired("0/a", ThingSpec())


def test_a_reference_to_nothing_blocks_the_step_and_names_what_is_near() -> None:
    image = Key(TARGET, "image", "debian-12")
    desired = catalog_of({"0/a": ThingSpec(uses=(Key(TARGET, "image", "debian-21"),))})
    plan = plan_of(desired, World(TARGET, {}, {image: ("i-1",)}))
    (step,) = plan.steps.values()
    assert step.reason == "image 'debian-21' does not exist on VIM paris (did you mean 'debian-12'?)"


def test_an_ambiguous_name_blocks_the_step() -> None:
    image = Key(TARGET, "image", "debian-12")
    plan = plan_of(catalog_of({"0/a": ThingSpec(uses=(image,))}), World(TARGET, {}, {image: ("i-1", "i-2")}))
    assert [step.reason for step in plan.steps.values()] == [
        "there are 2 images named 'debian-12' on VIM paris: a name must be unambiguous (i-1, i-2)"
    ]


def test_a_step_knows_the_place_in_git_that_asks_for_it() -> None:
    plan = plan_of(catalog_of({"0/a": ThingSpec()}), world())
    assert [step.desired.place for step in plan.steps.values() if step.desired] == [Place("services/vcpe.yaml", 7)]


def test_what_is_still_being_built_is_not_judged_yet() -> None:
    there = world(observed("0/a", ThingSpec(size=1), State.BUILDING))
    assert actions({"0/a": ThingSpec(size=2)}, there) == set()
    assert actions({}, there) == {("delete", "0/a")}


def test_nothing_is_attached_to_what_failed_to_be_built() -> None:
    there = world(observed("0/a", ThingSpec()), observed("1/a", ThingSpec(), State.ERROR))
    assert actions({"0/a": ThingSpec(), "1/a": ThingSpec(plugs=(key("0/a"),))}, there) == set()
    assert actions({"0/a": ThingSpec(), "1/a": ThingSpec(size=1, plugs=(key("0/a"),))}, there) == {("update", "1/a")}


def test_what_goes_with_its_whole_is_not_deleted_by_itself() -> None:
    @dataclass(frozen=True, slots=True)
    class PartSpec(ThingSpec):
        part_of: ClassVar[str | None] = "base"

    whole, part = observed("0/a", ThingSpec()), observed("1/a", PartSpec(base=(key("0/a"),)))
    assert actions({}, world(whole, part)) == {("delete", "0/a")}
    assert actions({"0/a": ThingSpec()}, world(whole, part)) == {("delete", "1/a")}


def test_a_part_that_moves_to_another_whole_is_updated() -> None:
    @dataclass(frozen=True, slots=True)
    class PartSpec(ThingSpec):
        part_of: ClassVar[str | None] = "uses"

    there = world(observed("0/old", ThingSpec()), observed("1/a", PartSpec(uses=(key("0/old"),))))
    assert actions({"0/new": ThingSpec(), "1/a": PartSpec(uses=(key("0/new"),))}, there) == {
        ("create", "0/new"),
        ("update", "1/a"),
        ("delete", "0/old"),
    }


def test_what_was_there_without_us_is_not_made_and_the_rest_is() -> None:
    there = World(TARGET, {}, {key("0/a"): ("id-a",)})
    assert actions({"0/a": ThingSpec(), "0/b": ThingSpec()}, there) == {("create", "0/b")}


def test_the_delete_of_a_twin_says_of_which_one_it_is() -> None:
    first, second = observed("0/a", ThingSpec()), observed("0/a~2", ThingSpec())
    there = replace(world(first, second), twins={second.key: first.key})
    (step,) = plan_of(catalog_of({"0/a": ThingSpec()}), there).steps.values()
    assert (step.action, step.key, step.reason) == (
        Action.DELETE,
        second.key,
        "a second one with the mark of level0 svc/0/a",
    )


def test_of_what_failed_to_be_built_only_what_the_target_did_choose_is_compared() -> None:
    asked = desired("0/a", ThingSpec(chosen=7))
    assert compare(asked, observed("0/a", ThingSpec(), State.ERROR)) == ()
    chosen = compare(asked, observed("0/a", ThingSpec(chosen=5), State.ERROR))
    assert chosen == (FieldChange("chosen", 5, 7),)


def ignoring(name: str, spec: ThingSpec, *fields: str) -> dict[Key, Desired]:
    return {key(name): replace(desired(name, spec), ignored=frozenset(fields))}


def test_an_ignored_field_is_no_difference_and_keeps_what_is_there_when_another_changes() -> None:
    there = world(observed("0/a", ThingSpec(size=1, loud=5)))
    assert not plan_of(ignoring("0/a", ThingSpec(size=2), "size", "loud"), there).steps
    (step,) = plan_of(ignoring("0/a", ThingSpec(size=2), "loud"), there).steps.values()
    assert step.changes == (FieldChange("size", 1, 2),)
    assert step.desired is not None
    assert step.desired.spec == ThingSpec(size=2, loud=5)


def test_an_ignored_immutable_field_asks_for_no_replacement() -> None:
    assert not plan_of(ignoring("0/a", ThingSpec(shape=2), "shape"), world(observed("0/a", ThingSpec()))).steps


def test_an_ignored_field_is_written_when_the_resource_is_made() -> None:
    (step,) = plan_of(ignoring("0/a", ThingSpec(size=2), "size"), world()).steps.values()
    assert step.desired is not None
    assert step.desired.spec == ThingSpec(size=2)


def test_an_ignored_name_stays() -> None:
    there = world(observed("0/a", ThingSpec(), label="renamed manually"))
    assert not plan_of(ignoring("0/a", ThingSpec(), "name"), there).steps


def test_nothing_is_taken_over_from_what_has_other_fields() -> None:
    @dataclass(frozen=True, slots=True)
    class OtherSpec(Spec):
        size: int = 0

    (one,) = ignoring("0/a", ThingSpec(size=2, loud=3), "size", "loud").values()
    assert tolerant(one, Observed(key("0/a"), OtherSpec(), "id-a")) == one


@dataclass(frozen=True, slots=True)
class LoudSpec(ThingSpec):
    """``size`` costs less than ``loud``."""

    disruptive: ClassVar[Mapping[str, Impact]] = {"size": Impact.RESIZE, "loud": Impact.REBUILD}


def test_a_change_of_several_immutable_fields_names_all_of_them() -> None:
    there = observed("0/a", ThingSpec(shape=1, base=(key("0/b"),)))
    asked = desired("0/a", ThingSpec(shape=2))
    steps = steps_for(asked, there, compare(asked, there))
    assert {step.reason for step in steps} == {"shape and base can't change in place"}


def test_nothing_is_lost_with_what_never_ran() -> None:
    there = replace(observed("0/a", ThingSpec()), never_ran=True)
    replaced = plan_of(catalog_of({"0/a": ThingSpec(shape=1)}), world(there)).steps.values()
    assert [(step.action, step.impact) for step in replaced] == [
        (Action.DELETE, Impact.NONE),
        (Action.CREATE, Impact.NONE),
    ]
    (updated,) = plan_of(catalog_of({"0/a": ThingSpec(loud=1)}), world(there)).steps.values()
    assert (updated.action, updated.impact) == (Action.UPDATE, Impact.REBUILD)


def test_what_never_ran_is_replaced_where_the_target_refuses_to_change_it() -> None:
    there = replace(observed("0/a", ThingSpec()), never_ran=True, refuses={Impact.REBUILD: "it is locked"})
    asked, change = desired("0/a", ThingSpec(loud=1)), FieldChange("loud", 0, 1)
    assert steps_for(asked, there, (change,)) == tuple(
        Step(action, there.key, asked, there, (change,), Impact.NONE, reason="it is locked: nothing is lost")
        for action in (Action.DELETE, Action.CREATE)
    )


def test_what_the_target_refuses_is_blocked_and_the_rest_goes_first() -> None:
    there = replace(observed("0/a", LoudSpec()), refuses={Impact.REBUILD: "it is locked"})
    asked = desired("0/a", LoudSpec(size=1, loud=1))
    size, loud = FieldChange("size", 0, 1), FieldChange("loud", 0, 1)
    assert steps_for(asked, there, (size, loud)) == (
        Step(Action.UPDATE, there.key, asked, there, (size,), Impact.RESIZE),
    )
    (step,) = steps_for(asked, there, (loud,))
    assert (step.changes, step.blocked, step.reason) == ((loud,), BlockReason.REFUSED, "it is locked")


def test_of_several_changes_the_gravest_counts() -> None:
    plan = plan_of(catalog_of({"0/a": LoudSpec(size=1, loud=1)}), world(observed("0/a", LoudSpec())))
    assert [step.impact for step in plan.steps.values()] == [Impact.REBUILD]
