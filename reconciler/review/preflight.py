"""What would make a plan fail, and what could not be checked, in lines for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from reconciler.model import Obstacle, Plan

_NAMED = 3


def obstacle_lines(plans: Iterable[Plan]) -> Iterator[str]:
    """One line for each reason why steps would fail, with the first resources that it is about."""
    for plan in plans:
        for obstacle in plan.preflight.obstacles:
            yield f"VIM {plan.target}: {obstacle.reason} ({_keys(obstacle)})"


def unchecked_lines(plans: Iterable[Plan]) -> Iterator[str]:
    """One line for each thing that VIMs do not report."""
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for plan in plans:
        for reason in plan.preflight.unknown:
            targets[reason].append(plan.target)
    for reason, names in targets.items():
        yield f"VIM {', '.join(names)}: {reason}"


def duration_line(plans: Iterable[Plan]) -> str:
    """How long the plans will take, by what such steps took there: "about 3 min on paris (2 to 5 min)"; or ""."""
    known = ((plan.target, plan.preflight) for plan in plans if plan.steps)
    return ", ".join(
        f"about {_length(found.seconds)} on {target}{_range(found.within)}"
        for target, found in known
        if found.seconds is not None
    )


def _range(within: tuple[float, float] | None) -> str:
    if within is None or _length(within[0]) == _length(within[1]):
        return ""
    return f" ({_length(within[0])} to {_length(within[1])})"


def _length(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{round(whole / 60)} min" if whole < 7200 else f"{round(whole / 3600)} h"


def preflight_json(plan: Plan) -> dict[str, Any]:
    return {
        "wouldFail": [
            {
                "reason": obstacle.reason,
                "resources": [{"kind": key.kind, "name": key.name} for key in obstacle.keys],
            }
            for obstacle in plan.preflight.obstacles
        ],
        "notChecked": list(plan.preflight.unknown),
        "estimatedSeconds": None if plan.preflight.seconds is None else round(plan.preflight.seconds, 1),
        "estimatedWithin": [round(one, 1) for one in plan.preflight.within] if plan.preflight.within else None,
    }


def _keys(obstacle: Obstacle) -> str:
    more = len(obstacle.keys) - _NAMED
    return ", ".join(map(str, obstacle.keys[:_NAMED])) + (f" and {more} more" if more > 0 else "")
