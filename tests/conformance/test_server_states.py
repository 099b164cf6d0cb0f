"""What Nova takes of a server in which state, as docs/servers.md and the planner have it: both clouds agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Action, BlockReason, Desired, Impact, State
from reconciler.targets.openstack.kinds.image import software_image_key
from reconciler.targets.openstack.kinds.server_states import STATES, TAKEN_IN, TASK
from reconciler.targets.openstack.session.connection import Connection
from reconciler.targets.rest import Json
from tests.conformance.bench import Bench, desired_of
from tests.conformance.clouds import bench_at
from tests.conformance.quotas import admin_of
from tests.conformance.samples import ETH0, FILLED, MEDIUM, PLACE, SAMPLES, SERVER, TARGET
from tests.plan_of import plan_of
from tests.waiting import eventually

KEY = SAMPLES["server"].key
FAILS = (("devcloud:fail", "yes"), ("simulator:fail", "build"))
INTO: Mapping[str, tuple[str, ...]] = {
    "ACTIVE": (),
    "SHUTOFF": ("os-stop",),
    "PAUSED": ("pause",),
    "SUSPENDED": ("suspend",),
    "SHELVED": ("shelve",),
    "SHELVED_OFFLOADED": ("shelve", "shelveOffload"),
    "RESCUE": ("rescue",),
}
ACCEPTED = (200, 202)


def action(bench: Bench, name: str, arguments: Any = None, by: Connection | None = None) -> int:
    there = bench.driver.observe(complete=True).observed[KEY]
    path = f"/servers/{there.id}/action"
    return int((by or bench.out_of_band).request("POST", "compute", path, body={name: arguments}).status_code)


def at_rest(bench: Bench) -> Json:
    """The server as Nova reports of it, once it is at nothing."""
    identifier = bench.driver.observe(complete=True).observed[KEY].id
    found: list[Json] = []

    def idle() -> bool:
        bench.wait()
        found[:] = [bench.send("GET", "compute", f"/servers/{identifier}")["server"]]
        return found[0][TASK] is None

    eventually(idle)
    return found[0]


def bring_into(bench: Bench, status: str) -> None:
    """As a member does it; where the cloud is set otherwise an admin helps, or the state is none that it knows."""
    for name in INTO[status]:
        if name == "shelveOffload":
            if at_rest(bench)["status"] == "SHELVED":
                with closing(admin_of(bench)) as admin:
                    assert action(bench, name, by=admin) in ACCEPTED
        else:
            assert action(bench, name) in ACCEPTED
    reached = at_rest(bench)["status"]
    if (status, reached) == ("SHELVED", "SHELVED_OFFLOADED"):
        pytest.skip("a server that is shelved leaves its host at once in this cloud")
    assert reached == status


def healing_actions(bench: Bench) -> Mapping[Impact, tuple[str, Any]]:
    """The request of each action, as it would be sent."""
    there = bench.driver.observe(complete=True)
    server = bench.out_of_band.request("GET", "compute", f"/servers/{there.observed[KEY].id}").json()["server"]
    (flavor,) = there.existing[MEDIUM]
    return {
        Impact.REBUILD: ("rebuild", {"imageRef": server["image"]["id"]}),
        Impact.RESIZE: ("resize", {"flavorRef": flavor}),
        Impact.REBOOT: ("reboot", {"type": "HARD"}),
    }


@pytest.mark.parametrize("status", INTO)
def test_an_action_is_refused_in_the_states_of_the_table_and_in_no_other(bench: Bench, status: str) -> None:
    bench.deploy(KEY, SERVER)
    bring_into(bench, status)
    world = bench.observe()
    refused = {impact for impact, statuses in TAKEN_IN.items() if status not in statuses}
    assert set(world.observed[KEY].refuses) == refused
    assert not world.observed[KEY].never_ran
    for impact in refused:
        name, arguments = healing_actions(bench)[impact]
        assert action(bench, name, arguments) == 409
    taken = next((impact for impact in healing_actions(bench) if impact not in refused), None)
    if taken:
        name, arguments = healing_actions(bench)[taken]
        assert action(bench, name, arguments) == 202
    bench.observe()


def test_a_server_that_never_ran_takes_nothing_and_is_replaced_where_git_has_something_better(bench: Bench) -> None:
    """Nothing is lost with it, so that needs no consent."""
    there = bench.deploy(KEY, replace(SERVER, metadata=FAILS))
    assert (there.state, there.never_ran, set(there.refuses)) == (State.ERROR, True, set(TAKEN_IN))
    for name, arguments in healing_actions(bench).values():
        assert action(bench, name, arguments) == 409
    repaired = desired_of(KEY, replace(SERVER, flavor=MEDIUM))
    steps = plan_of(repaired, bench.observe()).steps
    assert {(step.action, step.impact, step.blocked) for step in steps.values() if step.key == KEY} == {
        (Action.DELETE, Impact.NONE, None),
        (Action.CREATE, Impact.NONE, None),
    }
    assert bench.converge(repaired).observed[KEY].state is State.READY


@pytest.mark.parametrize("status", [status for status, state in STATES.items() if state is State.STOPPED])
def test_a_server_that_someone_put_to_rest_is_woken_up_where_git_has_it_run(bench: Bench, status: str) -> None:
    running = replace(SERVER, operate="started")
    before = bench.deploy(KEY, running)
    bring_into(bench, status)
    assert bench.observe().observed[KEY].state is State.STOPPED
    bench.converge(desired_of(KEY, running))
    assert at_rest(bench)["status"] == "ACTIVE"
    after = bench.converge(desired_of(KEY, running)).observed[KEY]
    assert (after.id, after.state, list(after.spec.refs_of("ports"))) == (before.id, State.READY, [ETH0])


@pytest.mark.parametrize("status", ["SHELVED", "SHELVED_OFFLOADED", "RESCUE"])
def test_a_server_that_was_put_aside_keeps_its_metadata_and_its_ports_as_they_are(bench: Bench, status: str) -> None:
    there = bench.deploy(KEY, SERVER)
    port = bench.observe().observed[ETH0].id
    bring_into(bench, status)
    path = f"/servers/{there.id}"
    body = {"metadata": {"role": "other"}}
    assert bench.out_of_band.request("POST", "compute", f"{path}/metadata", body=body).status_code == 409
    assert bench.out_of_band.request("DELETE", "compute", f"{path}/os-interface/{port}").status_code == 409
    device = bench.send("GET", "network", f"/v2.0/ports/{port}")["port"]["device_id"]
    assert device == there.id


@pytest.mark.parametrize("status", ["SHELVED", "SHELVED_OFFLOADED", "RESCUE"])
def test_a_server_that_was_put_aside_is_removed_like_any_other(bench: Bench, status: str) -> None:
    bench.deploy(KEY, SERVER)
    bring_into(bench, status)
    assert bench.converge({}).observed == {}
    left = bench.send("GET", "image", "/v2/images?name=svc/fw/fw-0-shelved")["images"]
    assert left == []


def test_a_resize_of_another_actor_is_confirmed_before_anything_else(bench: Bench) -> None:
    bigger = replace(SERVER, flavor=MEDIUM)
    before = bench.deploy(KEY, SERVER)
    name, arguments = healing_actions(bench)[Impact.RESIZE]
    assert action(bench, name, arguments) == 202
    assert at_rest(bench)["status"] == "VERIFY_RESIZE"
    found = bench.observe().observed[KEY]
    assert (found.state, found.unconfirmed) == (State.READY, Impact.RESIZE)
    for name, arguments in healing_actions(bench).values():
        assert action(bench, name, arguments) == 409
    after = bench.converge(desired_of(KEY, bigger)).observed[KEY]
    assert (after.id, after.state, after.unconfirmed) == (before.id, State.READY, None)
    assert at_rest(bench)["status"] == "ACTIVE"


def test_a_resize_that_is_taken_back_leaves_the_server_as_it_was(bench: Bench) -> None:
    before = bench.deploy(KEY, SERVER)
    name, arguments = healing_actions(bench)[Impact.RESIZE]
    assert action(bench, name, arguments) == 202
    at_rest(bench)
    assert action(bench, "revertResize") == 202
    assert at_rest(bench)["status"] == "ACTIVE"
    assert not plan_of(desired_of(KEY, SERVER), bench.observe()).steps
    assert bench.observe().observed[KEY].spec == before.spec


@pytest.fixture
def locked(bench: Bench) -> Iterator[str]:
    """The id of a server that its owner locked."""
    there = bench.deploy(KEY, SERVER)
    assert action(bench, "lock") == 202
    yield there.id
    bench.send("POST", "compute", f"/servers/{there.id}/action", {"unlock": None})


def test_nothing_is_taken_of_a_locked_server_and_a_change_is_blocked(bench: Bench, locked: str) -> None:
    found = bench.observe().observed[KEY]
    assert (found.state, set(found.refuses)) == (State.READY, set(Impact))
    assert "locked" in found.stays
    for name, arguments in (*healing_actions(bench).values(), ("os-stop", None), ("shelve", None), ("rescue", None)):
        assert action(bench, name, arguments) == 409
    path = f"/servers/{locked}"
    assert bench.out_of_band.request("DELETE", "compute", path).status_code == 409
    body = {"metadata": {"role": "other"}}
    assert bench.out_of_band.request("POST", "compute", f"{path}/metadata", body=body).status_code == 409
    changed = desired_of(KEY, replace(SERVER, flavor=MEDIUM))
    steps = plan_of(changed, bench.observe()).steps
    assert {step.blocked for step in steps.values() if step.key == KEY} == {BlockReason.REFUSED}


def test_what_an_admin_locked_a_member_does_not_unlock(bench: Bench) -> None:
    bench.deploy(KEY, SERVER)
    with closing(admin_of(bench)) as admin:
        assert action(bench, "lock", by=admin) == 202
        assert action(bench, "unlock") == 403
        assert action(bench, "unlock", by=admin) == 202


@pytest.mark.parametrize(("name", "arguments"), [("migrate", None), ("shelveOffload", None)])
def test_only_an_admin_moves_a_server(bench: Bench, name: str, arguments: Any) -> None:
    bench.deploy(KEY, SERVER)
    assert action(bench, name, arguments) == 403


def test_what_can_be_undone_only_by_who_did_not_do_it_is_refused(bench: Bench) -> None:
    bench.deploy(KEY, SERVER)
    for name in ("unshelve", "unrescue", "unpause", "resume", "os-start", "confirmResize", "revertResize", "restore"):
        assert action(bench, name) in (400, 409), name


def test_a_server_is_deleted_by_force_in_any_state(bench: Bench) -> None:
    bench.deploy(KEY, SERVER)
    bring_into(bench, "SUSPENDED")
    assert action(bench, "forceDelete") == 202
    eventually(lambda: KEY not in bench.observe().observed)


def test_an_image_of_a_server_is_not_taken_for_the_image_that_the_server_is_from(bench: Bench) -> None:
    """Nova copies the properties of the one to the other, and so the owner marks."""
    image = software_image_key(TARGET, FILLED)
    made_from = replace(SERVER, image=image)
    desired = desired_of(KEY, made_from) | {image: Desired(image, FILLED, PLACE)}
    before = bench.converge(desired).observed[image]
    assert action(bench, "createImage", {"name": "kept by someone"}) == 202
    (found,) = bench.send("GET", "image", "/v2/images?name=kept by someone")["images"]
    try:
        at_rest(bench)
        world = bench.observe()
        assert world.observed[image].id == before.id
        assert not world.twins
        assert not plan_of(desired, world).steps
    finally:
        bench.send("DELETE", "image", f"/v2/images/{found['id']}")


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Bench]:
    """At a cloud that keeps deleted servers for long, which the operator of a real one decides."""
    with bench_at("simulator", tmp_path, reclaim_seconds=1e6) as made:
        yield made


def test_a_deleted_server_that_the_cloud_keeps_is_gone_and_its_ports_are_free_for_the_next(keeping: Bench) -> None:
    before = keeping.deploy(KEY, SERVER)
    keeping.send("DELETE", "compute", f"/servers/{before.id}")
    after = keeping.deploy(KEY, SERVER)
    assert keeping.send("GET", "compute", f"/servers/{before.id}")["server"]["status"] == "SOFT_DELETED"
    assert after.id != before.id
    assert list(after.spec.refs_of("ports")) == [ETH0]
    assert keeping.converge({}).observed == {}


def test_a_deleted_server_that_the_cloud_keeps_is_restored_or_deleted_at_last(keeping: Bench) -> None:
    there = keeping.deploy(KEY, SERVER)
    path = f"/servers/{there.id}"
    keeping.send("DELETE", "compute", path)
    keeping.wait()
    assert KEY not in keeping.driver.observe(complete=True).observed
    keeping.send("POST", "compute", f"{path}/action", {"restore": None})
    assert keeping.observe().observed[KEY].id == there.id
    keeping.send("DELETE", "compute", path)
    keeping.wait()
    keeping.send("POST", "compute", f"{path}/action", {"forceDelete": None})
    keeping.wait()
    assert keeping.out_of_band.request("GET", "compute", path).status_code == 404
