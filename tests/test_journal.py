"""The newest passes: which are kept, how they are counted, and that a cloud can't make them many."""

from __future__ import annotations

import threading
from dataclasses import replace

from reconciler.model import BlockReason, Report, Result, TargetUnknown
from reconciler.reporting.journal import MOST_SERVICES, Journal, pass_entry
from tests.metrics.reports import outcome, report, unknown

QUIET = report(["vcpe"])
CHANGED = report(["vcpe"], outcome("vcpe/a"))
FAILED = report(["vcpe"], outcome("vcpe/a", result=Result.FAILED))
BLOCKED = report(["vcpe"], outcome("vcpe/a", result=Result.BLOCKED, blocked=BlockReason.CONSENT))


def kept(*reports: Report, journal: Journal | None = None) -> list[tuple[str, int]]:
    """What a journal has after these passes over one VIM: results and how often, the newest first."""
    journal = journal or Journal()
    for before, one in zip([None, *reports], reports, strict=False):
        journal.passed(before, one)
    return [(one.result, one.times) for one in journal.newest()]


def test_quiet_passes_are_left_out_but_for_the_first_of_a_commit_and_the_one_after_a_failure() -> None:
    assert kept(QUIET, QUIET, QUIET) == [("nothing", 1)]
    assert kept(QUIET, replace(QUIET, commit="c3d4"), replace(QUIET, commit="c3d4")) == [("nothing", 1)] * 2
    assert kept(unknown(), QUIET, QUIET) == [("nothing", 1), ("unknown", 1)]
    assert kept(BLOCKED, QUIET, QUIET) == [("nothing", 1), ("incomplete", 1)]
    assert kept(CHANGED, QUIET) == [("changed", 1)]


def test_what_fails_or_is_blocked_alike_again_and_again_is_counted() -> None:
    assert kept(*[FAILED] * 30) == [("incomplete", 30)]
    assert kept(*[BLOCKED] * 3, FAILED, BLOCKED) == [("incomplete", 1), ("incomplete", 1), ("incomplete", 3)]
    assert kept(*(replace(unknown(), error=TargetUnknown(f"no answer in {n}.0 s")) for n in range(9))) == [
        ("unknown", 9)
    ]
    other = replace(unknown(), error=TargetUnknown("refused"))
    assert kept(unknown(), other) == [("unknown", 1), ("unknown", 1)]


def test_a_pass_that_did_something_is_never_counted_on_another_one() -> None:
    assert kept(CHANGED, CHANGED) == [("changed", 1), ("changed", 1)]


def test_a_counted_pass_has_when_it_began_when_it_was_last_and_the_newest_reason() -> None:
    journal = Journal()
    for number in range(3):
        error = TargetUnknown(f"no answer, request {number}")
        journal.passed(None, replace(unknown(), started=1000.0 + 60 * number, error=error))
    (entry,) = journal.newest()
    assert (entry.started, entry.last, entry.times, entry.reasons) == (1000.0, 1120.0, 3, ("no answer, request 2",))


def test_what_is_counted_again_is_the_newest_over_all_vims() -> None:
    journal = Journal()
    lyon = replace(unknown("lyon"), started=5.0)
    for one in (unknown(), lyon, unknown()):
        journal.passed(None, one)
    assert [(one.vim, one.times) for one in journal.newest()] == [("paris", 2), ("lyon", 1)]


def test_an_entry_has_its_steps_by_action_and_its_services_with_what_failed_first() -> None:
    entry = pass_entry(
        report(
            ["vcpe", "edge"],
            outcome("vcpe/a"),
            outcome("vcpe/b", result=Result.PENDING),
            outcome("edge/a", result=Result.FAILED),
            outcome("dns/a", result=Result.BLOCKED, blocked=BlockReason.CONSENT),
        )
    )
    assert (entry.done, entry.failed, entry.blocked) == ({"create": 2}, {"create": 1}, {"create": 1})
    assert entry.services == ("edge", "vcpe", "dns")
    assert [reason.rpartition(": ")[2] for reason in entry.reasons[:1]] == ["because"]


def test_it_is_bounded_in_entries_services_reasons_and_their_lengths() -> None:
    journal = Journal(kept=3)
    for number in range(10):
        journal.passed(None, unknown(f"vim-{number}"))
    assert [one.vim for one in journal.newest()] == ["vim-9", "vim-8", "vim-7"]
    journal.passed(None, unknown("vim-0"))  # forgotten, so that it begins again
    assert (journal.newest()[0].vim, journal.newest()[0].times) == ("vim-0", 1)

    entry = pass_entry(report([], *(outcome(f"s{n}/a", result=Result.FAILED) for n in range(1000))))
    assert (len(entry.services), entry.more_services, len(entry.reasons)) == (MOST_SERVICES, 1000 - MOST_SERVICES, 3)
    long = pass_entry(replace(unknown(), error=TargetUnknown("x" * 100_000)))
    assert [len(reason) for reason in long.reasons] == [500]


def test_of_a_service_are_the_passes_with_steps_of_it_and_those_that_could_not_observe_where_it_is() -> None:
    journal = Journal()
    for one in (CHANGED, unknown("paris"), unknown("lyon"), report(["edge"], outcome("edge/a"))):
        journal.passed(None, one)
    assert [(one.vim, one.result) for one in journal.newest(service="vcpe")] == [
        ("paris", "unknown"),
        ("paris", "changed"),
    ]
    assert [one.vim for one in journal.newest(vim="lyon")] == ["lyon"]
    assert journal.newest(repository="other") == []


def test_threads_lose_nothing() -> None:
    journal = Journal()

    def add(vim: str) -> None:
        for _ in range(200):
            journal.passed(None, unknown(vim))

    threads = [threading.Thread(target=add, args=(f"vim-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((one.vim, one.times) for one in journal.newest()) == [(f"vim-{number}", 200) for number in range(4)]
