"""A plan for people: lines of text with a style each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from reconciler.judging.digests import blocked_sets, facts_of
from reconciler.model import Change, Impact, Key, Plan, Step
from reconciler.review.items import (
    Group,
    Item,
    count_items,
    effects_text,
    forces_replacement,
    foreign_lines,
    groups_of,
    impact_of,
)
from reconciler.review.preflight import obstacle_lines, unchecked_lines
from reconciler.review.values import difference, near
from reconciler.text.markdown import printable

_SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±"}
_SHOWN_BY_NAME = frozenset({"security-group-rule", "router-interface"})
_LONGEST_FACT = 60
_WIDTH = 110
_MOST_FOREIGN = 20


class Line(NamedTuple):
    """One line of text. ``style``: create, update, delete, replace, blocked, heading or plain."""

    style: str
    text: str


def plans_text(plans: Sequence[Plan], *, approving: bool = True) -> Iterator[Line]:
    """The plans, grouped by network service, then by VIM; VIMs where nothing is to be done last.

    ``approving``: also what consent in Git would unblock.
    """
    service = None
    for group in groups_of(plans):
        if group.service != service:
            service = group.service
            yield Line("heading", title_of(service))
        yield from _group_text(group)
    for plan in plans:
        yield from (Line("blocked", f"  VIM {plan.target}: warning: {printable(warning)}") for warning in plan.warnings)
    foreign = list(foreign_lines(plans))
    yield from (Line("blocked", f"  foreign: {printable(line)}") for line in foreign[:_MOST_FOREIGN])
    if len(foreign) > _MOST_FOREIGN:
        yield Line("blocked", f"  foreign: and {len(foreign) - _MOST_FOREIGN} more")
    if approving:
        yield from blocked_text(plans)
    for plan in plans:
        if not plan.steps and not plan.uncompared and not plan.notes:
            yield Line("plain", f"VIM {plan.target}: nothing to do")
    for line in obstacle_lines(plans):
        yield Line("delete", f"would fail: {printable(line)}")
    for line in unchecked_lines(plans):
        yield Line("plain", f"not checked: {printable(line)}")


def blocked_text(plans: Iterable[Plan]) -> Iterator[Line]:
    """What consent in Git would unblock, guard by guard, and how it is given."""
    plans = [*plans]
    found = [one for plan in plans for one in blocked_sets(plan.target, plan.steps)]
    final = {digest for plan in plans for digest in plan.final}
    if found:
        yield Line("heading", "blocked until it is approved in Git")
    for one in found:
        count = len({step_id.key for step_id in one.steps})
        about = f"network service {one.service}, " if one.service else ""
        resources = f"{count} resource{'s' if count > 1 else ''}"
        how = "can't be approved, as the operator has it" if one.digest in final else f"magi approve {one.digest}"
        yield Line("blocked", f"  VIM {one.target}: {about}{one.guard.value}: {resources}: {how}")


def title_of(service: str) -> str:
    return f"network service {service}" if service else "shared by network services"


def effects_line(plans: Iterable[Plan]) -> str:
    """What all of it interrupts and loses, in numbers; "" for nothing."""
    return effects_text(item for group in groups_of(plans) for item in group.items)


def _group_text(group: Group) -> Iterator[Line]:
    if group.items:
        yield Line("heading", f"  VIM {group.target}: {count_items(group.items).brief()}")
    else:
        yield Line("plain", f"  VIM {group.target}")
    for item in group.items:
        yield from item_text(item)
    for line in group.notices:
        yield Line("blocked", f"    {printable(line)}")


def item_text(item: Item) -> Iterator[Line]:
    """One resource, with its fields and why it is blocked, if it is."""
    verb, step = item
    style = "blocked" if step.blocked else verb
    head = f"    {_SIGNS[verb]} {step.key.kind:<19} {printable(step.key.name)}"
    about = printable(_about(item))
    if about and len(head) + len(about) + 4 > _WIDTH:
        yield Line(style, head)
        yield from (Line(style, f"        {line}") for line in wrap(about, _WIDTH - 8, break_on_hyphens=False))
    else:
        yield Line(style, f"{head}  ({about})" if about else head)
    for change in step.changes:
        yield Line(style, f"        {change.field}: {difference(change)}{_cost(step, change)}")
    if step.blocked:
        yield Line("blocked", f"        blocked: {printable(step.reason)}")


def _cost(step: Step, change: Change) -> str:
    """What this field costs, where it is one of several, or the cause of a replacement."""
    if forces_replacement(step, change):
        return "  # forces the replacement"
    impact = impact_of(step, change)
    return f"  # {impact.value}" if impact is not Impact.NONE and len(step.changes) > 1 else ""


def _about(item: Item) -> str:
    """What is to be said of a resource beside its name."""
    verb, step = item
    if verb == "create":
        return ", ".join(_facts(step))
    if verb != "replace":
        return "; ".join(item.effects)
    # Where no field of its own is the cause, the reason is: what it depends on.
    own = any(forces_replacement(step, change) for change in step.changes)
    words = "would be replaced" if step.blocked else "replaced" if own else f"replaced: {step.reason}"
    # Replacing what never ran has no impact.
    return "; ".join([words, *(effect for effect in item.effects if effect != step.impact.value)])


def _facts(step: Step) -> Iterator[str]:
    """What a new resource is like, where its name does not show it."""
    if step.desired is None or step.key.kind in _SHOWN_BY_NAME:
        return
    for name, value in facts_of(step.desired.spec):
        if isinstance(value, Key) and f"{step.key.name}/".startswith(f"{value.name}/"):
            continue
        if name == "fixed_ips" and all(ip.address is None for ip in value):
            continue
        text = near(value, step.key)
        yield f"{name} {text}" if len(text) <= _LONGEST_FACT else f"{name} {text[: _LONGEST_FACT - 1]}…"
