"""How long a cloud takes to build servers, from when those that stand were asked for and when they ran. Pure.

Servers that are asked for at once are built side by side, within what the cloud does at once, so the last of many is
done later than a single one. What shows that are batches: servers that were built at overlapping times.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds.server_states import LAUNCHED

_LONGEST = 3600.0
"""Seconds after which it was no build: a server that was rebuilt or moved is launched again."""
_BATCHES = 20
"""So many are looked at, the newest: a cloud of last year was another one."""
_QUARTER = 0.25
"""Of one build's time the next one is later, where no batches of different sizes show it: between a cloud of many
hosts, where none is later, and one of a single host that has to share itself.
"""
_PREPARED = 600.0
"""Seconds before a server was asked for that its ports may be from; older ones were another server's before."""
_LEAST_SPREAD, _MOST_SPREAD = 1.2, 3.0
UNKNOWN_SPREAD = 1.5


class Batch(NamedTuple):
    """``seconds`` until all of ``size`` servers ran."""

    size: int
    seconds: float


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


def batches_of(servers: Iterable[Any], ports: Iterable[Any] = ()) -> list[Batch]:
    """The batches that servers were built in, the newest first. What a server reports that is no time is passed over.

    ``ports``: with the server that each is in and when it was made. To make those of a server is a part of its build:
    where a service has many of them, the cloud may be longer at them than at the servers.
    """
    found: list[list[tuple[float, float]]] = []
    for asked, ran in sorted(_intervals(servers, _first_ports(ports))):
        if found and asked < max(end for _, end in found[-1]):
            found[-1].append((asked, ran))
        else:
            found.append([(asked, ran)])
    return [_batch(one) for one in reversed(found[-_BATCHES:])]


def builds_of(batches: Iterable[Batch]) -> Builds | None:
    """What the batches come to, by the line that they lie around; None without any.

    A line through medians (Theil and Sen): one batch that took far too long doesn't turn it.
    """
    all_of = list(batches)
    if not all_of:
        return None
    slopes = [
        (one.seconds - other.seconds) / (one.size - other.size)
        for one, other in itertools.combinations(all_of, 2)
        if one.size != other.size
    ]
    if slopes:
        spacing = max(0.0, median(slopes))
        build = max(0.0, median(one.seconds - spacing * (one.size - 1) for one in all_of))
    else:
        build = median(one.seconds / (1 + _QUARTER * (one.size - 1)) for one in all_of)
        spacing = build * _QUARTER
    found = Builds(build, spacing, 1.0)
    ratios = sorted(one.seconds / max(found.last(one.size), 0.1) for one in all_of)
    if len(ratios) < 3:
        return found._replace(spread=UNKNOWN_SPREAD)
    # All but the tenth that is furthest off on either side.
    cut = len(ratios) // 10
    worst = max(ratios[-1 - cut], 1 / max(ratios[cut], 0.1))
    return found._replace(spread=min(max(worst, _LEAST_SPREAD), _MOST_SPREAD))


def _batch(intervals: list[tuple[float, float]]) -> Batch:
    return Batch(len(intervals), max(ran for _, ran in intervals) - min(asked for asked, _ in intervals))


def _intervals(servers: Iterable[Any], ports: Mapping[str, float]) -> Iterator[tuple[float, float]]:
    for server in servers:
        try:
            asked, ran = _moment(server["created"]), _moment(server[LAUNCHED])
            prepared = ports.get(server.get("id", ""), asked)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if 0 <= ran - asked <= _LONGEST:
            yield prepared if 0 <= asked - prepared <= _PREPARED else asked, ran


def _first_ports(ports: Iterable[Any]) -> Mapping[str, float]:
    """When the first port of each server was made, by the id of the server."""
    found: dict[str, float] = {}
    for port in ports:
        try:
            server, made = port["device_id"], _moment(port["created_at"])
            found[server] = min(made, found.get(server, made))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return found


def _moment(text: str) -> float:
    """Seconds since 1970. Nova writes some of its times without a zone: they are in UTC."""
    found = datetime.fromisoformat(text.removesuffix("Z"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
