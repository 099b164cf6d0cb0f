"""Listings of one observation that disagree: what one names and another lacks is asked for first."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import TargetUnknown
from reconciler.targets.openstack.kinds.address_group import ADDRESS_GROUPS
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NETWORKS
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.qos_policy import QOS_POLICIES
from reconciler.targets.openstack.kinds.router import ROUTERS
from reconciler.targets.openstack.kinds.security_group import SECURITY_GROUPS
from reconciler.targets.openstack.kinds.security_group_rule import canonical_rule, rule_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.subnet import SUBNETS
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.kinds.volume import VOLUMES
from reconciler.targets.openstack.session.listing import Marks, Pages
from reconciler.targets.rest import Listing
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import DEBIAN, ETH0, GOLD, INTERFACE, OFFICES, OPEN, PORT, PUBLIC, SAMPLES, SMALL, key
from tests.plan_of import plan_of

FW = key("server", "fw/fw-0")
FLOATING = key("floating-ip", "out")
HTTPS = canonical_rule(
    OPEN, "ingress", "IPv4", protocol="tcp", port_min=443, port_max=443, remote_address_group=OFFICES
)
NAMED = [NETWORKS, SUBNETS, PORTS, ROUTERS, SECURITY_GROUPS, ADDRESS_GROUPS, SERVERS, VOLUMES]


def service() -> DesiredState:
    """A server with a port, a network, a router, a floating IP, a volume, and a rule about an address group."""
    server = ServerSpec(SMALL, DEBIAN, ports=(ETH0,))
    attachment = SAMPLES["volume-attachment"]
    return {
        **desired_of(attachment.key, attachment.spec),
        **desired_of(FW, server),
        **desired_of(rule_key(HTTPS), HTTPS),
        **desired_of(FLOATING, FloatingIpSpec(PUBLIC, port=ETH0, via=INTERFACE)),
    }


def with_empty_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch, listing: Listing, times: int) -> Any:
    """A driver that has seen nothing before, and is given that many empty answers."""
    driver = bench.driver_of(bench.owner)
    asked, left = driver._pages, [times]

    def ask(one: Listing, before: Marks) -> Any:
        if one != listing or not left[0]:
            return asked(one, before)
        left[0] -= 1
        return Pages(one, "paris", (), ())

    monkeypatch.setattr(driver, "_pages", ask)
    return driver


@pytest.mark.parametrize("listing", NAMED, ids=lambda one: one.collection)
def test_an_empty_answer_is_not_believed_against_another_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, listing: Listing
) -> None:
    desired = service()
    bench.converge(desired)
    once = with_empty_answers(bench, monkeypatch, listing, 1)
    assert not plan_of(desired, once.observe(complete=True)).steps
    always = with_empty_answers(bench, monkeypatch, listing, 99)
    with pytest.raises(TargetUnknown, match=f"names .* which is there, and {listing.path} does not list it"):
        always.observe(complete=True)


def test_what_others_share_is_asked_for_again_too_when_one_of_magi_names_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = replace(PORT, qos_policy=GOLD)
    desired = desired_of(ETH0, spec)
    bench.converge(desired)
    once = with_empty_answers(bench, monkeypatch, QOS_POLICIES, 1)
    assert not plan_of(desired, once.observe(complete=True)).steps


def test_a_port_that_a_server_left_behind_is_freed_and_used_again(bench: Bench) -> None:
    desired = service()
    before = bench.converge(desired)
    port = before.observed[ETH0].id
    bench.send("DELETE", "compute", f"/servers/{before.observed[FW].id}")
    assert FW not in bench.observe().observed
    ghost = {"port": {"device_id": str(uuid.uuid4()), "device_owner": "compute:nova"}}
    bench.send("PUT", "network", f"/v2.0/ports/{port}", ghost)
    after = bench.converge(desired)
    assert after.observed[ETH0].id == port
    assert after.observed[FW].id != before.observed[FW].id


def test_a_port_that_a_server_left_behind_can_go(bench: Bench) -> None:
    world = bench.converge(desired_of(ETH0, service()[ETH0].spec))
    ghost = {"port": {"device_id": str(uuid.uuid4()), "device_owner": "compute:nova"}}
    bench.send("PUT", "network", f"/v2.0/ports/{world.observed[ETH0].id}", ghost)
    assert not bench.converge({}).observed


def test_what_is_known_to_be_so_is_not_asked_for_at_every_observation(bench: Bench) -> None:
    world = bench.converge(desired_of(ETH0, service()[ETH0].spec))
    ghost = {"port": {"device_id": str(uuid.uuid4()), "device_owner": "compute:nova"}}
    bench.send("PUT", "network", f"/v2.0/ports/{world.observed[ETH0].id}", ghost)
    bench.calls.clear()
    bench.driver.observe()
    assert len([call.url for call in bench.calls if ghost["port"]["device_id"] in call.url]) == 1
    bench.calls.clear()
    usual = bench.driver.observe()
    assert usual.observed[ETH0].spec.left_by == ghost["port"]["device_id"]  # type: ignore[attr-defined]
    assert [call.url for call in bench.calls if ghost["port"]["device_id"] in call.url] == []
