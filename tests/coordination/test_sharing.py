"""Three processes share 60 targets by a real etcd, whatever happens to one of them, or to etcd."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.coordination.sharing_member import TARGETS
from tests.etcd_server import EtcdServer, etcd_server, needs_etcd
from tests.processes import ending
from tests.waiting import eventually

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]

ROUNDS = 10
ROOT = Path(__file__).parents[2]


class Write(NamedTuple):
    at: float
    member: str
    target: str


class Group:
    def __init__(self, etcd: EtcdServer, ledger: Path, stack: ExitStack) -> None:
        self.etcd, self._ledger, self._stack = etcd, ledger, stack
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            command = [
                sys.executable,
                "-m",
                "tests.coordination.sharing_member",
                name,
                self.etcd.url,
                str(self._ledger),
            ]
            self.processes[name] = self._stack.enter_context(ending(subprocess.Popen(command, cwd=ROOT)))

    def send(self, name: str, what: signal.Signals) -> float:
        """Sends a signal, and returns when."""
        self.processes[name].send_signal(what)
        return time.monotonic()

    def _lines(self) -> list[list[str]]:
        text = self._ledger.read_text() if self._ledger.exists() else ""
        # The last line may be being written right now.
        whole = text.rpartition("\n")[0].splitlines()
        return sorted((line.split() for line in whole), key=lambda words: float(words[0]))

    def writes(self, since: float = 0.0) -> list[Write]:
        return [
            Write(float(at), name, words[0])
            for at, name, what, *words in self._lines()
            if what == "wrote" and float(at) > since
        ]

    def owners(self, since: float = 0.0) -> dict[str, str]:
        """Who wrote to each target last."""
        return {one.target: one.member for one in self.writes(since)}

    def served_by(self, names: Iterable[str], since: float = 0.0) -> None:
        """Waits until these, and no others, write to all that is their part, which together is every target once."""
        expected = set(names)

        def is_so() -> bool:
            rounds = {name: self.rounds(name, since)[-1:] for name in expected}
            if not all(served == written > 0 for found in rounds.values() for served, written in found or [(0, 1)]):
                return False
            owners = self.owners(since)
            total = sum(served for found in rounds.values() for served, _ in found)
            return total == len(owners) == len(TARGETS) and set(owners.values()) == expected

        eventually(is_so)

    def rounds(self, name: str, since: float) -> list[tuple[int, int]]:
        """How many targets a member observed and wrote to in each of its rounds."""
        return [
            (int(words[0]), int(words[1]))
            for at, who, what, *words in self._lines()
            if (who, what) == (name, "observed") and float(at) > since
        ]

    def runs(self, since: float) -> dict[str, list[str]]:
        """For each target who wrote to it, one after the other: two at once would alternate."""
        ordered = sorted(self.writes(since), key=lambda one: (one.target, one.at))
        return {
            target: [member for member, _ in groupby(one.member for one in writes)]
            for target, writes in groupby(ordered, key=lambda one: one.target)
        }


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    with ExitStack() as stack:
        etcd = stack.enter_context(etcd_server(tmp_path / "etcd"))
        made = Group(etcd, tmp_path / "ledger", stack)
        made.start("a", "b", "c")
        made.served_by("abc")
        yield made


def moved(before: dict[str, str], after: dict[str, str], *, besides: str) -> list[str]:
    """The targets that were not those of one member, and have another owner now."""
    return [target for target, owner in before.items() if owner != besides and after[target] != owner]


class Settled(NamedTuple):
    """Who serves what, and since when at the latest."""

    since: float
    owners: dict[str, str]


def settled(group: Group, names: str) -> Settled:
    group.served_by(names, time.monotonic())
    since = time.monotonic()
    group.served_by(names, since)
    return Settled(since, group.owners(since))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_what_one_that_ended_served_is_taken_over_and_nothing_else_moves(group: Group, end: signal.Signals) -> None:
    before = settled(group, "abc")
    group.send("c", end)
    group.processes["c"].wait()
    after = settled(group, "ab")
    assert moved(before.owners, after.owners, besides="c") == []
    expected = {
        target: [owner] if owner != "c" else ["c", after.owners[target]] for target, owner in before.owners.items()
    }
    assert group.runs(before.since) == expected


def test_one_that_was_frozen_writes_nothing_until_it_is_a_member_again(group: Group) -> None:
    before = settled(group, "abc")
    frozen = group.send("b", signal.SIGSTOP)
    # What it was about to write may have been written while the signal came.
    eventually(lambda: "b" not in group.owners(frozen).values() and group.owners(frozen).keys() == set(TARGETS))
    assert moved(before.owners, group.owners(), besides="b") == []
    thawed = group.send("b", signal.SIGCONT)
    eventually(lambda: "b" in {one.member for one in group.writes(thawed)})
    after = settled(group, "abc")
    assert moved(before.owners, after.owners, besides="b") == []
    # From it to another and back: whoever wrote in between ended before it began again.
    assert {len(found) for target, found in group.runs(before.since).items() if before.owners[target] != "b"} == {1}
    assert max(map(len, group.runs(before.since).values())) <= 3


def test_while_etcd_is_gone_all_go_on_observing_and_none_writes(group: Group) -> None:
    settled(group, "abc")
    group.etcd.kill()
    gone = time.monotonic()

    def is_idle(name: str) -> bool:
        rounds = group.rounds(name, gone)[-ROUNDS:]
        return len(rounds) == ROUNDS and all(served > 0 and written == 0 for served, written in rounds)

    eventually(lambda: all(map(is_idle, "abc")))
    idle = time.monotonic()
    eventually(lambda: all(len(group.rounds(name, idle)) >= ROUNDS for name in "abc"))
    assert group.writes(idle) == []
    group.etcd.start()
    settled(group, "abc")


def test_an_etcd_that_restarts_moves_nothing(group: Group) -> None:
    before = settled(group, "abc")
    group.etcd.kill()
    group.etcd.start()
    assert settled(group, "abc").owners == before.owners
    assert group.runs(before.since) == {target: [owner] for target, owner in before.owners.items()}


def test_an_etcd_that_lost_its_data_lets_no_two_write(group: Group) -> None:
    before = settled(group, "abc")
    group.etcd.lose_data()
    assert settled(group, "abc").owners == before.owners
    # At most once for each of those that are there again.
    assert max(map(len, group.runs(before.since).values())) <= 4
