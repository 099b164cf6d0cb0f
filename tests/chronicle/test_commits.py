"""What became of commits, in memory and bounded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import Action, BlockReason, Key, Outcome, Report, Result, Step
from reconciler.reporting.chronicle import Chronicle, Commit, CommitOutcome, CommitState, History, Record
from tests.metrics.reports import report, unknown

NEW, OLD = "b" * 40, "a" * 40


def outcome(
    result: Result, action: Action = Action.CREATE, blocked: BlockReason | None = None, name: str = "lan"
) -> Outcome:
    return Outcome(Step(action, Key("paris", "network", f"edge/{name}"), blocked=blocked), result, "why")


def passed(*outcomes: Outcome, vim: str = "paris", commit: str = NEW, started: float = 10.0) -> Report:
    return replace(report([], *outcomes, vim=vim), commit=commit, started=started, seconds=1.0)


def taken(*vims: str) -> History:
    history = History()
    history.taken(Commit(NEW, "Scale out", 1.0), vims or ("paris",), 5.0)
    return history


def newest(history: History) -> Record:
    return history.newest()[0]


def test_a_commit_is_in_progress_until_every_vim_is_what_it_declares() -> None:
    history = taken("lyon", "paris")
    assert (newest(history).outcome, newest(history).outcome_at) == (CommitOutcome.PROGRESSING, 5.0)
    history.passed(passed())
    assert newest(history).outcome is CommitOutcome.PROGRESSING
    history.passed(passed(vim="lyon", started=20.0))
    found = newest(history)
    assert (found.outcome, found.outcome_at, found.synced_at) == (CommitOutcome.SYNCED, 21.0, 21.0)


def test_a_commit_is_judged_by_the_vims_that_are_served_here_now() -> None:
    history = taken("lyon", "paris")
    history.passed(passed())
    history.shared(["paris"], 30.0)
    assert (newest(history).outcome, newest(history).synced_at) == (CommitOutcome.SYNCED, 30.0)
    history.shared(["nice", "paris"], 40.0)
    assert newest(history).outcome is CommitOutcome.PROGRESSING
    history.passed(passed(vim="nice", started=50.0))
    assert newest(history).outcome is CommitOutcome.SYNCED


def test_a_commit_has_come_no_further_than_on_the_vim_where_its_state_is_worst() -> None:
    history = taken("lyon", "paris")
    history.passed(passed(vim="lyon"))
    history.passed(passed(outcome(Result.BLOCKED, blocked=BlockReason.CONSENT)))
    assert newest(history).outcome is CommitOutcome.BLOCKED
    history.passed(passed(outcome(Result.FAILED)))
    assert newest(history).outcome is CommitOutcome.FAILED
    history.passed(replace(unknown(), commit=NEW, started=30.0))
    assert (newest(history).outcome, newest(history).outcome_at) == (CommitOutcome.UNREACHABLE, 30.5)
    assert newest(history).vims["paris"].reasons == ("gone",)


def test_steps_done_add_up_over_the_passes_and_those_left_are_of_the_last() -> None:
    history = taken()
    history.passed(passed(outcome(Result.DONE), outcome(Result.FAILED, name="b"), outcome(Result.FAILED, name="c")))
    history.passed(passed(outcome(Result.DONE, name="b"), outcome(Result.FAILED, name="c")))
    history.passed(
        passed(outcome(Result.PENDING, Action.DELETE), outcome(Result.BLOCKED, blocked=BlockReason.CONSENT, name="c"))
    )
    found = newest(history).vims["paris"]
    assert (found.done, found.failed, found.blocked) == ({"create": 2, "delete": 1}, {}, {"create": 1})


def test_what_drifts_after_a_commit_was_synced_is_no_doing_of_it() -> None:
    history = taken()
    history.passed(passed(outcome(Result.DONE)))
    before = newest(history)
    history.passed(passed(outcome(Result.FAILED, name="b"), started=50.0))
    assert newest(history) == before
    assert before.vims["paris"].state is CommitState.SYNCED


def test_passes_for_an_older_commit_or_on_another_vim_say_nothing_of_it() -> None:
    history = taken()
    history.passed(passed(outcome(Result.FAILED), commit=OLD))
    history.passed(passed(outcome(Result.FAILED), vim="oslo"))
    assert newest(history).outcome is CommitOutcome.PROGRESSING


def test_a_newer_commit_supersedes_the_one_in_force_and_leaves_how_far_it_came() -> None:
    history = History()
    history.taken(Commit(OLD), ["paris"], 1.0)
    history.passed(passed(outcome(Result.DONE), commit=OLD, started=2.0))
    history.taken(Commit(NEW), ["paris"], 5.0)
    new, old = history.newest()
    assert (old.outcome, old.superseded_at, old.superseded_by, old.synced_at) == ("superseded", 5.0, NEW, 3.0)
    assert old.vims["paris"].done == {"create": 1}
    assert new.outcome is CommitOutcome.PROGRESSING


def test_a_commit_that_comes_back_begins_again_and_was_seen_before() -> None:
    history = History()
    for at, commit in enumerate((OLD, NEW, OLD), start=1):
        history.taken(Commit(commit), ["paris"], float(at))
    new, old = history.newest()[1], history.newest()[0]
    assert (old.commit.id, old.outcome, old.seen_at, old.in_force_at) == (OLD, "progressing", 1.0, 3.0)
    assert (new.outcome, new.superseded_by) == ("superseded", OLD)
    assert len(history.newest()) == 2


def test_a_refused_commit_leaves_the_one_in_force() -> None:
    history = taken()
    history.refused(Commit(OLD, "Typo"), ["a.yaml:1:1: wrong"], 7.0)
    refused, in_force = history.newest()
    assert (refused.outcome, refused.outcome_at, refused.problems) == ("refused", 7.0, ("a.yaml:1:1: wrong",))
    history.passed(passed())
    assert history.newest()[1].outcome is CommitOutcome.SYNCED
    assert in_force.commit.id == NEW


def test_a_refused_commit_may_be_taken_later() -> None:
    history = History()
    history.refused(Commit(NEW), ["no secret"], 1.0)
    history.taken(Commit(NEW), ["paris"], 2.0)
    (found,) = history.newest()
    assert (found.outcome, found.seen_at, found.problems) == ("progressing", 1.0, ())


def test_a_commit_without_a_vim_is_synced_at_once() -> None:
    history = History()
    history.taken(Commit(NEW), [], 3.0)
    assert (newest(history).outcome, newest(history).synced_at) == (CommitOutcome.SYNCED, 3.0)


def test_the_number_of_commits_is_bounded_and_the_one_in_force_is_kept() -> None:
    history = History(kept=3)
    history.taken(Commit(NEW), ["paris"], 0.0)
    for number in range(10):
        history.refused(Commit(str(number)), [], 1.0)
    assert [one.commit.id for one in history.newest()] == ["9", "8", NEW]


def test_the_number_of_outcomes_on_vims_is_bounded() -> None:
    history = History(kept_vims=25)
    vims = [f"vim-{number}" for number in range(10)]
    for number in range(6):
        history.taken(Commit(str(number)), vims, 1.0)
    assert [one.commit.id for one in history.newest()] == ["5", "4", "3"]
    history = History(kept_vims=5)
    history.taken(Commit(NEW), vims, 1.0)
    assert len(newest(history).vims) == 10


def test_what_is_reported_of_a_commit_is_bounded() -> None:
    history = History()
    problems = ["x" * 10_000] * 199
    history.refused(Commit(NEW, "s" * 10_000), problems, 1.0)
    found = newest(history)
    assert (len(found.problems), found.problem_count) == (50, 199)
    assert max(map(len, (*found.problems, found.commit.subject))) == 500
    history.taken(Commit(NEW), ["paris"], 2.0)
    history.passed(passed(*(outcome(Result.FAILED, name=str(number)) for number in range(100))))
    assert len(newest(history).vims["paris"].reasons) == 5
    assert newest(history).vims["paris"].failed == {"create": 100}


@pytest.fixture
def chronicle() -> Chronicle:
    made = Chronicle(clock=lambda: 5.0)
    for name in ("default", "other"):
        made.taken(name, Commit(NEW), ["paris"])
    return made


def test_repositories_are_kept_apart(chronicle: Chronicle) -> None:
    chronicle.passed(replace(passed(), repository="other"))
    assert [chronicle.commits(name)[0].outcome for name in ("default", "other")] == ["progressing", "synced"]
    assert chronicle.commits("unheard of") == []


def test_a_vim_that_left_and_comes_back_begins_again(chronicle: Chronicle) -> None:
    def since(started: float) -> float:
        return chronicle.seen(passed(started=started)).conditions[""][0].since

    chronicle.passed(passed(started=10.0))
    assert since(20.0) == 10.0
    chronicle.taken("default", Commit(OLD), ["lyon"])
    chronicle.passed(passed(started=30.0))
    assert since(40.0) == 40.0
    chronicle.taken("default", Commit(NEW), ["paris"])
    assert since(50.0) == 50.0
