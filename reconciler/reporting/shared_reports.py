"""What a member of a group reports of a target to the other members: its last Report in brief, as bytes. Pure.

What comes back is from outside: whoever may write to the etcd may have written it. So it is bounded, and nothing that
is not exactly as expected gets in.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from reconciler.model import Health, Key, MagiError, Report, ServiceStatus, Sync
from reconciler.reporting.chronicle import CONDITION_TYPES, Condition, ConditionStatus, Seen
from reconciler.text.markdown import printable

MOST_BYTES = 32 * 1024
"""Of a report as it is sent: some hundred services with their conditions, and some thousand without."""

_MOST_PLAIN = 2 * 1024 * 1024
_LONGEST = 1000
"""Characters of a message."""

_MOST = 2**31
_END_OF_TIME = 253_402_300_800.0
"""The year 10000, in seconds since the epoch."""


_Word = TypeVar("_Word", bound=StrEnum)
_Part = TypeVar("_Part")


class SharedReportError(MagiError):
    """A report can't be sent, or what came is none."""


@dataclass(frozen=True, slots=True)
class SharedReport:
    """The last Report of a target by the member that serves it.

    ``started`` and ``seconds``: of the pass that first found it so. ``error``: why the target could not be observed,
    or "". ``resources``: how many were observed. ``conditions`` by network service, "" for the target. ``ready``: what
    is ready there for resources on other targets, with its id; ``holds``: what it refers to on other targets, each with
    one that does. ``deployed``: the services that something is there of, as it was last observed; ``kept``: those of
    them of which a delete waits for people.
    """

    member: str
    repository: str
    target: str
    commit: str
    started: float
    seconds: float
    services: tuple[ServiceStatus, ...] = ()
    error: str = ""
    resources: int = 0
    steps_left: int = 0
    conditions: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    ready: Mapping[Key, str] = field(default_factory=dict)
    holds: Mapping[Key, Key] = field(default_factory=dict)
    deployed: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @property
    def observed(self) -> bool:
        """Whether the target could be observed."""
        return not self.error

    def says_the_same(self, other: SharedReport) -> bool:
        """Whether another one differs in nothing but when the pass was."""
        return replace(self, started=other.started, seconds=other.seconds) == other


def shared_report(
    report: Report, seen: Seen, last: Report | None, ready: Mapping[Key, str], holds: Mapping[Key, Key]
) -> SharedReport:
    """``last``: the newest one that observed the target, which says what is deployed there. ``seen``: of ``report``."""
    known = report if report.observed or last is None else last
    return SharedReport(
        "",
        report.repository,
        report.target,
        report.commit,
        report.started,
        report.seconds,
        tuple(
            ServiceStatus(
                one.name, one.target, one.sync, one.health, one.desired, one.ready, one.steps_left, _brief(one.message)
            )
            for one in report.services
        ),
        _brief(str(report.error)) if report.error else "",
        sum(report.counts.values()),
        len(report.left),
        {
            name: tuple(replace(one, message=_brief(one.message)) for one in ones)
            for name, ones in seen.conditions.items()
        },
        # What can't be observed may be ready no more.
        ready if report.observed else {},
        holds,
        known.deployed,
        known.kept,
    )


def packed(report: SharedReport) -> bytes:
    """Of at most `MOST_BYTES`: where all of it is more, the services have no conditions and no messages.

    Raises SharedReportError.
    """
    whole = _packed(report)
    if len(whole) > MOST_BYTES:
        services = tuple(replace(one, message="") for one in report.services)
        about = {"": report.conditions.get("", ())}
        whole = _packed(replace(report, services=services, conditions=about))
    if len(whole) > MOST_BYTES:
        raise SharedReportError(
            f"the report of VIM {report.target} has {len(whole)} bytes, and other members read {MOST_BYTES}",
            "divide the services over more VIMs",
        )
    return whole


def _packed(report: SharedReport) -> bytes:
    fields = {
        "commit": report.commit,
        "started": report.started,
        "seconds": report.seconds,
        "services": [
            [one.name, one.sync.value, one.health.value, one.desired, one.ready, one.steps_left, one.message]
            for one in report.services
        ],
        "error": report.error,
        "resources": report.resources,
        "stepsLeft": report.steps_left,
        "conditions": {
            name: [[one.type, one.status.value, one.reason, one.message, one.since] for one in ones]
            for name, ones in report.conditions.items()
        },
        "ready": [[key.kind, key.name, name] for key, name in sorted(report.ready.items())],
        "holds": [[*key, holder.kind, holder.name] for key, holder in sorted(report.holds.items())],
        "deployed": sorted(report.deployed),
        "kept": sorted(report.kept),
    }
    return zlib.compress(json.dumps(fields, separators=(",", ":")).encode())


def unpacked(member: str, repository: str, target: str, payload: bytes) -> SharedReport:
    """The report that a member sent of a target. Raises SharedReportError."""
    try:
        fields = _fields(payload)
        commit = _name(fields["commit"], empty=True)
        return SharedReport(
            member,
            repository,
            target,
            commit,
            _seconds(fields["started"]),
            _seconds(fields["seconds"]),
            _all(fields["services"], lambda one: _service(target, one)),
            _message(fields["error"]),
            _count(fields["resources"]),
            _count(fields["stepsLeft"]),
            {
                _name(name, empty=True): _all(ones, lambda one: _condition(commit, one))
                for name, ones in _of(fields["conditions"], dict).items()
            },
            dict(_all(fields["ready"], lambda one: _ready(target, one))),
            dict(_all(fields["holds"], lambda one: _holds(target, one))),
            frozenset(_all(fields["deployed"], _name)),
            frozenset(_all(fields["kept"], _name)),
        )
    except (ValueError, KeyError, RecursionError, zlib.error) as error:
        why = f"{type(error).__name__}: {printable(str(error))[:100]}"
        raise SharedReportError(f"what member {member} reports of VIM {target} is no report: {why}") from error


def _fields(payload: bytes) -> dict[str, Any]:
    if len(payload) > MOST_BYTES:
        raise ValueError(f"{len(payload)} bytes")
    unpacking = zlib.decompressobj()
    text = unpacking.decompress(payload, _MOST_PLAIN)
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("too large, or not whole")
    found: dict[str, Any] = _of(json.loads(text), dict)
    return found


def _of(value: Any, expected: type[_Part]) -> _Part:
    if type(value) is not expected:
        raise ValueError(f"a {type(value).__name__} is no {expected.__name__}")
    return value


def _all(value: Any, part: Callable[[Any], _Part]) -> tuple[_Part, ...]:
    return tuple(part(one) for one in _of(value, list))


def _parts(value: Any, number: int) -> list[Any]:
    found: list[Any] = _of(value, list)
    if len(found) != number:
        raise ValueError(f"{len(found)} parts, not {number}")
    return found


def _service(target: str, value: Any) -> ServiceStatus:
    name, sync, health, desired, ready, left, message = _parts(value, 7)
    return ServiceStatus(
        _name(name),
        target,
        _word(Sync, sync),
        _word(Health, health),
        _count(desired),
        _count(ready),
        _count(left),
        _message(message),
    )


def _condition(commit: str, value: Any) -> Condition:
    about, status, reason, message, since = _parts(value, 5)
    if about not in CONDITION_TYPES:
        raise ValueError("no type of a condition")
    word = _name(reason)
    if not (word.isascii() and word.isalpha() and word[0].isupper()):
        raise ValueError("no reason of a condition")
    return Condition(about, _word(ConditionStatus, status), word, _message(message), _seconds(since), commit)


def _ready(target: str, value: Any) -> tuple[Key, str]:
    kind, name, found = map(_name, _parts(value, 3))
    return Key(target, kind, name), found


def _holds(target: str, value: Any) -> tuple[Key, Key]:
    other, kind, name, holder_kind, holder = map(_name, _parts(value, 5))
    return Key(other, kind, name), Key(target, holder_kind, holder)


def _word(words: type[_Word], value: Any) -> _Word:
    return words(_of(value, str))


def _name(value: Any, *, empty: bool = False) -> str:
    """A name, an id or a commit, which is taken as it is or not at all."""
    text = _of(value, str)
    if not (text or empty) or len(text) > _LONGEST or not text.isprintable():
        raise ValueError("no name")
    return text


def _message(value: Any) -> str:
    return _brief(_of(value, str))


def _brief(text: str) -> str:
    return printable(text[:_LONGEST])


def _count(value: Any) -> int:
    found = _of(value, int)
    if not 0 <= found < _MOST:
        raise ValueError("no count")
    return found


def _seconds(value: Any) -> float:
    found = float(value) if type(value) in {int, float} else math.nan
    if not 0 <= found < _END_OF_TIME:
        raise ValueError("no time")
    return found
