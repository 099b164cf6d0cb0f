"""Outputs where they go: a real Prometheus that discovers instances at the daemon, and `magi show` beside it."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.end_to_end.conftest import Workplace
from tests.hostile import DANGEROUS
from tests.monitoring import IS_READY, MISSING
from tests.processes import daemon, serving
from tests.simulator.callers import send
from tests.waiting import PATIENCE, eventually

SETTINGS = """repository: {{url: "{url}", branch: main, interval: 3600}}
drift: {{interval: 1, longest: 2}}
cloudsFile: {clouds}
listen: 127.0.0.1:0
cacheDir: {folder}/cache
"""


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return json.load(answer)


def show(workplace: Workplace, output: str, *options: str) -> Any:
    clouds = ("--clouds-file", str(workplace.clouds_file))
    done = workplace.magi("show", "vcpe-paris", workplace.url, "-o", output, *clouds, *options)
    assert done.code == 0, done.err
    return done.json


def prometheus_at(folder: Path, magi: str) -> subprocess.Popen[str]:
    job = {
        "job_name": "instances",
        "http_sd_configs": [{"url": f"{magi}/api/v1/targets?port=9100", "refresh_interval": "1s"}],
        "relabel_configs": [
            {"source_labels": ["__meta_magi_service"], "target_label": "service"},
            {"source_labels": ["__meta_magi_instance"], "target_label": "name"},
        ],
    }
    file = folder / "discovering.yml"
    file.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    return subprocess.Popen(
        [
            "prometheus",
            f"--config.file={file}",
            "--web.listen-address=127.0.0.1:0",
            f"--storage.tsdb.path={folder}/discovered",
        ],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.skipif("prometheus" in MISSING, reason="not installed: prometheus")
def test_prometheus_discovers_the_instances_and_keeps_them_while_their_vim_is_down(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    settings = SETTINGS.format(url=workplace.url, clouds=workplace.clouds_file, folder=workplace.folder)
    with (
        daemon(workplace, settings) as magi,
        serving(prometheus_at(workplace.folder, magi.url), IS_READY) as prometheus,
    ):

        def discovered() -> set[tuple[str, str, str]]:
            found = get(f"{prometheus.url}/api/v1/targets")["data"]["activeTargets"]
            named = [(one["labels"], one["discoveredLabels"]) for one in found]
            return {(labels["service"], labels["name"], sent["__address__"]) for labels, sent in named}

        eventually(lambda: len(discovered()) == 3)
        services = [get(f"{magi.url}/api/v1/services/{name}") for name in ("vcpe-paris", "vcpe-lyon")]
        assert discovered() == {
            (service["service"], one["name"], f"{one['interfaces'][0]['fixedAddresses'][0]}:9100")
            for service in services
            for vim in service["vims"]
            for one in vim["instances"]
        }
        by_command = show(workplace, "prometheus-sd")
        of_daemon = get(f"{magi.url}/api/v1/targets?service=vcpe-paris&vim=paris")
        for group in of_daemon:
            assert group["labels"].pop("__meta_magi_repository") == "default"
        assert by_command == of_daemon
        fault = [{"cloud": "paris", "status": 503}]
        assert send("PUT", f"{workplace.simulator.url}/_simulator/faults", fault).status == 204
        eventually(lambda: not get(f"{magi.url}/api/v1/vims?vim=paris")["vims"][0]["up"])
        assert len(get(f"{magi.url}/api/v1/targets")) == 3


def test_a_service_is_shown_in_each_form(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    assert workplace.magi("apply", workplace.url, "--yes", *clouds).code == 0
    shown = show(workplace, "json")
    done = workplace.magi("show", "vcpe-paris", workplace.url, "-o", "yaml", *clouds)
    loaded = yaml.safe_load(done.out)
    for one in (*shown["vims"], *loaded["vims"]):
        del one["observedAt"]
    assert loaded == shown
    (vim,) = shown["vims"]
    hosts = show(workplace, "ansible-inventory", "--link", "lan")["_meta"]["hostvars"]
    assert {one["magi_id"]: one["ansible_host"] for one in hosts.values()} == {
        one["id"]: next(part["fixedAddresses"][0] for part in one["interfaces"] if part["link"] == "lan")
        for one in vim["instances"]
    }
    table = workplace.magi("show", "vcpe-paris", workplace.url, *clouds).out
    assert [one["id"] for one in vim["instances"] if one["id"] not in table] == []


def test_a_vim_that_cannot_be_observed_is_reported_by_the_exit_code(workplace: Workplace) -> None:
    workplace.copy_example("vcpe")
    fault = [{"cloud": "paris", "method": "GET", "route": "/v2.0/networks$", "status": 503}]
    assert send("PUT", f"{workplace.simulator.url}/_simulator/faults", fault).status == 204
    done = workplace.magi("show", "vcpe-paris", workplace.url, "--clouds-file", str(workplace.clouds_file))
    assert (done.code, "paris" in done.err) == (5, True)
    assert DANGEROUS.search(done.out + done.err) is None
