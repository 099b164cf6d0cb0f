"""Addresses that another actor adds to a managed port: what is used stays, and what is planned is what is written."""

from __future__ import annotations

import pytest

from reconciler.model import BlockReason, Consent, Desired, FieldChange, Permission, Policy
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from tests.conformance.bench import Bench, DesiredState, desired_of
from tests.conformance.samples import ETH0, INTERFACE, LAN, LAN4, PLACE, PUBLIC, key
from tests.plan_of import plan_of

FLOATING = key("floating-ip", "out")
ALLOWED = Policy(consent=Consent(Permission.ALLOW, Permission.ALLOW))
PORT = PortSpec(LAN, fixed_ips=(FixedIp(LAN4, None),))


def addresses(bench: Bench) -> list[str]:
    port = bench.observe().observed[ETH0]
    found = bench.send("GET", "network", f"/v2.0/ports/{port.id}")["port"]["fixed_ips"]
    return [one["ip_address"] for one in found]


def with_another(bench: Bench, address: str) -> None:
    """Someone adds an address to the port."""
    there = bench.observe().observed
    subnet = there[LAN4].id
    kept = [{"subnet_id": subnet, "ip_address": one} for one in addresses(bench)]
    body = {"port": {"fixed_ips": [*kept, {"subnet_id": subnet, "ip_address": address}]}}
    bench.send("PUT", "network", f"/v2.0/ports/{there[ETH0].id}", body)
    assert len(addresses(bench)) == 2


def test_the_address_that_a_floating_ip_is_for_stays_whatever_the_other_one_is(bench: Bench) -> None:
    floating = FloatingIpSpec(PUBLIC, port=ETH0, via=INTERFACE)
    named = PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.50"),))
    desired: DesiredState = {**desired_of(FLOATING, floating), ETH0: Desired(ETH0, named, PLACE)}
    before = bench.converge(desired).observed[FLOATING]
    # From now on Git leaves the address to the cloud.
    desired = {**desired, ETH0: Desired(ETH0, PORT, PLACE)}
    with_another(bench, "10.8.0.20")
    (step,) = plan_of(desired, bench.observe()).steps.values()
    assert [str(ip) for ip in step.changes[0].new] == ["10.8.0.50"]
    after = bench.converge(desired, ALLOWED).observed[FLOATING]
    assert addresses(bench) == ["10.8.0.50"]
    assert (after.id, after.spec) == (before.id, before.spec)


@pytest.mark.parametrize("other", ["10.8.0.20", "10.8.0.111"], ids=["before it in the list", "after it in the list"])
def test_the_address_that_the_port_had_first_stays_and_what_the_plan_shows_exists_afterwards(
    bench: Bench, other: str
) -> None:
    """The cloud would choose for itself, if it were asked for any address of the subnet."""
    desired = left_to_the_cloud(bench)
    with_another(bench, other)
    (step,) = plan_of(desired, bench.observe(), ALLOWED).steps.values()
    (change,) = step.changes
    assert isinstance(change, FieldChange)
    assert (step.blocked, [str(ip) for ip in change.new]) == (None, ["10.8.0.50"])
    bench.converge(desired, ALLOWED)
    assert addresses(bench) == ["10.8.0.50"]


def test_who_sees_both_for_the_first_time_takes_none_away_and_says_what_would_help(bench: Bench) -> None:
    desired = left_to_the_cloud(bench)
    with_another(bench, "10.8.0.20")
    stranger = bench.driver_of(bench.owner)
    (step,) = plan_of(desired, stranger.observe(), ALLOWED).steps.values()
    assert step.blocked is BlockReason.REFUSED
    assert "whether 10.8.0.20 or 10.8.0.50 came first is not known" in step.reason
    assert "under `addresses`" in step.reason
    # Git names one: that is it.
    named = {**desired, ETH0: Desired(ETH0, PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.20"),)), PLACE)}
    (step,) = plan_of(named, stranger.observe(), ALLOWED).steps.values()
    assert not step.blocked
    assert addresses(bench) == ["10.8.0.20", "10.8.0.50"]


def left_to_the_cloud(bench: Bench) -> DesiredState:
    """A port that has 10.8.0.50 and may have any; it was observed so."""
    desired: DesiredState = {**desired_of(ETH0, PORT), ETH0: Desired(ETH0, PORT, PLACE)}
    bench.converge({**desired, ETH0: Desired(ETH0, PortSpec(LAN, fixed_ips=(FixedIp(LAN4, "10.8.0.50"),)), PLACE)})
    return desired
