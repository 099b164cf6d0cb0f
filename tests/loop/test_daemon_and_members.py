"""A daemon that shares VIMs with others of its group: what it serves, when it writes, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.coordination import TargetId
from reconciler.coordination.members import Changed
from reconciler.loop.daemon import Daemon
from reconciler.model import MemberShare
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
    words = "edge-lyon is on VIM lyon, which this daemon does not serve"
    eventually(lambda: words in said(follower, "paris", "edge-paris"))
    assert follower.networks("paris") == []


def test_whoever_stops_leaves_the_group_after_its_last_step(follower: Follower, group: Group) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    assert group.closed == [True]
