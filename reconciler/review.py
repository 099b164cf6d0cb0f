"""A Plan for people and for machines: lines of text with a style each, and JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from textwrap import wrap
from typing import Any, NamedTuple

from reconciler.model import Action, Change, Impact, Key, Opaque, Plan, Spec, Step, StepId

# The order in which people think of a service, outside in.
_KINDS = (
    "qos-policy",
    "qos-bandwidth-limit",
    "qos-minimum-bandwidth",
    "qos-dscp-marking",
    "network",
    "subnet",
    "router",
    "router-interface",
    "router-routes",
    "security-group",
    "security-group-rule",
    "keypair",
    "server-group",
    "port",
    "trunk",
    "fitting-flavor",
    "software-image",
    "server",
    "floating-ip",
)


_TOLD_BY_NAME = frozenset({"security-group-rule", "router-interface"})
_LONGEST_FACT = 60
_WIDTH = 110


class Line(NamedTuple):
    """One line of text. ``style``: create, update, delete, replace, held, heading or plain."""

    style: str
    text: str


class Counts(NamedTuple):
    """Resources by what the plan does to them; a replacement is one. ``held`` of all are not going to be run."""

    create: int
    update: int
    delete: int
    replace: int
    held: int

    def __str__(self) -> str:
        text = f"{self.create} to create, {self.update} to update, {self.delete} to delete"
        if self.replace:
            text += f", {self.replace} to replace"
        return f"{text}; {self.held} held" if self.held else text


class Item(NamedTuple):
    """One resource of a plan: its step, or the create of the two steps that replace it."""

    verb: str
    step: Step


def items_of(plan: Plan) -> list[Item]:
    """The resources that the plan touches, by service, kind and name."""
    items = []
    for step in plan.steps.values():
        replaced = StepId(Action.DELETE, step.key) in plan.steps and StepId(Action.CREATE, step.key) in plan.steps
        if not replaced:
            items.append(Item(step.action.value, step))
        elif step.action is Action.CREATE:
            items.append(Item("replace", step))
    return sorted(items, key=lambda item: (item.step.key.service, _kind_order(item.step.key.kind), item.step.key.name))


def counts_of(plans: Iterable[Plan]) -> Counts:
    """What the plans do, in numbers."""
    numbers: defaultdict[str, int] = defaultdict(int)
    for plan in plans:
        for item in items_of(plan):
            numbers[item.verb] += 1
            numbers["held"] += item.step.held is not None
    return Counts(numbers["create"], numbers["update"], numbers["delete"], numbers["replace"], numbers["held"])


def plan_text(plan: Plan) -> Iterator[Line]:
    """The plan of one target, grouped by network service."""
    if not plan.steps:
        yield Line("plain", f"{plan.target}: nothing to do")
        yield from _uncompared_text(plan)
        return
    yield Line("heading", f"{plan.target}: {counts_of([plan])}")
    service = None
    for verb, step in items_of(plan):
        if step.key.service != service:
            service = step.key.service
            yield Line("plain", f"  {service or 'what services share'}")
        yield from _item_text(verb, step)
    yield from _uncompared_text(plan)


def _uncompared_text(plan: Plan) -> Iterator[Line]:
    """What could not be compared, one line a reason."""
    by_reason: defaultdict[str, list[Key]] = defaultdict(list)
    for key, reason in plan.uncompared.items():
        by_reason[reason].append(key)
    for reason, keys in by_reason.items():
        more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
        yield Line("held", f"  not compared: {min(keys)}{more}: {reason}")


def _item_text(verb: str, step: Step) -> Iterator[Line]:
    sign = {"create": "+", "update": "~", "delete": "-", "replace": "±"}[verb]
    style = "held" if step.held else verb
    head = f"    {sign} {step.key.kind:<19} {step.key.name}"
    about = _about(verb, step)
    if about and len(head) + len(about) + 4 > _WIDTH:
        yield Line(style, head)
        yield from (Line(style, f"        {line}") for line in wrap(about, _WIDTH - 8, break_on_hyphens=False))
    else:
        yield Line(style, f"{head}  ({about})" if about else head)
    for change in step.changes:
        yield Line(style, f"        {change.field}: {_difference(change)}")
    if step.held:
        yield Line("held", f"        held: {step.reason}")


def _about(verb: str, step: Step) -> str:
    """What is to be said of a resource beside its name."""
    if verb == "create":
        return ", ".join(_facts(step))
    if verb == "replace":
        return "would be replaced" if step.held else f"replaced: {step.reason}"
    return "" if step.impact is Impact.NONE else step.impact.value


def _facts(step: Step) -> Iterator[str]:
    """What a new resource is like, as far as its name does not tell."""
    if step.desired is None or step.key.kind in _TOLD_BY_NAME:
        return
    for name, value in facts_of(step.desired.spec):
        if isinstance(value, Key) and f"{step.key.name}/".startswith(f"{value.name}/"):
            continue
        if name == "fixed_ips" and all(ip.address is None for ip in value):
            continue
        text = _near(value, step.key)
        yield f"{name} {text}" if len(text) <= _LONGEST_FACT else f"{name} {text[: _LONGEST_FACT - 1]}…"


def _near(value: Any, key: Key) -> str:
    """A value as `shown`, with the names of resources as seen from the one that refers to them."""
    if isinstance(value, Key):
        return _relative(value.name, key.name)
    if type(value) is tuple and value:
        return " ".join(_near(item, key) if isinstance(item, Key) else shown((item,)) for item in value)
    return shown(value)


def _relative(name: str, base: str) -> str:
    """``name`` without the leading parts that it shares with ``base``."""
    parts, others = name.split("/"), base.split("/")
    while len(parts) > 1 and others and parts[0] == others[0]:
        parts, others = parts[1:], others[1:]
    return "/".join(parts)


def _difference(change: Change) -> str:
    """Old and new; of a tuple only what goes and what comes."""
    field, old, new = change
    if type(old) is type(new) is tuple and field != "fixed_ips":
        gone = [f"-{shown(item)}" for item in old if item not in new]
        come = [f"+{shown(item)}" for item in new if item not in old]
        if gone or come:
            return " ".join(gone + come)
    return f"{shown(old)} -> {shown(new)}"


def facts_of(spec: Spec) -> Iterator[tuple[str, Any]]:
    """The fields of a Spec that say more than their default does."""
    for field in fields(spec):
        value = getattr(spec, field.name)
        if value not in {None, ()} and (field.default is MISSING or value != field.default):
            yield field.name, value


def shown(value: Any) -> str:
    """A field's value as people read it."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Key):
        return value.name
    if type(value) is tuple:
        # A pair without a name of its own is one of a mapping, such as metadata.
        return ", ".join(f"{item[0]}={item[1]}" if type(item) is tuple else shown(item) for item in value)
    return str(value)


def _kind_order(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan of one target for machines."""
    return {
        "vim": plan.target,
        "summary": counts_of([plan])._asdict(),
        "resources": [
            {
                "action": verb,
                "kind": step.key.kind,
                "name": step.key.name,
                "service": step.key.service,
                "changes": [
                    {"field": change.field, "old": plain(change.old), "new": plain(change.new)}
                    for change in step.changes
                ],
                "spec": _spec_json(step),
                "impact": step.impact.value,
                "held": step.held.value if step.held else None,
                "reason": step.reason,
                "source": str(step.desired.place) if step.desired else None,
            }
            for verb, step in items_of(plan)
        ],
        "notCompared": [
            {"kind": key.kind, "name": key.name, "reason": reason} for key, reason in sorted(plan.uncompared.items())
        ],
    }


def _spec_json(step: Step) -> Mapping[str, Any] | None:
    if step.desired is None:
        return None
    return {name: plain(value) for name, value in facts_of(step.desired.spec)}


def plain(value: Any) -> Any:
    """A field's value in JSON: references by name, hidden values by digest."""
    if isinstance(value, Key):
        return value.name
    if isinstance(value, Opaque):
        return value.digest
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple | frozenset):
        return [plain(item) for item in value]
    return value
