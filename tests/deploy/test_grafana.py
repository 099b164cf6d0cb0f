"""deploy/grafana/: the dashboard against the metrics that there are, promtool, and what Grafana requires of its files.

Grafana itself is not run. tests/end_to_end/test_alerting.py asks a real Prometheus every expression.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import ProcessCollector

from reconciler.model import BlockReason
from scripts.dashboard import written
from tests.dashboard import FILE, dashboard, expressions, panels, raw_expressions
from tests.deploy.prometheus import RECORDED
from tests.metrics.reports import everything

PROVISIONING = FILE.parent / "provisioning"
PROMETHEUS = {"ALERTS": {"alertname", "alertstate"}}
"""Of Prometheus itself."""


def known() -> dict[str, set[str]]:
    """The labels of every series that there may be, by name."""
    registry = everything()
    ProcessCollector(registry=registry)
    found = {name: set(labels) for name, labels in {**PROMETHEUS, **RECORDED}.items()}
    for sample in (sample for metric in registry.collect() for sample in metric.samples):
        found.setdefault(sample.name, {"instance", "job"}).update(sample.labels)
    return found


def test_the_file_is_what_its_script_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run `make docs`"


def test_every_panel_has_an_id_and_a_place_of_its_own() -> None:
    every = dashboard()["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    for panel in every:
        at = panel["gridPos"]
        assert 0 <= at["x"] < at["x"] + at["w"] <= 24
    for one, other in combinations([panel["gridPos"] for panel in every], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


def test_the_rows_are_there_in_their_order() -> None:
    assert [panel["title"] for panel in dashboard()["panels"] if panel["type"] == "row"] == [
        "Fleet", "Convergence objective", "VIMs and their APIs", "Drift and steps", "Git", "Magi itself",
    ]  # fmt: skip


def test_every_panel_asks_the_data_source_that_is_chosen() -> None:
    for panel in panels():
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {panel["datasource"]["uid"]}
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_the_variables_are_the_data_source_the_repository_the_vim_and_the_service() -> None:
    variables = {one["name"]: one for one in dashboard()["templating"]["list"]}
    assert list(variables) == ["datasource", "repository", "vim", "service"]
    for name in ("repository", "vim", "service"):
        query = variables[name]["query"]["query"]
        found = re.fullmatch(r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", query)
        assert found is not None
        assert name == found[2]
        assert name in known()[found[1]]


@pytest.mark.parametrize("text", [text for _, text in raw_expressions()])
def test_an_expression_names_metrics_and_labels_that_there_are(text: str) -> None:
    names = re.findall(r"\b((?:[a-z_]+:)?(?:magi|process)_\w+(?::\w+)?|ALERTS)(?:\{([^}]*)\})?", text)
    assert names
    for name, labels in names:
        assert name in known()
        for label, value in re.findall(r'(\w+)(?:!=|=~?)"([^"]*)"', labels):
            assert label in known()[name]
            if label == "reason":
                assert set(value.split("|")) <= {guard.value for guard in BlockReason}
    for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", text):
        assert set(re.split(r",\s*", labels)) <= {label for name, _ in names for label in known()[name]}


def test_every_metric_has_a_place_in_the_dashboard() -> None:
    texts = "\n".join(text for _, text in raw_expressions())
    series = {sample.name for metric in everything().collect() for sample in metric.samples}
    # One series of a histogram represents the others.
    desired = {name for name in series if not name.endswith(("_count", "_sum"))}
    assert {name for name in desired if not re.search(rf"\b{name}\b", texts)} == set()


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")
def test_every_expression_is_promql(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": text} for number, (_, text) in enumerate(expressions())]
    rules = [rule | {"record": f"panel:of_{number}"} for number, rule in enumerate(rules)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", "--lint=none", str(tmp_path / "rules.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def load(path: str) -> Any:
    return yaml.safe_load((PROVISIONING / path).read_text(encoding="utf-8"))


def test_the_provisioning_names_a_prometheus_and_the_folder_that_the_readme_fills() -> None:
    (source,) = load("datasources/prometheus.yml")["datasources"]
    assert (source["type"], source["access"]) == ("prometheus", "proxy")
    (provider,) = load("dashboards/magi.yml")["providers"]
    assert provider["type"] == "file"
    readme = (FILE.parent / "README.md").read_text(encoding="utf-8")
    assert f"install -D magi.json {provider['options']['path']}/magi.json" in readme
    for file in PROVISIONING.rglob("*.yml"):
        assert str(file.relative_to(FILE.parent)) in readme
