"""The newest commits of a repository, and what became of each. Bounded in every direction."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reconciler.model import Report, Result
from reconciler.reporting.chronicle.commit_state import CommitState, Judged, judge, together

KEPT = 100
"""Commits of a repository."""
KEPT_VIMS = 10_000
"""Outcomes on VIMs, over all commits of a repository but the one in force."""
_MOST_PROBLEMS, _MOST_REASONS, _LONGEST = 50, 5, 500


class CommitOutcome(StrEnum):
    """What became of a commit: refused, in force with its `CommitState`, or superseded by another one."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    PROGRESSING = "progressing"
    BLOCKED = "blocked"
    SYNCED = "synced"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Commit:
    """``authored_at`` in seconds since the epoch, 0 where that is not known."""

    id: str
    subject: str = ""
    authored_at: float = 0.0


@dataclass(frozen=True, slots=True)
class VimOutcome:
    """How far a commit has come on a VIM. ``since``: when it came so far, in seconds since the epoch.

    Steps in numbers, by action: ``done`` by all passes for the commit, ``failed`` and ``blocked`` by the last one. What
    drifts once it was synced is no doing of it.
    """

    state: CommitState
    since: float
    reasons: tuple[str, ...] = ()
    done: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    blocked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A commit that was the newest one at a fetch. Times in seconds since the epoch, 0: never.

    ``problems``: the first of why it was refused, of ``problem_count``. ``superseded_by``: the one in force after it.
    """

    commit: Commit
    seen_at: float
    refused_at: float = 0.0
    in_force_at: float = 0.0
    synced_at: float = 0.0
    superseded_at: float = 0.0
    superseded_by: str = ""
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    vims: Mapping[str, VimOutcome] = field(default_factory=dict)

    @property
    def outcome(self) -> CommitOutcome:
        if self.refused_at:
            return CommitOutcome.REFUSED
        if self.superseded_at:
            return CommitOutcome.SUPERSEDED
        return CommitOutcome(together(Judged(one.state) for one in self.vims.values()).state.value)

    @property
    def outcome_at(self) -> float:
        """When it became so."""
        deciding = (one.since for one in self.vims.values() if one.state.value == self.outcome.value)
        return self.refused_at or self.superseded_at or self.synced_at or min(deciding, default=self.in_force_at)


class History:
    """The newest commits of one repository. Not for several threads at once."""

    def __init__(self, kept: int = KEPT, kept_vims: int = KEPT_VIMS) -> None:
        self._kept, self._kept_vims = kept, kept_vims
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._in_force = ""

    def newest(self) -> list[Record]:
        """The newest first."""
        return [*reversed(self._records.values())]

    def taken(self, commit: Commit, targets: Iterable[str], at: float) -> None:
        """A commit is in force from now on. Taken a second time, it begins again."""
        before = self._records.get(self._in_force)
        if before and before.commit.id != commit.id:
            self._records[self._in_force] = replace(before, superseded_at=at, superseded_by=commit.id)
        vims = {target: VimOutcome(CommitState.PROGRESSING, at) for target in targets}
        # Without a VIM there is nothing that a pass could report.
        self._in_force = commit.id
        self._put(Record(commit, at, in_force_at=at, synced_at=0.0 if vims else at, vims=vims))

    def shared(self, targets: Iterable[str], at: float) -> None:
        """The commit in force is served on these VIMs from now on: one that is new here begins."""
        record = self._records.get(self._in_force)
        if record is None:
            return
        vims = {name: record.vims.get(name) or VimOutcome(CommitState.PROGRESSING, at) for name in targets}
        all_synced = all(one.state is CommitState.SYNCED for one in vims.values())
        self._records[self._in_force] = replace(
            record, vims=vims, synced_at=(record.synced_at or at) if all_synced else 0
        )

    def refused(self, commit: Commit, problems: Iterable[str], at: float) -> None:
        """A commit is not taken."""
        texts = [*problems]
        shown = _bounded(texts, _MOST_PROBLEMS)
        self._put(Record(commit, at, refused_at=at, problems=shown, problem_count=len(texts)))

    def passed(self, report: Report) -> None:
        """A pass for the commit in force, or for another one, which is passed over."""
        record = self._records.get(self._in_force)
        if record is None or record.commit.id != report.commit:
            return
        before = record.vims.get(report.target)
        if before is None or before.state is CommitState.SYNCED:
            return
        vims = {**record.vims, report.target: _after(before, report)}
        ended = report.started + report.seconds
        all_synced = all(one.state is CommitState.SYNCED for one in vims.values())
        self._records[self._in_force] = replace(record, vims=vims, synced_at=ended if all_synced else 0.0)

    def _put(self, record: Record) -> None:
        known = self._records.pop(record.commit.id, None)
        commit = replace(record.commit, subject=record.commit.subject[:_LONGEST])
        self._records[commit.id] = replace(record, commit=commit, seen_at=known.seen_at if known else record.seen_at)
        # The one in force is reported of, however many are newer.
        others = [one for one in self._records if one != self._in_force]
        while len(self._records) > self._kept or sum(len(self._records[one].vims) for one in others) > self._kept_vims:
            del self._records[others.pop(0)]


def _after(before: VimOutcome, report: Report) -> VimOutcome:
    state, reasons = judge(report)
    done = Counter(before.done)
    done.update(one.step.action.value for one in report.outcomes if one.result in {Result.DONE, Result.PENDING})
    return VimOutcome(
        state,
        before.since if state is before.state else report.started + report.seconds,
        _bounded(reasons, _MOST_REASONS),
        done,
        Counter(one.step.action.value for one in report.left if one.failed),
        Counter(one.step.action.value for one in report.left if one.result is Result.BLOCKED and not one.failed),
    )


def _bounded(lines: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(line[:_LONGEST] for line in [*lines][:most])
