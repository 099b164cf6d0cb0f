"""What a plan does, resource by resource: by network service and VIM, counted, with what each step costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.judging.digests import actions_of
from reconciler.model import Change, FieldChange, Impact, Key, Plan, Step, impact_of_change


class Counts(NamedTuple):
    """Resources by what the plan does to them; a replacement is one. ``blocked`` of all are not going to be run."""

    create: int
    update: int
    delete: int
    replace: int
    blocked: int

    @property
    def resources(self) -> int:
        """How many it is about."""
        return self.create + self.update + self.delete + self.replace

    def __str__(self) -> str:
        text = f"{self.create} to create, {self.update} to update, {self.delete} to delete"
        if self.replace:
            text += f", {self.replace} to replace"
        return f"{text}; {self.blocked} blocked" if self.blocked else text

    def brief(self) -> str:
        """Only what there is of."""
        numbers = self._asdict()
        blocked = numbers.pop("blocked")
        text = ", ".join(f"{number} to {verb}" for verb, number in numbers.items() if number) or "nothing to do"
        return f"{text}; {blocked} blocked" if blocked else text


class Item(NamedTuple):
    """One resource of a plan: its step, or the create of the two steps that replace it."""

    verb: str
    step: Step

    @property
    def effects(self) -> tuple[str, ...]:
        """What it does to the service that runs there, the gravest first: ("rebuild", "data loss: its root disk")."""
        step = self.step
        impact = () if step.impact is Impact.NONE else (step.impact.value,)
        if step.observed is None:
            return impact
        desired = step.desired.spec if step.desired else None
        return impact + step.observed.spec.side_effects(step.impact, desired, {one.field for one in step.changes})


@dataclass(frozen=True, slots=True)
class Group:
    """What a plan does for one network service on one VIM. ``service`` is "" for what services share.

    ``notices``: a line for each reason why a part of something could not be compared, and for each note.
    """

    service: str
    target: str
    items: Sequence[Item] = ()
    notices: Sequence[str] = field(default=())


def items_of(plan: Plan) -> list[Item]:
    """The resources that the plan touches, by service, then as people think of one: outside in, and by name."""
    items = (Item(*one) for one in actions_of(plan.steps))
    return sorted(items, key=lambda item: (item.step.key.service, _rank(item.step), item.step.key.name))


def groups_of(plans: Iterable[Plan]) -> list[Group]:
    """The plans by network service, then VIM; what services share comes last."""
    items: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
    notices: defaultdict[tuple[str, str], dict[tuple[str, str], list[Key]]] = defaultdict(lambda: defaultdict(list))
    for plan in plans:
        for item in items_of(plan):
            items[item.step.key.service, plan.target].append(item)
        for key, reason in plan.uncompared.items():
            notices[key.service, plan.target]["not compared: ", f": {reason}"].append(key)
        for key, note in plan.notes.items():
            notices[key.service, plan.target]["", f" {note.text}"].append(key)
    names = sorted(items.keys() | notices.keys(), key=lambda name: (not name[0], name))
    return [Group(*name, items.get(name, ()), [*_lines(notices.get(name, {}))]) for name in names]


def foreign_lines(plans: Iterable[Plan]) -> Iterator[str]:
    """What has the owner mark and is another project's, a line each."""
    for plan in plans:
        yield from (f"VIM {plan.target}: {one}: it is left alone" for one in plan.foreign)


def _lines(notices: Mapping[tuple[str, str], Sequence[Key]]) -> Iterator[str]:
    """One for each text, ``(before, behind)`` the names of those that it is about."""
    for (before, behind), keys in notices.items():
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        yield f"{before}{min(keys)}{more}{behind}"


def count_items(items: Iterable[Item]) -> Counts:
    """Resources in numbers."""
    numbers: Counter[str] = Counter()
    for verb, step in items:
        numbers[verb] += 1
        numbers["blocked"] += step.blocked is not None
    return Counts(numbers["create"], numbers["update"], numbers["delete"], numbers["replace"], numbers["blocked"])


def counts_of(plans: Iterable[Plan]) -> Counts:
    """What the plans do, in numbers."""
    return count_items(item for plan in plans for item in items_of(plan))


def effects_text(items: Iterable[Item]) -> str:
    """What is interrupted or lost, in numbers: "1 × rebuild; blocked: 2 × replace"; "" for nothing."""
    now: Counter[str] = Counter()
    blocked: Counter[str] = Counter()
    for item in items:
        (blocked if item.step.blocked else now).update(effect.partition(":")[0] for effect in item.effects)
    return "; ".join(filter(None, [_numbers(now), f"blocked: {_numbers(blocked)}" if blocked else ""]))


def _numbers(effects: Counter[str]) -> str:
    return ", ".join(f"{number} × {effect}" for effect, number in sorted(effects.items()))


def forces_replacement(step: Step, change: Change) -> bool:
    """Whether it is this field that can't change in place."""
    if step.impact is not Impact.REPLACE or step.desired is None or not isinstance(change, FieldChange):
        return False
    return change.field in step.desired.spec.immutable


def impact_of(step: Step, change: Change) -> Impact:
    """What the change of this field alone does to the service."""
    if forces_replacement(step, change):
        return Impact.REPLACE
    return impact_of_change(step.desired.spec, change) if step.desired else Impact.NONE


def _rank(step: Step) -> int:
    """Its place among the steps of a service, as its Spec has it."""
    holder = step.desired or step.observed
    return holder.spec.rank if holder else 0
