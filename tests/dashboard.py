"""The shipped dashboard as Grafana reads it, and its expressions as Grafana sends them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "deploy" / "grafana" / "magi.json"
GRAFANA = {"__rate_interval": "10s", "__interval": "10s"}
"""What Grafana itself puts in: here for a Prometheus that scrapes each second."""


def dashboard() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def panels() -> list[dict[str, Any]]:
    """Those that show something: rows are headings."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def raw_expressions() -> Iterator[tuple[str, str]]:
    """Each expression, with the title of what shows it."""
    for panel in panels():
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])
    yield from ((one["name"], one["expr"]) for one in dashboard()["annotations"]["list"])


def expressions() -> Iterator[tuple[str, str]]:
    """The same with all repositories, VIMs and services chosen."""
    variables = {one["name"]: one.get("allValue", "") for one in dashboard()["templating"]["list"]} | GRAFANA
    for title, text in raw_expressions():
        yield title, re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)
