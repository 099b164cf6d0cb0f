"""magi plan --summary: what is done in a table, which a long plan begins with on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli import exits
from reconciler.cli.output import _Console, print_plans
from reconciler.model import Impact, Plan, World
from reconciler.planning import plan_target
from reconciler.review import LONG, summary_rows
from tests.cli.labs import Lab
from tests.cli.plans import NOTHING, plan
from tests.targets.test_memory import SERVICE, catalog

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab = Lab.at(tmp_path, monkeypatch, vims=2)
    lab.declare("shop", lab.vims[0])
    lab.declare("bar", lab.vims[1])
    return lab


def shown(*plans: Plan, terminal: bool) -> str:
    out = _Console(force_terminal=terminal, width=120, no_color=True)
    with out.capture() as captured:
        print_plans(out, plans)
    return captured.get()


def plans_of(services: int) -> list[Plan]:
    """A plan that creates so many services."""
    files = {f"s{number}_yaml": SERVICE.replace("name: shop", f"name: s{number}") for number in range(1, services)}
    return [plan_target(catalog(**files), World("lab", {}, {}))]


def test_the_table_has_a_row_for_each_service_on_each_vim(lab: Lab, capsys: Capture) -> None:
    assert lab.run("plan", lab.source, "--summary") == exits.FINE
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert lines[0] == ["SERVICE", "VIM", "CREATE", "UPDATE", "REPLACE", "DELETE", "BLOCKED", "WORST", "IMPACT"]
    assert lines[1:3] == [["bar", "lab1", "8", *"-----"], ["shop", "lab0", "8", *"-----"]]
    assert lines[3] == ["Plan:", "16", "to", "create,", "0", "to", "update,", "0", "to", "delete."]


def test_where_nothing_is_to_be_done_there_is_no_table(lab: Lab, capsys: Capture) -> None:
    lab.apply()
    capsys.readouterr()
    assert lab.run("plan", lab.source, "--summary") == exits.FINE
    assert capsys.readouterr().out.splitlines()[1:] == ["Nothing to do: the clouds are what the documents say."]


def test_the_worst_impact_is_that_of_what_is_blocked_too() -> None:
    (old, vcpe) = summary_rows([plan(allowed=False), NOTHING])
    assert (old.service, old.counts.delete, old.impact_text) == ("old", 1, "-")
    assert (vcpe.service, vcpe.impact, vcpe.impact_text) == ("vcpe", Impact.REPLACE, "replace, data loss")
    assert vcpe.counts.blocked > 0


def test_json_has_the_rows(lab: Lab, capsys: Capture) -> None:
    assert lab.run("plan", lab.source, "-o", "json") == exits.FINE
    numbers = {"create": 8, "update": 0, "delete": 0, "replace": 0, "blocked": 0, "impact": "none", "dataLoss": False}
    assert json.loads(capsys.readouterr().out)["services"] == [
        {"service": "bar", "vim": "lab1", **numbers},
        {"service": "shop", "vim": "lab0", **numbers},
    ]


@pytest.mark.parametrize("output", ["json", "markdown"])
def test_the_table_is_text(lab: Lab, capsys: Capture, output: str) -> None:
    assert lab.run("plan", lab.source, "--summary", "-o", output) == exits.USAGE
    assert "--summary is a form of the text" in capsys.readouterr().err


@pytest.mark.parametrize(("services", "terminal", "first"), [(7, True, False), (8, True, True), (8, False, False)])
def test_a_long_plan_begins_with_the_table_on_a_terminal(services: int, *, terminal: bool, first: bool) -> None:
    # A service has 8 resources.
    plans = plans_of(services)
    assert (sum(row.counts.resources for row in summary_rows(plans)) > LONG) == (services == 8)
    text = shown(*plans, terminal=terminal)
    assert ("SERVICE" in text.splitlines()[0]) == first
    assert ("'magi plan --summary' shows this table alone" in text) == first
    assert text.count("+ machine") == 2 * services
