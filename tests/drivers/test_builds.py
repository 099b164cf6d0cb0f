"""How long a cloud takes to build servers, by those that stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from reconciler.targets.openstack.preflight.builds import (
    UNKNOWN_SPREAD,
    Batch,
    Builds,
    batches_of,
    builds_of,
    spacing_of,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def server(asked: float, ran: float | None) -> Any:
    """Seconds after noon, as Nova tells them: one with a zone, one without."""
    launched = None if ran is None else (NOON + timedelta(seconds=ran)).replace(tzinfo=None).isoformat()
    created = (NOON + timedelta(seconds=asked)).replace(tzinfo=None).isoformat() + "Z"
    return {"created": created, "OS-SRV-USG:launched_at": launched}


def test_servers_that_were_built_at_overlapping_times_are_one_batch() -> None:
    servers = [server(0, 20), server(1, 25), server(2, 35), server(100, 118), server(200, None)]
    assert batches_of(reversed(servers)) == [Batch(1, 18, 18), Batch(3, 20, 35)]


def test_a_server_that_was_launched_again_tells_nothing_of_builds() -> None:
    assert batches_of([server(0, 90_000), server(10, 5), {"created": "x"}, {}]) == []


def test_the_first_takes_as_long_as_one_and_each_further_one_a_little_more() -> None:
    found = builds_of([Batch(1, 18, 18), Batch(3, 20, 30), Batch(11, 20, 70)])
    assert found is not None
    assert found[:2] == (20, 5)
    assert [found.last(count) for count in (1, 3, 10)] == [20, 30, 65]


def test_what_was_never_seen_is_not_known_and_of_one_the_rest_is_guessed() -> None:
    assert builds_of([]) is None
    assert builds_of([Batch(1, 20, 20)]) == Builds(20, 2, UNKNOWN_SPREAD)


@pytest.mark.parametrize(
    ("batches", "spread"),
    [
        ([Batch(1, 20, 20)] * 5, 1.2),
        ([Batch(1, 20, 20)] * 4 + [Batch(1, 40, 40)], 2.0),
        ([Batch(1, 20, 20), Batch(1, 20, 20), Batch(1, 900, 900)], 3.0),
    ],
)
def test_the_spread_is_that_of_the_batches_within_bounds(batches: list[Batch], spread: float) -> None:
    found = builds_of(batches)
    assert found is not None
    assert found.spread == spread


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 4000)), max_size=60))
def test_every_server_is_in_one_batch_whose_last_is_not_before_its_first(times: list[tuple[float, float]]) -> None:
    servers = [server(asked, asked + taken) for asked, taken in times]
    for one in batches_of(servers):
        assert one.size >= 1
        assert 0 <= one.first <= one.last


def made(*seconds: int) -> list[str]:
    return [f"2026-11-30T12:{second // 60:02}:{second % 60:02}Z" for second in seconds]


def test_what_is_made_at_once_tells_how_far_one_is_behind_the_other() -> None:
    assert spacing_of(made(0, 0, 1, 1, 2, 2, 3)) == 0.5
    assert spacing_of(made(3, 0, 2, 1, 60, 62, 64, 66)) == 1.5  # the median of two batches


@pytest.mark.parametrize("moments", [[], made(0, 30, 60, 90), made(0, 1), ["", "yesterday", "2026-11-30"]])
def test_single_ones_and_no_times_tell_nothing(moments: list[str]) -> None:
    assert spacing_of(moments) is None
