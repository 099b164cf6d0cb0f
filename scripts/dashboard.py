"""`python -m scripts.dashboard`: writes deploy/grafana/magi.json, the dashboard for Grafana.

A test holds the file to it. Rows and panels are data; where a panel is follows from their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.dashboard_rows import ROWS, VARIABLES, Panel, Variable

FILE = Path(__file__).parents[1] / "deploy" / "grafana" / "magi.json"
WIDTH = 24
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLORS = ("green", "orange", "red")


@dataclass
class Cursor:
    """Where the next panel goes, and its id."""

    x: int = 0
    y: int = 0
    height: int = 0
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    def place(self, width: int, height: int) -> dict[str, int]:
        if self.x + width > WIDTH:
            self.end_line()
        at = {"x": self.x, "y": self.y, "w": width, "h": height}
        self.x += width
        self.height = max(self.height, height)
        return at

    def end_line(self) -> None:
        self.x, self.y, self.height = 0, self.y + self.height, 0


def dashboard() -> dict[str, Any]:
    return {
        "uid": "magi",
        "title": "Magi",
        "description": "Network services, their VIMs, and Magi itself. docs/metrics.md says what each metric means.",
        "tags": ["magi"],
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "schemaVersion": 39,
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": [_commits()]},
        "templating": {"list": [_datasource(), *map(_variable, VARIABLES)]},
        "panels": list(_panels(ROWS)),
    }


def _panels(rows: Sequence[tuple[str, Sequence[Panel]]]) -> Iterator[dict[str, Any]]:
    cursor = Cursor()
    for title, panels in rows:
        yield {
            "id": next(cursor.ids),
            "type": "row",
            "title": title,
            "collapsed": False,
            "panels": [],
            "gridPos": cursor.place(WIDTH, 1),
        }
        cursor.end_line()
        for panel in panels:
            yield _panel(panel, next(cursor.ids), cursor.place(panel.width, panel.height))
        cursor.end_line()


def _panel(panel: Panel, number: int, at: dict[str, int]) -> dict[str, Any]:
    is_table = panel.type == "table"
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "expr": expression,
            "legendFormat": legend or "__auto",
            "instant": panel.type in {"stat", "table"},
            "range": panel.type not in {"stat", "table"},
            "format": "table" if is_table else "time_series",
        }
        for index, (expression, legend) in enumerate(panel.queries)
    ]
    steps = [{"color": color, "value": value} for color, value in zip(COLORS, (None, *panel.limits), strict=False)]
    if panel.falling:
        # The more the better: red below the first limit.
        colors = list(reversed(COLORS[: len(steps)]))
        steps = [step | {"color": color} for step, color in zip(steps, colors, strict=True)]
    return {
        "id": number,
        "type": panel.type,
        "title": panel.title,
        "description": panel.text,
        "datasource": DATASOURCE,
        "gridPos": at,
        "targets": targets,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                **({} if panel.below_zero else {"min": 0}),
                "noValue": panel.nothing,
                "thresholds": {"mode": "absolute", "steps": steps},
                "color": {"mode": "thresholds" if panel.type in {"stat", "state-timeline"} else "palette-classic"},
                "custom": {"stacking": {"mode": "normal"}, "fillOpacity": 20} if panel.stacked else {},
            },
            "overrides": [],
        },
        "options": _options(panel),
        "transformations": [_tidied()] if is_table else [],
    }


def _options(panel: Panel) -> dict[str, Any]:
    match panel.type:
        case "stat":
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "background", "graphMode": "none"}
        case "timeseries":
            return {
                "legend": {"displayMode": "list", "placement": "bottom"},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case "state-timeline":
            return {"showValue": "never", "mergeValues": True}
        case _:
            return {"showHeader": True}


def _tidied() -> dict[str, Any]:
    hidden = dict.fromkeys(("Time", "__name__", "instance", "job", "Value"), True)
    return {"id": "organize", "options": {"excludeByName": hidden}}


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "label": variable.label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": variable.query, "refId": variable.name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _commits() -> dict[str, Any]:
    """A mark in every graph where another commit came into force."""
    return {
        "name": "Commits",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": "blue",
        "expr": 'changes(magi_commit_timestamp_seconds{repository=~"$repository"}[$__interval]) > 0',
        "titleFormat": "New commit in force: {{repository}}",
    }


def written() -> str:
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
