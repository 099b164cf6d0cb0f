"""The file of the journal: lines of JSON, rotated and full, and never in the way."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model import RepositoryStatus
from reconciler.reporting.events import EventLog
from reconciler.reporting.journal import Journal
from reconciler.reporting.journal_file import JournalFile
from reconciler.reporting.repository_events import repository_events
from tests.metrics.reports import unknown
from tests.waiting import eventually


class Bench:
    def __init__(self, path: Path, most_waiting: int = 10_000) -> None:
        self.lost: Counter[str] = Counter()
        self.file = JournalFile(self._lose, most_waiting)
        self.events = EventLog(heard=self.file.events)
        self.journal = Journal(heard=self.file.passed)
        self.path = path

    def _lose(self, why: str, lines: int) -> None:
        self.lost[why] += lines

    def lines(self, path: Path | None = None) -> list[dict[str, object]]:
        path = path or self.path
        return [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "journal.jsonl")
    made.file.take(made.path)
    yield made
    made.file.close(30)


def test_each_pass_and_event_is_a_line_with_what_the_api_has_of_it(bench: Bench) -> None:
    before = RepositoryStatus("u", name="default")
    for _ in range(2):
        bench.journal.passed(None, unknown())
    bench.events.note(repository_events(before, RepositoryStatus("u", name="default", commit="a1b2", subject="§"), 5.0))
    eventually(lambda: len(bench.lines()) == 3)
    first, second, event = bench.lines()
    assert (first["type"], first["result"], first["times"], second["times"]) == ("pass", "unknown", 1, 2)
    assert (event["type"], event["reason"], event["message"]) == ("event", "CommitInForce", "commit a1b2 “§”")
    assert bench.path.stat().st_mode & 0o777 & ~0o640 == 0


def test_after_a_rotation_the_file_is_created_again(bench: Bench) -> None:
    bench.journal.passed(None, unknown())
    eventually(lambda: len(bench.lines()) == 1)
    old = bench.path.rename(bench.path.with_suffix(".1"))
    bench.journal.passed(None, unknown())
    eventually(lambda: len(bench.lines()) == 1)
    assert len(bench.lines(old)) == 1


def test_a_file_that_can_t_be_written_is_logged_once_and_goes_on_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "gone" / "journal.jsonl")
    bench.file.take(bench.path)
    for number in range(1, 4):
        bench.journal.passed(None, unknown())
        eventually(lambda number=number: bench.lost["write"] == number)  # type: ignore[misc]
    bench.path.parent.mkdir()
    bench.journal.passed(None, unknown())
    eventually(lambda: len(bench.lines()) == 1)
    bench.file.close(30)
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == ["the journal can't be written"]


@pytest.mark.parametrize("what", ["pipe", "/dev/full"])
def test_what_is_no_file_holds_nothing_up(tmp_path: Path, what: str) -> None:
    path = tmp_path / "pipe" if what == "pipe" else Path(what)
    if what == "pipe":
        os.mkfifo(path)
    bench = Bench(path)
    bench.file.take(path)
    bench.journal.passed(None, unknown())
    eventually(lambda: bench.lost["write"] == 1)
    bench.file.close(30)


def test_what_does_not_fit_is_lost_and_counted_and_no_one_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    small = Bench(bench.path, most_waiting=5)
    going, begun = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        begun.set()
        going.wait(60)

    monkeypatch.setattr(small.file, "_write", slow)
    small.file.take(small.path)
    small.journal.passed(None, unknown())
    assert begun.wait(60)
    for _ in range(20):
        small.journal.passed(None, unknown())
    assert small.lost == {"queue": 15}
    going.set()
    small.file.close(30)


def test_what_waits_is_written_before_the_end_and_nothing_after_it(bench: Bench) -> None:
    for number in range(2000):
        bench.journal.passed(None, unknown(f"vim-{number}"))
    bench.file.close(60)
    assert [one["vim"] for one in bench.lines()] == [f"vim-{number}" for number in range(2000)]
    bench.journal.passed(None, unknown())
    assert bench.lost == {"queue": 1}


def test_without_a_file_nothing_is_kept_for_it_and_no_thread_runs() -> None:
    before = threading.active_count()
    bench = Bench(Path("/nowhere"))
    bench.journal.passed(None, unknown())
    bench.file.close(1)
    assert threading.active_count() == before
    assert bench.lost == {}
