"""Images as they are listed: which are managed, and which an upload left behind."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Action, Desired, Key, Observed, Opaque, Place, State, StepId, World
from reconciler.targets.openstack.kinds.image import ImageKind, ImageSpec, software_image_key
from reconciler.targets.rest import Index
from tests.conformance.samples import PROJECT
from tests.plan_of import plan_of

SPEC = ImageSpec(Opaque.of("an image"), "raw", properties=(("os_type", "linux"),))
KEY = software_image_key("paris", SPEC)


def listed(status: str = "active", **changes: Any) -> dict[str, Any]:
    image = {
        "id": "i-1",
        "name": KEY.name,
        "status": status,
        "visibility": "private",
        "disk_format": "raw",
        "container_format": "bare",
        "min_disk": 0,
        "min_ram": 0,
        "stores": "file",
        "os_glance_import_task": "t-1",
        "os_type": "linux",
        "magi_owner": "test",
        "magi_key": KEY.name,
        "magi_sha256": SPEC.content.digest,
    }
    return image | changes


def found(image: dict[str, Any]) -> Observed | None:
    kind, index = ImageKind(), Index("paris", "test", PROJECT, {})
    key = kind.identify(image, index)
    return kind.observed(key, image, index) if key else None


def test_what_the_cloud_says_of_an_image_by_itself_is_no_difference() -> None:
    assert found(listed()) == Observed(KEY, SPEC, "i-1", name=KEY.name, detail="active")


@pytest.mark.parametrize("status", ["saving", "uploading", "importing", "killed"])
def test_an_upload_that_was_cut_off_is_removed_and_begun_again(status: str) -> None:
    left = found(listed(status))
    assert left
    assert left.key == KEY._replace(name=f"{KEY.name}~i-1")
    desired = {KEY: Desired(KEY, SPEC, Place("vnfd.yaml", 1))}
    steps = plan_of(desired, World("paris", {left.key: left}, {})).steps
    assert steps.keys() == {StepId(Action.DELETE, left.key), StepId(Action.CREATE, KEY)}
    assert not any(step.blocked for step in steps.values())


@pytest.mark.parametrize("image", [listed("deleted"), listed("pending_delete"), listed(magi_owner="other")])
def test_what_is_gone_or_another_actor_s_is_not_managed(image: dict[str, Any]) -> None:
    assert found(image) is None


def test_an_image_that_an_administrator_deactivated_is_an_error() -> None:
    image = found(listed("deactivated"))
    assert image
    assert (image.key, image.state) == (KEY, State.ERROR)


def test_an_image_is_one_by_all_that_is_said_of_it_but_where_it_is_from() -> None:
    others = [
        ImageSpec(Opaque.of("another"), "raw"),
        ImageSpec(SPEC.content, "iso"),
        ImageSpec(SPEC.content, "raw", "ovf"),
        ImageSpec(SPEC.content, "raw", min_disk=1),
        ImageSpec(SPEC.content, "raw", min_ram=1),
        ImageSpec(SPEC.content, "raw"),
        SPEC,
    ]
    assert len({software_image_key("paris", one) for one in others}) == len(others)
    assert isinstance(KEY, Key)
