"""Images that Magi uploads: whole and right before anything uses them, once a VIM, gone when nothing declares them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from reconciler.applying import apply
from reconciler.model import Action, Consent, Desired, Key, Opaque, Outcome, Permission, Policy, Result, Spec, StepId
from reconciler.targets.openstack.kinds.image import ImageSpec, software_image_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from tests.conformance.bench import Bench, DesiredState
from tests.conformance.samples import FILLED, PLACE, SMALL, TARGET, key
from tests.plan_of import plan_of

FW = key("server", "fw/fw-0")
IMAGE = software_image_key(TARGET, FILLED)
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
LARGE = bytes(range(256)) * 8192 + b"and a rest"
"""More than is sent at once."""


def image_of(content: bytes, source: str) -> ImageSpec:
    return ImageSpec(Opaque(f"sha256:{hashlib.sha256(content).hexdigest()}", source), "raw")


def desired_of(image: ImageSpec) -> DesiredState:
    """The image, and a server of it."""
    name = software_image_key(TARGET, image)
    desired: dict[Key, Spec] = {name: image, FW: ServerSpec(SMALL, name)}
    return {one: Desired(one, spec, PLACE) for one, spec in desired.items()}


def one_pass(bench: Bench, desired: DesiredState) -> dict[StepId, Outcome]:
    world = bench.observe()
    return {one.step.id: one for one in apply(plan_of(desired, world), world, bench.driver, workers=2)}


def status_of(bench: Bench, image: ImageSpec) -> str:
    return str(bench.observe().observed[software_image_key(TARGET, image)].detail)


@contextmanager
def served(content: bytes, *, length: int | None = None) -> Iterator[str]:
    """The URL of a file that says it has ``length`` bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/fw.raw"
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(content) if length is None else length) if found else "0")
            self.end_headers()
            if found:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/fw.raw"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_waits_until_its_image_has_its_bytes(bench: Bench) -> None:
    desired = desired_of(FILLED)
    first = one_pass(bench, desired)
    assert {step_id.key: one.result for step_id, one in first.items()} == {IMAGE: Result.DONE, FW: Result.SKIPPED}
    assert status_of(bench, FILLED) == "queued", "a crash here leaves an image that is known as managed"
    second = one_pass(bench, desired)
    assert {step_id: one.result for step_id, one in second.items()} == {
        StepId(Action.UPDATE, IMAGE): Result.DONE,
        StepId(Action.CREATE, FW): Result.DONE,
    }
    found = bench.converge(desired).observed
    assert (found[IMAGE].detail, found[FW].spec.refs_of("image").__next__()) == ("active", IMAGE)


def test_another_content_is_another_image_and_a_rebuild_and_the_old_one_goes(bench: Bench) -> None:
    (bench.images / "other.raw").write_bytes(LARGE)
    other = image_of(LARGE, "other.raw")
    before = bench.converge(desired_of(FILLED)).observed
    after = bench.converge(desired_of(other), ALLOWED).observed
    assert after.keys() == desired_of(other).keys()
    assert after[FW].id == before[FW].id


def test_one_image_is_used_from_two_sources_and_stays_while_it_is_desired(bench: Bench) -> None:
    """Where it comes from is no part of it."""
    before = bench.converge({IMAGE: desired_of(FILLED)[IMAGE]}).observed[IMAGE]
    moved = replace(FILLED, content=Opaque(FILLED.content.digest, "https://images.example.net/fw.raw"))
    assert software_image_key(TARGET, moved) == IMAGE
    world = bench.observe()
    assert not plan_of({IMAGE: Desired(IMAGE, moved, PLACE)}, world).steps
    assert world.observed[IMAGE].id == before.id


@pytest.mark.parametrize("content", [b"short", LARGE], ids=["small", "large"])
def test_what_has_another_checksum_never_becomes_an_image(bench: Bench, content: bytes) -> None:
    (bench.images / "fw.raw").write_bytes(content[:-1] + b"?")
    image = image_of(content, "fw.raw")
    desired = desired_of(image)
    one_pass(bench, desired)
    upload, server = one_pass(bench, desired).values()
    assert (upload.result, upload.again, server.result) == (Result.FAILED, False, Result.SKIPPED)
    assert upload.reason.startswith("fw.raw holds sha256:")
    assert status_of(bench, image) == "queued"
    (bench.images / "fw.raw").write_bytes(content)
    bench.converge(desired)
    assert status_of(bench, image) == "active"


def test_an_image_is_fetched_from_a_url(bench: Bench) -> None:
    with served(LARGE) as url:
        image = image_of(LARGE, url)
        bench.converge({software_image_key(TARGET, image): Desired(software_image_key(TARGET, image), image, PLACE)})
    assert status_of(bench, image) == "active"


def test_a_download_that_breaks_off_leaves_an_image_that_is_filled_later(bench: Bench) -> None:
    with served(LARGE[:-100], length=len(LARGE)) as url:
        image = image_of(LARGE, url)
        one_pass(bench, desired_of(image))
        upload, _ = one_pass(bench, desired_of(image)).values()
    assert (upload.result, upload.again) == (Result.FAILED, True)
    assert upload.reason.startswith(f"{url} can't be fetched: ")
    assert status_of(bench, image) == "queued"
    with served(LARGE) as url:
        bench.converge(desired_of(image_of(LARGE, url)))
    assert status_of(bench, image) == "active"


def test_properties_that_someone_changed_are_repaired(bench: Bench) -> None:
    image = replace(FILLED, properties=(("hw_rng_model", "virtio"), ("os_type", "linux")))
    name = software_image_key(TARGET, image)
    desired = {name: Desired(name, image, PLACE)}
    there = bench.converge(desired).observed[name]
    patch = [
        {"op": "replace", "path": "/hw_rng_model", "value": "none"},
        {"op": "remove", "path": "/os_type"},
        {"op": "add", "path": "/os_distro", "value": "debian"},
        {"op": "replace", "path": "/name", "value": "mine"},
    ]
    media = "application/openstack-images-v2.1-json-patch"
    answer = bench.out_of_band.request("PATCH", "image", f"/v2/images/{there.id}", body=patch, media=media)
    assert answer.status_code == 200, answer.text
    assert bench.observe().observed[name].spec != image
    again = bench.converge(desired).observed[name]
    assert (again.id, again.spec, again.name) == (there.id, image, name.name)


def test_a_volume_is_made_of_an_image_once_that_is_there(bench: Bench) -> None:
    root = key("volume", "fw/fw-0/root")
    desired = {
        IMAGE: Desired(IMAGE, FILLED, PLACE),
        root: Desired(root, VolumeSpec(1, image=IMAGE), PLACE),
        FW: Desired(FW, ServerSpec(SMALL, IMAGE, boot_volume=root), PLACE),
    }
    found = bench.converge(desired).observed
    volume, server = found[root].spec, found[FW].spec
    assert isinstance(volume, VolumeSpec)
    assert isinstance(server, ServerSpec)
    assert (volume.image, server.image, server.boot_volume) == (IMAGE, IMAGE, root)
