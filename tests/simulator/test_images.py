"""Glance."""

import pytest

from tests.simulator.callers import Caller


def test_images_are_listed_in_pages(demo: Caller) -> None:
    names, path = [], "/v2/images?limit=3"
    while path:
        answer = demo.call("GET", f"image{path}")
        names += [image["name"] for image in answer["images"]]
        path = answer.body.get("next", "")
    assert sorted(names) == ["cirros-0.6", "debian-12", "ubuntu-22.04", "ubuntu-24.04"]


@pytest.mark.parametrize(("query", "count"), [("name=debian-12", 1), ("status=queued", 0), ("visibility=public", 4)])
def test_images_are_filtered(demo: Caller, query: str, count: int) -> None:
    assert len(demo.call("GET", f"image/v2/images?{query}")["images"]) == count


def test_an_image_is_active_once_it_is_uploaded(demo: Caller) -> None:
    body = {"name": "mine", "disk_format": "raw", "container_format": "bare", "tags": ["t"], "colour": "red"}
    made = demo.call("POST", "image/v2/images", body)
    assert (made.status, made["status"], made["colour"]) == (201, "queued", "red")
    path = f"image/v2/images/{made['id']}"
    assert demo.call("PUT", f"{path}/file", "data").status == 204
    assert demo.call("GET", path)["status"] == "active"
    assert demo.call("PUT", f"{path}/file", "data").status == 409
    assert demo.call("DELETE", path).status == 204
    assert demo.call("GET", path).status == 404


def test_a_member_may_neither_publish_nor_delete_a_public_image(demo: Caller) -> None:
    assert demo.call("POST", "image/v2/images", {"name": "mine", "visibility": "public"}).status == 403
    public = demo.call("GET", "image/v2/images?name=debian-12")["images"][0]["id"]
    assert demo.call("DELETE", f"image/v2/images/{public}").status == 403
