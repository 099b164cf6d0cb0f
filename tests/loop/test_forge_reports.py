"""What the daemon shows the forge: of the commit in force, of one that is refused, and when the forge is away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from reconciler.config import ForgeConfig
from reconciler.forges import Annotation, Comment, ForgeBusyError, ForgeRefusedError, Status, Verdict
from reconciler.loop.daemon import Daemon
from reconciler.loop.follower import Followed
from reconciler.loop.forge_reports import ForgeReporter, State, list_commit_reports
from reconciler.model import (
    Action,
    BlockReason,
    Key,
    Outcome,
    Plan,
    Problem,
    Report,
    RepositoryStatus,
    Result,
    State as ResourceState,
    Step,
    TargetUnknown,
)
from reconciler.reporting.metrics import Metrics
from reconciler.source import open_source
from tests.loop.follower import PARIS, SERVICE, Follower
from tests.waiting import eventually

NEW, OLD = "b" * 40, "a" * 40


@dataclass
class Board:
    """A forge in memory."""

    statuses: list[tuple[str, Status]] = field(default_factory=list)
    bodies: dict[int, str] = field(default_factory=dict)
    brought: dict[str, list[int]] = field(default_factory=dict)
    refuses: bool = False
    busy: float | None = None
    mute: bool = False
    """Takes no comments."""

    def own_comments(self, number: int) -> Iterator[Comment]:
        if self.mute:
            raise ForgeRefusedError("no comments here")
        if number in self.bodies:
            yield Comment(number, self.bodies[number])

    def add_comment(self, number: int, body: str) -> None:
        self.bodies[number] = body

    def edit_comment(self, number: int, comment: int, body: str) -> None:
        assert comment == number
        self.bodies[number] = body

    def set_status(self, commit: str, status: Status) -> None:
        if self.refuses:
            raise ForgeRefusedError("the forge refuses")
        if self.busy is not None:
            raise ForgeBusyError("secondary rate limit", retry_after=self.busy)
        self.statuses.append((commit, status))

    def annotate(self, number: int, commit: str, context: str, annotations: Sequence[Annotation]) -> bool:
        raise AssertionError((number, commit, context, annotations))

    def requests_of(self, commit: str) -> list[int]:
        return self.brought.get(commit, [])


def outcome(result: Result, name: str = "lan", blocked: BlockReason | None = None, reason: str = "why") -> Outcome:
    step = Step(Action.CREATE, Key("paris", "network", f"edge/{name}"), blocked=blocked)
    return Outcome(step, result, reason)


def report(target: str, *outcomes: Outcome, commit: str = NEW, **more: Any) -> Report:
    return Report(target, commit, 0.0, 1.0, (), plan=Plan(target, {}, {}), outcomes=outcomes, **more)


def last_report(*reports: Report, source: RepositoryStatus | None = None, targets: Sequence[str] = ("paris",)) -> Any:
    return [*list_commit_reports(State(source or RepositoryStatus("u", NEW), targets, reports))][-1]


def test_nothing_is_said_before_the_first_commit() -> None:
    assert [*list_commit_reports(State(RepositoryStatus("u"), [], []))] == []


@pytest.mark.parametrize(
    ("reports", "verdict", "description"),
    [
        ([], Verdict.PENDING, "in progress"),
        ([report("paris", commit=OLD)], Verdict.PENDING, "in progress"),
        ([report("paris", counts={("server", ResourceState.BUILDING): 1})], Verdict.PENDING, "in progress"),
        ([report("paris", outcome(Result.PENDING))], Verdict.PENDING, "in progress"),
        ([report("paris", outcome(Result.BLOCKED, blocked=BlockReason.TURN))], Verdict.PENDING, "in progress"),
        (
            [report("paris", outcome(Result.BLOCKED, blocked=BlockReason.MAX_DELETES), outcome(Result.SKIPPED, "sub"))],
            Verdict.PENDING,
            "1 blocked: create network edge/lan: why",
        ),
        (
            [report("paris", outcome(Result.FAILED), outcome(Result.BLOCKED, blocked=BlockReason.MAX_DELETES))],
            Verdict.FAILURE,
            "create network edge/lan: why",
        ),
        (
            [Report("paris", NEW, 0.0, 1.0, (), error=TargetUnknown("VIM paris does not answer"))],
            Verdict.ERROR,
            "VIM paris does not answer",
        ),
        ([report("paris", outcome(Result.DONE))], Verdict.SUCCESS, "synced: 0 network services on 1 VIM"),
    ],
)
def test_the_status_of_the_commit_in_force_follows_from_its_passes(
    reports: list[Report], verdict: Verdict, description: str
) -> None:
    found = last_report(*reports)
    assert (found.commit, found.verdict, found.description) == (NEW, verdict, description)


def test_a_commit_is_in_progress_until_every_vim_has_been_observed_for_it() -> None:
    assert last_report(report("paris"), targets=("lyon", "paris")).verdict is Verdict.PENDING
    assert last_report(report("paris"), report("lyon"), targets=("lyon", "paris")).verdict is Verdict.SUCCESS


def test_a_refused_commit_has_a_status_of_its_own() -> None:
    problem = Problem("a.yaml", 3, 1, "unknown field")
    source = RepositoryStatus("u", OLD, refused=NEW, problems=(problem,))
    refused, in_force = list_commit_reports(State(source, [], []))
    assert (refused.commit, refused.verdict) == (NEW, Verdict.FAILURE)
    assert refused.description == "refused: 1 problem in the documents: a.yaml:3:1: unknown field"
    assert in_force.commit == OLD


class Scene:
    """A Teller whose thread is not started, and what it knows."""

    def __init__(self, config: ForgeConfig = ForgeConfig()) -> None:  # noqa: B008  frozen
        self.forge = Board()
        self.reports: list[Report] = []
        self.source = RepositoryStatus("u", NEW)
        metrics = Metrics("1", lambda: [self.source], lambda: self.reports)
        self.registry = CollectorRegistry()
        self.registry.register(metrics)
        self.now = 1000.0
        self.reporter = ForgeReporter(lambda: self.forge, config, self.state, metrics, lambda: self.now)

    def state(self) -> State:
        return State(self.source, ["paris"], self.reports)

    def passes(self, *outcomes: Outcome, **more: Any) -> bool:
        self.reports = [report("paris", *outcomes, **more)]
        self.reporter.passed(self.reports[0])
        return self.reporter.report()

    def messages(self, result: str) -> float | None:
        labels = {"repository": "default", "what": "status", "result": result}
        return self.registry.get_sample_value("magi_forge_messages_total", labels)

    @property
    def reported(self) -> list[Verdict]:
        return [status.verdict for _, status in self.forge.statuses]


def test_what_has_not_changed_is_not_reported_again() -> None:
    scene = Scene(ForgeConfig(context="magi/prod", link="https://grafana.example"))
    scene.passes(outcome(Result.PENDING))
    scene.passes(outcome(Result.PENDING, "other"))
    scene.passes()
    scene.passes()
    assert scene.reported == [Verdict.PENDING, Verdict.SUCCESS]
    assert {(status.context, status.url) for _, status in scene.forge.statuses} == {
        ("magi/prod", "https://grafana.example")
    }


def test_what_drifts_after_a_commit_was_synced_is_not_laid_at_its_door() -> None:
    scene = Scene()
    scene.passes()
    scene.passes(outcome(Result.FAILED))
    assert scene.reported == [Verdict.SUCCESS]


def test_a_restart_takes_nothing_back_of_a_commit_that_was_synced() -> None:
    """What the process before reported is not known: nothing is in progress until every VIM has been observed."""
    scene = Scene()
    scene.reporter.report()
    assert scene.reported == []
    scene.passes()
    assert scene.reported == [Verdict.SUCCESS]
    scene.source, scene.reports = RepositoryStatus("u", OLD), []
    scene.reporter.report()
    assert scene.reported == [Verdict.SUCCESS, Verdict.PENDING]


def test_a_failure_that_is_fixed_becomes_a_success() -> None:
    scene = Scene()
    scene.passes(outcome(Result.FAILED))
    scene.passes(outcome(Result.DONE))
    assert scene.reported == [Verdict.FAILURE, Verdict.SUCCESS]


def test_a_forge_that_refuses_is_counted_and_asked_again() -> None:
    scene = Scene()
    scene.forge.refuses = True
    assert scene.passes() is False
    assert scene.messages("failure") == 1
    scene.forge.refuses = False
    assert scene.reporter.report() is True
    assert scene.reported == [Verdict.SUCCESS]
    assert scene.messages("success") == 1


def test_a_forge_that_fails_is_asked_ever_less_often_and_complained_of_once(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    scene.forge.refuses = True
    pauses = []
    for _ in range(8):
        assert scene.passes(outcome(Result.FAILED, reason=f"at {scene.now}")) is False
        pauses.append(scene.reporter.next_try)
        scene.now += pauses[-1]
    assert pauses == [60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == ["report to the forge failed"]
    scene.forge.refuses = False
    assert scene.reporter.report() is True
    assert scene.reporter.next_try == 0


def test_a_forge_is_left_alone_for_as_long_as_it_asks_for() -> None:
    """GitHub's secondary limit: 403 with Retry-After."""
    scene = Scene()
    scene.forge.busy = 300.0
    assert scene.passes() is False
    assert scene.reporter.next_try == 300


def test_a_comment_that_can_t_be_delivered_does_not_repeat_the_status() -> None:
    scene = Scene(ForgeConfig(report="comment"))
    scene.forge.brought[NEW] = [7]
    scene.forge.mute = True
    assert scene.passes(outcome(Result.DONE)) is False
    assert scene.passes() is False
    assert scene.reported == [Verdict.SUCCESS]
    scene.forge.mute = False
    assert scene.reporter.report() is True
    assert NEW in scene.forge.bodies[7]
    assert scene.reported == [Verdict.SUCCESS]


def test_a_comment_says_what_all_passes_for_the_commit_did() -> None:
    scene = Scene(ForgeConfig(report="comment"))
    scene.forge.brought[NEW] = [7]
    scene.passes(outcome(Result.DONE), outcome(Result.PENDING, "sub"))
    assert scene.forge.bodies == {}
    scene.passes(outcome(Result.DONE, "sub"))
    body = scene.forge.bodies[7]
    assert "| <code>edge</code> | <code>paris</code> | 2 created |" in body
    assert NEW in body


def test_a_comment_says_what_failed_and_is_rewritten_when_it_is_fixed() -> None:
    scene = Scene(ForgeConfig(report="comment"))
    scene.forge.brought[NEW] = [7]
    scene.passes(outcome(Result.FAILED, reason="no valid host"))
    assert "create network edge/lan: no valid host" in scene.forge.bodies[7]
    scene.passes(outcome(Result.DONE))
    assert "no valid host" not in scene.forge.bodies[7]


def test_a_commit_that_does_nothing_gets_no_comment() -> None:
    scene = Scene(ForgeConfig(report="comment"))
    scene.forge.brought[NEW] = [7]
    scene.passes()
    assert scene.reported == [Verdict.SUCCESS]
    assert scene.forge.bodies == {}


def test_no_comment_is_written_where_only_statuses_are_asked_for() -> None:
    scene = Scene()
    scene.forge.brought[NEW] = [7]
    scene.passes(outcome(Result.DONE))
    assert scene.forge.bodies == {}


def test_what_an_old_commit_did_is_not_in_the_comment_on_the_new_one() -> None:
    scene = Scene(ForgeConfig(report="comment"))
    scene.forge.brought[NEW] = [7]
    scene.source = RepositoryStatus("u", OLD)
    scene.passes(outcome(Result.DONE, "a"), outcome(Result.DONE, "b"), commit=OLD)
    scene.source = RepositoryStatus("u", NEW)
    scene.passes(outcome(Result.DONE, "c"))
    assert "| 1 created |" in scene.forge.bodies[7]


def test_the_daemon_reports_a_good_commit_and_a_wrong_one(follower: Follower) -> None:
    forge = Board()
    source = open_source(f"file://{follower.work.bare}", "main", cache_dir=follower.folder / "other")
    daemon = Daemon("1")
    daemon.take([Followed(follower.config, source, follower.connect, forge=lambda: forge)])
    follower.daemon = daemon
    follower.ending.callback(daemon.stop)
    good = follower.work.commit(PARIS)
    daemon.start()
    eventually(lambda: forge.statuses and forge.statuses[-1][1].verdict is Verdict.SUCCESS)
    assert forge.statuses[-1][0] == good
    assert forge.statuses[-1][1].description == "synced: 1 network service on 1 VIM"
    wrong = follower.work.commit({"services/other.yaml": SERVICE.format("pariss", 1400)})
    eventually(lambda: forge.statuses[-1][0] == wrong)
    assert forge.statuses[-1][1].verdict is Verdict.FAILURE
    assert "did you mean 'paris'?" in forge.statuses[-1][1].description
