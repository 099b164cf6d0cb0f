"""Which writes were late: of a daemon that did not hold the lock, or could not know any more that it did. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

LEASE = 5.0


class Snapshot(NamedTuple):
    """Who held which lock, some time between two moments."""

    began: float
    ended: float
    holders: Mapping[str, str]


class Cut(NamedTuple):
    """For how long members could not reach etcd, by any means."""

    members: frozenset[str]
    began: float
    ended: float


class Write(NamedTuple):
    """A request to a cloud that changes something."""

    start: float
    end: float
    member: str
    vim: str


def late_writes(
    writes: Iterable[Write],
    snapshots: Sequence[Snapshot],
    cuts: Iterable[Cut],
    names: Mapping[str, Callable[[float], str]],
) -> list[tuple[Write, str]]:
    """The writes of members that did not hold the lock, or could not know any more that they did, with why.

    The last snapshot that ended before a write and the first that began after it have to show another holder, both:
    what changed in between is not judged.
    """
    cuts = list(cuts)
    ended, began = [one.ended for one in snapshots], [one.began for one in snapshots]
    found = []
    for one in sorted(writes):
        if any(one.member in cut.members and cut.began + LEASE < one.start < cut.ended for cut in cuts):
            found.append((one, "it was cut off for longer than its lease"))
            continue
        before, after = bisect_right(ended, one.start) - 1, bisect_left(began, one.end)
        if before < 0 or after == len(snapshots):
            continue
        held_by = [snapshots[number].holders.get(one.vim, "no one") for number in (before, after)]
        if names[one.member](one.start) not in held_by:
            found.append((one, f"held before and after by {' and '.join(held_by)}"))
    return found
