"""The shipped rules of Prometheus, read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "magi.rules.yml"


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def labels_kept(expression: str) -> set[str]:
    """The labels that the outermost aggregation keeps; none where there is none."""
    found = re.match(r"\w+ by \(([^)]*)\)", expression)
    return set(re.split(r",\s*", found[1])) if found else set()


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RECORDED: Mapping[str, set[str]] = {rule["record"]: labels_kept(rule["expr"]) for rule in rules() if "record" in rule}
"""The labels of each series that a rule records."""
