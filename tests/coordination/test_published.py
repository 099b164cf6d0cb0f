"""What members publish of the targets that they hold, on a real etcd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.coordination import Published, TargetId
from reconciler.coordination.etcd import Etcd
from tests.etcd_server import EtcdServer, etcd_server, needs_etcd

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]

PARIS, LYON = TargetId("default", "paris"), TargetId("default", "lyon")
MANY = [TargetId("default", f"vim-{number:03}") for number in range(450)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EtcdServer]:
    with etcd_server(tmp_path_factory.mktemp("etcd") / "data") as started:
        yield started


@pytest.fixture
def group(server: EtcdServer, tmp_path: Path) -> Iterator[tuple[Etcd, Etcd]]:
    """Two members of a group that no other test has."""
    made = [Etcd(server.url, f"{tmp_path.name}-{tmp_path.parent.name}", name, 60, 5) for name in ("a", "b")]
    for one in made:
        one.renew()
        one.join()
    yield made[0], made[1]
    for one in made:
        one.leave(ended=True)


def seen(member: Etcd) -> dict[TargetId, Published]:
    member.holders()
    return dict(member.published())


def test_others_read_what_the_holder_of_a_lock_says_until_it_says_another_thing(group: tuple[Etcd, Etcd]) -> None:
    a, b = group
    assert a.take(PARIS)
    assert seen(b) == {}
    assert a.publish({PARIS: b"one"})
    assert seen(b) == {PARIS: Published("a", b"one")}
    assert a.publish({PARIS: b"two\n\x00\xff"})
    assert seen(b) == {PARIS: Published("a", b"two\n\x00\xff")}


def test_who_does_not_hold_all_the_locks_publishes_nothing(group: tuple[Etcd, Etcd]) -> None:
    a, b = group
    assert a.take(PARIS)
    assert b.take(LYON)
    assert not b.publish({LYON: b"mine", PARIS: b"not mine"})
    assert seen(a) == {}


def test_what_was_said_ends_with_the_lock_that_is_given_back(group: tuple[Etcd, Etcd]) -> None:
    a, b = group
    assert a.take(PARIS)
    assert a.publish({PARIS: b"a's"})
    assert seen(b).keys() == {PARIS}
    a.give_back(PARIS)
    assert seen(b) == {}
    assert b.take(PARIS)
    assert seen(a) == {}
    assert b.publish({PARIS: b"b's"})
    assert seen(a) == {PARIS: Published("b", b"b's")}
    # Who joins later finds nothing of before.
    a.give_back(PARIS)
    assert seen(a) == {PARIS: Published("b", b"b's")}


@pytest.mark.parametrize("reads_in_between", [True, False])
def test_what_was_said_ends_with_the_lease(group: tuple[Etcd, Etcd], reads_in_between: bool) -> None:
    a, b = group
    assert a.take(PARIS)
    assert a.publish({PARIS: b"said"})
    assert seen(b).keys() == {PARIS}
    a._lease.revoke()
    if reads_in_between:
        assert seen(b) == {}
    a.renew()
    assert a.take(PARIS)
    # The lock is another one: what was said below the former is not said now.
    assert seen(b) == {}


def test_all_of_many_are_read_at_once_and_then_only_what_changed(
    group: tuple[Etcd, Etcd], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = group
    for one in MANY:
        assert a.take(one)
    for start in range(0, len(MANY), 30):
        assert a.publish({one: one.target.encode() for one in MANY[start : start + 30]})
    assert seen(b) == {one: Published("a", one.target.encode()) for one in MANY}
    before = b.published()
    read: list[int] = []
    post = b._coordinator.client.post

    def counted(url: str, *, json: object = None, **given: object) -> object:
        answer = post(url, json=json, **given) if json is not None else post(url, **given)
        if isinstance(json, dict) and "min_mod_revision" in json and url.endswith("/range"):
            read.append(len(answer.get("kvs", [])))
        return answer

    monkeypatch.setattr(b._coordinator.client, "post", counted)
    b.holders()
    assert (b.published() is before, read) == (True, [0])
    assert a.publish({MANY[7]: b"new"})
    assert seen(b)[MANY[7]] == Published("a", b"new")
    assert read == [0, 1]


def test_an_etcd_that_lost_its_data_is_read_from_the_beginning(tmp_path: Path) -> None:
    with etcd_server(tmp_path / "etcd") as server:
        a, b = (Etcd(server.url, "magi", name, 60, 5) for name in ("a", "b"))
        for one in (a, b):
            one.renew()
        for number in range(20):
            assert a.take(MANY[number])
            assert a.publish({MANY[number]: b"before"})
        assert len(seen(b)) == 20
        server.lose_data()
        for one in (b, a):
            one.renew()
        assert seen(b) == {}
        assert a.take(PARIS)
        assert a.publish({PARIS: b"after"})
        assert seen(b) == {PARIS: Published("a", b"after")}
