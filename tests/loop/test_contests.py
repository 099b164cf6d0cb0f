"""Two daemons under one owner: what shows the other one, when writing stops, and what is no sign of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.loading import load_source
from reconciler.loop.contest import CLASHES, LEASE, Contests
from reconciler.loop.converge import converge
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.model import Action, Contest, Key, Observed, Outcome, Report, Result, Step, World, Writer
from reconciler.source import open_source
from tests.git_work import Work, new_work
from tests.loop.follower import PARIS, Follower, service
from tests.waiting import eventually
from tests.worlds import TARGET, ThingSpec, key

A, B = key("0/a"), key("0/b")

OLD, NEW = "2026-01-02T03:04:05Z", "2026-01-02T03:05:00Z"

US = Writer(2_000, 500, "00000005")
"""This process, with the commit of today."""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def contests(clock: Clock) -> Contests:
    """One that has had its first observation, of nothing."""
    found = Contests(clock)
    assert found.see(world(), (), US) is None
    return found


def world(twins: Mapping[Key, Key] | None = None, /, **ids: str) -> World:
    """What exists, by the last part of its key: its id."""
    observed = {key(f"0/{name}"): Observed(key(f"0/{name}"), ThingSpec(), found) for name, found in ids.items()}
    return World(TARGET, observed, {}, twins=twins or {})


def made(by: Writer, /, **ids: str) -> World:
    """What exists, where its marks say who made it."""
    there = world(**ids)
    return replace(there, observed={of: replace(one, writer=by) for of, one in there.observed.items()})


def reported(found: Contest | None) -> Contest:
    assert found is not None
    return found


def created(of: Key, result: Result = Result.DONE) -> list[Outcome]:
    return [Outcome(Step(Action.CREATE, of), result)]


def test_what_exists_at_the_first_observation_is_no_sign_of_another_one(clock: Clock) -> None:
    contests = Contests(clock)
    assert contests.see(world(a="1"), (), US) is None
    assert contests.see(world(a="1"), (), US) is None


@pytest.mark.parametrize("result", [Result.DONE, Result.PENDING, Result.FAILED])
def test_what_was_sent_is_managed_also_where_its_reply_was_lost(contests: Contests, result: Result) -> None:
    contests.note(created(A, result))
    assert contests.see(world(), [A], US) is None
    assert contests.see(world(a="1"), [A], US) is None
    assert contests.see(world(a="1"), [], US) is None


def test_a_mark_that_we_did_not_write_and_want_is_reported_and_stops_nothing(contests: Contests) -> None:
    for number in range(5):
        found = contests.see(world(a=str(number)), [A], US)
        assert found is not None
        assert found.sign.startswith(str(A))
        assert not found.stopped


def test_marks_that_we_do_not_want_stop_writing_at_the_second_observation(contests: Contests) -> None:
    first, second = contests.see(world(b="1"), [A], US), contests.see(world(b="2"), [A], US)
    assert first is not None
    assert second is not None
    assert (first.stopped, second.stopped) == (False, True)


def test_a_twin_of_what_we_made_clashes_though_we_want_it(contests: Contests) -> None:
    for number in (1, 2):
        contests.note(created(A))
        twin = key(f"0/a~{number}")
        there = {**world(a=f"own-{number}").observed, twin: Observed(twin, ThingSpec(), f"theirs-{number}")}
        found = contests.see(replace(world({twin: A}), observed=there), [A], US)
        assert found is not None
        assert found.stopped is (number == 2)


def test_two_creates_of_magi_make_a_twin_that_is_no_sign(contests: Contests) -> None:
    contests.note([*created(A, Result.FAILED), *created(A)])
    twin = key("0/a~2")
    there = {**world(a="1").observed, twin: Observed(twin, ThingSpec(), "2")}
    assert contests.see(replace(world({twin: A}), observed=there), [A], US) is None


def test_an_hour_in_peace_or_a_person_ends_it(contests: Contests, clock: Clock) -> None:
    def contest(*ids: str) -> None:
        found = [contests.see(world(b=one), [], US) for one in ids][-1]
        assert found is not None
        assert found.stopped

    contest("1", "2")
    contests.forget()
    assert contests.see(world(), [], US) is None
    contest("3", "4")
    clock.now += LEASE
    assert contests.see(world(), [], US) is None


def test_another_login_may_show_what_was_not_shown_before(contests: Contests) -> None:
    contests.begin_again()
    assert contests.see(world(b="1"), [], US) is None


def test_what_a_newer_commit_made_stops_writing_at_the_first_observation(contests: Contests) -> None:
    """Before the pass of that observation removes it."""
    newer = Writer(1_790_000_000, 1_790_000_600, "0000000a")
    found = reported(contests.see(made(newer, b="1"), [A], US))
    assert found.stopped
    assert found.sign == (
        f"{B} has the owner mark, and this process did not make it: process 0000000a, which started at "
        "2026-09-21 14:23:20 UTC, for a commit of 2026-09-21 14:13:20 UTC, made it; "
        "that commit is newer than the one here"
    )
    assert "SIGHUP" in found.until
    assert "as new here" in found.until
    assert reported(contests.see(world(), [A], US)).stopped


@pytest.mark.parametrize("committed", [0, 1_999])
def test_what_an_older_commit_or_a_work_tree_made_never_stops_writing(contests: Contests, committed: int) -> None:
    for number in range(5):
        found = reported(contests.see(made(Writer(committed, 1, "0000000a"), b=str(number)), [A], US))
        assert not found.stopped
    assert found.sign.endswith(f"for {'a commit of 1970-01-01 00:33:19 UTC' if committed else 'a work tree'}, made it")


@pytest.mark.parametrize(
    ("started", "process", "stops"),
    [(499, "0000000a", True), (501, "00000001", False), (500, "00000001", True), (500, "0000000a", False)],
)
def test_of_two_with_one_commit_the_one_that_started_later_gives_way(
    contests: Contests, started: int, process: str, stops: bool
) -> None:
    twin = key("0/a~2")
    theirs = Observed(twin, ThingSpec(), "2", writer=Writer(2_000, started, process))
    managed = Observed(A, ThingSpec(), "1", writer=US)
    contests.note(created(A))
    there = replace(world({twin: A}), observed={A: managed, twin: theirs})
    assert reported(contests.see(there, [A], US)).stopped is stops
    assert reported(contests.see(world(a="1"), [A], US)).stopped is stops, "it lasts though the twin went"


def test_exactly_one_of_two_gives_way() -> None:
    for one in (Writer(1, 5, "0000000a"), Writer(2, 9, "00000001"), Writer(2, 9, "00000002"), Writer(2, 8, "00000003")):
        for other in (Writer(2, 9, "00000004"), Writer(2, 8, "00000005"), Writer(3, 1, "00000006")):
            assert one.outranks(other) != other.outranks(one)


def test_what_another_one_made_and_we_want_stops_nothing_whatever_its_commit(contests: Contests) -> None:
    for number in range(5):
        assert not reported(contests.see(made(Writer(9_999, 1, "0000000a"), a=str(number)), [A], US)).stopped


def test_our_own_signature_is_no_sign_whatever_was_counted(contests: Contests) -> None:
    """As after a create whose reply was lost for longer than it is remembered, and with the commit of then."""
    assert contests.see(made(US.at(1), a="1", b="2"), [A], US) is None


def test_a_create_of_magi_that_is_signed_excuses_nothing_besides(contests: Contests) -> None:
    contests.note(created(A))
    assert contests.see(made(US, a="1"), [A], US) is None
    assert contests.see(world(a="2"), [A], US) is not None


def test_a_lost_reply_of_magi_does_not_hide_what_another_one_made(contests: Contests) -> None:
    contests.note(created(B, Result.FAILED))
    assert reported(contests.see(made(Writer(3_000, 1, "0000000a"), b="1"), [], US)).stopped


def test_taking_the_newer_commit_ends_it_though_the_other_one_started_first(contests: Contests) -> None:
    newer = Writer(3_000, 1, "0000000a")
    assert reported(contests.see(made(newer, b="1"), [A], US)).stopped
    assert reported(contests.see(made(newer, b="1"), [A], US.at(2_999))).stopped
    assert not reported(contests.see(made(newer, b="1"), [A, B], US.at(3_000))).stopped


def test_going_back_to_an_older_commit_is_judged_again(contests: Contests) -> None:
    other = Writer(1_500, 1, "0000000a")
    assert not reported(contests.see(made(other, b="1"), [A], US)).stopped
    assert reported(contests.see(made(other, b="1"), [A], US.at(1_000))).stopped


def test_a_weaker_one_does_not_hide_the_one_that_we_give_way_to(contests: Contests) -> None:
    newer, older = Writer(3_000, 1, "0000000a"), Writer(1_000, 1, "0000000b")
    assert reported(contests.see(made(newer, b="1"), [A], US)).stopped
    assert reported(contests.see(made(older, b="2"), [A], US)).stopped


def test_an_hour_in_peace_or_a_person_has_the_one_with_the_older_commit_go_on(contests: Contests, clock: Clock) -> None:
    newer = Writer(3_000, 1, "0000000a")
    assert reported(contests.see(made(newer, b="1"), [], US)).stopped
    contests.forget()
    assert contests.see(made(newer, b="1"), [], US) is None, "it existed when a person decided"
    assert reported(contests.see(made(newer, b="2"), [], US)).stopped
    clock.now += LEASE - 1
    assert reported(contests.see(world(), [], US)).stopped
    clock.now += 1
    assert contests.see(world(), [], US) is None


def test_what_existed_before_a_long_time_without_an_observation_is_no_sign_after_it(
    contests: Contests, clock: Clock
) -> None:
    """As of a VIM that was not to be reached: what exists may be of an earlier process of this daemon."""
    earlier, newer = Writer(1_000, 1, "0000000a"), Writer(3_000, 1, "0000000b")
    contests.begin_again()
    assert contests.see(made(earlier, a="1"), [A], US) is None
    contests.note(created(B, Result.FAILED))
    clock.now += 3 * LEASE
    there = {**made(earlier, a="1").observed, **world(b="2").observed}
    assert contests.see(replace(world(), observed=there), [A], US) is None
    clock.now += 3 * LEASE
    assert reported(contests.see(made(newer, b="3"), [A], US)).stopped, "what came meanwhile is one all the same"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1-2-3",
        "3000-1-0000000A",
        "3000-1-0000000ab",
        "-3000-1-0000000a",
        "3000-1-0000000a ",
        "3000-1-0000000a\n",
        "\u0663-1-0000000a",
        "9" * 12 + "-1-0000000a",
        "9" * 100_000,
    ],
)
def test_a_text_that_is_no_signature_is_none(text: str) -> None:
    assert Writer.of(text) is None


@pytest.mark.parametrize("text", ["99999999999-99999999999-ffffffff", "0-0-00000000"])
def test_times_that_can_not_be_are_reported_all_the_same(contests: Contests, text: str) -> None:
    absurd = Writer.of(text)
    assert absurd is not None
    assert str(absurd) == text
    assert contests.see(made(absurd, b="1"), [], US) is not None


@pytest.mark.parametrize(("committed", "kept"), [(-5.0, 0), (1.9, 1), (1e30, 99_999_999_999)])
def test_whatever_git_says_of_its_time_a_signature_can_be_read_back(committed: float, kept: int) -> None:
    assert Writer.of(str(US.at(committed))) == Writer(kept, 500, "00000005")


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


def _settled(daemon: Daemon) -> bool:
    """Whether it has observed, and left nothing to do."""
    reports = daemon.reports()
    return bool(reports) and all(report.settled for report in reports)


def _stopped(daemon: Daemon) -> bool:
    return any(report.contest is not None and report.contest.stopped for report in daemon.reports())


MORE = {"services/more.yaml": service("paris")["services/paris.yaml"].replace("edge-", "more-")}


@pytest.mark.parametrize("newer_is_first", [True, False])
def test_of_two_daemons_the_one_with_the_older_commit_stops_and_the_other_one_converges(
    follower: Follower, other: tuple[Work, Daemon], newer_is_first: bool
) -> None:
    """Whichever of the two started first: each declares a service that the other one does not."""
    work, second = other
    older, newer = PARIS, PARIS | MORE
    work.commit(older if newer_is_first else newer, at=OLD if newer_is_first else NEW)
    follower.work.commit(newer if newer_is_first else older, at=NEW if newer_is_first else OLD)
    follower.daemon.follow()
    eventually(follower.synced)
    second.follow()
    gives_way, goes_on = (second, follower.daemon) if newer_is_first else (follower.daemon, second)
    eventually(lambda: _stopped(gives_way))
    eventually(lambda: [one["name"] for one in follower.networks()] == ["edge-paris/lan", "more-paris/lan"])
    eventually(lambda: _settled(goes_on))
    assert not _stopped(goes_on)
    assert "Contested" in {event.reason for event in gives_way.events.newest()}
    blocked = [one for report in gives_way.reports() for one in report.outcomes if one.step.blocked]
    assert blocked
    assert all("that commit is newer than the one here" in one.step.reason for one in blocked)


def test_a_daemon_that_takes_the_newer_commit_goes_on(follower: Follower, other: tuple[Work, Daemon]) -> None:
    work, second = other
    follower.work.commit(PARIS, at=OLD)
    follower.daemon.follow()
    eventually(follower.synced)
    work.commit(PARIS | MORE, at=NEW)
    second.follow()
    eventually(lambda: _stopped(follower.daemon))
    follower.work.commit(PARIS | MORE, at=NEW)
    follower.daemon.follow()
    eventually(lambda: follower.synced() and not _stopped(follower.daemon))


def test_of_two_daemons_with_one_commit_one_shows_the_other_and_both_are_synced(
    follower: Follower, tmp_path: Path
) -> None:
    with ExitStack() as ending:
        _, daemon = _another(follower, follower.work, tmp_path, ending)
        follower.commit(PARIS)
        daemon.follow()
        eventually(lambda: follower.synced() and _settled(daemon))
        follower.commit(PARIS | MORE)
        daemon.follow()
        eventually(lambda: any(report.contest for report in _reports(follower.daemon, daemon)))
        eventually(lambda: follower.synced() and _settled(daemon))
        assert not (_stopped(follower.daemon) and _stopped(daemon))
        assert len(follower.networks()) == 2


def test_a_restart_of_a_daemon_is_no_contest(follower: Follower, tmp_path: Path) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    follower.daemon.stop()
    with ExitStack() as ending:
        _, daemon = _another(follower, follower.work, tmp_path, ending)
        follower.work.commit(service("paris", mtu=1300))
        daemon.follow()
        eventually(lambda: follower.mtus() == [1300] and _settled(daemon))
        assert [report.contest for report in daemon.reports()] == [None]


def test_an_apply_beside_a_daemon_only_warns(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    [loop] = follower.daemon._observations.loops()
    catalog = follower.daemon.catalog("default")
    assert catalog is not None
    with loop._observing:
        # In place of a pass of the daemon, which is about to take the same commit.
        follower.commit(PARIS | MORE)
        desired = follower.daemon.catalog("default")
        assert desired is not None
        driver = follower.connect(desired.targets["paris"])
        assert converge(desired, {"paris": driver}).succeeded
        driver.close()
    eventually(lambda: follower.synced() and loop.report is not None and loop.report.contest is not None)
    assert loop.report is not None
    assert loop.report.contest is not None
    assert not loop.report.contest.stopped


def test_an_apply_of_a_work_tree_that_clashes_stops_no_daemon(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    [loop] = follower.daemon._observations.loops()
    follower.work.write(MORE)
    loaded = load_source(str(follower.work.path), None, "")
    for _ in range(CLASHES):
        with loop._observing:
            driver = follower.connect(loaded.catalog.targets["paris"])
            assert converge(loaded.catalog, {"paris": driver}).succeeded
            driver.close()
        [_, more] = follower.networks()
        assert more["description"].startswith("magi:test more-paris/lan 0-")
        eventually(lambda: len(follower.networks()) == 1)
    eventually(lambda: follower.synced() and loop.report is not None and loop.report.contest is not None)
    assert not _stopped(follower.daemon)
    assert "for a work tree, made it" in reported(_reports(follower.daemon)[0].contest).sign


def test_what_a_daemon_makes_says_for_which_commit(follower: Follower) -> None:
    follower.commit(PARIS)
    eventually(follower.synced)
    [network] = follower.networks()
    assert network["description"].startswith(
        f"magi:test edge-paris/lan {follower.work.git('log', '-1', '--format=%ct')}-"
    )
