"""From a cloud that stops to the pager: the real daemon, Prometheus and Alertmanager, with the shipped rules;
and the dashboard's questions to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from openstack_simulator import CloudSettings, Simulator
from tests.dashboard import expressions
from tests.git_server import serve_repositories
from tests.git_work import new_work
from tests.loop.follower import LYON, PARIS
from tests.monitoring import MISSING, Prometheus, Webhook, monitoring, webhook
from tests.processes import daemon
from tests.team import Team
from tests.waiting import eventually

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "magi.rules.yml"
SETTINGS = """repository: {{url: "{url}", branch: main, interval: 3600}}
drift: {{interval: 1, longest: 2}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.xdist_group("alerting"),
]


@dataclass
class Watch:
    clouds: dict[str, Simulator]
    prometheus: Prometheus
    pager: Webhook


def impatient(rules: Any) -> Any:
    """The shipped rules, but each alert fires as soon as its condition holds."""
    return {
        "groups": [
            group | {"rules": [rule | {"for": "0s"} if "alert" in rule else rule for rule in group["rules"]]}
            for group in rules["groups"]
        ]
    }


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    folder = tmp_path_factory.mktemp("watch")
    (folder / "home").mkdir()
    work = new_work(folder / "git")
    work.commit(PARIS | LYON)
    rules = folder / "rules.yml"
    rules.write_text(yaml.safe_dump(impatient(yaml.safe_load(RULES.read_text(encoding="utf-8")))))
    with ExitStack() as ending:
        clouds = {
            name: ending.enter_context(Simulator({name: CloudSettings(build_seconds=0.1)}))
            for name in ("paris", "lyon")
        }
        files = [one.write_clouds_file(folder / f"{name}.yaml") for name, one in clouds.items()]
        entries = [yaml.safe_load(file.read_text(encoding="utf-8"))["clouds"] for file in files]
        clouds_file = folder / "clouds.yaml"
        clouds_file.write_text(yaml.safe_dump({"clouds": entries[0] | entries[1]}))
        server = ending.enter_context(serve_repositories(work.bare.parent))
        team = Team(folder, work, server, clouds_file)
        settings = SETTINGS.format(url=team.url, clouds=clouds_file, folder=folder)
        magi = ending.enter_context(daemon(team, settings))
        pager = ending.enter_context(webhook())
        prometheus = ending.enter_context(monitoring(folder, rules, magi.url, pager))
        eventually(lambda: len(prometheus.query("magi_service_synced == 1")) == 2)
        yield Watch(clouds, prometheus, pager)


def test_a_vim_that_stops_is_heard_of_and_its_return_too(watch: Watch) -> None:
    about = {"alertname": "MagiVimUnreachable", "severity": "critical", "repository": "default", "vim": "lyon"}
    assert watch.pager.heard("MagiVimUnreachable", "firing") == []
    watch.clouds["lyon"].stop()
    eventually(lambda: watch.pager.heard("MagiVimUnreachable", "firing"))
    assert watch.prometheus.query('magi_vim_up{vim="paris"} == 1')
    assert watch.pager.heard("MagiVimUnreachable", "resolved") == []
    watch.clouds["lyon"].start()
    eventually(lambda: watch.pager.heard("MagiVimUnreachable", "resolved"))
    for status in ("firing", "resolved"):
        assert watch.pager.heard("MagiVimUnreachable", status) == [about]
    alert = next(a for d in watch.pager.deliveries for a in d["alerts"] if a["labels"] == about)
    assert alert["annotations"]["summary"] == "VIM lyon can't be observed."
    assert alert["annotations"]["runbook_url"].endswith("docs/runbooks/MagiVimUnreachable.md")
    eventually(lambda: watch.prometheus.query('magi_service_synced{vim="lyon"} == 1'))


QUIET = {
    "Network services that are not as they should be",
    "Network services that are not whole",
    "Network services that are not synced",
    "Alerts",
    "Drift that is left",
    "Resources that differ, and steps that failed",
    "Steps",
    "API requests that failed",
    "Blocked steps by reason",
    "Owner marks on what other projects have, and twins",
    "VIMs served by no daemon",
    "Daemons without etcd",
    "Healing",
    "Webhooks",
    "Notifications",
    "Messages to the forge",
    "Commits",
}
"""What there is nothing to show of while all goes well, and that no one rang."""


def test_a_live_prometheus_answers_every_expression_of_the_dashboard(watch: Watch) -> None:
    asked = list(expressions())
    assert len(asked) > 40

    def empty() -> set[str]:
        return {title for title, text in asked if not watch.prometheus.query(text)}

    eventually(lambda: empty() <= QUIET)
