"""Images that a provider renames, or gives their names to newer ones: no change of Magi."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from reconciler.model import BlockReason, Consent, Desired, FieldChange, Impact, Key, Opaque, Permission, Policy, World
from reconciler.targets.openstack.kinds.image import CURRENT, SUPERSEDED, software_image_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from tests.conformance.bench import Bench, desired_of
from tests.conformance.samples import FILLED, PLACE, ROOT, SAMPLES, SERVER, TARGET
from tests.plan_of import plan_of

FW = SAMPLES["server"].key
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
OLD, NEW = FILLED, replace(FILLED, min_ram=1)


@dataclass
class Provider:
    """Who else uploads images to the cloud of a bench: two of them, by id."""

    bench: Bench
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.bench.owner}-linux"

    @property
    def image(self) -> Key:
        return Key(TARGET, "image", self.name)

    def rename(self, image: str, name: str) -> None:
        patch = [{"op": "replace", "path": "/name", "value": name}]
        media = "application/openstack-images-v2.1-json-patch"
        answer = self.bench.out_of_band.request("PATCH", "image", f"/v2/images/{image}", body=patch, media=media)
        assert answer.status_code == 200, answer.text

    def refresh(self) -> None:
        self.rename(self.old, f"{self.name}-of-before")
        self.rename(self.new, self.name)


@pytest.fixture
def provider(bench: Bench) -> Provider:
    other = Bench(bench.target, bench.clouds, f"{bench.owner}-provider", bench.wait, bench.ending, bench.images)
    keys = {software_image_key(TARGET, image): image for image in (OLD, NEW)}
    found = other.converge({key: Desired(key, image, PLACE) for key, image in keys.items()}).observed
    bench.ending.callback(other.converge, {})
    old, new = (found[key].id for key in keys)
    made = Provider(bench, old, new)
    made.rename(old, made.name)
    return made


def image_of(bench: Bench, world: World) -> str:
    server = bench.send("GET", "compute", f"/servers/{world.observed[FW].id}")["server"]
    return str(server["image"]["id"])


def test_an_image_that_is_renamed_or_gone_is_still_what_the_server_was_made_from(
    bench: Bench, provider: Provider
) -> None:
    spec = replace(SERVER, image=provider.image, metadata=())
    desired = desired_of(FW, spec)
    bench.converge(desired)
    provider.rename(provider.old, f"{provider.name}-of-before")
    world = bench.observe()
    plan = plan_of(desired, world)
    assert (dict(plan.steps), plan.notes) == ({}, {})
    bench.send("DELETE", "image", f"/v2/images/{provider.old}")
    # Nor does another change of it wait for the image, as long as it needs none.
    changed = desired_of(FW, replace(spec, metadata=(("role", "fw"),)))
    world = bench.converge(changed)
    assert image_of(bench, world) == provider.old
    # What does need it waits, and says for what.
    (step,) = plan_of(
        desired_of(FW, replace(spec, image=provider.image._replace(name="no-such"))), world, ALLOWED
    ).steps.values()
    assert "image 'no-such' does not exist" in step.reason


def test_a_newer_image_of_the_same_name_is_reported_and_taken_where_git_follows(
    bench: Bench, provider: Provider
) -> None:
    spec = replace(SERVER, image=provider.image)
    kept, followed = desired_of(FW, spec), desired_of(FW, replace(spec, image_version=CURRENT))
    bench.converge(followed)
    provider.refresh()
    world = bench.observe()
    plan = plan_of(kept, world)
    assert not plan.steps
    assert plan.notes[FW].text == f"keeps its image '{provider.name}': the name means a newer one now"
    (step,) = plan_of(followed, world).steps.values()
    assert step.changes == (FieldChange("image_version", SUPERSEDED, CURRENT),)
    assert (step.impact, step.blocked) == (Impact.REBUILD, BlockReason.CONSENT)
    world = bench.converge(followed, ALLOWED)
    assert image_of(bench, world) == provider.new
    assert plan_of(kept, world).notes == {}


def test_another_image_that_someone_gave_a_server_is_a_difference(bench: Bench, provider: Provider) -> None:
    """Whatever the marks say: they are about another one."""
    spec = replace(SERVER, image=provider.image)
    world = bench.converge(desired_of(FW, spec))
    rebuild = {"rebuild": {"imageRef": provider.new}}
    bench.send("POST", "compute", f"/servers/{world.observed[FW].id}/action", rebuild)
    world = bench.observe()
    (step,) = plan_of(desired_of(FW, spec), world).steps.values()
    assert [change.field for change in step.changes] == ["image"]
    world = bench.converge(desired_of(FW, spec), ALLOWED)
    assert image_of(bench, world) == provider.old


def test_a_server_that_boots_from_a_volume_stays_when_its_user_data_changes(bench: Bench, provider: Provider) -> None:
    spec = replace(SERVER, image=provider.image, boot_volume=ROOT)
    root = Desired(ROOT, VolumeSpec(1, image=provider.image), PLACE)
    before = bench.converge({**desired_of(FW, spec), ROOT: root}).observed[FW]
    other = replace(spec, user_data=Opaque.of("#cloud-config\n# another\n"))
    after = bench.converge({**desired_of(FW, other), ROOT: root}, ALLOWED).observed[FW]
    assert after.id == before.id


def test_a_boot_volume_is_of_the_image_that_it_was_made_from(bench: Bench, provider: Provider) -> None:
    spec = replace(SERVER, image=provider.image, boot_volume=ROOT)
    volume = VolumeSpec(1, image=provider.image)
    desired = {**desired_of(FW, spec), ROOT: Desired(ROOT, volume, PLACE)}
    there = bench.converge(desired).observed[ROOT]
    provider.refresh()
    world = bench.observe()
    plan = plan_of(desired, world)
    assert not plan.steps
    assert [*plan.notes] == [ROOT]
    following = {**desired, ROOT: Desired(ROOT, replace(volume, image_version=CURRENT), PLACE)}
    assert {step.blocked is None for step in plan_of(following, world).steps.values()} == {False}
    world = bench.converge(following, ALLOWED)
    assert world.observed[ROOT].id != there.id
    server = world.observed[FW].spec
    assert isinstance(server, ServerSpec)
    assert (server.image, server.boot_volume) == (provider.image, ROOT)
