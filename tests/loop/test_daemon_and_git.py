"""What the daemon makes of a repository: good commits, bad commits, and no repository at all."""

from __future__ import annotations

import sys

import pytest

from reconciler.loop.follower import Follower as GitFollower
from reconciler.model import Catalog
from reconciler.source import Snapshot
from tests.loop.follower import LYON, PARIS, Follower, service, vim
from tests.waiting import eventually

BAD = {"services/paris.yaml": "apiVersion: magi/v1alpha1\nkind: NetworkServise\nmetadata: {name: edge}\n"}


def test_the_first_good_commit_is_applied(follower: Follower) -> None:
    before = follower.daemon.ready
    commit = follower.commit(PARIS | LYON)
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    assert (before, follower.daemon.ready) == (False, True)
    assert (follower.mtus("paris"), follower.mtus("lyon")) == ([1400], [1400])
    status = follower.daemon.repositories()[0]
    assert (status.commit, status.subject, status.error, status.refused) == (commit, "change", "", "")
    assert follower.value("magi_commit_info", url=status.url, commit=commit) == 1
    assert follower.value("magi_git_fetches_total", result="success") == 1
    assert follower.value("magi_service_synced", service="edge-paris", vim="paris") == 1


def test_a_newer_commit_is_taken(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.commit(service("paris", mtu=1300))
    eventually(follower.synced)
    assert follower.mtus() == [1300]


def test_a_bad_commit_is_refused_and_the_last_good_one_stays_in_force(follower: Follower) -> None:
    good = follower.commit(PARIS)
    eventually(follower.synced)
    bad = follower.commit(BAD)
    status = follower.daemon.repositories()[0]
    assert (status.commit, status.refused) == (good, bad)
    assert "NetworkService" in str(status.problems[0])
    assert follower.value("magi_commit_refused") == 1
    assert follower.value("magi_document_problems") == len(status.problems)
    # Drift is still repaired, to what the good commit says.
    network = follower.networks()[0]
    follower.simulator.clouds["paris"].network.networks.change(network["id"], mtu=1200)
    eventually(lambda: follower.mtus() == [1400])
    follower.commit(service("paris", mtu=1300))
    status = follower.daemon.repositories()[0]
    assert (status.refused, status.problems) == ("", ())
    assert follower.value("magi_commit_refused") == 0
    eventually(lambda: follower.mtus() == [1300])


def test_a_bad_commit_that_is_reverted_by_force_is_no_longer_refused(follower: Follower) -> None:
    good = follower.commit(PARIS)
    follower.commit(BAD)
    follower.work.git("reset", "-q", "--hard", good)
    follower.work.push()
    follower.daemon.follow()
    assert follower.daemon.repositories()[0].refused == ""
    assert follower.value("magi_commit_refused") == 0


def test_a_bad_first_commit_leaves_the_clouds_alone(follower: Follower) -> None:
    follower.commit(BAD)
    assert follower.daemon.targets() == []
    assert not follower.daemon.ready
    assert follower.simulator.requests() == []


def test_a_start_on_a_bad_commit_takes_the_good_one_before_it(follower: Follower) -> None:
    good = follower.work.commit(PARIS)
    follower.work.commit(BAD)
    bad = follower.commit(BAD | vim("lyon"))
    status = follower.daemon.repositories()[0]
    assert (status.commit, status.refused) == (good, bad)
    eventually(follower.synced)
    follower.daemon.follow()
    assert follower.daemon.repositories()[0].refused == bad


def test_git_that_can_t_be_reached_is_reported_and_the_vims_are_observed(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    away = follower.work.bare.rename(follower.work.bare.with_name("away.git"))
    follower.daemon.follow()
    assert "edge.git" in follower.daemon.repositories()[0].error
    assert follower.value("magi_git_fetches_total", result="failure") == 1
    network = follower.networks()[0]
    follower.simulator.clouds["paris"].network.networks.change(network["id"], mtu=1200)
    eventually(lambda: follower.mtus() == [1400])
    away.rename(follower.work.bare)
    follower.daemon.follow()
    assert follower.daemon.repositories()[0].error == ""


def test_a_branch_that_vanished_is_reported_and_nothing_is_deleted(follower: Follower) -> None:
    good = follower.commit(PARIS)
    eventually(follower.synced)
    follower.work.git("branch", "-q", "-m", "other")
    follower.work.push()
    follower.work.git("--git-dir", str(follower.work.bare), "update-ref", "-d", "refs/heads/main")
    follower.daemon.follow()
    status = follower.daemon.repositories()[0]
    assert "main" in status.error
    assert status.commit == good
    assert follower.mtus() == [1400]


def test_a_defect_while_following_is_reported_and_outlived(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_snapshot: Snapshot) -> Catalog:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(follower.daemon._followers["default"]._library, "catalog", broken)
        follower.commit(PARIS)
    assert "defect" in follower.daemon.repositories()[0].error
    assert "ZeroDivisionError" in caplog.text
    follower.daemon.follow()
    assert follower.daemon.repositories()[0].error == ""
    eventually(follower.synced)


def test_the_scheduler_follows_by_itself_until_it_is_stopped(follower: Follower) -> None:
    follower.work.commit(PARIS)
    follower.daemon.start()
    eventually(follower.synced)
    follower.work.commit(service("paris", mtu=1300))
    eventually(lambda: follower.mtus() == [1300])
    follower.daemon.stop()
    fetches = follower.value("magi_git_fetches_total", result="success")
    follower.work.commit(vim("lyon"))
    follower.daemon.follow()
    assert follower.daemon.targets() == ["paris"]
    assert fetches is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_is_alive_until_a_thread_ends_that_follows_a_repository(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert follower.daemon.alive
    follower.commit(PARIS)
    follower.daemon.start()
    eventually(follower.synced)
    assert follower.daemon.alive
    monkeypatch.setattr(GitFollower, "follow", lambda _: sys.exit())
    follower.daemon.fetch_git()
    eventually(lambda: not follower.daemon.alive)


def test_warnings_of_the_repository_are_kept(follower: Follower) -> None:
    (follower.work.path / "link.yaml").symlink_to("/etc/passwd")
    follower.commit(PARIS)
    assert "link.yaml" in str(follower.daemon.repositories()[0].warnings)
