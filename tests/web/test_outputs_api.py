"""Outputs and targets of a real daemon during trouble. Each answer is held to the OpenAPI document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from reconciler.model import MagiError, State
from reconciler.model.outputs import InstanceOutputs, InterfaceOutputs, ServiceOutputs, TargetOutputs
from reconciler.web import answers, make_app
from tests.loop.follower import Follower
from tests.metrics.reports import report
from tests.simulator.callers import Caller
from tests.web.described import ask
from tests.web.shown import Shown

# One process makes the daemon that they ask.
pytestmark = pytest.mark.xdist_group("busy daemon")

ROOT = "/api/v1"


def fleet(*vims: str, instances: int = 1) -> dict[str, TargetOutputs]:
    card = InterfaceOutputs("eth0", "p", "lan", "", ("10.0.0.1",))
    many = tuple(InstanceOutputs(f"a/a-{n}", "a", "a", "s", "", State.READY, (card,)) for n in range(instances))
    return {vim: TargetOutputs(5.0, {"edge": ServiceOutputs(many)}) for vim in vims}


def shown(found: dict[str, TargetOutputs], *, ready: bool = True) -> Flask:
    passes = [replace(report((), vim=vim), outputs=outputs) for vim, outputs in found.items()]
    return make_app(Shown(ready=ready, passes=passes))


def test_the_outputs_are_what_the_cloud_lists(app: Flask, follower: Follower) -> None:
    (found,) = ask(app, f"{ROOT}/services/hello")["vims"]
    cloud = Caller(f"{follower.simulator.url}/paris")
    servers = {one["metadata"]["magi:key"]: one for one in cloud.compute("GET", "servers/detail")["servers"]}
    ports = cloud.network("GET", "ports")["ports"]
    floating = cloud.network("GET", "floatingips")["floatingips"]
    listed = {
        key.removeprefix("hello/"): (
            server["id"],
            sorted(
                (
                    one["id"],
                    one["mac_address"],
                    sorted(ip["ip_address"] for ip in one["fixed_ips"]),
                    [ip["floating_ip_address"] for ip in floating if ip["port_id"] == one["id"]],
                )
                for one in ports
                if one["device_id"] == server["id"]
            ),
        )
        for key, server in servers.items()
        if key.startswith("hello/")
    }
    assert listed == {
        one["name"]: (
            one["id"],
            sorted(
                (part["id"], part["mac"], sorted(part["fixedAddresses"]), part["floatingAddresses"])
                for part in one["interfaces"]
            ),
        )
        for one in found["instances"]
    }
    assert listed
    networks = {one["id"]: one for one in cloud.network("GET", "networks")["networks"]}
    subnets = cloud.network("GET", "subnets")["subnets"]
    for link in found["links"]:
        assert networks[link["id"]]["name"] == f"hello/{link['name']}"
        assert link["cidrs"] == sorted(one["cidr"] for one in subnets if one["network_id"] == link["id"])


def test_what_is_on_a_vim_that_is_down_is_still_there_with_its_time(app: Flask, follower: Follower) -> None:
    down = next(one for one in follower.daemon.reports() if one.target == "lyon")
    assert down.error is not None
    (found,) = ask(app, f"{ROOT}/services/edge-lyon")["vims"]
    assert [one["name"] for one in found["links"]] == ["lan"]
    assert found["observedAt"] is not None


def test_an_unknown_service_gets_the_nearest_and_one_without_outputs_the_reason(app: Flask) -> None:
    assert ask(app, f"{ROOT}/services/helo", 404)["hint"] == "did you mean 'hello'?"
    assert "nothing of 'edge-oslo' is known" in ask(app, f"{ROOT}/services/edge-oslo", 404)["error"]


def test_the_targets_are_the_instances_by_an_address_on_the_link_that_is_asked_for(app: Flask) -> None:
    instances = ask(app, f"{ROOT}/services/hello")["vims"][0]["instances"]
    link = instances[0]["interfaces"][0]["link"]
    found = ask(app, f"{ROOT}/targets?service=hello&port=8080&link={link}")
    assert {one["labels"]["__meta_magi_instance"] for one in found} == {one["name"] for one in instances}
    assert {one["targets"][0].rpartition(":")[2] for one in found} == {"8080"}
    assert {one["labels"]["__meta_magi_repository"] for one in found} == {"default"}
    assert ask(app, f"{ROOT}/targets?link=nowhere") == []
    ask(app, f"{ROOT}/targets?port=0", 400)


def test_no_list_of_targets_says_less_than_is_there() -> None:
    """Prometheus keeps what it has while it gets an error, and drops what is in no list."""
    assert "since the start" in ask(shown(fleet("paris"), ready=False), f"{ROOT}/targets", 503)["error"]
    unseen: Any = replace(report((), vim="lyon"), error=MagiError("no answer"), outputs=None)
    passes = [replace(report((), vim="paris"), outputs=fleet("paris")["paris"]), unseen]
    app = make_app(Shown(ready=True, passes=passes))
    assert len(ask(app, f"{ROOT}/targets")) == 1
    assert ask(app, f"{ROOT}/targets?vim=lyon", 503)["hint"] == "no answer"


def test_too_many_targets_are_refused_with_what_would_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_TARGETS", 5)
    app = shown(fleet("lyon", "paris", instances=3))
    assert ask(app, f"{ROOT}/targets", 400)["hint"] == "ask by 'vim' or 'service'"
    assert len(ask(app, f"{ROOT}/targets?vim=paris")) == 3


def test_the_outputs_of_a_service_on_many_vims_are_paged() -> None:
    app = shown(fleet("lyon", "oslo", "paris"))
    found = ask(app, f"{ROOT}/services/edge?limit=1&offset=1")
    assert (found["total"], [one["vim"] for one in found["vims"]]) == (3, ["oslo"])
