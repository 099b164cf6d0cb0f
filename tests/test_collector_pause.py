"""The garbage collector while a catalog is made."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from reconciler.outside.collector_pause import collector_paused


def test_it_rests_until_the_last_has_left_also_when_that_fails() -> None:
    inside, leave = threading.Event(), threading.Event()

    def another() -> None:
        with collector_paused():
            inside.set()
            assert leave.wait(30)

    def fail_beside_it(thread: threading.Thread) -> None:
        with collector_paused():
            thread.start()
            assert inside.wait(30)
            assert not gc.isenabled()
            raise ValueError("broken")

    thread = threading.Thread(target=another)
    with pytest.raises(ValueError, match="broken"):
        fail_beside_it(thread)
    assert not gc.isenabled()
    leave.set()
    thread.join(30)
    assert gc.isenabled()


def test_it_stays_off_where_it_was_off_before() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_very_many_new_objects_are_not_looked_through_at_once_but_stay_collectable() -> None:
    class Circular:
        def __init__(self) -> None:
            self.itself = self

    collections: list[int] = []

    def note(phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            collections.append(about["generation"])

    garbage = Circular()
    trace = weakref.ref(garbage)
    gc.callbacks.append(note)
    try:
        with collector_paused():
            kept: list[list[int]] = [[] for _ in range(200_000)]
            del garbage
    finally:
        gc.callbacks.remove(note)
    assert collections == []
    assert len(kept) == 200_000
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert trace() is None
