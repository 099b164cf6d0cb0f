"""What servers, keypairs and server groups think of by themselves."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import (
    Action,
    BlockReason,
    Change,
    Desired,
    FieldChange,
    Impact,
    Key,
    Observed,
    Opaque,
    State,
    Step,
    StepId,
    World,
)
from reconciler.targets.openstack.kinds.keypair import KeypairKind, without_comment
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.server import ServerKind, ServerSpec
from reconciler.targets.openstack.kinds.server_group import SERVER_GROUPS, ServerGroupKind, ServerGroupSpec
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.rest import Changes, Index, Listing, Request, requests_of, scoped
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import DEBIAN, ETH0, ETH1, LOGIN, MEDIUM, PLACE, PROJECT, SAMPLES, SERVER, SMALL, UBUNTU
from tests.plan_of import plan_of

FW = SAMPLES["server"].key
IDS = {DEBIAN: "i-debian", UBUNTU: "i-ubuntu", SMALL: "f", MEDIUM: "m", ETH0: "p0", ETH1: "p1"}
PLAIN = ServerSpec(SMALL, DEBIAN, ports=(ETH0,))


def update(spec: ServerSpec, *changes: Change) -> list[Request]:
    observed = Observed(FW, PLAIN, "s-1", name=FW.name)
    return list(ServerKind().update(observed, spec, Changes.of(changes), IDS, "test"))


def server(**fields: Any) -> dict[str, Any]:
    return {
        "id": "s-1",
        "name": FW.name,
        "status": "ACTIVE",
        "image": {"id": "i"},
        "flavor": {"original_name": "m1.small"},
        "metadata": {"magi:owner": "test", "magi:key": FW.name},
        **fields,
    }


def decoded(item: dict[str, Any], keys: dict[str, Key] | None = None) -> Observed:
    listings: dict[Listing, list[Any]] = {SERVERS: [item], PORTS: [], SERVER_GROUPS: []}
    index = Index("paris", "test", PROJECT, listings, {"i": DEBIAN} | (keys or {}))
    return ServerKind().observed(FW, item, index)


def test_user_data_goes_to_the_cloud_as_content_and_into_the_mark_as_digest() -> None:
    spec = replace(PLAIN, user_data=Opaque.of("#cloud-config"))
    body = ServerKind().create(FW, spec, IDS, "test").body["server"]
    assert base64.b64decode(body["user_data"]) == b"#cloud-config"
    assert body["metadata"]["magi:user-data"] == Opaque.of("#cloud-config").digest
    assert "#cloud-config" not in repr(spec)


def test_user_data_is_compared_by_the_digest_in_the_mark() -> None:
    digest = Opaque.of("#cloud-config").digest
    metadata = {"magi:owner": "test", "magi:key": FW.name, "magi:user-data": digest, "role": "fw"}
    spec = decoded(server(metadata=metadata)).spec
    assert isinstance(spec, ServerSpec)
    assert spec.user_data == Opaque.of("#cloud-config")
    assert spec.metadata == (("role", "fw"),)


def test_a_rebuild_carries_image_user_data_and_marks() -> None:
    spec = replace(PLAIN, image=UBUNTU, metadata=(("role", "fw"),))
    (request,) = update(spec, FieldChange("image", DEBIAN, UBUNTU), FieldChange("metadata", (), spec.metadata))
    assert (request.method, request.path, request.pending) == ("POST", "/servers/s-1/action", True)
    image = {"magi:image": UBUNTU.name, "magi:image-id": "i-ubuntu"}
    marks = {"magi:owner": "test", "magi:key": FW.name} | image
    assert request.body == {"rebuild": {"imageRef": "i-ubuntu", "metadata": {"role": "fw"} | marks, "user_data": None}}


def test_a_port_is_detached_before_another_is_attached() -> None:
    requests = update(replace(PLAIN, ports=(ETH1,)), FieldChange("ports", (ETH0,), (ETH1,)))
    assert [(request.method, request.path, request.body) for request in requests] == [
        ("DELETE", "/servers/s-1/os-interface/p0", None),
        ("POST", "/servers/s-1/os-interface", {"interfaceAttachment": {"port_id": "p1"}}),
    ]


def test_the_order_of_ports_does_not_matter_once_they_are_attached() -> None:
    desired, there = replace(PLAIN, ports=(ETH1, ETH0)), replace(PLAIN, ports=(ETH0, ETH1))
    assert desired.settle(there) == there
    assert desired.settle(PLAIN).ports == (ETH1, ETH0)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "ACTIVE"}, State.READY),
        ({"status": "BUILD"}, State.BUILDING),
        ({"status": "REBUILD"}, State.BUILDING),
        ({"status": "ERROR"}, State.ERROR),
        ({"status": "SHUTOFF"}, State.STOPPED),
        ({"status": "SHELVED_OFFLOADED"}, State.STOPPED),
        ({"status": "SOFT_DELETED"}, State.DELETING),
        ({"status": "ACTIVE", "OS-EXT-STS:task_state": "deleting"}, State.DELETING),
        ({"status": "ACTIVE", "OS-EXT-STS:task_state": "shelving_image_uploading"}, State.BUILDING),
        ({"status": "ACTIVE", "OS-EXT-STS:task_state": "image_uploading"}, State.READY),
    ],
)
def test_novas_words_become_a_state(fields: dict[str, Any], state: State) -> None:
    assert decoded(server(**fields)).state is state


def test_a_failed_server_shows_novas_reason() -> None:
    found = decoded(server(status="ERROR", fault={"message": "No valid host was found."}))
    assert found.detail == "No valid host was found."


def test_a_server_without_image_or_in_a_strange_group_differs_from_every_wish() -> None:
    found = decoded(server(image="")).spec
    assert isinstance(found, ServerSpec)
    assert found.image.name == "none"


def test_a_keypair_is_its_key_without_comment_and_its_name_is_its_id() -> None:
    assert without_comment("ssh-ed25519  AAAA  ada@laptop\n") == "ssh-ed25519 AAAA"
    step = Step(Action.CREATE, LOGIN, Desired(LOGIN, SAMPLES["keypair"].spec, PLACE))
    (request,) = requests_of(KeypairKind(), step, {}, "test", PROJECT)
    name = request.body["keypair"]["name"]
    assert re.fullmatch(r"magi_test-[0-9a-f]{12}_svc_fw_login", name)
    items = {KeypairKind.listing: [{"keypair": {"name": name, "public_key": "ssh-ed25519 AAAA me"}}], SERVERS: []}
    index = Index("paris", "test", PROJECT, items)
    (item,) = KeypairKind().items(index)
    assert KeypairKind().identify(item, index) == LOGIN
    assert KeypairKind().decode(LOGIN, item, index).id == name
    assert KeypairKind().identify(item, Index("paris", "test", "another", items)) is None


@pytest.mark.parametrize("name", ["magi_test_svc_fw_login", f"magi_{scoped('test', PROJECT)}_svc_fw_login"])
def test_a_server_has_its_keypair_by_the_name_of_today_and_of_before_names_had_the_project(name: str) -> None:
    found = decoded(server(key_name=name)).spec
    assert isinstance(found, ServerSpec)
    assert found.key_pair == LOGIN


def test_a_keypair_that_is_gone_is_made_again_and_its_servers_stay(bench: Bench) -> None:
    desired = desired_of(FW, SERVER)
    world = bench.converge(desired)
    server_id = world.observed[FW].id
    bench.send("DELETE", "compute", f"/os-keypairs/{world.observed[LOGIN].id}")
    assert set(plan_of(desired, bench.observe()).steps) == {StepId(Action.CREATE, LOGIN)}
    assert bench.converge(desired).observed[FW].id == server_id


def test_a_port_that_was_deleted_manually_is_made_and_attached_again(bench: Bench) -> None:
    desired = desired_of(FW, SERVER)
    world = bench.converge(desired)
    port = world.observed[ETH0].id
    bench.send("DELETE", "compute", f"/servers/{world.observed[FW].id}/os-interface/{port}")
    bench.observe()
    bench.send("DELETE", "network", f"/v2.0/ports/{port}")
    plan = plan_of(desired, bench.observe())
    assert set(plan.steps) == {StepId(Action.CREATE, ETH0), StepId(Action.UPDATE, FW)}
    assert plan.steps[StepId(Action.UPDATE, FW)].impact is Impact.NONE
    assert bench.converge(desired).observed[FW].id == world.observed[FW].id


def test_a_marked_server_survives_a_change_of_its_metadata_manually(bench: Bench) -> None:
    desired = desired_of(FW, SERVER)
    server_id = bench.converge(desired).observed[FW].id
    bench.send("POST", "compute", f"/servers/{server_id}/metadata", {"metadata": {"role": "router", "more": "x"}})
    (step,) = plan_of(desired, bench.observe()).steps.values()
    assert [change.field for change in step.changes] == ["metadata"]
    assert bench.converge(desired).observed[FW].id == server_id


def test_a_resize_waits_to_be_confirmed_and_nothing_else_is_changed_before() -> None:
    there = decoded(server(status="VERIFY_RESIZE"))
    assert (there.state, there.unconfirmed) == (State.READY, Impact.RESIZE)
    desired = {FW: Desired(FW, replace(PLAIN, ports=(), flavor=MEDIUM), PLACE)}
    plan = plan_of(desired, World("paris", {FW: there}, {DEBIAN: ("i",), MEDIUM: ("f",)}))
    (step,) = plan.steps.values()
    assert [change.field for change in step.changes] == ["resize"]
    assert (step.impact, step.blocked) == (Impact.NONE, None)
    (request,) = update(PLAIN, *step.changes)
    assert request.body == {"confirmResize": None}
    assert request.done == {400}  # it is being confirmed already


def test_one_task_at_a_time_is_asked_of_a_server() -> None:
    spec = replace(PLAIN, image=UBUNTU, flavor=MEDIUM, operate="stopped")
    flavor, operate = FieldChange("flavor", SMALL, MEDIUM), FieldChange("operate", "started", "stopped")
    (first,) = update(spec, FieldChange("image", DEBIAN, UBUNTU), flavor, operate)
    (second,) = update(spec, flavor, operate)
    (third,) = update(spec, operate)
    assert [next(iter(one.body)) for one in (first, second, third)] == ["rebuild", "resize", "os-stop"]


@pytest.mark.parametrize(
    ("status", "desired", "action"),
    [
        ("SHUTOFF", "started", "os-start"),
        ("ACTIVE", "stopped", "os-stop"),
        ("PAUSED", "started", "unpause"),
        ("PAUSED", "stopped", "unpause"),
        ("SUSPENDED", "started", "resume"),
        ("SHELVED_OFFLOADED", "started", "unshelve"),
        ("RESCUE", "stopped", "unrescue"),
    ],
)
def test_a_server_is_started_and_stopped_from_whatever_it_is_in(status: str, desired: str, action: str) -> None:
    there = decoded(server(status=status)).spec
    assert isinstance(there, ServerSpec)
    (request,) = update(replace(PLAIN, operate=desired), FieldChange("operate", there.operate, desired))
    assert request.body == {action: None}


def test_what_is_being_started_or_stopped_is_not_judged() -> None:
    assert decoded(server(**{"OS-EXT-STS:task_state": "powering-off"})).state is State.BUILDING


def test_a_stop_needs_consent_and_a_start_does_not() -> None:
    def step(status: str, operate: str) -> Step:
        desired = {FW: Desired(FW, replace(PLAIN, ports=(), operate=operate), PLACE)}
        world = World("paris", {FW: decoded(server(status=status))}, {DEBIAN: ("i",), SMALL: ("f",)})
        (found,) = plan_of(desired, world).steps.values()
        return found

    assert (step("ACTIVE", "stopped").impact, step("ACTIVE", "stopped").blocked) == (Impact.STOP, BlockReason.CONSENT)
    assert (step("SHUTOFF", "started").impact, step("SHUTOFF", "started").blocked) == (Impact.NONE, None)


def test_a_server_keeps_the_name_of_an_existing_keypair_that_is_gone() -> None:
    spec = decoded(server(key_name="ops")).spec
    assert isinstance(spec, ServerSpec)
    assert spec.key_pair == Key("paris", "existing-keypair", "ops")


def test_a_limit_for_each_host_is_a_rule_of_the_group() -> None:
    key = SAMPLES["server-group"].key
    request = ServerGroupKind().create(key, ServerGroupSpec("anti-affinity", 2), {}, "test")
    assert request.body["server_group"]["rules"] == {"max_server_per_host": 2}


def test_a_resize_that_is_just_ending_is_not_yet_to_be_confirmed() -> None:
    ending = decoded(server(status="VERIFY_RESIZE", **{"OS-EXT-STS:task_state": "resize_finish"}))
    assert ending.state is State.BUILDING
    ended = decoded(server(status="VERIFY_RESIZE", **{"OS-EXT-STS:task_state": None}))
    assert (ended.state, ended.unconfirmed) == (State.READY, Impact.RESIZE)
