"""How long a cloud takes to build servers, from when those that exist were asked for and when they ran. Pure.

Servers that are asked for at once are built side by side, within what the cloud does at once, so the last of many is
done later than a single one. What shows that are batches: servers that were built at overlapping times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from statistics import median_low
from typing import Any, NamedTuple

from reconciler.targets.openstack.kinds.server_states import LAUNCHED

_LONGEST = 3600.0
"""Seconds after which it was no build: a server that was rebuilt or moved is launched again."""
_BATCHES = 20
"""So many are read, the newest: a cloud of last year was another one."""
_HALF = 0.5
"""Of one build's time each of several servers takes, where no batch shows it: between a cloud that builds all
at once, and one that builds one after another.
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
    """A server takes ``build`` seconds; of several that are built at once, ``spacing`` seconds each if that is longer.

    ``spread``: the factor that batches were slower or faster by.
    """

    build: float
    spacing: float
    spread: float

    def last(self, count: int) -> float:
        """Seconds until the last of ``count`` servers that are asked for at once runs."""
        return max(self.build, self.spacing * count)


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
    """What the batches come to; None without any.

    A batch of which servers were removed since seems slower than it was, and the first server on a host waits for its
    image: so it is the faster ones that count, but not the fastest of many.
    """
    all_of = list(batches)
    if not all_of:
        return None
    singles = [one.seconds for one in all_of if one.size == 1]
    rates = sorted(one.seconds / one.size for one in all_of if one.size > 1)
    build = median_low(singles) if singles else min(one.seconds / (1 + _HALF * (one.size - 1)) for one in all_of)
    spacing = rates[(len(rates) - 1) // 4] if rates else build * _HALF
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
