"""What counts as growing: more in the last third than in the second, beyond what is bounded."""

from __future__ import annotations

import pytest

from reconciler.reporting import events
from soak.holdings import DESCRIPTORS, RECORD, RSS, SERIES, naming, records
from soak.judging import BOUNDS, FULL, judge

RETRIES = f"{RECORD}loop.retries.Retries._failures"
EVENTS = f"{RECORD}reporting.events.EventLog._events"


def missed(measure: str, *values: float) -> list[str]:
    return [one.what for one in judge([{measure: value} for value in values]) if not one.reached]


@pytest.mark.parametrize("measure", [*BOUNDS, RETRIES])
def test_what_stays_as_it_is_passes(measure: str) -> None:
    assert missed(measure, *[8000.0] * 9) == []


@pytest.mark.parametrize("measure", [*BOUNDS, RETRIES])
def test_what_grows_with_passes_fails(measure: str) -> None:
    steps = [8000.0 + 1000.0 * number for number in range(9)]
    assert any(measure in line for line in missed(measure, *steps))


def test_what_has_grown_in_the_first_third_alone_passes() -> None:
    assert missed(SERIES, 100, 500, 900, 900, 900, 900, 900, 900, 900) == []


def test_a_single_high_value_before_the_last_third_does_not_hide_growth_of_records() -> None:
    assert missed(RETRIES, 0, 0, 0, 10, 20, 30, 40, 50, 60)


def test_a_record_with_a_bound_of_its_own_may_fill_late_and_not_go_beyond() -> None:
    kept = float(events.KEPT)
    assert missed(EVENTS, 100, 200, 300, 800, 900, 1000, 1500, 1800, kept) == []
    assert missed(EVENTS, 100, 200, 300, 800, 900, 1000, 1500, 1800, kept + 1)


def test_what_shrinks_passes() -> None:
    assert missed(DESCRIPTORS, 90, 90, 90, 60, 60, 60, 30, 30, 30) == []


def test_too_few_measurements_are_refused() -> None:
    with pytest.raises(ValueError, match="2 measurements can't be judged"):
        judge([{RSS: 1.0}, {RSS: 1.0}])


def test_each_bound_says_why() -> None:
    assert all(bound.why for bound in BOUNDS.values())


def test_the_records_with_bounds_of_their_own_are_there() -> None:
    log = events.EventLog()
    log.note([events.Event("r", "v", "s", events.Severity.NORMAL, "Synced", "", 1.0, 1.0)])
    found = records([log, *log._events.values()])
    assert found[EVENTS] == 1
    assert found["instances of reporting.events.Event"] == 1
    assert {EVENTS, "instances of reporting.events.Event"} <= FULL.keys()


class Keeps:
    """Represents a class of Magi."""

    def __init__(self) -> None:
        self.seen = {"a": 1, "b": 2}
        self.name = "not a record"


def test_whatever_an_object_of_magi_keeps_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keeps, "__module__", "reconciler.keeping")
    found = records([Keeps(), Keeps()])
    assert found[f"{RECORD}keeping.Keeps.seen"] == 4
    assert found["instances of keeping.Keeps"] == 2
    assert f"{RECORD}keeping.Keeps.name" not in found


def test_a_record_that_several_objects_share_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection of a session has the session's own list of options: more connections are no more options."""
    monkeypatch.setattr(Keeps, "__module__", "reconciler.keeping")
    one, other = Keeps(), Keeps()
    other.seen = one.seen
    assert records([one, other, Keeps()])[f"{RECORD}keeping.Keeps.seen"] == 4


def test_a_record_that_names_what_is_gone_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Keeps, "__module__", "reconciler.keeping")
    keeps = Keeps()
    keeps.seen["site-1/edge-0"] = 3
    assert naming([keeps], "edge-0") == {f"{RECORD}keeping.Keeps.seen"}
    assert naming([keeps], "edge-1") == set()
