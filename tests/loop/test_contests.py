"""Two daemons under one owner: what tells of the other one, when writing stops, and what is no sign of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.loop.contest import LEASE, Contests
from reconciler.loop.converge import converge
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Action, Key, Observed, Outcome, Report, Result, Step, World
from reconciler.source import open_source
from tests.git_work import Work, new_work
from tests.loop.follower import PARIS, Follower, service
from tests.waiting import eventually
from tests.worlds import TARGET, ThingSpec, key

A, B = key("0/a"), key("0/b")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def contests(clock: Clock) -> Contests:
    """One that has had its first look, at nothing."""
    found = Contests(clock)
    assert found.see(world(), ()) is None
    return found


def world(twins: Mapping[Key, Key] | None = None, /, **ids: str) -> World:
    """What stands, by the last part of its key: its id."""
    observed = {key(f"0/{name}"): Observed(key(f"0/{name}"), ThingSpec(), found) for name, found in ids.items()}
    return World(TARGET, observed, {}, twins=twins or {})


def created(of: Key, result: Result = Result.DONE) -> list[Outcome]:
    return [Outcome(Step(Action.CREATE, of), result)]


def test_what_stands_at_the_first_look_is_no_sign_of_another_one(clock: Clock) -> None:
    contests = Contests(clock)
    assert contests.see(world(a="1"), ()) is None
    assert contests.see(world(a="1"), ()) is None


@pytest.mark.parametrize("result", [Result.DONE, Result.PENDING, Result.FAILED])
def test_what_was_sent_is_ours_also_where_its_reply_was_lost(contests: Contests, result: Result) -> None:
    contests.note(created(A, result))
    assert contests.see(world(), [A]) is None
    assert contests.see(world(a="1"), [A]) is None
    assert contests.see(world(a="1"), []) is None


def test_a_mark_that_we_did_not_write_and_want_is_told_and_stops_nothing(contests: Contests) -> None:
    for number in range(5):
        found = contests.see(world(a=str(number)), [A])
        assert found is not None
        assert found.sign.startswith(str(A))
        assert not found.stopped


def test_marks_that_we_do_not_want_stop_writing_at_the_second_look(contests: Contests) -> None:
    first, second = contests.see(world(b="1"), [A]), contests.see(world(b="2"), [A])
    assert first is not None
    assert second is not None
    assert (first.stopped, second.stopped) == (False, True)


def test_a_twin_of_what_we_made_clashes_though_we_want_it(contests: Contests) -> None:
    for number in (1, 2):
        contests.note(created(A))
        twin = key(f"0/a~{number}")
        there = {**world(a=f"ours-{number}").observed, twin: Observed(twin, ThingSpec(), f"theirs-{number}")}
        found = contests.see(replace(world({twin: A}), observed=there), [A])
        assert found is not None
        assert found.stopped is (number == 2)


def test_two_creates_of_ours_make_a_twin_that_is_no_sign(contests: Contests) -> None:
    contests.note([*created(A, Result.FAILED), *created(A)])
    twin = key("0/a~2")
    there = {**world(a="1").observed, twin: Observed(twin, ThingSpec(), "2")}
    assert contests.see(replace(world({twin: A}), observed=there), [A]) is None


def test_an_hour_in_peace_or_a_person_ends_it(contests: Contests, clock: Clock) -> None:
    def contest(*ids: str) -> None:
        found = [contests.see(world(b=one), []) for one in ids][-1]
        assert found is not None
        assert found.stopped

    contest("1", "2")
    contests.forget()
    assert contests.see(world(), []) is None
    contest("3", "4")
    clock.now += LEASE
    assert contests.see(world(), []) is None


def test_another_login_may_show_what_was_not_shown_before(contests: Contests) -> None:
    contests.begin_anew()
    assert contests.see(world(b="1"), []) is None


@pytest.fixture
def other(follower: Follower, tmp_path: Path) -> Iterator[tuple[Work, Daemon]]:
    """Another daemon with the same owner, and the repository that it follows."""
    with ExitStack() as ending:
        yield _another(follower, new_work(tmp_path / "other"), tmp_path, ending)


def _another(follower: Follower, work: Work, folder: Path, ending: ExitStack) -> tuple[Work, Daemon]:
    config = replace(follower.config, repository=replace(follower.config.repository, url=f"file://{work.bare}"))
    source = open_source(config.repository.url, "main", cache_dir=folder / "other-cache")
    daemon = Daemon("1.2.3")
    daemon.take([Followed(config, source, follower.connect)])
    ending.callback(daemon.stop)
    return work, daemon


def _reports(*daemons: Daemon) -> list[Report]:
    return [report for daemon in daemons for report in daemon.reports()]


def _stopped(*daemons: Daemon) -> bool:
    return any(report.contest is not None and report.contest.stopped for report in _reports(*daemons))


def test_of_two_daemons_with_different_commits_one_stops_writing(
    follower: Follower, other: tuple[Work, Daemon]
) -> None:
    work, daemon = other
    work.commit(PARIS | {"services/more.yaml": service("paris")["services/paris.yaml"].replace("edge-", "more-")})
    follower.commit(PARIS)
    eventually(follower.synced)
    daemon.follow()
    eventually(lambda: _stopped(follower.daemon, daemon))
    told = [event.reason for event in (*follower.daemon.events.newest(), *daemon.events.newest())]
    assert "Contested" in told
    held = [one for report in _reports(follower.daemon, daemon) for one in report.outcomes if one.step.held]
    assert all("somebody else writes here" in one.step.reason for one in held)


def test_of_two_daemons_with_one_commit_one_tells_of_the_other_and_both_are_synced(
    follower: Follower, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        _, daemon = _another(follower, follower.work, tmp_path, ending)
        follower.commit(PARIS)
        daemon.follow()
        eventually(lambda: follower.synced() and all(report.settled for report in daemon.reports()))
        follower.commit(PARIS | {"services/more.yaml": service("paris")["services/paris.yaml"].replace("edge-", "m-")})
        daemon.follow()
        eventually(lambda: any(report.contest for report in _reports(follower.daemon, daemon)))


def test_a_restart_of_a_daemon_is_no_contest(follower: Follower, tmp_path: Path) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    with ExitStack() as ending:
        _, daemon = _another(follower, follower.work, tmp_path, ending)
        follower.work.commit(service("paris", mtu=1300))
        daemon.follow()
        eventually(lambda: follower.mtus() == [1300] and all(report.settled for report in daemon.reports()))
        assert [report.contest for report in daemon.reports()] == [None]


def test_an_apply_beside_a_daemon_only_warns(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    [loop] = follower.daemon._looks.loops()
    more = {"services/more.yaml": service("paris")["services/paris.yaml"].replace("edge-", "more-")}
    catalog = follower.daemon.catalog("default")
    assert catalog is not None
    with loop._looking:
        # In place of a pass of the daemon, which is about to take the same commit.
        follower.commit(PARIS | more)
        wanted = follower.daemon.catalog("default")
        assert wanted is not None
        driver = follower.connect(wanted.targets["paris"])
        assert converge(wanted, {"paris": driver}, revision="b").succeeded
        driver.close()
    eventually(lambda: follower.synced() and loop.report is not None and loop.report.contest is not None)
    assert loop.report is not None
    assert loop.report.contest is not None
    assert not loop.report.contest.stopped
