"""Faults that tests order: wrong answers, garbage, lost connections, delays."""

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

_FIELDS = frozenset(
    {
        "cloud",
        "service",
        "method",
        "route",
        "status",
        "message",
        "garbage",
        "drop",
        "delay",
        "times",
        "probability",
        "seed",
    }
)


@dataclass(slots=True)
class Fault:
    """One rule; what is None or empty matches everything. `times` counts down with each request it strikes."""

    cloud: str | None = None
    service: str | None = None
    method: str | None = None
    route: str | None = None
    status: int | None = None
    message: str = "This is a fault that the simulator was configured to make."
    garbage: bool = False
    drop: str | None = None
    delay: float = 0.0
    times: int | None = None
    probability: float = 1.0
    seed: int | str | None = None
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def strikes(self, cloud: str, service: str, method: str, route: str) -> bool:
        if self.times == 0:
            return False
        if self.cloud not in (None, cloud) or self.service not in (None, service):
            return False
        if self.method not in (None, method) or (self.route and not re.search(self.route, route)):
            return False
        if self.probability < 1.0 and self.dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


def parse(rules: Any) -> list[Fault]:
    """The rules of a JSON list; ValueError says what is wrong."""
    if not isinstance(rules, list):
        raise ValueError("faults are a list of rules")  # noqa: TRY004  (a refusal of data)
    faults = []
    for rule in rules:
        if not isinstance(rule, dict) or not rule.keys() <= _FIELDS:
            raise ValueError(f"a rule has the fields {', '.join(sorted(_FIELDS))}; this is {rule!r}")
        if rule.get("drop") not in (None, "before", "after"):
            raise ValueError("drop is before or after")
        re.compile(rule.get("route") or "")
        faults.append(Fault(**rule))
    return faults


class Faults:
    """The rules in force; the first that strikes decides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def set(self, rules: list[Fault]) -> None:
        with self._lock:
            self._rules = rules

    def find(self, cloud: str, service: str, method: str, route: str) -> Fault | None:
        if not self._rules:
            return None
        with self._lock:
            return next((rule for rule in self._rules if rule.strikes(cloud, service, method, route)), None)
