"""Which VIMs one of several daemons serves."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from reconciler.model import Selector, Shard, Shares, Target
from tests.loop.memory import target


def vim(name: str, **labels: str) -> Target:
    return replace(target(name), labels=tuple(sorted(labels.items())))


def one(**labels: str) -> Selector:
    return tuple(sorted(labels.items()))


FLEET = {
    found.name: found
    for found in (
        vim("oslo", region="north", tier="core"),
        vim("bergen", region="north", tier="edge"),
        vim("rome", region="south", tier="edge"),
        vim("lab"),
    )
}
NORTH, SOUTH, EDGE = one(region="north"), one(region="south"), one(tier="edge")


@pytest.mark.parametrize(
    ("shard", "shares"),
    [
        (Shard(), Shares(("bergen", "lab", "oslo", "rome"))),
        (Shard(NORTH), Shares(("bergen", "oslo"), ("lab", "rome"))),
        (Shard(one(region="north", tier="edge")), Shares(("bergen",), ("lab", "oslo", "rome"))),
        (Shard(()), Shares(("bergen", "lab", "oslo", "rome"))),
        (Shard(NORTH, (SOUTH,)), Shares(("bergen", "oslo"), ("rome",), ("lab",))),
        (Shard(None, (NORTH, SOUTH)), Shares(("lab",), ("bergen", "oslo", "rome"))),
        (Shard(NORTH, (EDGE,)), Shares(("oslo",), ("rome",), ("lab",), ("bergen",))),
        (Shard(None, (NORTH, EDGE)), Shares(("lab",), ("oslo", "rome"), (), ("bergen",))),
        (Shard(one(region="east"), (SOUTH,)), Shares((), ("rome",), ("bergen", "lab", "oslo"))),
    ],
    ids=[
        "all by default",
        "those with the label, while others are not known",
        "those with all labels",
        "all by an empty selector",
        "none serves what no selector chooses",
        "the rest, without a selector",
        "none serves what two choose",
        "two others choose the same",
        "none at all",
    ],
)
def test_vims_are_shared_by_their_labels(shard: Shard, shares: Shares) -> None:
    assert shard.shares(FLEET) == shares


def test_daemons_that_know_of_each_other_never_serve_the_same_and_agree_on_what_none_serves() -> None:
    selectors = (NORTH, SOUTH, EDGE, one(tier="core"), ())
    for mine, theirs in product(selectors, repeat=2):
        here, there = Shard(mine, (theirs,)).shares(FLEET), Shard(theirs, (mine,)).shares(FLEET)
        assert set(here.served).isdisjoint(there.served)
        assert (here.unserved, here.contended) == (there.unserved, there.contended)
        assert here.served == there.elsewhere


def test_what_one_daemon_leaves_out_is_served_by_the_one_without_a_selector() -> None:
    for others in product((NORTH, SOUTH, EDGE), repeat=2):
        assert Shard(None, others).shares(FLEET).unserved == ()
