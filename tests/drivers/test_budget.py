"""The limit on requests a second, on a clock that only the test moves."""

from __future__ import annotations

import threading

import pytest

from reconciler.targets.openstack.session.budget import RateLimit
from tests.simulator.callers import Clock


def limit(clock: Clock, rate: float) -> RateLimit:
    return RateLimit(rate, clock, clock.forward)


def test_a_second_s_worth_goes_at_once_and_the_rest_at_the_rate() -> None:
    clock = Clock()
    budget = limit(clock, 10)
    waits = [budget.wait() for _ in range(31)]
    assert waits == pytest.approx([*[0.0] * 11, *[0.1] * 20], abs=1e-6)
    assert clock.now == pytest.approx(1002.0)


def test_what_was_not_used_is_saved_for_one_second_and_no_longer() -> None:
    clock = Clock()
    budget = limit(clock, 10)
    for _ in range(11):
        budget.wait()
    clock.forward(3600)
    waits = [budget.wait() for _ in range(12)]
    assert waits == pytest.approx([*[0.0] * 11, 0.1], abs=1e-6)


def test_a_rate_below_one_a_second_waits_for_seconds() -> None:
    clock = Clock()
    budget = limit(clock, 0.5)
    assert [budget.wait() for _ in range(3)] == [0.0, pytest.approx(1.0), pytest.approx(2.0)]


def test_many_threads_share_one_budget() -> None:
    clock, waits = Clock(), []
    # Time stands still: each wait is then the place in the queue.
    budget = RateLimit(10, clock, lambda _: None)
    threads = [threading.Thread(target=lambda: waits.append(budget.wait())) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [pytest.approx(max(0.0, (number - 10) / 10), abs=1e-6) for number in range(40)]
