"""What happened to a repository, from one status of it to the next."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model import Problem, RepositoryStatus
from reconciler.reporting.events import Event, Severity
from reconciler.reporting.repository_events import repository_events

NEW = RepositoryStatus("https://git.example/ns.git", name="core")
GOOD = replace(NEW, commit="a" * 40, subject="Add a firewall")


def one(before: RepositoryStatus, after: RepositoryStatus) -> Event:
    (event,) = repository_events(before, after, 5.0)
    return event


def test_a_commit_comes_into_force_once() -> None:
    event = one(NEW, GOOD)
    assert (event.reason, event.message) == ("CommitInForce", "commit aaaaaaaaaa “Add a firewall”")
    assert (event.repository, event.vim, event.service, event.commit) == ("core", "", "", "a" * 40)
    assert (event.first, event.severity) == (5.0, Severity.NORMAL)
    assert repository_events(GOOD, replace(GOOD, fetched_at=9.0), 5.0) == []


def test_a_refused_commit_is_reported_with_its_first_problem_and_their_number() -> None:
    problems = tuple(Problem("a.yaml", 3, 1, f"wrong {number}") for number in range(4))
    event = one(GOOD, replace(GOOD, refused="b" * 40, problems=problems))
    assert (event.reason, event.severity, event.commit) == ("CommitRefused", Severity.WARNING, "b" * 40)
    assert event.message == (f"commit bbbbbbbbbb, commit aaaaaaaaaa stays in force: {problems[0]}, and 3 more")
    first = one(NEW, replace(NEW, refused="b" * 40))
    assert first.message == "commit bbbbbbbbbb, no commit is in force"


def test_git_fails_and_is_back_once_each() -> None:
    failing = replace(GOOD, error="timed out")
    assert (one(GOOD, failing).reason, one(GOOD, failing).message) == ("GitFailing", "timed out")
    assert repository_events(failing, failing, 5.0) == []
    assert one(failing, replace(failing, error="refused")).message == "refused"
    assert (one(failing, GOOD).reason, one(failing, GOOD).severity) == ("GitBack", Severity.NORMAL)


def test_a_commit_that_is_not_verified_is_reported_once() -> None:
    doubted = replace(GOOD, distrust="commit b of m is not verified: no signature")
    assert (one(GOOD, doubted).reason, one(GOOD, doubted).message) == ("CommitUnverified", doubted.distrust)
    assert repository_events(doubted, doubted, 5.0) == repository_events(doubted, GOOD, 5.0) == []
