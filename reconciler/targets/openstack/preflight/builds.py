"""How long a cloud takes to build servers, from when those that stand were asked for and when they ran. Pure.

Servers that are asked for at once are built side by side, as far as the cloud goes, so the last of many is done later
than a single one. What tells of that are batches: servers that were built at overlapping times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds.server_states import LAUNCHED

_LONGEST = 3600.0
"""Seconds after which it was no build: a server that was rebuilt or moved is launched again."""
_BATCHES = 20
"""So many are looked at, the newest: a cloud of last year was another one."""
_TENTH = 0.1
"""Of one build's time the next one is later, where no batch tells: Nova builds ten at once on a host by default."""
_PAUSE = 5.0
"""Seconds without one until what is made next belongs to another batch."""
_ENOUGH = 4
_LEAST_SPREAD, _MOST_SPREAD = 1.2, 3.0
UNKNOWN_SPREAD = 1.5


class Batch(NamedTuple):
    """``first`` and ``last``: seconds until the first and until all of ``size`` servers ran."""

    size: int
    first: float
    last: float


class Builds(NamedTuple):
    """The first of several servers takes ``build`` seconds, each further one ``spacing`` more.

    ``spread``: the factor that batches were slower or faster by.
    """

    build: float
    spacing: float
    spread: float

    def last(self, count: int) -> float:
        """Seconds until the last of ``count`` servers that are asked for at once runs."""
        return self.build + self.spacing * (count - 1)


def batches_of(servers: Iterable[Any]) -> list[Batch]:
    """The batches that servers were built in, the newest first. What a server tells that is no time is passed over."""
    found: list[list[tuple[float, float]]] = []
    for asked, ran in sorted(_intervals(servers)):
        if found and asked < max(end for _, end in found[-1]):
            found[-1].append((asked, ran))
        else:
            found.append([(asked, ran)])
    return [_batch(one) for one in reversed(found[-_BATCHES:])]


def builds_of(batches: Iterable[Batch]) -> Builds | None:
    """What the batches come to; None without any."""
    all_of = list(batches)
    if not all_of:
        return None
    build = median(one.first for one in all_of)
    spacings = [(one.last - one.first) / (one.size - 1) for one in all_of if one.size > 1]
    found = Builds(build, median(spacings) if spacings else build * _TENTH, 1.0)
    ratios = sorted(one.last / max(found.last(one.size), 0.1) for one in all_of)
    if len(ratios) < 3:
        return found._replace(spread=UNKNOWN_SPREAD)
    # All but the tenth that is furthest off on either side.
    cut = len(ratios) // 10
    worst = max(ratios[-1 - cut], 1 / max(ratios[cut], 0.1))
    return found._replace(spread=min(max(worst, _LEAST_SPREAD), _MOST_SPREAD))


def spacing_of(moments: Iterable[str]) -> float | None:
    """Seconds between two of a kind that were made at once, from when those that stand were made; None: not told.

    Clouds tell whole seconds, so only batches of several say something.
    """
    found: list[list[float]] = []
    for moment in sorted(_moments(moments)):
        if found and moment - found[-1][-1] < _PAUSE:
            found[-1].append(moment)
        else:
            found.append([moment])
    batches = [one for one in reversed(found) if len(one) >= _ENOUGH][:_BATCHES]
    return median((one[-1] - one[0]) / (len(one) - 1) for one in batches) if batches else None


def _moments(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        try:
            yield _moment(text)
        except (TypeError, ValueError, AttributeError):
            continue


def _batch(intervals: list[tuple[float, float]]) -> Batch:
    start = min(asked for asked, _ in intervals)
    ends = [ran for _, ran in intervals]
    return Batch(len(intervals), min(ends) - start, max(ends) - start)


def _intervals(servers: Iterable[Any]) -> Iterator[tuple[float, float]]:
    for server in servers:
        try:
            asked, ran = _moment(server["created"]), _moment(server[LAUNCHED])
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if 0 <= ran - asked <= _LONGEST:
            yield asked, ran


def _moment(text: str) -> float:
    """Seconds since 1970. Nova writes some of its times without a zone: they are in UTC."""
    found = datetime.fromisoformat(text.removesuffix("Z"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
