"""The work queue: keys once, in order, never two at once that need the same, and no thread that no one needs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import ExitStack

import pytest

from reconciler.loop import work_queue
from reconciler.loop.work_queue import WorkQueue
from tests.waiting import PATIENCE, eventually

Make = Callable[..., WorkQueue[str]]


@pytest.fixture
def make() -> Iterator[Make]:
    """Queues that are stopped with the test, and leave no thread behind."""
    with ExitStack() as ending:

        def queue(
            work: Callable[[str], None],
            needs: Callable[[str], Collection[Hashable]] = lambda _: (),
            limit: int | None = None,
            is_slow: Callable[[str], bool] = lambda _: False,
        ) -> WorkQueue[str]:
            made = WorkQueue(work, needs, limit, is_slow)
            ending.callback(lambda: made.join(PATIENCE))
            ending.callback(made.stop)
            return made

        yield queue
    eventually(lambda: workers() == 0)


def workers() -> int:
    return sum(thread.name.startswith("worker") for thread in threading.enumerate())


class Gate:
    """Work that goes on when it is let; knows what is worked on, and the most that was at once."""

    def __init__(self) -> None:
        self.now: Counter[str] = Counter()
        self.done: list[str] = []
        self.most = 0
        self.lock = threading.Lock()
        self.passes = threading.Semaphore(0)

    def __call__(self, key: str) -> None:
        with self.lock:
            self.now[key] += 1
            self.most = max(self.most, self.now.total())
        assert self.passes.acquire(timeout=PATIENCE)
        with self.lock:
            self.now[key] -= 1
            self.done.append(key)

    def let(self, number: int = 1) -> None:
        self.passes.release(number)


def test_every_key_is_worked_on(make: Make) -> None:
    done: list[str] = []
    queue = make(done.append)
    for number in range(200):
        queue.add(str(number))
    eventually(lambda: len(done) == 200)
    assert len(set(done)) == 200


def test_a_key_that_hangs_delays_no_other(make: Make) -> None:
    gate, done = Gate(), []

    def work(key: str) -> None:
        if key == "sick":
            gate(key)
        done.append(key)

    queue = make(work)
    for key in ("sick", "a", "b", "c"):
        queue.add(key)
    eventually(lambda: sorted(done) == ["a", "b", "c"])
    gate.let()
    eventually(lambda: "sick" in done)


@pytest.mark.parametrize(("limit", "share"), [(8, 2), (3, 1), (1, 1)])
def test_many_slow_keys_get_their_share_of_the_threads_and_leave_the_others_the_rest(
    make: Make, limit: int, share: int
) -> None:
    gate, done = Gate(), []

    def work(key: str) -> None:
        if key.startswith("slow"):
            gate(key)
        done.append(key)

    queue = make(work, limit=limit, is_slow=lambda key: key.startswith("slow"))
    for number in range(20):
        queue.add(f"slow {number}")
    eventually(lambda: gate.now.total() == share)
    if limit > share:
        for number in range(50):
            queue.add(str(number))
        eventually(lambda: len(done) == 50)
        assert not any(key.startswith("slow") for key in done)
    gate.let(20)
    eventually(lambda: len(gate.done) == 20)
    assert gate.most == share


def test_without_a_limit_slow_keys_wait_for_no_one(make: Make) -> None:
    gate = Gate()
    queue = make(gate, is_slow=lambda _: True)
    for number in range(20):
        queue.add(str(number))
    eventually(lambda: gate.now.total() == 20)
    gate.let(20)


def test_a_key_that_is_added_while_it_waits_counts_once(make: Make) -> None:
    gate = Gate()
    queue = make(gate, lambda _: ["same"])
    queue.add("first")
    eventually(lambda: gate.now["first"])
    for _ in range(10):
        queue.add("a")
    gate.let(20)
    eventually(lambda: len(gate.done) == 2)
    queue.add("last")
    eventually(lambda: gate.done == ["first", "a", "last"])


def test_a_key_that_is_added_while_it_is_worked_on_comes_again_and_never_twice_at_once(make: Make) -> None:
    gate = Gate()
    queue = make(gate)
    queue.add("a")
    eventually(lambda: gate.now["a"])
    for _ in range(10):
        queue.add("a")
    gate.let(20)
    eventually(lambda: gate.done == ["a", "a"])
    assert gate.most == 1


def test_keys_that_need_the_same_thing_go_one_after_the_other_and_others_pass_them(make: Make) -> None:
    gate = Gate()
    queue = make(gate, lambda key: [key[0]])
    for key in ("p1", "p2", "l1"):
        queue.add(key)
    eventually(lambda: gate.now["p1"] and gate.now["l1"])
    assert gate.now["p2"] == 0
    gate.let(3)
    eventually(lambda: sorted(gate.done) == ["l1", "p1", "p2"])
    assert gate.most == 2


def test_what_waits_when_it_is_stopped_is_dropped_and_what_runs_goes_on(make: Make) -> None:
    gate = Gate()
    queue = make(gate, lambda _: ["same"])
    for key in ("a", "b"):
        queue.add(key)
    eventually(lambda: gate.now["a"])
    queue.stop()
    assert not queue.join(0.05)
    gate.let(5)
    assert queue.join(PATIENCE)
    queue.add("c")
    assert gate.done == ["a"]


def test_threads_are_used_again_and_end_when_there_is_nothing_to_do(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_queue, "IDLE", 0.2)
    names: set[int] = set()
    done = threading.Semaphore(0)

    def work(_key: str) -> None:
        names.add(threading.get_ident())
        done.release()

    queue = make(work)
    for number in range(5):
        queue.add(str(number))
        assert done.acquire(timeout=PATIENCE)
        eventually(lambda: queue._idle == 1)
    assert len(names) == 1
    eventually(lambda: workers() == 0)
    queue.add("again")
    assert done.acquire(timeout=PATIENCE)


def test_a_queue_settles_once_nothing_waits_and_nothing_is_worked_on(make: Make) -> None:
    gate = Gate()
    queue = make(gate)
    assert queue.settle(0)
    queue.add("a")
    assert not queue.settle(0)
    eventually(lambda: gate.now["a"])
    queue.add("a")
    gate.let()
    eventually(lambda: gate.done == ["a"])
    assert not queue.settle(0)
    gate.let()
    assert queue.settle(PATIENCE)
    assert gate.done == ["a", "a"]


def test_who_waits_until_it_settles_is_woken_by_the_end_of_the_work(make: Make) -> None:
    gate = Gate()
    queue = make(gate)
    queue.add("a")
    eventually(lambda: gate.now["a"])
    waiting = threading.Thread(target=queue.settle, args=(10 * PATIENCE,))
    waiting.start()
    gate.let()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()


def test_no_more_threads_than_the_limit_work_at_once_and_all_keys_have_their_turn(make: Make) -> None:
    gate = Gate()
    queue = make(gate, limit=3)
    for number in range(20):
        queue.add(str(number))
    eventually(lambda: gate.now.total() == 3)
    assert workers() == 3
    gate.let(20)
    eventually(lambda: len(gate.done) == 20)
    assert gate.most == 3


def test_a_key_that_waits_for_what_it_needs_takes_no_place_of_another(make: Make) -> None:
    gate = Gate()
    queue = make(gate, lambda key: [key[0]], limit=2)
    for key in ("p1", "p2", "p3", "l1"):
        queue.add(key)
    eventually(lambda: gate.now["p1"] and gate.now["l1"])
    gate.let(4)
    eventually(lambda: sorted(gate.done) == ["l1", "p1", "p2", "p3"])


def test_a_limit_that_is_raised_counts_for_what_waits_and_one_that_is_lowered_from_the_next_key_on(make: Make) -> None:
    gate = Gate()
    queue = make(gate, limit=1)
    for number in range(8):
        queue.add(str(number))
    eventually(lambda: gate.now.total() == 1)
    queue.limit(4)
    eventually(lambda: gate.now.total() == 4)
    queue.limit(2)
    gate.let(2)
    eventually(lambda: len(gate.done) == 2 and workers() == 2)
    gate.let(6)
    eventually(lambda: len(gate.done) == 8)
    assert gate.most == 4


def test_idle_threads_end_when_there_may_be_fewer(make: Make) -> None:
    gate = Gate()
    queue = make(gate)
    for number in range(5):
        queue.add(str(number))
    gate.let(5)
    eventually(lambda: len(gate.done) == 5)
    queue.limit(1)
    eventually(lambda: workers() == 1)
