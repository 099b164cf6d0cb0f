"""What a member of a group sends of a report: it comes back as it was, and nothing else gets in."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import BlockReason, Health, Key, Result, ServiceStatus, State, Sync
from reconciler.reporting.chronicle import Seen, follow
from reconciler.reporting.shared_reports import (
    MOST_BYTES,
    SharedReport,
    SharedReportError,
    packed,
    shared_report,
    unpacked,
)
from tests.metrics.reports import outcome, report, unknown

DB = Key("paris", "server", "vcpe/db/db-0")
APP = Key("lyon", "server", "vcpe/app/app-0")
PASS = replace(
    report(["vcpe"], outcome("vcpe/eth2", result=Result.BLOCKED, blocked=BlockReason.CONSENT)),
    states={DB: State.READY},
)


def shared() -> SharedReport:
    return shared_report(PASS, follow(Seen(), PASS), None, {DB: "d0"}, {APP: DB})


def read(payload: bytes) -> SharedReport:
    return unpacked("b-2", "default", "paris", payload)


def coming(**changes: Any) -> bytes:
    """What would come of a report with some fields as they should not be."""
    fields = json.loads(zlib.decompress(packed(shared())))
    return zlib.compress(json.dumps({**fields, **changes}).encode())


def test_what_is_read_is_what_was_sent_and_who_sent_it() -> None:
    assert read(packed(shared())) == replace(shared(), member="b-2")


def test_it_has_the_words_of_the_chronicle_and_what_others_wait_for() -> None:
    found = read(packed(shared()))
    assert found.conditions == follow(Seen(), PASS).conditions
    assert (found.services[0].sync, found.services[0].health) == (Sync.SYNCED, Health.HEALTHY)
    assert (found.resources, found.steps_left, found.observed) == (4, 1, True)
    assert (found.ready, found.holds, found.deployed) == ({DB: "d0"}, {APP: DB}, frozenset({"vcpe"}))


def test_what_can_not_be_observed_has_nothing_ready_and_still_holds_what_it_did() -> None:
    gone = unknown()
    found = read(packed(shared_report(gone, follow(Seen(), gone), PASS, {DB: "d0"}, {APP: DB})))
    assert (found.error, found.observed, found.ready) == ("gone", False, {})
    assert (found.holds, found.deployed) == ({APP: DB}, frozenset({"vcpe"}))
    assert found.services[0].sync is Sync.UNKNOWN


def test_a_later_pass_that_finds_the_same_says_nothing_new() -> None:
    later = replace(PASS, started=PASS.started + 60, seconds=9.0)
    assert shared_report(later, follow(follow(Seen(), PASS), later), None, {DB: "d0"}, {APP: DB}).says_the_same(
        shared()
    )
    assert not replace(shared(), ready={}).says_the_same(shared())


def many(services: int, letters: int) -> SharedReport:
    """A report of so many services with messages that can't be compressed."""
    noise = random.Random(1)  # noqa: S311  no secret
    statuses = tuple(
        ServiceStatus(f"service-{number}", "paris", Sync.SYNCED, Health.HEALTHY, message=noise.randbytes(letters).hex())
        for number in range(services)
    )
    return replace(shared(), services=statuses)


def test_of_one_that_is_too_large_the_words_are_left() -> None:
    large = many(1000, 100)
    payload = packed(large)
    found = read(payload)
    assert len(payload) <= MOST_BYTES
    assert [one.sync for one in found.services] == [Sync.SYNCED] * 1000
    assert {one.message for one in found.services} == {""}
    assert found.conditions.keys() == {""}
    assert (found.ready, found.holds, found.deployed) == (large.ready, large.holds, large.deployed)


def test_one_that_is_too_large_without_them_too_is_not_sent() -> None:
    with pytest.raises(SharedReportError, match="divide the services"):
        packed(many(100_000, 1))


GARBAGE: Mapping[str, bytes] = {
    "nothing": b"",
    "no zlib": b"garbage",
    "cut off": packed(shared())[:-5],
    "more behind it": packed(shared()) + b"x",
    "too many bytes": b"x" * (MOST_BYTES + 1),
    "a bomb": zlib.compress(b" " * (3 * 1024 * 1024)),
    "no JSON": zlib.compress(b"{"),
    "no text": zlib.compress(b'"\xff"'),
    "deep": zlib.compress(b"[" * 100_000),
    "a list": zlib.compress(b"[]"),
    "no fields": zlib.compress(b"{}"),
    "a number for a commit": coming(commit=1),
    "a control character in a name": coming(deployed=["a\u202eb"]),
    "no name": coming(kept=[""]),
    "a time that is none": coming(started=float("nan")),
    "a time that is too late": coming(started=1e300),
    "a negative time": coming(seconds=-1),
    "a flag for a count": coming(resources=True),
    "a negative count": coming(stepsLeft=-1),
    "a huge count": coming(resources=10**30),
    "no word": coming(services=[["vcpe", "fine", "healthy", 1, 1, 0, ""]]),
    "too few parts": coming(services=[["vcpe"]]),
    "no service": coming(services=["vcpe"]),
    "no type of a condition": coming(conditions={"": [["Fine", "True", "Synced", "", 0]]}),
    "no reason": coming(conditions={"": [["Synced", "True", "no reason", "", 0]]}),
    "a list for a type": coming(conditions={"": [[[], "True", "Synced", "", 0]]}),
    "no id": coming(ready=[["server", "vcpe/db/db-0", None]]),
    "no holder": coming(holds=[["lyon", "server", "vcpe/app/app-0"]]),
    "an object for a list": coming(holds={}),
}


@pytest.mark.parametrize("payload", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_report_is_refused(payload: bytes) -> None:
    with pytest.raises(SharedReportError, match="what member b-2 reports of VIM paris is no report"):
        read(payload)


def test_messages_are_text_for_a_terminal_and_not_too_long() -> None:
    found = read(coming(error="red \x1b[31m" + "x" * 10_000))
    assert found.error.isprintable()
    assert len(found.error) < 1100
