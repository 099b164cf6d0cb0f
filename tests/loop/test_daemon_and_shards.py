"""Daemons that share the VIMs of a repository by their labels."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.config import ShardConfig
from reconciler.model import Selector
from tests.loop.follower import Follower, service, vim
from tests.loop.test_daemon_and_rollout import fleet, said
from tests.waiting import eventually

NORTH, SOUTH = (("region", "north"),), (("region", "south"),)


def labelled(name: str, region: str) -> dict[str, str]:
    (path, text), *_ = vim(name).items()
    labels = f", labels: {{region: {region}}}" if region else ""
    return {path: text.replace(f"name: {name}", f"name: {name}{labels}", 1)}


FLEET = labelled("paris", "north") | labelled("lyon", "south") | service("paris") | service("lyon")


def share(follower: Follower, selector: Selector | None, *others: Selector) -> None:
    """Gives the daemon other settings, as a reload does."""
    follower.config = replace(follower.config, shard=ShardConfig(selector, others))
    follower.followed = follower.followed._replace(config=follower.config)
    follower.daemon.take([follower.followed])


@pytest.fixture
def other(follower: Follower, tmp_path: Path) -> Iterator[Follower]:
    """A second daemon for the same repository and the same clouds."""
    with ExitStack() as ending:
        folder = tmp_path / "other"
        folder.mkdir()
        yield Follower(follower.work, follower.simulator, follower.clouds_file, folder, ending)


def test_each_daemon_serves_its_share_and_nothing_else(follower: Follower, other: Follower) -> None:
    share(follower, NORTH, SOUTH)
    share(other, SOUTH, NORTH)
    follower.commit(FLEET)
    eventually(follower.synced)
    assert follower.daemon.targets() == ["paris"]
    assert follower.networks("lyon") == []
    assert follower.daemon.ready
    other.daemon.follow()
    eventually(lambda: other.synced("lyon"))
    assert other.daemon.targets() == ["lyon"]
    assert follower.value("magi_shard_vims", share="served") == 1
    assert follower.value("magi_shard_vims", share="elsewhere") == 1
    assert follower.value("magi_shard_vims", share="unserved") == 0


def test_a_vim_moves_to_another_daemon_with_its_label_and_keeps_what_is_on_it(
    follower: Follower, other: Follower
) -> None:
    share(follower, NORTH, SOUTH)
    share(other, SOUTH, NORTH)
    follower.commit(FLEET)
    eventually(follower.synced)
    (before,) = follower.networks("paris")
    follower.commit(labelled("paris", "south"))
    assert follower.daemon.targets() == []
    other.daemon.follow()
    eventually(lambda: other.synced("paris"))
    assert follower.networks("paris") == [before]
    assert follower.value("magi_vim_up", vim="paris") is None


@pytest.mark.parametrize(
    ("selector", "others", "said"),
    [
        (NORTH, (SOUTH,), "vim served by no daemon: no shard selector chooses it"),
        ((), (SOUTH, ()), "vim not served: several shard selectors choose it"),
    ],
    ids=["unserved", "contended"],
)
def test_a_vim_that_no_daemon_or_two_would_serve_is_left_alone_and_reported(
    follower: Follower,
    caplog: pytest.LogCaptureFixture,
    selector: Selector,
    others: tuple[Selector, ...],
    said: str,
) -> None:
    share(follower, selector, *others)
    with caplog.at_level(logging.WARNING):
        follower.commit(labelled("paris", "") | service("paris"))
    assert said in caplog.text
    assert follower.daemon.targets() == []
    (status,) = follower.daemon.repositories()
    assert status.shares is not None
    assert "paris" in status.shares.unserved + status.shares.contended
    assert follower.networks("paris") == []


def test_a_wave_after_one_in_another_shard_waits_and_says_so(follower: Follower) -> None:
    share(follower, NORTH, SOUTH)
    # The canary is on lyon.
    follower.commit(labelled("paris", "north") | labelled("lyon", "south") | fleet(1400))
    eventually(
        lambda: "edge-lyon is on VIM lyon, which this daemon does not serve" in said(follower, "paris", "edge-paris")
    )
    assert follower.networks("paris") == []


def test_a_reload_without_shards_serves_all_again(follower: Follower) -> None:
    share(follower, NORTH, SOUTH)
    follower.commit(FLEET)
    eventually(follower.synced)
    share(follower, None)
    follower.daemon.follow()
    eventually(lambda: follower.synced("paris") and follower.synced("lyon"))
    assert follower.daemon.repositories()[0].shares is None
