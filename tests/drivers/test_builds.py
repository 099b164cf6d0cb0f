"""How long a cloud takes to build servers, by those that exist."""

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
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def server(asked: float, ran: float | None) -> Any:
    """Seconds after noon, as Nova reports them: one with a zone, one without."""
    launched = None if ran is None else (NOON + timedelta(seconds=ran)).replace(tzinfo=None).isoformat()
    created = (NOON + timedelta(seconds=asked)).replace(tzinfo=None).isoformat() + "Z"
    return {"created": created, "OS-SRV-USG:launched_at": launched}


def test_servers_that_were_built_at_overlapping_times_are_one_batch() -> None:
    servers = [server(0, 20), server(1, 25), server(2, 35), server(100, 118), server(200, None)]
    assert batches_of(reversed(servers)) == [Batch(1, 18), Batch(3, 35)]


def test_a_server_that_was_launched_again_shows_nothing_of_builds() -> None:
    assert batches_of([server(0, 90_000), server(10, 5), {"created": "x"}, {}]) == []


def test_one_takes_as_long_as_one_and_many_what_each_of_a_batch_took() -> None:
    found = builds_of([Batch(1, 20), Batch(10, 50)])
    assert found is not None
    assert found[:2] == (20, 5)
    assert [found.last(count) for count in (1, 3, 10, 20)] == [20, 20, 50, 100]


def test_a_host_that_builds_one_after_another_is_known_from_its_first_batch() -> None:
    found = builds_of([Batch(1, 4), Batch(3, 12)])
    assert found is not None
    assert found.last(10) == pytest.approx(40)


def test_a_batch_of_which_most_are_gone_and_one_that_took_far_too_long_change_little() -> None:
    usual = [Batch(1, 4), Batch(3, 9), Batch(10, 30), Batch(4, 12)]
    found = builds_of([*usual, Batch(2, 30), Batch(3, 3000)])
    assert found is not None
    assert found.last(5) == pytest.approx(15)


def test_the_fastest_of_many_batches_is_not_the_measure() -> None:
    found = builds_of([Batch(5, 1), *[Batch(5, 20)] * 7])
    assert found is not None
    assert found.last(5) == 20


def test_what_was_never_seen_is_not_known_and_of_one_size_the_rest_is_guessed() -> None:
    assert builds_of([]) is None
    assert builds_of([Batch(1, 20)]) == Builds(20, 10, UNKNOWN_SPREAD)
    assert builds_of([Batch(5, 30)]) == Builds(10, 6, UNKNOWN_SPREAD)


def test_the_first_server_that_waited_for_its_image_says_little_about_the_others() -> None:
    found = builds_of([Batch(1, 7), Batch(1, 4)])
    assert found is not None
    assert found.build == 4


@pytest.mark.parametrize(
    ("batches", "spread"),
    [
        ([Batch(1, 20)] * 5, 1.2),
        ([Batch(1, 20)] * 4 + [Batch(1, 40)], 2.0),
        ([Batch(1, 20), Batch(1, 20), Batch(1, 900)], 3.0),
    ],
)
def test_the_spread_is_that_of_the_batches_within_bounds(batches: list[Batch], spread: float) -> None:
    found = builds_of(batches)
    assert found is not None
    assert found.spread == spread


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 4000)), max_size=60))
def test_every_server_is_in_one_batch_that_takes_some_time(times: list[tuple[float, float]]) -> None:
    servers = [server(asked, asked + taken) for asked, taken in times]
    for one in batches_of(servers):
        assert one.size >= 1
        assert one.seconds >= 0


def port(server_id: str, made: float) -> Any:
    return {"device_id": server_id, "created_at": (NOON + timedelta(seconds=made)).isoformat()}


def test_the_ports_of_a_server_are_a_part_of_its_build() -> None:
    servers = [server(10, 20) | {"id": "a"}, server(12, 26) | {"id": "b"}]
    assert batches_of(servers, [port("a", 4), port("a", 2), port("b", 6)]) == [Batch(2, 24)]


def test_ports_that_were_there_long_before_or_show_no_time_are_none_of_its_build() -> None:
    servers = [server(1000, 1010) | {"id": "a"}]
    odd = [port("a", 100), {"device_id": "a"}, {"device_id": "a", "created_at": "soon"}, port("b", 999)]
    assert batches_of(servers, odd) == [Batch(1, 10)]
