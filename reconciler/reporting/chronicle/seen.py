"""What a pass found, with since when: a Report shows what is so, and the one before how long it has been. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.model import Key, Report
from reconciler.reporting.chronicle.conditions import Condition, conditions_of


@dataclass(frozen=True, slots=True)
class Seen:
    """``conditions`` by network service, "" for the VIM. ``drift``: since when what drifts is known to do so."""

    conditions: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    drift: Mapping[Key, float] = field(default_factory=dict)


def follow(before: Seen, report: Report) -> Seen:
    """What is seen after a pass. A VIM that can't be observed shows nothing new of drift."""
    conditions = {name: _since(before.conditions.get(name, ()), now) for name, now in conditions_of(report).items()}
    if report.error:
        return Seen(conditions, before.drift)
    keys = {one.step.key for one in report.left if one.step.id in report.drifted}
    return Seen(conditions, {key: before.drift.get(key, report.started) for key in keys})


def _since(before: tuple[Condition, ...], now: tuple[Condition, ...]) -> tuple[Condition, ...]:
    known = {(one.type, one.status): one.since for one in before}
    return tuple(replace(one, since=known.get((one.type, one.status), one.since)) for one in now)
