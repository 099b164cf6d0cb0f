"""A member of a group of daemons, with a store and a clock that the tests move: what it serves and may write to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from reconciler.coordination import ALONE, Published, Ring, TargetId, Times, open_members
from reconciler.coordination.members import EtcdError
from reconciler.model import MemberShare

TIMES = Times(ttl=8, fresh=4.0, beat=1.0, timeout=2)
VIMS = ("lyon", "nice", "paris", "rennes")


@dataclass
class Shared:
    """What all members share, and the time."""

    now: float = 1000.0
    members: set[str] = field(default_factory=set)
    locks: dict[TargetId, str] = field(default_factory=dict)
    said: dict[TargetId, Published] = field(default_factory=dict)

    def published(self) -> dict[TargetId, Published]:
        return {one: said for one, said in self.said.items() if self.locks.get(one) == said.member}


@dataclass
class Parts:
    members: list[str]

    def owner(self, target: TargetId) -> str:
        """In turn, by name."""
        return self.members[VIMS.index(target.target) % len(self.members)]


@dataclass
class Store:
    shared: Shared
    name: str
    broken: bool = False
    slow: float = 0.0
    requests: list[int] = field(default_factory=list)

    def ring(self, members: frozenset[str]) -> Parts:
        return Parts(sorted(members))

    def renew(self) -> None:
        if self.broken:
            raise EtcdError("no answer")
        self.shared.now += self.slow

    def members(self) -> frozenset[str]:
        return frozenset(self.shared.members)

    def join(self) -> None:
        self.shared.members.add(self.name)

    def holders(self) -> Mapping[TargetId, str]:
        return dict(self.shared.locks)

    def published(self) -> Mapping[TargetId, Published]:
        return self.shared.published()

    def publish(self, payloads: Mapping[TargetId, bytes]) -> bool:
        self.requests.append(len(payloads))
        if any(self.shared.locks.get(one) != self.name for one in payloads):
            return False
        self.shared.said |= {one: Published(self.name, payload) for one, payload in payloads.items()}
        return True

    def take(self, target: TargetId) -> bool:
        return self.shared.locks.setdefault(target, self.name) == self.name

    def give_back(self, target: TargetId) -> None:
        if self.shared.locks.get(target) == self.name:
            del self.shared.locks[target]

    def leave(self, *, ended: bool) -> None:
        self.shared.members.discard(self.name)
        if ended:
            self.shared.locks = {one: name for one, name in self.shared.locks.items() if name != self.name}

    def end_lease(self) -> None:
        self.leave(ended=True)


class Member:
    def __init__(self, shared: Shared, name: str) -> None:
        self.store, self.shared = Store(shared, name), shared
        self.ring = Ring(self.store, name, TIMES, lambda: shared.now)

    def beat(self) -> None:
        self.ring._beat()

    def mine(self) -> set[str]:
        return set(self.ring.mine("default", VIMS))

    def writable(self) -> set[str]:
        return {vim for vim in VIMS if not self.refusal(vim)}

    def refusal(self, vim: str) -> str:
        return self.ring.refusal("default", vim, self.ring.grant("default", vim))

    def settle(self) -> None:
        """Until it has the locks of all that is its part."""
        self.beat()
        self.mine()
        self.shared.now += TIMES.fresh
        self.beat()


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def a(shared: Shared) -> Member:
    return Member(shared, "a")


@pytest.fixture
def b(shared: Shared) -> Member:
    return Member(shared, "b")


def test_without_a_url_one_daemon_serves_everything() -> None:
    members = open_members("", "magi", 10.0)
    assert members is ALONE
    assert members.mine("default", VIMS) == set(VIMS)
    assert members.refusal("default", "paris", 1) == ""
    assert members.shares("default") == ()


def test_a_member_that_etcd_has_not_answered_serves_and_writes_nothing(a: Member) -> None:
    assert a.mine() == set()
    assert a.writable() == set()
    assert "etcd has not answered yet" in a.refusal("paris")


def test_members_divide_all_targets(a: Member, b: Member) -> None:
    a.beat()
    b.settle()
    a.settle()
    b.beat()
    assert (a.mine(), b.mine()) == ({"lyon", "paris"}, {"nice", "rennes"})
    assert (a.writable(), b.writable()) == (a.mine(), b.mine())
    assert a.ring.shares("default") == (
        MemberShare("a", ("lyon", "paris"), is_self=True),
        MemberShare("b", ("nice", "rennes")),
    )
    assert a.refusal("nice") == "VIM nice is the part of member b now"


def test_a_member_relies_on_its_lease_for_half_of_it(a: Member, shared: Shared) -> None:
    a.settle()
    shared.now += TIMES.fresh - 0.1
    assert a.writable() == set(VIMS)
    shared.now += 0.1
    assert a.writable() == set()
    assert "was last renewed 4 seconds ago" in a.refusal("paris")
    a.beat()
    assert a.writable() == set(VIMS)


def test_a_lease_counts_from_before_the_request_for_it(a: Member) -> None:
    a.settle()
    a.store.slow = TIMES.fresh
    a.beat()
    assert a.writable() == set()


def test_while_etcd_does_not_answer_a_member_keeps_its_part_and_ceases_to_write(a: Member, shared: Shared) -> None:
    a.settle()
    a.store.broken = True
    with pytest.raises(EtcdError):
        a.beat()
    assert a.writable() == set(VIMS)
    shared.now += TIMES.fresh
    assert a.writable() == set()
    assert a.mine() == set(VIMS)


def test_what_the_former_member_still_holds_is_not_written_to(a: Member, b: Member) -> None:
    a.settle()
    b.settle()
    assert b.mine() == {"nice", "rennes"}
    assert b.writable() == set()
    assert b.refusal("nice") == "the lock of VIM nice is not held here: member a still holds it"
    a.beat()
    a.mine()
    # Its pass over nice still runs.
    a.ring.give_back("default", "rennes")
    a.beat()
    b.beat()
    assert b.writable() == {"rennes"}


def test_what_came_back_before_its_loop_ended_is_kept(a: Member, b: Member) -> None:
    a.settle()
    b.settle()
    a.beat()
    a.mine()
    b.store.end_lease()
    a.beat()
    a.ring.give_back("default", "nice")
    assert a.mine() == set(VIMS)
    a.beat()
    assert a.writable() == set(VIMS)


def test_one_that_was_frozen_writes_nothing_until_it_joined_again_and_has_its_locks(
    a: Member, b: Member, shared: Shared
) -> None:
    a.beat()
    b.settle()
    a.settle()
    b.store.end_lease()
    shared.now += TIMES.ttl
    assert b.writable() == set()
    a.beat()
    a.mine()
    a.beat()
    assert a.writable() == set(VIMS)
    b.beat()
    assert (b.mine(), b.writable()) == ({"nice", "rennes"}, set())
    a.beat()
    a.mine()
    for vim in ("nice", "rennes"):
        a.ring.give_back("default", vim)
    a.beat()
    shared.now += TIMES.fresh
    b.beat()
    a.beat()
    assert (a.writable(), b.writable()) == ({"lyon", "paris"}, {"nice", "rennes"})


def test_what_was_observed_before_the_lock_was_taken_again_is_not_acted_on(a: Member) -> None:
    a.settle()
    observed = a.ring.grant("default", "paris")
    a.beat()
    assert a.ring.refusal("default", "paris", observed) == ""
    a.store.end_lease()
    a.settle()
    assert a.writable() == set(VIMS)
    assert "was taken after the VIM was observed" in a.ring.refusal("default", "paris", observed)
    assert "was taken after the VIM was observed" in a.ring.refusal("default", "paris", 0)


def test_who_joins_takes_no_lock_while_others_may_rely_on_a_lease_that_etcd_lost(a: Member, shared: Shared) -> None:
    a.beat()
    a.mine()
    shared.now += TIMES.fresh - 0.1
    a.beat()
    assert shared.locks == {}
    shared.now += 0.1
    a.beat()
    assert a.writable() == set(VIMS)


def test_a_lock_that_could_not_be_given_back_is_given_back_later(
    a: Member, b: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    a.settle()
    b.settle()
    a.beat()
    a.mine()
    a.ring.give_back("default", "nice")

    def refuse(_: TargetId) -> None:
        raise EtcdError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(a.store, "give_back", refuse)
        with pytest.raises(EtcdError):
            a.beat()
    assert a.writable() == {"lyon", "paris"}
    a.beat()
    assert TargetId("default", "nice") not in a.shared.locks


def say(member: Member, vim: str, payload: bytes = b"well") -> None:
    member.ring.publish("default", vim, member.ring.grant("default", vim), payload)


def heard(member: Member) -> dict[str, Published]:
    return dict(member.ring.published("default"))


def test_what_is_said_of_a_target_is_read_by_the_others_and_not_by_oneself(a: Member, b: Member) -> None:
    a.settle()
    say(a, "paris")
    assert heard(b) == {}
    a.beat()
    b.beat()
    a.beat()
    assert (heard(a), heard(b)) == ({}, {"paris": Published("a", b"well")})


def test_what_was_found_below_an_earlier_lock_is_not_said(a: Member, b: Member) -> None:
    a.settle()
    say(a, "paris", b"before")
    a.store.end_lease()
    a.settle()
    b.beat()
    assert heard(b) == {}
    a.ring.publish("default", "paris", 0, b"below none")
    a.beat()
    b.beat()
    assert heard(b) == {}


def test_what_is_said_of_many_targets_at_once_takes_few_requests(a: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.coordination.ring.MOST_AT_ONCE", 3)
    a.settle()
    for vim in VIMS:
        say(a, vim, b"first")
        say(a, vim)
    a.beat()
    a.beat()
    assert a.store.requests == [3, 1]
    assert {one.payload for one in a.shared.said.values()} == {b"well"}


def test_what_could_not_be_said_is_said_later(a: Member, b: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    a.settle()
    say(a, "paris")

    def refuse(_: Mapping[TargetId, bytes]) -> bool:
        raise EtcdError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(a.store, "publish", refuse)
        with pytest.raises(EtcdError):
            a.beat()
    a.beat()
    b.beat()
    assert heard(b).keys() == {"paris"}


def test_what_others_said_counts_as_long_as_etcd_was_asked_lately(a: Member, b: Member, shared: Shared) -> None:
    a.settle()
    say(a, "paris")
    a.beat()
    b.beat()
    shared.now += TIMES.fresh - 0.1
    assert heard(b).keys() == {"paris"}
    shared.now += 0.1
    assert heard(b) == {}


def test_the_times_leave_etcd_longer_than_a_member_relies_on() -> None:
    for lease in (3.0, 5.0, 10.0, 60.0):
        times = Times.within(lease)
        assert times.beat < times.fresh < times.ttl < lease
