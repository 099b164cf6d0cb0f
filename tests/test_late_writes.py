"""Which writes the campaign on daemons that share VIMs finds to be late."""

from __future__ import annotations

import pytest

from benchmarks.sharing.late import LEASE, Cut, Snapshot, Write, late_writes

SNAPSHOTS = [
    Snapshot(1.0, 1.1, {"paris": "one"}),
    Snapshot(2.0, 2.1, {"paris": "two"}),
    Snapshot(3.0, 3.1, {"paris": "two"}),
    Snapshot(4.0, 4.1, {}),
    Snapshot(5.0, 5.1, {"paris": "one"}),
]
NAMES = {"a": lambda _: "one", "b": lambda _: "two"}


def late(start: float, member: str, *cuts: Cut) -> list[str]:
    return [why for _, why in late_writes([Write(start, start + 0.1, member, "paris")], SNAPSHOTS, cuts, NAMES)]


@pytest.mark.parametrize("start", [0.5, 1.5, 4.5, 5.5])
def test_who_may_have_held_the_lock_is_not_late(start: float) -> None:
    assert late(start, "a") == []


@pytest.mark.parametrize(("start", "by"), [(2.5, "two and two"), (3.5, "two and no one")])
def test_who_did_not_hold_the_lock_before_and_after_is_late(start: float, by: str) -> None:
    assert late(start, "a") == [f"held before and after by {by}"]


def test_who_was_cut_off_for_longer_than_the_lease_is_late_whatever_the_locks_say() -> None:
    cut = Cut(frozenset({"b"}), 2.5 - LEASE - 0.1, 3.0)
    assert late(2.5, "b", cut) == ["it was cut off for longer than its lease"]
    assert late(2.5, "b", cut._replace(began=2.5 - LEASE)) == []
    assert late(2.5, "b", cut._replace(ended=2.4)) == []
    assert late(2.5, "b", cut._replace(members=frozenset({"a"}))) == []
