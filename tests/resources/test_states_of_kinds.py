"""How a resource is doing is what its kind declares, wherever it is asked."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from reconciler.model import Key, Observed, Spec, State, Writer
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.rest import Index, Kind, Listing
from tests.conformance.samples import PROJECT

ZONE = Key("paris", "zone", "svc/zone")


class Zones(Kind[Spec]):
    name = "zone"
    spec = Spec
    listing = Listing("dns", "/zones", "zones", project="project_id")
    states: ClassVar = {"ACTIVE": State.READY, "ERROR": State.ERROR}
    other_state = State.BUILDING

    def decode(self, key: Key, item: Any, index: Index) -> Observed:
        return Observed(key, Spec(), item["id"])

    def writer_of(self, item: Any) -> Writer | None:
        return Writer.of(item.get("by") or "")


@pytest.mark.parametrize(
    ("status", "state"),
    [("ACTIVE", State.READY), ("ERROR", State.ERROR), ("PENDING", State.BUILDING), (None, State.BUILDING)],
)
def test_an_item_is_observed_with_the_state_that_its_kind_declares_for_its_status(
    status: str | None, state: State
) -> None:
    item = {"id": "z-1", "status": status, "by": "1-2-0123abcd"}
    observed = Zones().observed(ZONE, item, Index("paris", "test", PROJECT, {}))
    assert observed == Observed(ZONE, Spec(), "z-1", state, writer=Writer(1, 2, "0123abcd"))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_each_status_that_a_kind_declares_is_read_as_it_says(kind: Kind[Any]) -> None:
    assert {status: kind.state_of({"status": status}) for status in kind.states} == kind.states
    assert kind.state_of({"status": "unheard of"}) is kind.other_state
    assert State.READY in {kind.other_state, *kind.states.values()}
