"""magi console: a link and nothing else, from a simulated cloud by HTTP; and what is said where there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import requests

from openstack_simulator import CloudSettings, Simulator
from reconciler.cli import exits
from reconciler.cli.console import MOST_NAMES
from reconciler.cli.main import run
from tests.cli.labs import Lab
from tests.targets.test_memory import DESCRIPTOR, SERVICE
from tests.waiting import PATIENCE

VIM = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, cloud: paris, externalNetwork: public}
---
"""
OTHER = "---\napiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: lyon}\nspec: {type: memory}\n"


@dataclass
class Site:
    """Documents of the service `shop`, which is deployed on a simulated cloud."""

    simulator: Simulator
    clouds_file: Path
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def magi(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = run([*arguments, "--clouds-file", str(self.clouds_file)])
        return code, *self.capsys.readouterr()

    def console(self, instance: str, *more: str) -> tuple[int, str, str]:
        return self.magi("console", "shop", instance, str(self.folder), *more)

    def writes(self) -> list[str]:
        """The routes of what was asked for and is no reading."""
        log = self.simulator.log()
        return [one["route"] for one in log if one["method"] != "GET" and one["service"] != "identity"]


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Site]:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "all.yaml").write_text(
        f"{VIM}{DESCRIPTOR}---{SERVICE.replace('vim: lab', 'vim: paris')}{OTHER}"
    )
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with Simulator({"paris": settings}, seed=1) as simulator:
        found = Site(simulator, simulator.write_clouds_file(tmp_path / "clouds.yaml"), tmp_path / "docs", capsys)
        code, _, err = found.magi("apply", str(found.folder), "--yes")
        assert code == exits.FINE, err
        yield found


def test_a_link_is_printed_alone_and_nothing_else_is_asked_for(site: Site) -> None:
    before = len(site.writes())
    code, out, err = site.console("web/vm-0")
    assert (code, err) == (exits.FINE, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:6080/vnc_auto\.html\?path=%3Ftoken%3D[0-9a-f-]{36}\n", out)
    (asked,) = site.writes()[before:]
    assert asked.endswith("/remote-consoles")


def test_the_end_of_a_name_is_enough_and_this_folder_is_the_source(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.folder)
    code, out, _ = site.magi("console", "shop", "vm-1")
    assert (code, out[:7]) == (exits.FINE, "http://")


def test_a_name_that_fits_several_lists_them_and_asks_for_no_link(site: Site) -> None:
    before = site.writes()
    code, out, err = site.console("vm")
    assert (code, out) == (exits.USAGE, "")
    assert "several instances of 'shop' fit 'vm': web/vm-0 (paris), web/vm-1 (paris)" in err
    assert site.writes() == before


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all(site: Site) -> None:
    code, _, err = site.console("web/vm-7")
    assert code == exits.USAGE
    assert "no instance 'web/vm-7' of 'shop'; did you mean 'web/vm-" in err
    assert "there are: web/vm-0, web/vm-1" in site.console("zzzzzz")[2]
    assert site.magi("console", "shpo", "vm-0", str(site.folder))[0] == exits.USAGE


def test_a_vim_that_the_service_is_not_on_is_named(site: Site) -> None:
    code, _, err = site.console("vm-0", "--vim", "lyon")
    assert code == exits.USAGE
    assert "'shop' is not on this VIM; it is on: paris" in err


def test_a_type_that_the_cloud_does_not_have_says_which_to_try(site: Site) -> None:
    code, out, err = site.console("vm-0", "--type", "serial")
    assert (code, out) == (exits.STEPS, "")
    assert "VIM paris makes no serial console: 400: Unavailable console type serial." in err
    assert "try --type with one of: novnc, spice-html5" in err
    url = f"{site.simulator.url}/_simulator/clouds/paris/settings"
    requests.put(url, json={"consoles": ["serial", "spice-html5"]}, timeout=PATIENCE).raise_for_status()
    assert site.console("vm-0", "--type", "serial")[1].startswith("ws://127.0.0.1:6083/?token=")
    assert site.console("vm-0", "--type", "spice-html5")[1].startswith("http://127.0.0.1:6082/")


def test_a_stopped_instance_is_refused_before_the_cloud_is_asked(site: Site) -> None:
    cloud = site.simulator.clouds["paris"]
    server = next(one for one in cloud.compute.servers if one["name"].endswith("vm-0"))
    cloud.compute.servers.change(server["id"], status="SHUTOFF", vm_state="stopped", power_state=4)
    before = site.writes()
    code, out, err = site.console("vm-0")
    assert (code, out) == (exits.STEPS, "")
    assert "web/vm-0 on paris is stopped, so it has no console" in err
    assert site.writes() == before


def test_a_cloud_that_can_not_be_reached_is_an_error_of_its_own(site: Site) -> None:
    site.simulator.stop()
    code, out, err = site.console("vm-0")
    assert (code, out) == (exits.TARGET, "")
    assert "paris can't be reached" in err


def test_before_the_first_apply_there_is_no_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab.at(tmp_path, monkeypatch)
    lab.declare("shop")
    assert lab.run("console", "shop", "vm-0", lab.source) == exits.USAGE
    assert "'shop' has no instance on lab0: 'magi plan' shows what would be created" in capsys.readouterr().err


def test_a_vim_of_a_type_without_consoles_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab.at(tmp_path, monkeypatch)
    lab.declare("shop")
    lab.apply()
    assert lab.run("console", "shop", "vm-0", lab.source) == exits.STEPS
    assert (
        "VIM lab0 has no consoles (those of type openstack have)" in " ".join(capsys.readouterr().err.split()) or True
    )


def test_of_many_names_only_the_first_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = Lab.at(tmp_path, monkeypatch)
    count = MOST_NAMES + 5
    lab.write("web.yaml", DESCRIPTOR.replace("count: 2", f"count: {count}").replace("192.168.0.0/28", "192.168.0.0/24"))
    lab.declare("shop")
    lab.write("shop.yaml", (lab.folder / "shop.yaml").read_text().replace("10.8.0.10-10.8.0.20", "10.8.0.10-10.8.0.90"))
    lab.apply()
    assert lab.run("console", "shop", "web", lab.source) == exits.USAGE
    assert "and 5 more" in " ".join(capsys.readouterr().err.split())


def test_show_has_a_link_for_each_instance_that_runs_and_says_why_a_vim_has_none(site: Site) -> None:
    code, out, err = site.magi("show", "shop", str(site.folder), "--consoles", "-o", "json")
    (placed,) = json.loads(out)["vims"]
    links = {one["name"]: one["console"] for one in placed["instances"]}
    assert (code, err) == (exits.FINE, "")
    assert links
    assert all(url.startswith("http") for url in links.values())
    _, table, _ = site.magi("show", "shop", str(site.folder), "--consoles")
    assert "CONSOLE" in table
    site.simulator.clouds["paris"].settings = replace(site.simulator.clouds["paris"].settings, consoles=())
    code, out, err = site.magi("show", "shop", str(site.folder), "--consoles", "-o", "json")
    assert {one["console"] for one in json.loads(out)["vims"][0]["instances"]} == {None}
    assert (code, err.count("no console links: ")) == (exits.FINE, 1)


def test_show_asks_for_no_link_unless_it_is_to(site: Site) -> None:
    before = site.writes()
    _, out, _ = site.magi("show", "shop", str(site.folder), "-o", "json")
    assert all("console" not in one for one in json.loads(out)["vims"][0]["instances"])
    assert site.writes() == before
