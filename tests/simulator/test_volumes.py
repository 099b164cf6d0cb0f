"""Cinder and what Nova does with volumes, as any client sees it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.callers import Answer, World


def ask(world: World, method: str, path: str, body: Any = None, version: str = "3.59", admin: bool = False) -> Answer:
    caller = world.admin if admin else world.demo
    headers = {"OpenStack-API-Version": f"volume {version}"}
    return caller.call(method, f"block-storage/v3/{path}", body, **headers)


def make(world: World, size: int = 1, **values: Any) -> str:
    answer = ask(world, "POST", "volumes", {"volume": {"size": size, **values}})
    assert (answer.status, answer["volume"]["status"]) == (202, "creating")
    world.clock.forward(10)
    return str(answer["volume"]["id"])


def volume(world: World, volume_id: str) -> Any:
    return ask(world, "GET", f"volumes/{volume_id}")["volume"]


def server(world: World, **values: Any) -> str:
    made = world.demo.make_server(**values)
    world.clock.forward(10)
    return made


def attach(world: World, server_id: str, volume_id: str) -> Answer:
    body = {"volumeAttachment": {"volumeId": volume_id}}
    return world.demo.compute("POST", f"servers/{server_id}/os-volume_attachments", body, "2.79")


def test_a_volume_is_created_grows_and_goes(world: World) -> None:
    made = make(world, metadata={"a": "b"})
    assert (volume(world, made)["status"], volume(world, made)["metadata"]) == ("available", {"a": "b"})
    assert ask(world, "POST", f"volumes/{made}/action", {"os-extend": {"new_size": 3}}).status == 202
    assert volume(world, made)["status"] == "extending"
    world.clock.forward(10)
    assert (volume(world, made)["status"], volume(world, made)["size"]) == ("available", 3)
    assert ask(world, "POST", f"volumes/{made}/action", {"os-extend": {"new_size": 3}}).status == 400
    assert ask(world, "DELETE", f"volumes/{made}").status == 202
    world.clock.forward(10)
    assert ask(world, "GET", f"volumes/{made}").status == 404


def test_a_volume_in_a_server_can_t_be_deleted_and_grows_since_3_42(world: World) -> None:
    made, one = make(world), server(world)
    assert attach(world, one, made)["volumeAttachment"]["volumeId"] == made
    assert (volume(world, made)["status"], volume(world, made)["attachments"][0]["server_id"]) == ("in-use", one)
    assert [v["id"] for v in world.demo.server(one)["os-extended-volumes:volumes_attached"]] == [made]
    assert ask(world, "DELETE", f"volumes/{made}").status == 400
    grow = {"os-extend": {"new_size": 2}}
    assert ask(world, "POST", f"volumes/{made}/action", grow, "3.41").status == 400
    assert ask(world, "POST", f"volumes/{made}/action", grow, "3.42").status == 202
    world.clock.forward(10)
    assert volume(world, made)["status"] == "in-use"


def test_a_detached_volume_is_free_a_moment_later(world: World) -> None:
    made, one = make(world), server(world)
    attach(world, one, made)
    assert world.demo.compute("DELETE", f"servers/{one}/os-volume_attachments/{made}").status == 202
    assert volume(world, made)["status"] == "detaching"
    world.clock.forward(10)
    assert (volume(world, made)["status"], volume(world, made)["attachments"]) == ("available", [])
    assert world.demo.compute("DELETE", f"servers/{one}/os-volume_attachments/{made}").status == 404


@pytest.mark.parametrize(("kind", "status"), [("fast", 400), ("shared", 200)])
def test_only_a_type_for_that_lets_a_volume_into_two_servers(world: World, kind: str, status: int) -> None:
    made = make(world, volume_type=kind)
    assert attach(world, server(world), made).status == 200
    assert attach(world, server(world), made).status == status


def test_a_server_boots_from_a_volume_and_leaves_it(world: World) -> None:
    image = world.demo.call("GET", "image/v2/images?name=cirros-0.6")["images"][0]["id"]
    root = make(world, imageRef=image)
    assert volume(world, root)["volume_image_metadata"]["image_id"] == image
    device = {"boot_index": 0, "uuid": root, "source_type": "volume", "destination_type": "volume"}
    one = server(world, imageRef="", block_device_mapping_v2=[device])
    assert world.demo.server(one)["image"] == ""
    assert world.demo.compute("DELETE", f"servers/{one}/os-volume_attachments/{root}").status == 403
    world.demo.compute("DELETE", f"servers/{one}")
    world.clock.forward(10)
    assert volume(world, root)["status"] == "available"


def test_a_volume_that_builds_can_t_be_booted_from(world: World) -> None:
    root = ask(world, "POST", "volumes", {"volume": {"size": 1}})["volume"]["id"]
    device = {"boot_index": 0, "uuid": root, "source_type": "volume", "destination_type": "volume"}
    body = {"name": "s", "flavorRef": "1", "networks": "none", "block_device_mapping_v2": [device]}
    assert world.demo.compute("POST", "servers", {"server": body}).status == 400


def test_a_quota_is_413_and_names_itself(world: World) -> None:
    limits = {"quota_set": {"gigabytes": 2}}
    assert ask(world, "PUT", f"os-quota-sets/{world.demo.project_id}", limits, admin=True).status == 200
    answer = ask(world, "POST", "volumes", {"volume": {"size": 3}})
    assert answer.status == 413
    assert "exceeds allowed gigabytes quota" in answer["overLimit"]["message"]


def test_a_list_comes_in_pages_with_links(world: World) -> None:
    made = [make(world) for _ in range(3)]
    first = ask(world, "GET", "volumes/detail?limit=2")
    (link,) = first["volumes_links"]
    rest = world.demo.call("GET", link["href"].partition("/paris/")[2])
    assert [one["id"] for one in (*first["volumes"], *rest["volumes"])] == made[::-1]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"size": 0}, 400),
        ({"size": 1, "volume_type": "none"}, 404),
        ({"size": 1, "availability_zone": "mars"}, 400),
        ({"size": 1, "imageRef": "none"}, 400),
    ],
)
def test_a_volume_of_what_is_not_there_is_refused(world: World, values: dict[str, Any], status: int) -> None:
    assert ask(world, "POST", "volumes", {"volume": values}).status == status


def test_a_volume_changes_its_type(world: World) -> None:
    made = make(world)
    retype = {"os-retype": {"new_type": "fast", "migration_policy": "on-demand"}}
    assert ask(world, "POST", f"volumes/{made}/action", retype).status == 202
    world.clock.forward(10)
    assert volume(world, made)["volume_type"] == "fast"
    assert ask(world, "POST", f"volumes/{made}/action", retype).status == 400
