"""A daemon that starts again: nothing was kept, and nothing is needed."""

from __future__ import annotations

from tests.loop.follower import PARIS, Follower, service
from tests.waiting import eventually

BAD = {"services/paris.yaml": "apiVersion: magi/v1alpha1\nkind: NetworkServise\nmetadata: {name: edge}\n"}


def test_a_start_on_a_bad_commit_takes_the_last_good_one_that_git_has(follower: Follower) -> None:
    follower.work.commit(PARIS)
    good = follower.work.commit(service("paris", mtu=1300))
    follower.work.commit(BAD)
    bad = follower.work.commit({"README.md": "still bad"})
    follower.daemon.follow()
    eventually(follower.synced)
    status = follower.daemon.repositories()[0]
    assert (status.commit, status.refused) == (good, bad)
    assert follower.mtus() == [1300]


def test_a_start_where_everything_exists_writes_nothing(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    follower.simulator.reset_requests()
    again = Follower(
        follower.work, follower.simulator, follower.clouds_file, follower.folder / "elsewhere", follower.ending
    )
    again.daemon.follow()
    eventually(again.synced)
    written = [entry for entry in follower.simulator.requests() if entry["method"] not in {"GET", "POST"}]
    created = [entry for entry in follower.simulator.requests() if entry["method"] == "POST"]
    assert (written, {entry["route"] for entry in created}) == ([], {"/v3/auth/tokens"})


def test_a_start_while_git_is_away_goes_on_with_what_was_fetched_last(follower: Follower) -> None:
    good = follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    follower.work.bare.rename(follower.work.bare.with_name("away.git"))
    again = Follower(follower.work, follower.simulator, follower.clouds_file, follower.folder, follower.ending)
    again.daemon.follow()
    eventually(again.synced)
    status = again.daemon.repositories()[0]
    assert (status.commit, bool(status.error)) == (good, True)
