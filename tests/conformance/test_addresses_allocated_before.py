"""What Neutron takes of a floating IP that someone allocated beforehand: all or nothing, in one call."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.bench import Bench
from tests.conformance.samples import SAMPLES

SAMPLE = SAMPLES["floating-ip"]
FIELDS = ("description", "port_id", "status")


class Addresses:
    """A port that is reachable by a way out and has no floating IP, and one that leads nowhere."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        own = bench.deploy(SAMPLE.key, SAMPLE.spec).id
        found = self.show(own)
        self.own, self.port = own, found["port_id"]
        self.send("PUT", f"/{own}", {"port_id": None})
        made = self.send("POST", "", {"floating_network_id": found["floating_network_id"], "description": "in DNS"})
        self.held = made["id"]
        bench.ending.callback(bench.out_of_band.request, "DELETE", "network", f"/v2.0/floatingips/{self.held}")

    def send(self, method: str, path: str, values: Any) -> Any:
        body = {"floatingip": values}
        return self.bench.send(method, "network", f"/v2.0/floatingips{path}", body)["floatingip"]

    def show(self, identifier: str) -> Any:
        return self.bench.send("GET", "network", f"/v2.0/floatingips/{identifier}")["floatingip"]

    def refused(self, values: Any, revision: int | None = None) -> int:
        """The status of an update of the one that is held, which is as it was afterwards."""
        before = self.show(self.held)
        answer = self.bench.out_of_band.request(
            "PUT",
            "network",
            f"/v2.0/floatingips/{self.held}",
            body={"floatingip": values},
            revision_number=revision,
        )
        after = self.show(self.held)
        assert {name: before[name] for name in FIELDS} == {name: after[name] for name in FIELDS}
        assert before["revision_number"] == after["revision_number"]
        return int(answer.status_code)


@pytest.fixture
def addresses(bench: Bench) -> Addresses:
    return Addresses(bench)


def test_a_mark_and_a_port_are_set_in_one_call_and_taken_back_in_one(addresses: Addresses) -> None:
    before = addresses.show(addresses.held)
    taken = addresses.send("PUT", f"/{addresses.held}", {"description": "a mark", "port_id": addresses.port})
    assert (taken["description"], taken["port_id"]) == ("a mark", addresses.port)
    assert taken["floating_ip_address"] == before["floating_ip_address"]
    assert taken["revision_number"] > before["revision_number"]
    given = addresses.send("PUT", f"/{addresses.held}", {"description": "in DNS", "port_id": None})
    assert (given["description"], given["port_id"], given["router_id"]) == ("in DNS", None, None)
    assert given["floating_ip_address"] == before["floating_ip_address"]


def test_where_the_port_is_refused_no_mark_is_left(addresses: Addresses) -> None:
    addresses.send("PUT", f"/{addresses.own}", {"port_id": addresses.port})
    assert addresses.refused({"description": "a mark", "port_id": addresses.port}) == 409
    nowhere = "00000000-0000-4000-8000-000000000000"
    assert addresses.refused({"description": "a mark", "port_id": nowhere}) == 404


def test_of_two_who_saw_it_unused_the_second_is_refused(addresses: Addresses) -> None:
    seen = addresses.show(addresses.held)["revision_number"]
    addresses.send("PUT", f"/{addresses.held}", {"description": "the first", "port_id": addresses.port})
    addresses.bench.wait()
    assert addresses.refused({"description": "the second", "port_id": None}, revision=seen) == 412
