"""Histories: repeatable, and of documents that Magi takes."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from reconciler.documents import Library
from reconciler.source import open_source
from reconciler.targets.registry import TARGET_TYPES
from torture.history import history
from torture.wishes import ADDRESSES, ADMIN_SHAPES, LATER_SHAPES, MOVES, SHAPES, allowed_removals

VIMS = ("paris", "lyon")


def test_the_same_seed_is_the_same_history() -> None:
    assert history(7, VIMS) == history(7, VIMS)
    assert history(7, VIMS) != history(8, VIMS)


@pytest.mark.parametrize("seed", range(12))
def test_each_commit_is_one_that_magi_takes(seed: int, tmp_path: Path) -> None:
    for number, episode in enumerate(history(seed, VIMS).episodes):
        folder = tmp_path / str(number)
        for name, text in episode.wishes.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        catalog = Library(TARGET_TYPES).catalog(open_source(str(folder), cache_dir=tmp_path / "cache").fetch())
        assert set(catalog.targets) == set(VIMS)


def test_every_type_of_change_comes_up() -> None:
    made = {move for seed in range(60) for episode in history(seed, VIMS).episodes for move in episode.moves}
    assert made >= MOVES.keys() | {"revert"}


def test_every_shape_of_a_service_comes_up_and_what_befalls_address_groups_where_there_are_some() -> None:
    episodes = [episode for seed in range(60) for episode in history(seed, VIMS).episodes]
    shapes = {shape for episode in episodes for service in episode.wishes.services for shape in service.shapes}
    assert shapes == {*SHAPES, *ADMIN_SHAPES, *LATER_SHAPES}
    hit = [one for one in episodes if any(fault.collection == "address-groups" for fault in one.faults)]
    changed = [one for one in episodes if "change-addresses" in one.drifts]
    assert hit
    assert changed
    for episode in (*hit, *changed):
        assert any(ADDRESSES in service.shapes for service in episode.wishes.services)


def test_histories_of_the_oldest_documents_have_nothing_that_came_later() -> None:
    episodes = [episode for seed in range(30) for episode in history(seed, VIMS, plain=True).episodes]
    shapes = {shape for episode in episodes for service in episode.wishes.services for shape in service.shapes}
    assert shapes.isdisjoint(LATER_SHAPES)


def test_what_a_commit_keeps_may_not_go() -> None:
    first = history(7, VIMS).episodes[0].wishes
    kept = allowed_removals(first, first)
    service = first.services[0].name
    assert not kept("server", f"{service}/fw/fw-0")
    assert not kept("subnet", f"{service}/lan/ipv4")
    changed, _ = MOVES["another-cidr"]
    for number in range(20):
        after = changed(first, Random(number))  # noqa: S311
        assert after is not None
        moved = next(new.name for old, new in zip(first.services, after.services, strict=True) if old != new)
        may_go = allowed_removals(first, after)
        assert may_go("subnet", f"{moved}/lan/ipv4")
        assert not may_go("server", f"{moved}/fw/fw-0")
        assert not may_go("network", f"{moved}/lan")
