"""The digest of a plan, or of the steps of it that a guard blocks, in 32 hexadecimal digits. Pure.

A digest covers what is done to which resource, with all that is written, and nothing else: neither when, nor why, nor
what clouds call things. Hidden values are in it by their own digests.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from reconciler.model import Action, BlockReason, Key, Opaque, Plan, Spec, Step, StepId

_DIGITS = 32


def actions_of(steps: Mapping[StepId, Step]) -> Iterator[tuple[str, Step]]:
    """What is done to each resource: the action and its step, or "replace" and the create of the two that do it."""
    for step in steps.values():
        replaced = StepId(Action.DELETE, step.key) in steps and StepId(Action.CREATE, step.key) in steps
        if not replaced:
            yield step.action.value, step
        elif step.action is Action.CREATE:
            yield "replace", step


def plan_digest(plans: Iterable[Plan]) -> str:
    """The digest of the steps of the plans, with all that they write.

    Two plans have the same digest when they do the same to the same resources, whatever these had been called by the
    clouds, whenever and in whatever order the plans were made. What is blocked is covered as if it were not, so that
    consent leaves the digest of what it allows as it is.
    """
    return _digest(line for plan in plans for line in _lines(plan.target, plan.steps))


def steps_digest(target: str, steps: Mapping[StepId, Step]) -> str:
    """The digest of the plan that has these steps."""
    return _digest(_lines(target, steps))


@dataclass(frozen=True, slots=True)
class BlockedSet:
    """What one guard blocks, and consent in Git may unblock: all of it or nothing.

    ``service`` is "" where the guard is about more than one. ``steps``: what is blocked, with a digest of each and
    of what blocks it.
    """

    target: str
    guard: BlockReason
    service: str
    reason: str
    digest: str
    steps: Mapping[StepId, str]


def blocked_sets(target: str, steps: Mapping[StepId, Step]) -> tuple[BlockedSet, ...]:
    """What is blocked on a target and may be unblocked, guard by guard.

    A guard that counts blocks all that it counted; others block each service separately, so that a change to one
    keeps the digest of another. Each decision of a rule blocks what it is about by itself.
    """
    groups: defaultdict[tuple[BlockReason, str, str], list[tuple[str, Step]]] = defaultdict(list)
    for verb, step in actions_of(steps):
        if step.blocked and step.blocked.is_approvable:
            service = "" if step.blocked.counts else step.key.service
            said = step.reason if step.blocked.counts or step.blocked.is_decision else ""
            groups[step.blocked, service, said].append((verb, step))
    return tuple(_blocked_set(target, guard, blocked) for (guard, _, _), blocked in sorted(groups.items()))


def _blocked_set(target: str, guard: BlockReason, blocked: list[tuple[str, Step]]) -> BlockedSet:
    services = {step.key.service for _, step in blocked}
    reason = min(step.reason for _, step in blocked)
    # The words of a rule are what is consented to; those of other guards have numbers, which come and go.
    decision = [guard.value, reason] if guard.is_decision else [guard.value]
    by_step: dict[StepId, str] = {}
    for verb, step in blocked:
        digest = _digest([*decision, _line(target, verb, step)])
        by_step[step.id] = digest
        if verb == "replace":
            by_step[StepId(Action.DELETE, step.key)] = digest
    return BlockedSet(
        target,
        guard,
        services.pop() if len(services) == 1 else "",
        reason,
        _digest([*decision, *(_line(target, *one) for one in blocked)]),
        by_step,
    )


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:_DIGITS]


def _lines(target: str, steps: Mapping[StepId, Step]) -> Iterator[str]:
    return (_line(target, *one) for one in actions_of(steps))


def _line(target: str, verb: str, step: Step) -> str:
    """What is done to a resource, without why, whether and at what cost."""
    changes = [[one.field, plain(one.old, whole=True), plain(one.new, whole=True)] for one in step.changes]
    written = {
        "vim": target,
        "action": verb,
        "kind": step.key.kind,
        "name": step.key.name,
        "changes": changes,
        "spec": spec_json(step, whole=True),
    }
    return json.dumps(written, sort_keys=True)


def spec_json(step: Step, *, whole: bool = False) -> Mapping[str, Any] | None:
    """The desired value, where it is not the default; None for what goes."""
    if step.desired is None:
        return None
    return {name: plain(value, whole=whole) for name, value in facts_of(step.desired.spec)}


def facts_of(spec: Spec) -> Iterator[tuple[str, Any]]:
    """The fields of a Spec that say more than their default does."""
    for field in fields(spec):
        value = getattr(spec, field.name)
        if value not in {None, ()} and (field.default is MISSING or value != field.default):
            yield field.name, value


def plain(value: Any, *, whole: bool = False) -> Any:
    """A field's value in JSON: references by name, hidden values by digests, ``whole`` or cut short."""
    if isinstance(value, Key):
        return value.name
    if isinstance(value, Opaque):
        return value.digest if whole else str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(part, whole=whole) for name, part in value._asdict().items()}
    if isinstance(value, tuple):
        return [plain(item, whole=whole) for item in value]
    if isinstance(value, frozenset):
        return sorted(plain(item, whole=whole) for item in value)
    return value
