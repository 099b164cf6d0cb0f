"""Each event of the campaign on daemons that share VIMs, once; `python -m benchmarks sharing` is the long one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.sharing import KINDS, campaign
from benchmarks.sharing.scene import Found
from tests.etcd_server import needs_etcd

pytestmark = [needs_etcd, pytest.mark.xdist_group("etcd")]


def test_whatever_is_done_to_three_daemons_nothing_is_lost_moved_made_twice_or_written_late() -> None:
    found = campaign(6, list(KINDS))
    assert found.writes
    assert found.events == len(KINDS)
    assert replace(found, seconds={}, events=0, effect=[], writes=0) == Found()
