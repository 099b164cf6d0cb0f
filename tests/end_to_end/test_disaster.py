"""The disaster drill of docs/running.md: the machine is lost, another one starts elsewhere, and nothing changes."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.fleet import small_services
from tests.end_to_end.conftest import Workplace
from tests.processes import MAGI_LISTENS, Served, serving
from tests.team import Team
from tests.waiting import PATIENCE, eventually

SERVICES = 100
RESOURCES = 1_000
SETTINGS = """repository: {{url: "{url}", branch: main}}
drift: {{interval: 1}}
cloudsFile: {folder}/clouds.yaml
cacheDir: {folder}/cache
listen: 127.0.0.1:0
"""


def get(magi: Served, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{magi.url}{path}", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def total(magi: Served, name: str, **labels: str) -> float:
    """The sum of the series of a metric that have these labels."""
    families = text_string_to_metric_families(get(magi, "/metrics")[1])
    samples = (sample for family in families for sample in family.samples if sample.name == name)
    return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def synced(magi: Served) -> bool:
    return total(magi, "magi_service_synced") == SERVICES


def machine(workplace: Workplace, name: str) -> Team:
    """A new machine: its folder holds credentials and settings, and nothing else."""
    folder: Path = workplace.folder / name
    (folder / "home").mkdir(parents=True)
    shutil.copy(workplace.clouds_file, folder)
    (folder / "magi.yaml").write_text(SETTINGS.format(url=workplace.url, folder=folder))
    return Team(folder, workplace.work, workplace.server, folder / "clouds.yaml")


def test_a_daemon_that_starts_elsewhere_with_nothing_writes_nothing(workplace: Workplace) -> None:
    workplace.work.commit(dict(small_services(SERVICES)))
    first, second = machine(workplace, "first"), machine(workplace, "second")
    with serving(first.start("run", "--config", "magi.yaml"), MAGI_LISTENS) as magi:
        eventually(lambda: total(magi, "magi_passes_total", result="nothing") >= 1)
        assert synced(magi)
        existed = total(magi, "magi_resources")
        assert existed >= RESOURCES
        magi.process.kill()
    shutil.rmtree(first.folder)
    workplace.simulator.reset_requests()

    with serving(second.start("run", "--config", "magi.yaml"), MAGI_LISTENS) as magi:
        eventually(lambda: get(magi, "/readyz")[0] == 200)
        eventually(lambda: total(magi, "magi_passes_total", result="nothing") >= 2)
        assert synced(magi)
        assert total(magi, "magi_resources") == existed
        assert total(magi, "magi_steps_total") == 0
    assert workplace.writes() == []
    assert any(entry["method"] == "GET" for entry in workplace.simulator.requests())
