"""A network that swallows all that is sent to etcd, and closes nothing: no request waits for it without end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.sharing.ways import Way, way_to
from reconciler.coordination import Ring, TargetId, Times
from reconciler.coordination.etcd import Etcd
from reconciler.coordination.members import EtcdError
from tests.etcd_server import EtcdServer, etcd_server, needs_etcd
from tests.waiting import eventually

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]

PARIS = TargetId("default", "paris")
TIMES = Times.within(5.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EtcdServer]:
    with etcd_server(tmp_path / "etcd") as server:
        yield server


@pytest.fixture
def way(server: EtcdServer) -> Iterator[Way]:
    with way_to(server.port) as way:
        yield way


def store(way: Way) -> Etcd:
    return Etcd(f"etcd3+http://127.0.0.1:{way.port}", "magi", "a", TIMES.ttl, TIMES.timeout)


REQUESTS: dict[str, Callable[[Etcd], object]] = {
    "renew": Etcd.renew,
    "members": Etcd.members,
    "join": Etcd.join,
    "holders": Etcd.holders,
    "publish": lambda etcd: etcd.publish({PARIS: b"{}"}),
    "take": lambda etcd: etcd.take(TargetId("default", "lyon")),
    "give back": lambda etcd: etcd.give_back(PARIS),
    "leave": lambda etcd: etcd.leave(ended=True),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_each_request_fails_when_nothing_comes_back(way: Way, name: str) -> None:
    etcd = store(way)
    etcd.renew()
    etcd.join()
    assert etcd.take(PARIS)
    way.swallow()
    with pytest.raises(EtcdError, match=r"(?i)time(d ?)?out"):
        REQUESTS[name](etcd)
    assert way.swallowed


def test_a_member_that_has_never_got_an_answer_asks_again(way: Way) -> None:
    way.swallow()
    etcd = store(way)
    for _ in range(2):
        with pytest.raises(EtcdError):
            etcd.renew()
    way.restore()
    etcd.renew()
    etcd.join()
    assert etcd.members() == {"a"}


def test_while_a_request_hangs_a_member_ceases_to_write_and_then_writes_again(way: Way) -> None:
    ring = Ring(store(way), "a", TIMES)

    def refusal() -> str:
        return ring.refusal("default", "paris", ring.grant("default", "paris"))

    ring.join(lambda _: None)
    try:
        eventually(lambda: ring.mine("default", ["paris"]) and not refusal())
        way.swallow()
        eventually(refusal)
        assert "was last renewed" in refusal()
        eventually(lambda: "etcd did not answer" in ring.error())
        way.restore()
        eventually(lambda: not refusal() and not ring.error())
    finally:
        ring.close(ended=True)


def test_a_request_without_an_answer_leaves_time_to_ask_again_before_the_lease_ends() -> None:
    for lease in range(3, 61):
        times = Times.within(lease)
        assert times.beat + times.timeout + times.beat < times.ttl
