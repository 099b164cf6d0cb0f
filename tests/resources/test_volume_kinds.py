"""What volumes and their attachments think of by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import Action, BlockReason, Desired, Key, Observed, State, StepId, World
from reconciler.targets.openstack.kinds.volume import VolumeKind, VolumeSpec
from reconciler.targets.rest import Index
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import DATA, DEBIAN, ETH0, PLACE, PROJECT, ROOT, SAMPLES, SERVER
from tests.plan_of import plan_of

ATTACHMENT = SAMPLES["volume-attachment"]
BOOTED = replace(SERVER, boot_volume=ROOT)
FW = SAMPLES["server"].key


def volume(status: str = "available", **metadata: str) -> dict[str, Any]:
    marks = {"magi:owner": "test", "magi:key": DATA.name}
    return {"id": "v", "name": DATA.name, "status": status, "size": 1, "metadata": marks | metadata, "attachments": []}


def decoded(item: dict[str, Any]) -> Observed:
    return VolumeKind().observed(DATA, item, Index("paris", "test", PROJECT, {}))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("available", State.READY),
        ("in-use", State.READY),
        ("creating", State.BUILDING),
        ("detaching", State.BUILDING),
        ("retyping", State.BUILDING),
        ("error_extending", State.ERROR),
        ("error", State.ERROR),
        ("deleting", State.DELETING),
    ],
)
def test_the_status_of_a_volume_shows_its_state(status: str, state: State) -> None:
    assert decoded(volume(status)).state is state


def test_a_volume_does_not_shrink_and_the_plan_says_so() -> None:
    there = World(DATA.target, {DATA: Observed(DATA, VolumeSpec(20), "v")}, {})
    (step,) = plan_of({DATA: Desired(DATA, VolumeSpec(10), PLACE)}, there).steps.values()
    assert step.blocked is BlockReason.REFUSED
    assert step.reason.startswith("a volume can't shrink from 20 to 10 GiB: give it the old size again")
    (step,) = plan_of({DATA: Desired(DATA, VolumeSpec(30), PLACE)}, there).steps.values()
    assert step.blocked is None


def test_a_volume_that_is_kept_loses_its_marks_and_is_not_deleted() -> None:
    there = decoded(volume(**{"magi:keep": "true"}))
    assert isinstance(there.spec, VolumeSpec)
    request = VolumeKind().delete(there, there.spec, {})
    assert (request.method, request.path, request.body) == (
        "PUT",
        "/volumes/v/metadata",
        {"metadata": {"magi:kept": DATA.name}},
    )


def test_what_needs_a_volume_that_builds_waits_for_it() -> None:
    desired: dict[Key, Desired] = {
        key: Desired(key, spec, PLACE)
        for key, spec in {DATA: VolumeSpec(1), FW: SERVER, ATTACHMENT.key: ATTACHMENT.spec}.items()
    }
    world = World("paris", {DATA: decoded(volume("creating")), FW: Observed(FW, SERVER, "s")}, {})
    step = plan_of(desired, world).steps[StepId(Action.CREATE, ATTACHMENT.key)]
    assert (step.blocked, step.reason) == (BlockReason.BUILDING, f"{DATA} is still being built")


def test_a_volume_outlives_the_server_it_is_in(bench: Bench) -> None:
    desired = desired_of(ATTACHMENT.key, ATTACHMENT.spec)
    there = bench.converge(desired).observed[DATA].id
    bench.delete(FW)
    again = bench.converge(desired)
    assert again.observed[DATA].id == there
    assert again.observed[ATTACHMENT.key].spec == ATTACHMENT.spec


def test_a_new_image_of_a_boot_volume_is_a_new_volume_and_a_new_server(bench: Bench) -> None:
    desired = desired_of(FW, BOOTED)
    world = bench.converge(desired)
    assert world.observed[FW].spec == BOOTED.settle(world.observed[FW].spec)  # type: ignore[arg-type]  # of one kind
    ubuntu = Key("paris", "image", "ubuntu-24.04")
    desired[ROOT] = Desired(ROOT, VolumeSpec(1, image=ubuntu), PLACE)
    desired[FW] = Desired(FW, replace(BOOTED, image=ubuntu), PLACE)
    steps = plan_of(desired, world).steps
    assert {(action.value, key.kind) for action, key in steps} == {
        (action, kind) for action in ("create", "delete") for kind in ("volume", "server")
    }


def test_all_of_it_goes_again_and_what_is_kept_stays(bench: Bench) -> None:
    kept = {DATA: Desired(DATA, VolumeSpec(1, keep=True), PLACE)}
    bench.converge(desired_of(ATTACHMENT.key, ATTACHMENT.spec) | desired_of(FW, BOOTED) | kept)
    assert bench.converge({}).observed == {}
    (left,) = bench.send("GET", "block-storage", "/volumes/detail")["volumes"]
    assert (left["name"], left["status"], left["metadata"]) == (DATA.name, "available", {"magi:kept": DATA.name})


def test_an_image_that_is_used_to_boot_is_the_volume_s(bench: Bench) -> None:
    world = bench.converge(desired_of(FW, BOOTED))
    assert list(world.observed[FW].spec.refs_of("image")) == [DEBIAN]
    assert list(world.observed[FW].spec.refs_of("boot_volume")) == [ROOT]
    assert list(world.observed[FW].spec.refs_of("ports")) == [ETH0]


def test_a_volume_that_goes_with_its_server_waits_until_that_is_detached(bench: Bench) -> None:
    world = bench.converge(desired_of(ATTACHMENT.key, ATTACHMENT.spec))
    plan = plan_of({}, world)
    assert StepId(Action.DELETE, ATTACHMENT.key) not in plan.steps
    assert StepId(Action.DELETE, FW) in plan.waits[StepId(Action.DELETE, DATA)]


def test_a_server_that_is_replaced_is_not_asked_to_detach_its_volumes_first(bench: Bench) -> None:
    """One in ERROR would refuse it without end."""
    desired = desired_of(ATTACHMENT.key, ATTACHMENT.spec)
    world = bench.converge(desired)
    desired[FW] = Desired(FW, replace(SERVER, config_drive=True), PLACE)
    steps = plan_of(desired, world).steps
    assert StepId(Action.CREATE, ATTACHMENT.key) in steps
    assert StepId(Action.DELETE, ATTACHMENT.key) not in steps
