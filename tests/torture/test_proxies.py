"""The proxy: what each type of fault does to a request, and that the ledger shows what reached the cloud."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.waiting import eventually
from torture.faults import Fault, FaultKind
from torture.history import Kill
from torture.ledger import Ledger
from torture.proxy import Proxy

NETWORKS = "/paris/network/v2.0/networks"


class Wire:
    """A login at a simulated cloud behind the proxy."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.proxy = Proxy([simulator.url], Ledger())
        self.base = self.proxy.listen("daemon")
        login = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "demo", "domain": {"id": "default"}, "password": "secret"}},
            },
            "scope": {"project": {"name": "demo", "domain": {"id": "default"}}},
        }
        status, headers, self.token = self.ask("POST", "/paris/identity/v3/auth/tokens", {"auth": login})
        assert status == 201
        self.secret = headers["X-Subject-Token"]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
        url = urlsplit(self.proxy.through(self.simulator.url + path, self.base, "paris"))
        connection = http.client.HTTPConnection(url.netloc, timeout=30)
        try:
            headers = {"X-Auth-Token": getattr(self, "secret", ""), "Content-Type": "application/json"}
            connection.request(method, url.path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, dict(answer.getheaders()), json.loads(text) if text[:1] == b"{" else text

    def make(self) -> int:
        body = {"network": {"name": "lan", "description": "magi:torture a/lan"}}
        return self.ask("POST", NETWORKS, body)[0]

    def reached(self) -> list[int]:
        """The status of each write that reached the cloud."""
        return [entry.status for entry in self.proxy.ledger.entries()]

    def existing(self) -> int:
        self.proxy.begin("", (), ())
        return len(self.listed())

    def listed(self) -> list[Any]:
        return [one for one in self.ask("GET", NETWORKS)[2]["networks"] if one["name"] == "lan"]

    def strike(self, kind: FaultKind, status: int = 0, **more: Any) -> None:
        self.proxy.begin("seed", (Fault(kind, 1.0, status, **more),), ())


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Simulator({"paris": CloudSettings()}, seed=1) as simulator:
        found = Wire(simulator)
        yield found
        found.proxy.close()


def test_without_a_fault_all_goes_through_and_urls_lead_through_the_proxy(wire: Wire) -> None:
    urls = [one["url"] for service in wire.token["token"]["catalog"] for one in service["endpoints"]]
    assert urls
    assert all(url.startswith(f"{wire.base}/paris/") for url in urls)
    assert (wire.make(), wire.reached(), wire.existing()) == (201, [201], 1)


@pytest.mark.parametrize(("kind", "existing"), [(FaultKind.RESET, 0), (FaultKind.LOST_REPLY, 1)])
def test_a_connection_ends_before_or_behind_what_is_done(wire: Wire, kind: FaultKind, existing: int) -> None:
    wire.strike(kind)
    with pytest.raises((http.client.HTTPException, OSError)):
        wire.make()
    assert wire.existing() == existing


def test_what_is_late_is_done_when_no_one_waits_any_more(wire: Wire) -> None:
    wire.strike(FaultKind.LATE)
    with pytest.raises((http.client.HTTPException, OSError)):
        wire.make()
    assert wire.reached() == []
    wire.proxy.end()
    assert (wire.reached(), wire.existing()) == ([201], 1)


@pytest.mark.parametrize(("kind", "existing"), [(FaultKind.STATUS, 0), (FaultKind.LIE, 1)])
def test_a_refusal_may_be_one_or_not(wire: Wire, kind: FaultKind, existing: int) -> None:
    wire.strike(kind, 409)
    assert wire.make() == 409
    assert wire.existing() == existing


def test_what_is_doubled_exists_twice_and_is_reported_twice(wire: Wire) -> None:
    wire.strike(FaultKind.DOUBLE)
    assert (wire.make(), wire.reached(), wire.existing()) == (201, [201, 201], 2)


def test_lists_are_empty_short_repeated_or_old(wire: Wire) -> None:
    wire.make()
    assert len(wire.listed()) == 1
    wire.make()

    def listed(kind: FaultKind) -> list[str]:
        wire.strike(kind)
        return [one["id"] for one in wire.ask("GET", NETWORKS)[2]["networks"]]

    old = listed(FaultKind.STALE)
    assert wire.existing() == 2
    everything = [one["id"] for one in wire.ask("GET", NETWORKS)[2]["networks"]]
    assert len(old) == len(everything) - 1
    assert listed(FaultKind.EMPTY) == []
    short, repeated = listed(FaultKind.SHORT), listed(FaultKind.REPEATED)
    assert 0 < len(short) < len(everything)
    assert set(repeated) == set(everything)
    assert len(repeated) > len(everything)


def test_a_page_of_html_and_half_of_an_answer_are_no_json(wire: Wire) -> None:
    wire.strike(FaultKind.HTML)
    assert wire.ask("GET", NETWORKS)[2].startswith(b"<html>")
    wire.strike(FaultKind.CUT)
    with pytest.raises(ValueError, match=r"."):
        wire.ask("GET", NETWORKS)


def test_a_sticky_fault_strikes_the_same_request_each_time(wire: Wire) -> None:
    wire.proxy.begin("seed", (Fault(FaultKind.STATUS, 0.5, 503, sticky=True),), ())
    assert len({wire.make() for _ in range(6)}) == 1


@pytest.mark.parametrize(("before", "existing"), [(True, 0), (False, 1)])
def test_a_kill_comes_before_or_behind_its_write_and_comes_once(wire: Wire, before: bool, existing: int) -> None:
    kills: list[float] = []
    wire.proxy.kill = lambda: kills.append(time.monotonic())
    wire.proxy.begin("", (), (Kill(1, before),))
    with pytest.raises((http.client.HTTPException, OSError)):
        wire.make()
    eventually(lambda: len(kills) == 1)
    assert wire.existing() == existing
    assert wire.make() == 201
    assert len(kills) == 1


def test_the_ledger_is_written_a_line_an_entry(wire: Wire, tmp_path: Path) -> None:
    wire.make()
    wire.proxy.ledger.write(tmp_path / "ledger.jsonl")
    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    reported = json.loads(line)
    assert (reported["kind"], reported["key"], reported["cloud"], reported["status"]) == (
        "network",
        "a/lan",
        "paris",
        201,
    )
