"""Steps that need what a target does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from reconciler.model import Action, BlockReason, Consent, Key, Observed, Permission, Policy, State, World
from tests.plan_of import plan_of
from tests.worlds import TARGET, ThingSpec, catalog_of, key


def test_a_kind_that_the_target_can_t_hold_is_blocked_and_says_why() -> None:
    world = World(TARGET, {}, {}, {key("0/a").kind: "the cloud has no block-storage service"})
    (step,) = plan_of(catalog_of({"0/a": ThingSpec()}), world).steps.values()
    assert step.blocked is BlockReason.MISSING
    assert step.reason == "VIM paris can't have a level0: the cloud has no block-storage service"


def test_what_refers_to_such_a_kind_is_blocked_too() -> None:
    fast = Key(TARGET, "volume-type", "fast")
    world = World(TARGET, {}, {}, {"volume-type": "the cloud has no block-storage service"})
    (step,) = plan_of(catalog_of({"0/a": ThingSpec(uses=(fast,))}), world).steps.values()
    assert step.reason == "VIM paris can't have a volume type: the cloud has no block-storage service"


def test_a_kind_that_begins_with_a_vowel_gets_the_article_of_one() -> None:
    image = Key(TARGET, "image", "debian-12")
    world = World(TARGET, {}, {}, {"image": "the cloud has no image service"})
    (step,) = plan_of(catalog_of({"0/a": ThingSpec(uses=(image,))}), world).steps.values()
    assert step.reason == "VIM paris can't have an image: the cloud has no image service"


def test_a_twin_stays_as_long_as_something_is_built_that_may_be_getting_it() -> None:
    """Nova reports late which port a server has."""
    port, twin, server = key("0/p"), key("0/p~2"), key("1/s")
    desired = catalog_of({"0/p": ThingSpec(), "1/s": ThingSpec(plugs=(port,))})
    there = {
        port: Observed(port, ThingSpec(), "1"),
        twin: Observed(twin, ThingSpec(), "2"),
        server: Observed(server, ThingSpec(), "3", State.BUILDING),
    }
    (step,) = plan_of(desired, World(TARGET, there, {}, twins={twin: port})).steps.values()
    assert (step.action, step.key, step.blocked) == (Action.DELETE, twin, BlockReason.BUILDING)
    assert step.reason == f"{server} is still being built, and which of the two {port} it gets is reported then"
    there[server] = Observed(server, ThingSpec(plugs=(port,)), "3")
    (step,) = plan_of(desired, World(TARGET, there, {}, twins={twin: port})).steps.values()
    assert (step.action, step.key, step.blocked) == (Action.DELETE, twin, None)


@dataclass(frozen=True, slots=True)
class SlowSpec(ThingSpec):
    used_when_ready: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("state", "uses", "guard"),
    [
        (State.BUILDING, None, BlockReason.BUILDING),
        (State.BUILDING, (), BlockReason.BUILDING),
        (State.BUILDING, (key("0/slow"),), None),
        (State.READY, None, None),
    ],
    ids=["made with it", "gets it", "has it", "made when it is ready"],
)
def test_what_is_used_when_it_is_ready_is_waited_for(
    state: State, uses: tuple[Key, ...] | None, guard: BlockReason | None
) -> None:
    slow = Observed(key("0/slow"), SlowSpec(), "id-slow", state)
    there = {slow.key: slow}
    if uses is not None:
        there[key("1/a")] = Observed(key("1/a"), ThingSpec(uses=uses), "id-a")
    declared = catalog_of({"0/slow": SlowSpec(), "1/a": ThingSpec(size=1, uses=(slow.key,))})
    (step,) = plan_of(declared, World(TARGET, there, {})).steps.values()
    assert (step.blocked, step.reason) == ((guard, f"{slow.key} is still being built") if guard else (None, ""))


def test_what_refers_to_other_kinds_than_those_that_are_lacking_goes_on() -> None:
    world = World(TARGET, {}, {}, {"volume-type": "the cloud has no block-storage service"})
    (step,) = plan_of(catalog_of({"0/a": ThingSpec()}), world).steps.values()
    assert step.blocked is None


@pytest.mark.parametrize(
    ("names", "hint"), [((), "there are: none"), (("backbone", "management"), "there are: backbone, management")]
)
def test_where_no_name_is_near_those_that_are_there_are_named(names: tuple[str, ...], hint: str) -> None:
    existing = {Key(TARGET, "existing-network", name): (name,) for name in names}
    wan = Key(TARGET, "existing-network", "wan")
    (step,) = plan_of(catalog_of({"0/a": ThingSpec(uses=(wan,))}), World(TARGET, {}, existing)).steps.values()
    assert (step.blocked, step.reason) == (
        BlockReason.MISSING,
        f"network 'wan' does not exist on VIM paris ({hint})",
    )


@dataclass(frozen=True, slots=True)
class CopySpec(ThingSpec):
    copied: ClassVar[frozenset[str]] = frozenset({"uses"})


IMAGE, VOLUME_TYPE = Key(TARGET, "image", "debian"), Key(TARGET, "volume-type", "fast")


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        (CopySpec(size=1, uses=(IMAGE,)), ""),
        (CopySpec(loud=1, uses=(IMAGE,)), "image 'debian'"),
        (CopySpec(size=1, uses=(IMAGE,), plugs=(VOLUME_TYPE,)), "volume type 'fast'"),
    ],
    ids=["changed in place", "rebuilt", "needs something else"],
)
def test_what_a_resource_was_copied_from_is_missed_only_when_it_is_made_again(asked: CopySpec, missing: str) -> None:
    there = Observed(key("0/a"), CopySpec(uses=(IMAGE,)), "id-a")
    policy = Policy(consent=Consent(disruptive=Permission.ALLOW))
    (step,) = plan_of(catalog_of({"0/a": asked}), World(TARGET, {there.key: there}, {}), policy).steps.values()
    assert step.reason == (f"{missing} does not exist on VIM paris (there are: none)" if missing else "")
