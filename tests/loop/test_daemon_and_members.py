"""A daemon that shares VIMs with others of its group: what it serves, when it writes, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.coordination import Published, TargetId
from reconciler.coordination.members import Changed
from reconciler.loop.daemon import Daemon
from reconciler.loop.pass_context import Board
from reconciler.loop.target_loop import TargetLoop
from reconciler.model import Health, Key, MemberShare, ServiceStatus, Sync
from reconciler.reporting.shared_reports import SharedReport, packed, unpacked
from tests.git_work import new_work
from tests.loop.follower import LYON, PARIS, Follower, service
from tests.loop.test_daemon_and_rollout import fleet, said
from tests.waiting import eventually


class Group:
    """Another member has what is not `own`; ``locked`` are the locks that this one holds, each by a number."""

    alone = False

    def __init__(self) -> None:
        self.own = {"paris"}
        self.locked = {"paris": 1}
        self.returned: list[str] = []
        self.closed: list[bool] = []
        self.changed: Changed = lambda _: None
        self.sent: list[tuple[str, int, bytes]] = []
        self.others_say: Mapping[str, Published] = {}

    def mine(self, repository: str, targets: Iterable[str]) -> frozenset[str]:
        del repository
        return frozenset(targets) & self.own

    def give_back(self, repository: str, target: str) -> None:
        del repository
        self.returned.append(target)

    def grant(self, repository: str, target: str) -> int:
        del repository
        return self.locked.get(target, 0)

    def refusal(self, repository: str, target: str, grant: int) -> str:
        return "" if grant and self.grant(repository, target) == grant else "the lock is not held"

    def shares(self, repository: str) -> tuple[MemberShare, ...]:
        del repository
        return (MemberShare("a", tuple(sorted(self.own)), is_self=True),)

    def error(self) -> str:
        return ""

    def publish(self, repository: str, target: str, grant: int, payload: bytes) -> None:
        del repository
        self.sent.append((target, grant, payload))

    def published(self, repository: str) -> Mapping[str, Published]:
        del repository
        return self.others_say

    def join(self, changed: Changed) -> None:
        self.changed = changed

    def close(self, *, ended: bool) -> None:
        self.closed.append(ended)


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.fixture
def follower(tmp_path: Path, group: Group) -> Iterator[Follower]:
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings, "lyon": settings}, seed=1))
        clouds_file = simulator.write_clouds_file(tmp_path / "clouds.yaml")
        made = Follower(new_work(tmp_path / "git"), simulator, clouds_file, tmp_path, ending)
        made.daemon.stop()
        made.daemon = Daemon("1.2.3", members=group)
        made.daemon.take([made.followed])
        group.join(made.daemon._share_again)
        ending.callback(made.daemon.stop)
        yield made


def test_what_is_the_part_of_another_member_is_left_alone(follower: Follower) -> None:
    follower.commit(PARIS | LYON)
    eventually(follower.synced)
    assert follower.daemon.targets() == ["paris"]
    assert follower.networks("lyon") == []
    (status,) = follower.daemon.repositories()
    assert status.shares is not None
    assert (status.shares.served, status.shares.elsewhere) == (("paris",), ("lyon",))
    assert status.members == (MemberShare("a", ("paris",), is_self=True),)


def test_what_comes_is_observed_at_once_and_written_to_when_its_lock_is_held(follower: Follower, group: Group) -> None:
    follower.commit(PARIS | LYON)
    eventually(follower.synced)
    group.own = {"paris", "lyon"}
    group.changed(frozenset())
    eventually(lambda: "nothing is written here now: the lock is not held" in said(follower, "lyon", "edge-lyon"))
    assert follower.networks("lyon") == []
    group.locked["lyon"] = 2
    group.changed(frozenset({TargetId("default", "lyon")}))
    eventually(lambda: follower.synced("lyon"))
    assert len(follower.networks("lyon")) == 1


def test_what_comes_makes_a_daemon_incomplete_until_it_is_observed_and_not_unready(
    follower: Follower, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.commit(PARIS | LYON)
    eventually(follower.synced)
    assert (follower.daemon.ready, follower.daemon.was_ready) == (True, True)
    monkeypatch.setattr(TargetLoop, "observe", lambda _: 3600.0)
    group.own = {"paris", "lyon"}
    group.changed(frozenset())
    assert follower.daemon.targets() == ["lyon", "paris"]
    assert (follower.daemon.ready, follower.daemon.was_ready) == (False, True)


def test_what_goes_is_observed_no_more_and_its_lock_given_back(follower: Follower, group: Group) -> None:
    follower.commit(PARIS | LYON)
    eventually(follower.synced)
    group.own = set()
    group.changed(frozenset())
    eventually(lambda: group.returned == ["paris"])
    assert follower.daemon.targets() == []
    assert len(follower.networks("paris")) == 1


def test_what_another_member_made_before_the_lock_was_taken_again_is_no_contest(
    follower: Follower, group: Group
) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    del group.locked["paris"]
    follower.work.commit(service("paris", 1300))
    follower.daemon.follow()
    eventually(lambda: "the lock is not held" in said(follower, "paris", "edge-paris"))
    group.locked["paris"] = 2
    group.changed(frozenset({TargetId("default", "paris")}))
    eventually(follower.synced)
    assert follower.mtus("paris") == [1300]


def test_a_wave_after_one_on_the_vim_of_another_member_waits_and_says_so(follower: Follower) -> None:
    follower.commit(fleet(1400) | {path: text for path, text in (PARIS | LYON).items() if path.startswith("vims/")})
    words = "edge-lyon is on VIM lyon, of which there is no report for this commit"
    eventually(lambda: words in said(follower, "paris", "edge-paris"))
    assert follower.networks("paris") == []


def other_says(group: Group, commit: str, **changes: Any) -> None:
    """Another member serves lyon, and reports that all is well there."""
    services = (ServiceStatus("edge-lyon", "lyon", Sync.SYNCED, Health.HEALTHY, 2, 2),)
    shared = replace(SharedReport("b", "default", "lyon", commit, 1.0, 0.5, services), **changes)
    group.others_say = {"lyon": Published("b", packed(shared))}


FLEET = fleet(1400) | {path: text for path, text in (PARIS | LYON).items() if path.startswith("vims/")}


def test_a_wave_comes_when_the_other_member_reports_that_the_one_before_is_well(
    follower: Follower, group: Group
) -> None:
    commit = follower.commit(FLEET)
    behind = (ServiceStatus("edge-lyon", "lyon", Sync.OUT_OF_SYNC, Health.MISSING, 2, 0),)
    other_says(group, commit, services=behind)
    eventually(lambda: "edge-lyon is out-of-sync and missing on lyon" in said(follower, "paris", "edge-paris"))
    other_says(group, "0" * 40)
    eventually(lambda: "there is no report for this commit" in said(follower, "paris", "edge-paris"))
    other_says(group, commit, error="no answer")
    eventually(lambda: "edge-lyon is not known yet on lyon" in said(follower, "paris", "edge-paris"))
    group.others_say = {"lyon": Published("b", b"garbage")}
    eventually(lambda: "there is no report for this commit" in said(follower, "paris", "edge-paris"))
    assert follower.networks("paris") == []
    other_says(group, commit)
    eventually(follower.synced)
    assert follower.mtus("paris") == [1400]


def test_a_report_that_can_not_be_read_is_warned_of_once(
    follower: Follower, group: Group, caplog: pytest.LogCaptureFixture
) -> None:
    group.others_say = {"lyon": Published("b", b"garbage")}
    follower.commit(PARIS | LYON)
    eventually(follower.synced)
    follower.daemon._observations.refresh()
    assert follower.daemon.shared_reports() == []
    assert [one.message for one in caplog.records].count("report not read") == 1


def test_the_last_report_is_published_below_the_lock_and_only_when_it_is_another(
    follower: Follower, group: Group
) -> None:
    del group.locked["paris"]
    follower.commit(PARIS | LYON)
    eventually(lambda: "the lock is not held" in said(follower, "paris", "edge-paris"))
    assert group.sent == []
    group.locked["paris"] = 2
    group.changed(frozenset({TargetId("default", "paris")}))
    eventually(lambda: follower.synced() and group.sent and last(group).services[0].sync is Sync.SYNCED)
    # The first pass with nothing to do may say that nothing is changing any more.
    observed_again(follower)
    sent = len(group.sent)
    observed_again(follower)
    assert len(group.sent) == sent
    assert {target for target, _, _ in group.sent} == {"paris"}
    follower.commit(service("paris", 1300))
    eventually(lambda: last(group).commit == follower.daemon.repositories()[0].commit)


def observed_again(follower: Follower) -> None:
    (before,) = follower.daemon.reports()
    eventually(lambda: follower.daemon.reports()[0].started > before.started)
    (before,) = follower.daemon.reports()
    eventually(lambda: follower.daemon.reports()[0].started > before.started)


def last(group: Group) -> SharedReport:
    target, _, payload = group.sent[-1]
    return unpacked("a", "default", target, payload)


def test_no_service_that_left_is_removed_before_the_other_member_said_what_it_has(
    follower: Follower, group: Group
) -> None:
    more = {"other.yaml": service("paris")["services/paris.yaml"].replace("edge", "b")}
    commit = follower.commit(PARIS | LYON | more)
    eventually(follower.synced)
    follower.remove("other.yaml")
    what = "waits until it is known what is deployed on VIM lyon"
    eventually(lambda: any(what in one.reason for report in follower.daemon.reports() for one in report.left))
    assert len(follower.networks("paris")) == 2
    # Of whatever commit: it is about what is there.
    other_says(group, commit)
    eventually(lambda: len(follower.networks("paris")) == 1)


def test_what_another_member_refers_to_is_held_and_what_it_has_ready_is_known_for_its_commit() -> None:
    here, there = Key("paris", "segment", "svc/lan"), Key("lyon", "machine", "svc/db/vm-0")
    shared = SharedReport("b", "default", "lyon", "abc", 1.0, 0.5, ready={there: "d0"}, holds={here: there})
    board = Board(shared=frozenset({"lyon"}), peers=lambda: {"lyon": shared})
    assert board.held("paris") == {here: there}
    assert board.ready([there], "abc") == {there: "d0"}
    assert board.ready([there], "abd") == {}
    # Another one took it over, whose own report counts.
    board.shared = frozenset()
    assert (board.held("paris"), board.ready([there], "abc")) == ({}, {})


def test_whoever_stops_leaves_the_group_after_its_last_step(follower: Follower, group: Group) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    assert group.closed == [True]
