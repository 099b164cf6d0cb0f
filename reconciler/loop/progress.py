"""Whether passes over a target still get anywhere, and how soon the next observation may be."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model import Report, Result

GLANCE = 0.5
"""Seconds between two glances at what is being built."""

GLANCED = 5.0
"""The least seconds between two observations where glances show all that moves."""

_SHARE = 0.2


class Progress:
    """Gets every Report of one target. ``clock`` is in seconds.

    A pass gets further when it finds or does something else than the pass before it. A server that never stops building
    does not, nor does an update that the cloud accepts and forgets.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: object = None
        self._since = clock()

    def pause(self, report: Report) -> float:
        """Seconds until something that moves is observed again: a fifth of the time that it has already been standing
        still, so that what takes long is not asked for all the time and still noticed soon after it is done.

        Where all that moves is glanced at in between, at least `GLANCED`.
        """
        done = frozenset(outcome.step.id for outcome in report.outcomes if outcome.result is Result.DONE)
        seen = (frozenset(report.counts.items()), done, report.commit)
        if seen != self._seen:
            self._seen, self._since = seen, self._clock()
        return max(_SHARE * self.standstill, GLANCED if report.only_builds else 0.0)

    @property
    def standstill(self) -> float:
        """For how many seconds nothing got any further."""
        return self._clock() - self._since
