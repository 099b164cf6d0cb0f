"""Who made a resource, in its mark: written by the create alone, read back where it can be, and no part of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.model import Action, Desired, Key, Step, Writer
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.flavor import FlavorKind
from reconciler.targets.openstack.kinds.image import ImageKind
from reconciler.targets.openstack.kinds.marks import described_key, described_writer, description, signed
from reconciler.targets.openstack.kinds.network import NetworkKind
from reconciler.targets.openstack.kinds.server import ServerKind
from reconciler.targets.openstack.kinds.volume import VolumeKind
from reconciler.targets.rest import Kind, Request, requests_of
from tests.conformance.samples import PLACE, PROJECT, SAMPLES

WRITER = Writer(1_790_000_000, 1_790_000_600, "0123abcd")
SIGNATURE = "1790000000-1790000600-0123abcd"


class Ids(dict[Key, str]):
    """Every Key has an id."""

    def __missing__(self, key: Key) -> str:
        return f"id of {key}"


def create(kind: Kind[Any], writer: Writer | None) -> Request:
    sample = SAMPLES[kind.name]
    step = Step(Action.CREATE, sample.key, Desired(sample.key, sample.spec, PLACE), writer=writer)
    (request,) = requests_of(kind, step, Ids(), "test", PROJECT)
    return request


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_signature_adds_itself_to_a_create_and_changes_nothing_else(kind: Kind[Any]) -> None:
    request = create(kind, WRITER)
    left_out = str(request).replace(f" {SIGNATURE}", "").replace(f", 'magi:by': '{SIGNATURE}'", "")
    assert left_out.replace(f", 'magi_by': '{SIGNATURE}'", "") == str(create(kind, None))
    assert (request == create(kind, None)) is (kind.by_part or kind.name in {"keypair", "server-group"})


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        (NetworkKind(), lambda by: {"description": f"magi:test svc/lan {by}"}),
        (FlavorKind(), lambda by: {"description": f"magi:test vcpus=1,a=b c {by}"}),
        (ServerKind(), lambda by: {"metadata": {"magi:by": by}}),
        (VolumeKind(), lambda by: {"metadata": {"magi:by": by}}),
        (ImageKind(), lambda by: {"magi_by": by}),
    ],
    ids=lambda one: one.name if isinstance(one, Kind) else "",
)
def test_a_mark_shows_who_made_what_has_it_if_it_can_be_read(
    kind: Kind[Any], item: Callable[[str], dict[str, Any]]
) -> None:
    assert kind.writer_of(item(SIGNATURE)) == WRITER
    assert kind.writer_of(item("yesterday")) is None
    assert kind.writer_of({"description": None, "metadata": {}}) is None


@pytest.mark.parametrize("name", ["svc/lan", "vcpus=1,memory=512,disk=1,quota:a=b c", "svc/1-2-3"])
def test_a_description_gives_the_name_with_and_without_a_signature(name: str) -> None:
    plain = description("test", name)
    marked = signed(plain, WRITER, 255)
    assert (described_key(plain, "test"), described_writer(plain)) == (name, None)
    assert (described_key(marked, "test"), described_writer(marked)) == (name, WRITER)
    assert described_key(marked, "other") is None


def test_a_mark_that_fills_a_description_is_not_signed() -> None:
    """The longest names are more important than who made what has them."""
    longest = description("test", "n" * (255 - len("magi:test ")))
    assert signed(longest, WRITER, 255) == longest
    fits = longest[: 255 - len(f" {SIGNATURE}")]
    assert len(signed(fits, WRITER, 255)) == 255
    assert signed(f"{fits}n", WRITER, 255) == f"{fits}n"


def test_a_signature_alone_is_a_name_as_any_text_is() -> None:
    assert described_key(f"magi:test {SIGNATURE}", "test") == SIGNATURE
