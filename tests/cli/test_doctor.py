"""`magi doctor` against simulated clouds: what it prints and how it exits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openstack_simulator import CloudSettings, Simulator
from reconciler.cli import exits
from reconciler.cli.main import run
from tests.drivers.clouds import Vim
from tests.ports import free_port

VIMS = """
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack}
---
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: lyon}
spec: {type: openstack, api: {timeout: 1}}
"""


@dataclass
class Clinic:
    vim: Vim
    documents: Path
    capsys: pytest.CaptureFixture[str]

    def magi(self, *arguments: str) -> tuple[int, str, str]:
        code = run(["doctor", *arguments, "--clouds-file", str(self.vim.clouds_file)])
        printed = self.capsys.readouterr()
        return code, printed.out, printed.err

    def findings(self, *arguments: str) -> tuple[int, dict[str, dict[tuple[str, str], Any]]]:
        """The exit code, and by VIM what was found, by area and check."""
        code, out, _ = self.magi(*(arguments or ("--cloud", "paris")), "-o", "json")
        return code, {
            vim["name"]: {(one["area"], one["check"]): one for one in vim["findings"]}
            for vim in json.loads(out)["vims"]
        }

    def not_fine(self, *arguments: str) -> tuple[int, dict[tuple[str, str], Any]]:
        """The exit code, and what of one VIM is limited or broken."""
        code, found = self.findings(*arguments)
        (one,) = found.values()
        return code, {check: finding for check, finding in one.items() if finding["verdict"] != "fine"}


@pytest.fixture
def clinic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Clinic]:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "vims.yaml").write_text(VIMS)
    settings = CloudSettings(build_seconds=0, delete_seconds=0, action_seconds=0)
    with ExitStack() as ending:
        simulator = ending.enter_context(Simulator({"paris": settings, "lyon": settings}, seed=1))
        vim = Vim(simulator, simulator.write_clouds_file(tmp_path / "clouds.yaml"), ending)
        yield Clinic(vim, documents, capsys)


def test_a_cloud_that_has_all_is_fine(clinic: Clinic) -> None:
    code, out, err = clinic.magi("--cloud", "paris")
    lines = [line.rstrip() for line in out.splitlines()]
    assert (code, err, lines[0]) == (exits.FINE, "", "== VIM paris ==")
    assert [line.split()[0] for line in lines[2:-1]] == ["fine"] * (len(lines) - 3)
    assert lines[-1] == f"paris: {len(lines) - 3} fine, 0 limited, 0 broken."
    assert "\x1b" not in out
    assert {one["method"] for one in clinic.vim.simulator.log() if one["service"] != "identity"} == {"GET"}


def test_the_vims_of_documents_are_checked_and_can_be_chosen(clinic: Clinic) -> None:
    code, found = clinic.findings(str(clinic.documents))
    assert (code, list(found)) == (exits.FINE, ["paris", "lyon"])
    code, found = clinic.findings(str(clinic.documents), "--vim", "lyon")
    assert (code, list(found)) == (exits.FINE, ["lyon"])


def test_the_json_has_every_finding_and_their_number(clinic: Clinic) -> None:
    clinic.vim.settings(disabled_extensions=["net-mtu-writable", "router"])
    code, out, _ = clinic.magi("--cloud", "paris", "-o", "json")
    (vim,) = json.loads(out)["vims"]
    assert code == exits.TARGET
    assert vim["summary"] == {
        verdict: sum(one["verdict"] == verdict for one in vim["findings"]) for verdict in ("fine", "limited", "broken")
    }
    assert all(one.keys() == {"area", "check", "verdict", "message", "hint"} for one in vim["findings"])
    found = {one["check"]: one["verdict"] for one in vim["findings"]}
    assert (found["net-mtu-writable"], found["router"]) == ("limited", "broken")


def test_what_is_missing_but_not_needed_is_reported_with_what_it_means(clinic: Clinic) -> None:
    clinic.vim.settings(disabled_extensions=["port-security"])
    code, out, _ = clinic.magi("--cloud", "paris")
    (line,) = [line for line in out.splitlines() if line.startswith("limited")]
    assert code == exits.FINE
    assert "missing: ports have the cloud's filters" in line


def test_one_broken_vim_does_not_hide_another(clinic: Clinic) -> None:
    clinic.vim.fault(cloud="lyon", service="image", status=503)
    code, found = clinic.findings(str(clinic.documents))
    assert code == exits.TARGET
    assert [one["check"] for one in found["lyon"].values() if one["verdict"] == "broken"] == ["v2"]
    assert {one["verdict"] for one in found["paris"].values()} == {"fine"}


def test_an_application_credential_is_reported_and_a_wrong_one_explained(clinic: Clinic) -> None:
    _, found = clinic.findings("--cloud", "paris-appcred")
    assert "by an application credential" in found["paris-appcred"]["login", "login"]["message"]
    clinic.vim.entry(lambda entry: entry["auth"].update(application_credential_secret="guess"), "paris-appcred")
    code, found_wrong = clinic.not_fine("--cloud", "paris-appcred")
    assert code == exits.CONFIG
    assert "has not expired" in found_wrong["login", "login"]["hint"]


def test_a_wrong_password_is_an_error_of_the_configuration(clinic: Clinic) -> None:
    clinic.vim.entry(lambda entry: entry["auth"].update(password="guess"))
    code, found = clinic.not_fine()
    assert (code, set(found)) == (exits.CONFIG, {("login", "login")})
    assert "check auth_url, user, password" in found["login", "login"]["hint"]


def test_an_entry_that_is_not_there_is_named_with_a_near_one(clinic: Clinic) -> None:
    code, found = clinic.not_fine("--cloud", "pari")
    assert code == exits.CONFIG
    assert found["login", "clouds.yaml"]["message"] == f"VIM pari: no entry 'pari' in {clinic.vim.clouds_file}"
    assert found["login", "clouds.yaml"]["hint"].startswith("did you mean 'paris'? Name the entry in --cloud")


def test_a_region_that_the_catalog_lacks_is_reported_for_each_service(clinic: Clinic) -> None:
    clinic.vim.entry(lambda entry: entry.update(region_name="Mars"))
    code, found = clinic.not_fine()
    optional = found.pop(("block-storage", "v3"))
    assert optional["verdict"] == "limited"
    assert (code, set(found)) == (exits.CONFIG, {("network", "v2.0"), ("compute", "v2.1"), ("image", "v2")})
    assert all("region_name" in one["hint"] for one in found.values())


def test_a_service_that_can_t_be_reached_is_reported_and_the_rest_still_checked(clinic: Clinic) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    clinic.vim.entry(lambda entry: entry.update(network_endpoint_override=nowhere))
    code, found = clinic.findings()
    assert code == exits.TARGET
    assert found["paris"]["network", "v2.0"]["verdict"] == "broken"
    assert found["paris"]["compute", "permission to read"]["verdict"] == "fine"
    assert found["paris"]["image", "v2"]["verdict"] == "fine"


def test_a_cloud_that_is_not_there_is_reported(clinic: Clinic) -> None:
    clinic.vim.simulator.stop()
    code, found = clinic.not_fine()
    assert (code, set(found)) == (exits.TARGET, {("login", "login")})
    assert "can't be reached" in found["login", "login"]["message"]


def test_something_that_is_no_api_is_reported(clinic: Clinic) -> None:
    clinic.vim.fault(service="network", garbage=True)
    code, found = clinic.not_fine()
    assert code == exits.TARGET
    assert "not what the API promises" in found["network", "extensions"]["message"]


def test_a_listing_that_is_forbidden_is_an_error_of_the_configuration(clinic: Clinic) -> None:
    clinic.vim.fault(route="/v2.0/routers", status=403)
    code, found = clinic.not_fine()
    assert (code, set(found)) == (exits.CONFIG, {("network", "/v2.0/routers")})
    assert "forbids listing /v2.0/routers" in found["network", "/v2.0/routers"]["message"]


def test_a_reader_may_plan_and_no_more(clinic: Clinic) -> None:
    identity = clinic.vim.simulator.clouds["paris"].identity
    identity.add_user("auditor", {identity.demo.id: ("reader",)})
    clinic.vim.entry(lambda entry: entry["auth"].update(username="auditor"))
    code, found = clinic.not_fine()
    assert (code, set(found)) == (exits.FINE, {("login", "permission to write")})
    assert "`magi apply` and `magi run` may change nothing" in found["login", "permission to write"]["message"]
    assert clinic.vim.driver().observe().existing
    refused = clinic.vim.connection().request("POST", "network", "/v2.0/networks", body={"network": {}})
    assert refused.status_code == 403


def test_a_role_of_the_cloud_s_own_is_named(clinic: Clinic) -> None:
    identity = clinic.vim.simulator.clouds["paris"].identity
    identity.roles["nfv-operator"] = "0" * 32
    identity.add_user("operator", {identity.demo.id: ("nfv-operator",)})
    clinic.vim.entry(lambda entry: entry["auth"].update(username="operator"))
    _, found = clinic.findings()
    assert found["paris"]["login", "permission to write"] == {
        "area": "login",
        "check": "permission to write",
        "verdict": "fine",
        "message": "role nfv-operator: only a write shows whether that may write",
        "hint": "",
    }


@pytest.mark.parametrize(("limit", "verdict"), [(100, "fine"), (10, "limited"), (0, "limited"), (-1, "fine")])
def test_little_that_is_left_of_a_quota_is_reported(clinic: Clinic, limit: int, verdict: str) -> None:
    for number in range(9 if limit else 0):
        clinic.vim.caller().make("network", name=f"n{number}")
    clinic.vim.settings(network_quotas={"network": limit})
    code, found = clinic.not_fine()
    assert code == exits.FINE
    quota = found.get(("network", "quota of network"))
    assert (quota is not None) == (verdict == "limited")
    assert quota is None or quota["message"] == f"little is left: network {9 if limit else 0}/{limit}"


def test_the_use_of_quotas_is_reported_in_numbers(clinic: Clinic) -> None:
    clinic.vim.settings(compute_quotas={"instances": 20})
    _, found = clinic.findings()
    assert found["paris"]["compute", "quota"]["message"].startswith("instances 0/20, cores 0 (no limit)")
    assert found["paris"]["block-storage", "quota"]["message"].startswith("volumes 0")


@pytest.mark.parametrize(
    ("skew", "verdict", "code"),
    [(0, "fine", exits.FINE), (20, "limited", exits.FINE), (-20, "limited", exits.FINE), (600, "broken", exits.TARGET)],
)
def test_a_clock_that_is_wrong_is_reported(clinic: Clinic, skew: float, verdict: str, code: int) -> None:
    clinic.vim.settings(clock_skew=skew)
    ended, found = clinic.findings()
    clock = found["paris"]["time", "clocks"]
    assert (ended, clock["verdict"]) == (code, verdict)
    assert ("ahead of" in clock["message"], "behind" in clock["message"]) == (skew > 0, skew < 0)


@pytest.mark.parametrize("arguments", [[], [".", "--cloud", "paris"], ["--cloud", "paris", "--vim", "paris"]])
def test_either_documents_or_an_entry_must_be_named(clinic: Clinic, arguments: list[str]) -> None:
    code, _, err = clinic.magi(*arguments)
    assert code == exits.USAGE
    assert "SOURCE" in err


def test_documents_without_a_vim_have_nothing_to_check(clinic: Clinic) -> None:
    (clinic.documents / "vims.yaml").write_text(
        "apiVersion: magi/v1alpha1\nkind: Policy\nmetadata: {name: rules}\nspec: {}\n"
    )
    code, _, err = clinic.magi(str(clinic.documents))
    assert (code, "the documents have no Vim" in err) == (exits.CONFIG, True)
