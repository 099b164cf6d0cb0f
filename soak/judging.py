"""Whether anything grows with the passes: the most of the last third against the most of the second one.

The first third does not count: what is bounded fills then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.result import Result
from reconciler.reporting import events, journal
from reconciler.reporting.chronicle import history
from reconciler.web import hooks
from soak.holdings import (
    CACHE_FILES,
    CACHE_PER_COMMIT,
    DESCRIPTORS,
    INSTANCES,
    OBJECTS,
    RECORD,
    RSS,
    SERIES,
    THREADS,
)

Held = Mapping[str, float]
LEAST = 3
"""Measurements that can be judged: one a third."""


class Bound(NamedTuple):
    """How much more is no growth. ``most``: so much it may be in any case."""

    slack: float
    most: float
    why: str


BOUNDS: Mapping[str, Bound] = {
    RSS: Bound(5, 0, "the allocator keeps pages that others filled; a leak of 1.5 KB a pass is more"),
    THREADS: Bound(4, 0, "threads of the work queue end 10 seconds after their last work"),
    DESCRIPTORS: Bound(8, 0, "connections that are kept open for the next request"),
    SERIES: Bound(20, 0, "results and statuses that had not been met before"),
    OBJECTS: Bound(2500, 0, "a leak of one object a pass is more"),
    CACHE_FILES: Bound(100, 7500, "Git packs loose objects from 6,700 on (gc.auto)"),
    CACHE_PER_COMMIT: Bound(0.5, 2, "history grows with commits, and nothing else"),
}
_VIMS, _WORDS = 2, 6
"""VIMs of the repository, and what is known of a commit on both."""

FULL: Mapping[str, int] = {
    f"{RECORD}reporting.events.EventLog._events": events.KEPT,
    f"{INSTANCES}reporting.events.Event": events.KEPT,
    f"{RECORD}reporting.journal.Journal._entries": journal.KEPT,
    f"{RECORD}reporting.journal.Journal._newest": journal.KEPT,
    f"{INSTANCES}reporting.journal.PassEntry": journal.KEPT,
    f"{RECORD}reporting.journal.PassEntry.services": journal.MOST_SERVICES * journal.KEPT,
    f"{RECORD}reporting.journal.PassEntry.reasons": _WORDS * journal.KEPT,
    f"{RECORD}reporting.journal.PassEntry.done": _WORDS * journal.KEPT,
    f"{RECORD}reporting.journal.PassEntry.failed": _WORDS * journal.KEPT,
    f"{RECORD}reporting.journal.PassEntry.blocked": _WORDS * journal.KEPT,
    f"{RECORD}web.hooks.Hook._seen": hooks.REMEMBERED,
    f"{RECORD}reporting.chronicle.history.History._records": history.KEPT,
    f"{INSTANCES}reporting.chronicle.history.Record": history.KEPT,
    f"{INSTANCES}reporting.chronicle.history.Commit": history.KEPT,
    f"{INSTANCES}reporting.chronicle.history.VimOutcome": _VIMS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.Record.vims": _VIMS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.Record.problems": _WORDS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.VimOutcome.reasons": _WORDS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.VimOutcome.done": _WORDS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.VimOutcome.failed": _WORDS * history.KEPT,
    f"{RECORD}reporting.chronicle.history.VimOutcome.blocked": _WORDS * history.KEPT,
}
"""Records that have a bound of their own, which may be reached late."""

_SLACK, _SHARE = 10.0, 0.01
"""Entries that a record may have more, or this share: what is leaked once a turn is more over 10,000 passes."""


def bound_of(measure: str, level: float) -> Bound:
    """``level``: how much there was in the second third."""
    if measure in BOUNDS:
        return BOUNDS[measure]
    return Bound(max(_SLACK, _SHARE * level), FULL.get(measure, 0), "what a turn leaves until the next one")


def growth(samples: Sequence[Held], measure: str) -> float:
    """How much more there is at most in the last third than at most in the second. Needs `LEAST` samples."""
    second, last = _thirds(samples)
    return _most(last, measure) - _most(second, measure)


def grows(samples: Sequence[Held], measure: str) -> bool:
    """Whether it is more than its bound allows."""
    second, last = _thirds(samples)
    bound = bound_of(measure, _most(second, measure))
    return growth(samples, measure) > bound.slack and _most(last, measure) > bound.most


def judge(samples: Sequence[Held]) -> list[Result]:
    """A line for each of `BOUNDS`, and one for each record that grows."""
    measures = sorted({measure for one in samples for measure in one})
    records = [measure for measure in measures if measure not in BOUNDS]
    grown = [measure for measure in records if grows(samples, measure)]
    lines = [_result(samples, measure, reported=True) for measure in BOUNDS if measure in measures]
    lines.append(Result(f"records that grow, of {len(records):,}", len(grown), "", 0))
    return [*lines, *(_result(samples, measure, reported=True) for measure in grown)]


def _result(samples: Sequence[Held], measure: str, *, reported: bool) -> Result:
    second, last = _thirds(samples)
    bound = bound_of(measure, _most(second, measure))
    at_most = max(bound.slack, bound.most - _most(second, measure))
    about = f", {_most(last, measure):,.6g} at most: more in the last third" if reported else ""
    return Result(f"{measure}{about}", growth(samples, measure), "", at_most)


def _thirds(samples: Sequence[Held]) -> tuple[Sequence[Held], Sequence[Held]]:
    """The second and the last."""
    third = len(samples) // LEAST
    if not third:
        raise ValueError(f"{len(samples)} measurements can't be judged, {LEAST} can")
    return samples[-2 * third : -third], samples[-third:]


def _most(samples: Sequence[Held], measure: str) -> float:
    return max(one.get(measure, 0.0) for one in samples)
