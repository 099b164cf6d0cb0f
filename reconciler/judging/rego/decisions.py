"""What rules decide of a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.judging.rego.checks import DECISIONS, PACKAGE, decisions_of
from reconciler.judging.rego.engine import BOUNDS, Bounds, RegoFailedError, run_job, texts_of
from reconciler.judging.rego.rules import modules_of

MOST = 1000
"""Decisions that are read of one plan."""
_LONGEST = 300
_FIELDS = {"message", "service", "kind", "name"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says. ``service``, ``kind`` and ``name`` say of what, if they are given; else of all."""

    message: str
    service: str | None = None
    kind: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    deny: tuple[Decision, ...] = ()
    warn: tuple[Decision, ...] = ()


def decide(rules: Mapping[str, str], plan: Mapping[str, Any], bounds: Bounds = BOUNDS) -> Decisions:
    """What the rules say of a plan, as `plan_json` has it. Raises RegoFailedError."""
    modules = modules_of(rules)
    places = decisions_of(modules)
    job = {"do": "decide", "package": PACKAGE, "names": [*places], "files": texts_of(modules), "input": plan}
    answer = run_job(job, bounds)
    if failed := answer.get("failed"):
        name, why = next(iter(failed.items()))
        where = f"{places[name]}: {name}" if name in places else "the rules"
        raise RegoFailedError(f"the Rego rules failed: {where}: {why}", "fix the files in regoFolder")
    found = answer["decided"]
    if not isinstance(found, dict) or not places:
        raise RegoFailedError("the Rego rules decide nothing", f"one of them must be in 'package {PACKAGE}'")
    for name, place in places.items():
        if name not in found:
            raise RegoFailedError(f"the Rego rules failed: {place}: {name} is undefined", f"write '{name} contains …'")
    return Decisions(*(tuple(_read(found.get(name, ()), name)) for name in DECISIONS))


def _read(found: Any, name: str) -> Iterator[Decision]:
    if not isinstance(found, list | tuple) or len(found) > MOST:
        raise RegoFailedError(f"'{name}' of the Rego rules is no set of at most {MOST} decisions", f"{name} contains …")
    for one in found:
        match one:
            case str():
                yield Decision(_clipped(one))
            case {"message": str(message)} if one.keys() <= _FIELDS and all(
                isinstance(value, str) for value in one.values()
            ):
                yield Decision(_clipped(message), one.get("service"), one.get("kind"), one.get("name"))
            case _:
                shown = json.dumps(one)[:_LONGEST]
                raise RegoFailedError(
                    f"'{name}' of the Rego rules holds {shown}",
                    "a decision is a text, or has message, and service, kind and name where it is about these",
                )


def _clipped(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST]
