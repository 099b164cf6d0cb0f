"""Whether another actor writes to a target with the same owner, found from marks that this process did not make.

A mark may say who made what has it (`Writer`). So of two that declare different things the one with the older commit
gives way, and the other one goes on. Marks are claims, but whoever can write them can as well delete what exists.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.model import Action, Contest, Key, Observed, Outcome, Result, World, Writer
from reconciler.targets.registry import TARGET_TYPES

CLASHES = 2
"""Observations in which what another one made clashes with what we declare or created, until nothing more is written.

So it is where the marks do not show who that is.
"""

LEASE = 3600.0
"""Seconds after the last sign of another one until it counts as gone."""

_SENT = frozenset({Result.DONE, Result.PENDING, Result.FAILED})
_UNMARKED = frozenset(kind.name for kind in TARGET_TYPES.kinds.values() if kind.unmarked)
"""Kinds without a mark: people make these manually, and they are managed by what they belong to."""


_PERSON = "a person has it go on (SIGHUP, or a restart), or an hour passes without a sign"


def new_writer() -> Writer:
    """This process from now on, as the marks name it; with no commit yet."""
    return Writer(0, int(time.time()), secrets.token_hex(4))


@dataclass(slots=True)
class _Creates:
    count: int
    last: float


@dataclass(frozen=True, slots=True)
class _Rival:
    """A writer of what clashes. ``newer``: for a newer commit than the one here, so that a newer one ends it."""

    writer: Writer
    newer: bool
    sign: str

    def stops(self, us: Writer) -> bool:
        if self.writer.committed > us.committed:
            return True
        return not self.newer and self.writer.outranks(us)

    def contest(self, us: Writer) -> Contest:
        if self.writer.committed > us.committed:
            why, until = "that commit is newer than the one here", f"there is one as new here, {_PERSON}"
        else:
            why, until = "its commit is as new as the one here, and it started first", _PERSON
        return Contest(f"{self.sign}; {why}", until)


class Contests:
    """Remembers what existed at the observations of one target, and what creates were sent. ``clock`` in seconds.

    What this process signed is managed. Where a mark has no room for a signature, a create whose reply was lost counts
    as sent, so what comes of it later is no sign of another actor.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], float] | None = None
        self._sent: dict[Key, _Creates] = {}
        self._clashes = 0
        self._last = 0.0
        self._observed_at = 0.0
        self._sign = ""
        self._rival: _Rival | None = None

    def see(self, world: World, desired: Collection[Key], us: Writer) -> Contest | None:
        """What the resources that are new at this observation show. The first observation only shows what existed.

        ``us``: this process, with the commit of today.
        """
        now = self._clock()
        self._expire(now)
        existing: dict[Key, list[Observed]] = {}
        for key, one in world.observed.items():
            if key.kind not in _UNMARKED:
                existing.setdefault(world.twins.get(key, key), []).append(one)
        if self._seen is not None:
            new = {
                key: [one for one in ones if _identity(one) not in self._seen] for key, ones in sorted(existing.items())
            }
            strange = {key: found for key, ones in new.items() if (found := self._strange(key, ones, us))}
            clashing = {key: found for key, found in strange.items() if key not in desired or len(existing[key]) > 1}
            self._take(strange, clashing, us, now)
        self._observed_at = now
        self._seen = (self._seen or {}) | {_identity(one): now for ones in existing.values() for one in ones}
        if self._rival and self._rival.stops(us):
            return self._rival.contest(us)
        if not self._sign:
            return None
        return Contest(self._sign, _PERSON if self._clashes >= CLASHES else "")

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Counts the creates that were sent, whatever came of them."""
        for outcome in outcomes:
            if outcome.step.action is Action.CREATE and outcome.result in _SENT:
                sent = self._sent.setdefault(outcome.step.key, _Creates(0, 0.0))
                sent.count, sent.last = sent.count + 1, self._clock()

    def begin_again(self) -> None:
        """What exists at the next observation shows nothing: another login may show other resources."""
        self._seen = None

    def forget(self) -> None:
        """A person decided who writes."""
        self._clashes, self._sign, self._rival = 0, "", None

    def _strange(self, key: Key, new: Sequence[Observed], us: Writer) -> list[Observed]:
        """What of it another actor made: signed by another one, or more without signature than we sent creates for."""
        created_here = sum(one.writer is not None and one.writer.process == us.process for one in new)
        unsigned = [one for one in new if one.writer is None]
        sent = self._sent.get(key)
        unseen = max(sent.count - created_here, 0) if sent else 0
        if sent:
            sent.count = max(unseen - len(unsigned), 0)
        return [one for one in new if one.writer and one.writer.process != us.process] + unsigned[unseen:]

    def _take(
        self,
        strange: Mapping[Key, Sequence[Observed]],
        clashing: Mapping[Key, Sequence[Observed]],
        us: Writer,
        now: float,
    ) -> None:
        if not strange:
            return
        self._last = now
        self._sign = _sign(clashing or strange, len(strange))
        self._clashes += any(one.writer is None for ones in clashing.values() for one in ones)
        for key, ones in clashing.items():
            for writer in (one.writer for one in ones if one.writer):
                self._meet(_Rival(writer, writer.committed > us.committed, _sign({key: ones}, len(strange))), us)

    def _meet(self, rival: _Rival, us: Writer) -> None:
        """Keeps of all rivals the one that we give way to for longest."""
        known = self._rival
        if known is None or not known.stops(us) or not known.writer.outranks(rival.writer):
            self._rival = rival

    def _expire(self, now: float) -> None:
        if now - self._last >= LEASE:
            self.forget()
        # By the last observation and not by now: a VIM may be out of reach for longer than that.
        if self._seen is not None:
            self._seen = {one: at for one, at in self._seen.items() if self._observed_at - at < LEASE}
        self._sent = {key: sent for key, sent in self._sent.items() if self._observed_at - sent.last < LEASE}


def _identity(one: Observed) -> tuple[str, str]:
    return (one.key.kind, one.id)


def _sign(found: Mapping[Key, Sequence[Observed]], count: int) -> str:
    """What shows another one: the first of so many resources, and who made it."""
    key, ones = next(iter(found.items()))
    more = f" and {count - 1} more" if count > 1 else ""
    writer = next((one.writer for one in ones if one.writer), None)
    maker = f": {_described(writer)} made it" if writer else ""
    return f"{key}{more} has the owner mark, and this process did not make it{maker}"


def _described(writer: Writer) -> str:
    commit = f"a commit of {_moment(writer.committed)}" if writer.committed else "a work tree"
    return f"process {writer.process}, which started at {_moment(writer.started)}, for {commit},"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
