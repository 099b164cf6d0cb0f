"""A short soak of the real daemon: descriptors, threads, series and records are as many after each turn of events."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from soak.__main__ import soaked
from soak.holdings import (
    CACHE_FILES,
    CACHE_PER_COMMIT,
    DESCRIPTORS,
    OBJECTS,
    RECORD,
    RSS,
    SERIES,
    THREADS,
    naming,
)
from soak.judging import grows
from soak.rig import Rig
from soak.year import SHORTEST

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in /proc")

TURNS = 4
NOT_JUDGED_SO_SOON = {RSS, OBJECTS, CACHE_FILES, CACHE_PER_COMMIT}
RECORDS_THE_PAST = (
    f"{RECORD}reporting.journal.",
    f"{RECORD}reporting.events.",
    f"{RECORD}reporting.chronicle.history.",
)
"""Records that are there to name what is gone; they are bounded."""
GONE = ("edge-0", "odd-1", "site-0", "side-1", "wrong-1")
MET_LATER = 4
"""Series of results that nothing had come to before; a service that is gone would leave five."""
HAPPENS = {"Changed", "StepFailed", "Healing", "Synced", "Healthy", "Degraded", "Unreachable", "Reachable"}


def test_nothing_grows_with_passes_while_everything_happens(tmp_path: Path) -> None:
    reasons: set[str] = set()
    metrics: list[str] = []
    heard: list[int] = []
    left_behind: set[str] = set()

    def ended(rig: Rig) -> None:
        reasons.update(event.reason for event in rig.daemon.events.newest())
        metrics.extend(rig.ask("/metrics")[1].splitlines())
        heard.append(rig.forge.heard)
        gc.collect()
        objects = gc.get_objects()
        for name in GONE:
            left_behind.update(one for one in naming(objects, name) if not one.startswith(RECORDS_THE_PAST))

    samples = soaked(tmp_path, TURNS * SHORTEST, SHORTEST, SHORTEST, SHORTEST, lambda _done, _blocked: None, ended)
    measures = {measure for one in samples for measure in one} - NOT_JUDGED_SO_SOON
    assert {DESCRIPTORS, THREADS, SERIES} <= measures
    assert [measure for measure in sorted(measures) if grows(samples, measure)] == []
    assert samples[-1][SERIES] <= samples[0][SERIES] + MET_LATER
    assert left_behind == set()
    # It would show nothing if nothing happened.
    assert reasons >= HAPPENS
    assert heard[0] > 0
    text = "\n".join(metrics)
    assert f'service="edge-{TURNS - 1}"' in text
    for gone in (f'service="edge-{TURNS - 2}"', f'vim="site-{TURNS - 1}"', f'repository="side-{TURNS - 1}"'):
        assert gone not in text
    for result in ("refused", "accepted"):
        assert f'magi_webhooks_total{{result="{result}"}}' in text
    assert 'magi_git_fetches_total{repository="default",result="failure"}' in text
    assert 'magi_forge_messages_total{repository="default",result="failure",what="status"}' in text
