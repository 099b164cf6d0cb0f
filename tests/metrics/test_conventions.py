"""The metrics as a whole: names as Prometheus expects them, and described in docs/metrics.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from tests.metrics.reports import everything

DOCUMENT = Path(__file__).parents[2] / "docs" / "metrics.md"
ROW = re.compile(r"\| `(\w+)` \| (\w+) \|\s*([^|]*?)\s*\| ([^|]+) \|")
BY_CLIENT = {"le", "quantile"}


class Exposed(NamedTuple):
    """What is reported of a metric: its type and its labels."""

    type: str
    labels: frozenset[str]


def exposed(registry: CollectorRegistry) -> dict[str, Exposed]:
    """Every metric by the name that it has in a query; a histogram is one."""
    found: dict[str, Exposed] = {}
    for metric in registry.collect():
        assert metric.samples, f"{metric.name} has no series here: give `everything` one"
        ending = {"counter": "_total", "info": "_info"}.get(metric.type, "")
        labels = frozenset(name for sample in metric.samples for name in sample.labels) - BY_CLIENT
        found[metric.name + ending] = Exposed("gauge" if metric.type == "info" else metric.type, labels)
    return found


def documented() -> dict[str, Exposed]:
    return {
        name: Exposed(kind, frozenset(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels, _ in ROW.findall(DOCUMENT.read_text())
    }


def test_every_metric_is_documented_with_its_type_and_labels_and_nothing_else_is() -> None:
    assert documented() == exposed(everything())


def queries() -> Iterator[str]:
    for block in re.findall(r"```promql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        yield from re.split(r"\n(?! )", block.strip())


def test_queries_in_the_document_name_metrics_that_exist() -> None:
    known = exposed(everything())
    names = {name for query in queries() for name in re.findall(r"magi_\w+", query)}
    assert {re.sub(r"_bucket$", "", name) for name in names} <= set(known)
    assert len(list(queries())) >= 8


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_queries_in_the_document_are_promql(tmp_path: Path) -> None:
    rules = "".join(f"      - alert: A{n}\n        expr: {' '.join(q.split())!r}\n" for n, q in enumerate(queries()))
    file = tmp_path / "rules.yaml"
    file.write_text(f"groups:\n  - name: documented\n    rules:\n{rules}")
    done = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_follow_the_conventions_of_prometheus() -> None:
    for metric in everything().collect():
        assert re.fullmatch(r"magi_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.documentation.endswith(".")
        assert not re.search(
            r"_(ms|milliseconds|minutes|hours|kb|percent|count|sum|bucket|gauge|counter)$", metric.name
        )
        if "time" in metric.name or "duration" in metric.name:
            assert metric.name.endswith("_seconds")
        for sample in metric.samples:
            assert sample.name.endswith("_total") == (metric.type == "counter")


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say() -> None:
    text = generate_latest(everything())
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_the_open_metrics_form_can_be_read_back() -> None:
    families = list(openmetrics(generate_openmetrics(everything()).decode()))  # type: ignore[no-untyped-call]  # client_python
    assert {family.name for family in families} == {metric.name for metric in everything().collect()}
