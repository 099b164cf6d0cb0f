"""deploy/prometheus/ against the metrics and holds that there are, promtool, and docs/runbooks/."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from reconciler.cli.main import COMMANDS, magi
from reconciler.model import BlockReason
from tests.deploy.prometheus import ALERTS, RECORDED, ROOT, RULES, labels_kept, rules
from tests.metrics.reports import everything

CASES = sorted((RULES.parent / "tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)")


DESIRED = {
    "not synced for too long": "MagiServiceNotSynced",
    "drift that stays": "MagiDriftStays",
    "failing steps": "MagiStepsFail",
    "VIM unreachable": "MagiVimUnreachable",
    "Git failing": "MagiGitFails",
    "guard tripped": "MagiGuardTripped",
    "service unhealthy": "MagiServiceUnhealthy",
    "fight": "MagiFight",
    "two daemons with one owner": "MagiContested",
    "API budget exhausted": "MagiApiBudgetExhausted",
    "objective burns fast": "MagiConvergenceFastBurn",
    "objective burns slowly": "MagiConvergenceSlowBurn",
    "no one manages": "MagiDown",
}


def test_there_is_an_alert_for_all_that_goes_wrong() -> None:
    assert set(DESIRED.values()) <= ALERTS.keys()


@promtool
@pytest.mark.parametrize("arguments", [("check", "rules", RULES), *(("test", "rules", case) for case in CASES)])
def test_promtool_is_content(arguments: tuple[str | Path, ...]) -> None:
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_it_means_and_where_to_read_on(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
    assert rule["for"]


@pytest.mark.parametrize("name", ALERTS)
def test_a_summary_says_what_the_alert_is_about_in_one_line(name: str) -> None:
    """With the labels that distinguish two of its alerts, or two of them in a message read the same."""
    summary = ALERTS[name]["annotations"]["summary"]
    about = set(re.findall(r"\$labels\.(\w+)", summary))
    assert "\n" not in summary.strip()
    assert name == "MagiDown" or about & {"vim", "repository", "of", "instance"}
    assert about >= {"service"} or "service" not in labels_kept(ALERTS[name]["expr"])


def expected() -> Iterator[tuple[str, bool]]:
    """Each expectation of a case: the alert, and whether it fires."""
    for case in CASES:
        for test in yaml.safe_load(case.read_text(encoding="utf-8"))["tests"]:
            for one in test.get("alert_rule_test", ()):
                yield one["alertname"], bool(one.get("exp_alerts"))


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tried_firing_and_silent(name: str) -> None:
    assert {fires for alert, fires in expected() if alert == name} == {True, False}


def series() -> dict[str, set[str]]:
    """The labels of every series that Magi shows Prometheus, by name."""
    found: dict[str, set[str]] = {}
    for family in everything().collect():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    for page in RUNBOOKS.glob("Magi*.md"):
        yield from re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", sorted(set(expressions())))
def test_an_expression_names_metrics_labels_and_reasons_that_exist(text: str) -> None:
    known = series()
    every = {"instance", *(label for labels in known.values() for label in labels)}
    for labels in re.findall(r"\b(?:by|on) \(([^)]*)\)", text):
        assert set(re.split(r",\s*", labels)) <= every
    for name, labels in re.findall(r"\b((?:[a-z_]+:)?magi_\w+(?::\w+)?)(?:\{([^}]*)\})?", text):
        assert name in known or name in RECORDED
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', labels):
            assert label in known[name]
            if label == "reason":
                assert set(re.sub(r"\s+", " ", value).split("|")) <= {guard.value for guard in BlockReason}


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("Magi*.md")} == ALERTS.keys()
    listed = re.findall(
        r"^\| \[(\w+)\]\((\w+)\.md\)", (RUNBOOKS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(name for name, _ in listed) == sorted(ALERTS)
    assert all(name == page for name, page in listed)


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_says_what_is_affected_how_to_find_out_what_to_do_and_when_it_is_over(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert "**Affected:**" in text
    assert re.findall(r"^## (.+)", text, re.MULTILINE) == ["Find out", "Do", "Over when"]
    assert re.search(r"^## Do\n\n1\. ", text, re.MULTILINE)


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_links_and_commands_of_a_runbook_are_right(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (page.parent / link).exists(), link
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line)
            assert words[0] == "magi"
            assert words[1] in COMMANDS
            command = magi.get_command(click.Context(magi), words[1])
            assert command is not None
            command.make_context(words[1], words[2:])
