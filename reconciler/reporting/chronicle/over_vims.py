"""The conditions of a network service that is on several VIMs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.reporting.chronicle.conditions import Condition, ConditionStatus

_NAMED = 3

# What one VIM is enough for, the gravest first; of other types the last is true of all.
_WHERE_ALL = (ConditionStatus.FALSE, ConditionStatus.UNKNOWN, ConditionStatus.TRUE)
_WHERE_ANY = (ConditionStatus.TRUE, ConditionStatus.UNKNOWN, ConditionStatus.FALSE)
_OF_ALL = frozenset({"Synced", "Healthy"})


def over_vims(conditions: Mapping[str, Sequence[Condition]]) -> tuple[Condition, ...]:
    """The conditions of a service that is on several VIMs, out of those on each.

    It is synced and healthy when it is so everywhere; it progresses, is blocked or suspended when it does so anywhere.
    """
    by_type: dict[str, dict[str, Condition]] = {}
    for vim, ones in sorted(conditions.items()):
        for one in ones:
            by_type.setdefault(one.type, {})[vim] = one
    return tuple(_over_vims(of_type) for of_type in by_type.values())


def _over_vims(by_vim: Mapping[str, Condition]) -> Condition:
    ones = [*by_vim.values()]
    if len(ones) == 1:
        return ones[0]
    precedence = _WHERE_ALL if ones[0].type in _OF_ALL else _WHERE_ANY
    status = min((one.status for one in ones), key=precedence.index)
    deciding = {vim: one for vim, one in by_vim.items() if one.status is status}
    times = [one.since for one in deciding.values()]
    messages = [f"{vim}: {one.message}" for vim, one in deciding.items() if one.message]
    more = f"; and on {len(messages) - _NAMED} more" if len(messages) > _NAMED else ""
    commits = {one.commit for one in ones}
    return Condition(
        ones[0].type,
        status,
        next(iter(deciding.values())).reason,
        "; ".join(messages[:_NAMED]) + more,
        # What all agree in became so with the last of them; what one is enough for, with the first.
        max(times) if status is precedence[-1] else min(times),
        commits.pop() if len(commits) == 1 else "",
    )
