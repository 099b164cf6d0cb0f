"""How what would be done now differs from a plan that was kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model import PROGRESS_OF_BLOCK, BlockReason, Plan
from reconciler.review.json import plan_json
from reconciler.text.markdown import printable

_Resources = Mapping[tuple[str, str, str], Mapping[str, Any]]


def plan_differences(kept: Sequence[Mapping[str, Any]], plans: Iterable[Plan]) -> list[str]:
    """A line for each step that only one of the two has, or that differs; none when the same would be done.

    ``kept``: the ``vims`` of the JSON. What is blocked only until something else is done counts as done: a run does
    both.
    """
    before = _resources(kept)
    # Through JSON, where a tuple is a list as it is in the one that was kept.
    now = _resources(json.loads(json.dumps([plan_json(plan) for plan in plans])))
    lines: list[str] = []
    for one in sorted(before.keys() | now.keys()):
        vim, kind, name = one
        if one not in before:
            lines.append(f"{vim}: {now[one]['action']} {kind} {name}: would be done now, and is not in the saved plan")
        elif one not in now:
            action = before[one]["action"]
            lines.append(f"{vim}: {action} {kind} {name}: is in the saved plan, and would not be done now")
        else:
            lines += [f"{vim}: {kind} {name}: {words}" for words in _changed(before[one], now[one])]
    return [printable(line) for line in lines]


def _resources(vims: Iterable[Mapping[str, Any]]) -> _Resources:
    return {(vim["vim"], one["kind"], one["name"]): one for vim in vims for one in vim["resources"]}


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if before["action"] != now["action"]:
        yield f"{now['action']}, in the saved plan {before['action']}"
        return
    if _block(before) != _block(now):
        yield f"{_block(now) or 'not blocked'}, in the saved plan {_block(before) or 'not blocked'}"
    fields, others = _fields(before), _fields(now)
    for name in sorted(fields.keys() | others.keys()):
        if fields.get(name) != others.get(name):
            yield f"{name}: {_format_change(others.get(name))}, in the saved plan {_format_change(fields.get(name))}"
    desired, other = before["spec"] or {}, now["spec"] or {}
    for name in sorted((desired.keys() | other.keys()) - fields.keys() - others.keys()):
        if desired.get(name) != other.get(name):
            yield f"{name} {_value(other.get(name))}, in the saved plan {_value(desired.get(name))}"


def _block(resource: Mapping[str, Any]) -> str:
    blocked = resource["blocked"]
    known = {one.value: PROGRESS_OF_BLOCK[one] for one in BlockReason}
    if blocked is None or (blocked in known and known[blocked].by_itself):
        return ""
    return f"blocked: {blocked}"


def _fields(resource: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {change["field"]: (change["old"], change["new"]) for change in resource["changes"]}


def _format_change(change: tuple[Any, Any] | None) -> str:
    return "unchanged" if change is None else f"{_value(change[0])} -> {_value(change[1])}"


def _value(value: Any) -> str:
    if value in (None, [], ""):
        return "none"
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value)
