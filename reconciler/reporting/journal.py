"""The newest passes over VIMs in which something was done, failed, was blocked or became otherwise, in memory alone.

A pass that found nothing to do is one of them only where the one before it failed, left something, or was for another
commit. Losing all of it loses nothing: what is so is in the Reports.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import Outcome, Report, Result
from reconciler.reporting.metrics import result_of

KEPT = 2000
"""Passes that are kept, over all VIMs; the one that did not happen for longest goes first."""
MOST_SERVICES = 100
"""Network services that are named of one pass."""
_MOST_REASONS, _LONGEST = 3, 500
_DONE = frozenset({Result.DONE, Result.PENDING})
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class PassEntry:
    """A pass, or ``times`` passes one after the other that did nothing and failed or were blocked alike.

    ``started``: when the first of them began, ``last``: the last one; in seconds since the epoch. ``seconds``: how long
    the last one took. ``result``: unknown, nothing, changed or incomplete, as the metrics have it. Steps in numbers, by
    action: ``done`` also has what is only begun. ``reasons``: why it is unknown, or of the first steps that failed or
    are blocked. ``services``: those of its steps, what failed first; ``more_services`` are not named.
    """

    repository: str
    vim: str
    commit: str
    started: float
    last: float
    seconds: float
    result: str
    done: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    blocked: Mapping[str, int] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    more_services: int = 0
    reasons: tuple[str, ...] = ()
    times: int = 1


def pass_entry(report: Report) -> PassEntry:
    """What a pass was, in short. Pure."""
    done = [one for one in report.outcomes if one.result in _DONE]
    failed = [one for one in report.left if one.failed]
    blocked = [one for one in report.left if one.result is Result.BLOCKED and not one.failed]
    names = [*dict.fromkeys(one.step.key.service for one in (*failed, *done, *blocked) if one.step.key.service)]
    error = [str(report.error)] if report.error else []
    reasons = [*error, *(f"{one.step}: {one.reason or one.step.reason}" for one in (*failed, *blocked)[:_MOST_REASONS])]
    return PassEntry(
        report.repository,
        report.target,
        report.commit,
        report.started,
        report.started,
        report.seconds,
        result_of(report),
        _by_action(done),
        _by_action(failed),
        _by_action(blocked),
        tuple(names[:MOST_SERVICES]),
        max(0, len(names) - MOST_SERVICES),
        tuple(reason[:_LONGEST] for reason in reasons[:_MOST_REASONS]),
    )


def _by_action(outcomes: Iterable[Outcome]) -> Mapping[str, int]:
    return Counter(one.step.action.value for one in outcomes)


def _is_quiet(before: Report | None, after: Report) -> bool:
    """Whether a pass found what the one before it did, and nothing to do."""
    if after.error or after.outcomes:
        return False
    return before is not None and before.commit == after.commit and not before.error and not before.left


def _is_repeat(known: PassEntry, new: PassEntry) -> bool:
    """Whether nothing was done and all is as it was. Numbers in errors, such as seconds and request ids, may differ."""
    if new.done or known.done:
        return False
    alike = replace(new, started=0, last=0, seconds=0, times=1, reasons=())
    same = replace(known, started=0, last=0, seconds=0, times=1, reasons=())
    return alike == same and _without_numbers(known) == _without_numbers(new)


def _without_numbers(entry: PassEntry) -> tuple[str, ...]:
    """Of a pass that could not observe, why; steps are known by their numbers."""
    return tuple(_DIGITS.sub("0", reason) for reason in entry.reasons) if entry.result == "unknown" else ()


class Journal:
    """The newest passes. Threads may share it."""

    def __init__(self, kept: int = KEPT, heard: Callable[[PassEntry], None] = lambda _: None) -> None:
        """``heard`` gets what is noted, with how often, in the thread of who notes it."""
        self._kept = kept
        self._heard = heard
        self._lock = threading.Lock()
        self._next = 0
        self._entries: OrderedDict[int, PassEntry] = OrderedDict()
        self._newest: dict[tuple[str, str], int] = {}

    def passed(self, before: Report | None, report: Report) -> None:
        """Takes note of a pass. ``before``: the last Report of the VIM before it."""
        if _is_quiet(before, report):
            return
        entry = pass_entry(report)
        of = entry.repository, entry.vim
        with self._lock:
            number = self._newest.get(of)
            known = self._entries[number] if number is not None else None
            if number is not None and known is not None and _is_repeat(known, entry):
                del self._entries[number]
                entry = replace(entry, started=known.started, times=known.times + 1)
            self._newest[of] = self._next
            self._entries[self._next] = entry
            self._next += 1
            while len(self._entries) > self._kept:
                oldest, gone = self._entries.popitem(last=False)
                if self._newest.get((gone.repository, gone.vim)) == oldest:
                    del self._newest[gone.repository, gone.vim]
        self._heard(entry)

    def newest(
        self, vim: str | None = None, service: str | None = None, repository: str | None = None
    ) -> list[PassEntry]:
        """The newest first; only those of a VIM, a service or a repository, where one is named.

        Those that could not observe the VIM are of each service on it, which no one knows then: they are listed with a
        service only where it had a pass on that VIM that is still kept.
        """
        with self._lock:
            entries = [*reversed(self._entries.values())]
        chosen = [
            one for one in entries if vim in {None, one.vim} and repository in {None, one.repository}
        ]  # fmt: skip
        return chosen if service is None else [*_of_service(chosen, service)]


def _of_service(entries: list[PassEntry], service: str) -> Iterator[PassEntry]:
    homes = {(one.repository, one.vim) for one in entries if service in one.services}
    for one in entries:
        if service in one.services or (one.result == "unknown" and (one.repository, one.vim) in homes):
            yield one
