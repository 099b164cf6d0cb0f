"""Whether somebody else writes to a target under our owner, told from marks that this process did not make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from reconciler.model import Action, Contest, Key, Outcome, Result, World
from reconciler.resources.openstack import KINDS

CLASHES = 2
"""Looks at which what the other one made clashes with what we want or made, until nothing more is written."""

LEASE = 3600.0
"""Seconds after the last sign of another one until it counts as gone."""

_SENT = frozenset({Result.DONE, Result.PENDING, Result.FAILED})
_UNMARKED = frozenset(kind.name for kind in KINDS if kind.by_part)
"""Kinds without a mark: people make these by hand, and they are ours by what they belong to."""


@dataclass(slots=True)
class _Creates:
    count: int
    last: float


class Contests:
    """Remembers what stood at the looks at one target, and what creates were sent. ``clock`` in seconds.

    A create whose reply was lost counts as sent, so what comes of it later is no sign of somebody else.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], float] | None = None
        self._sent: dict[Key, _Creates] = {}
        self._clashes = 0
        self._last = 0.0
        self._sign = ""

    def see(self, world: World, wanted: Collection[Key]) -> Contest | None:
        """What the resources that are new at this look tell. The first look only tells what stood there."""
        now = self._clock()
        self._expire(now)
        standing: dict[Key, list[tuple[str, str]]] = {}
        for key, one in world.observed.items():
            if key.kind not in _UNMARKED:
                standing.setdefault(world.twins.get(key, key), []).append((key.kind, one.id))
        if self._seen is not None:
            strange = {key: ids for key, ids in sorted(standing.items()) if self._is_strange(key, ids, self._seen)}
            clashing = [key for key, ids in strange.items() if key not in wanted or len(ids) > 1]
            self._take(strange, clashing, now)
        self._seen = (self._seen or {}) | {one: now for ids in standing.values() for one in ids}
        if not self._sign:
            return None
        return Contest(self._sign, stopped=self._clashes >= CLASHES)

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Counts the creates that were sent, whatever came of them."""
        for outcome in outcomes:
            if outcome.step.action is Action.CREATE and outcome.result in _SENT:
                sent = self._sent.setdefault(outcome.step.key, _Creates(0, 0.0))
                sent.count, sent.last = sent.count + 1, self._clock()

    def begin_anew(self) -> None:
        """What stands at the next look tells nothing: another login may show other resources."""
        self._seen = None

    def forget(self) -> None:
        """A person decided who writes."""
        self._clashes, self._sign = 0, ""

    def _is_strange(self, key: Key, ids: Iterable[tuple[str, str]], seen: Collection[tuple[str, str]]) -> bool:
        """Whether more of it is new than this process sent creates for."""
        new = sum(one not in seen for one in ids)
        sent = self._sent.get(key)
        ours = min(new, sent.count) if sent else 0
        if sent:
            sent.count -= ours
        return new > ours

    def _take(self, strange: Collection[Key], clashing: Collection[Key], now: float) -> None:
        if not strange:
            return
        self._last = now
        self._clashes += bool(clashing)
        first = next(iter(clashing or strange))
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        self._sign = f"{first}{more} bears our mark, and this process did not make it"

    def _expire(self, now: float) -> None:
        if now - self._last >= LEASE:
            self.forget()
        if self._seen is not None:
            self._seen = {one: at for one, at in self._seen.items() if now - at < LEASE}
        self._sent = {key: sent for key, sent in self._sent.items() if now - sent.last < LEASE}
