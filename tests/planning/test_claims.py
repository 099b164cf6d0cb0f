"""Two services that claim one address or segment."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from reconciler.model import BlockReason, Desired, Key, Observed, Place, Plan, Spec, World
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import FixedIp, PortSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from tests.plan_of import plan_of

WAN = Key("paris", "existing-network", "wan")
ADDRESS = PortSpec(WAN, fixed_ips=(FixedIp(None, "192.0.2.7"),))
SEGMENT = NetworkSpec(network_type="vlan", physical_network="physnet1", segmentation_id=100)


def of(service: str, kind: str = "port") -> Key:
    return Key("paris", kind, f"{service}/x")


def planned(declared: Mapping[Key, Spec], there: Mapping[Key, Spec] | None = None) -> Plan:
    observed = {key: Observed(key, spec, f"id-{key.service}") for key, spec in (there or {}).items()}
    desired = {key: Desired(key, spec, Place(f"{key.service}.yaml", 7)) for key, spec in declared.items()}
    return plan_of(desired, World("paris", observed, {WAN: ("w",)}))


def blocked(plan: Plan) -> dict[str, str]:
    return {step.key.service: step.reason for step in plan.steps.values() if step.blocked is BlockReason.CLAIMED}


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ((of("a"), ADDRESS), (of("b"), ADDRESS), "address 192.0.2.7 on network wan"),
        (
            (of("a"), PortSpec(WAN, mac="fa:16:3e:00:00:01")),
            (of("b"), PortSpec(WAN, mac="fa:16:3e:00:00:01")),
            "MAC address fa:16:3e:00:00:01 on network wan",
        ),
        (
            (of("a", "floating-ip"), FloatingIpSpec(WAN, address="192.0.2.7")),
            (of("b", "router"), RouterSpec(WAN, external_addresses=("192.0.2.7",))),
            "address 192.0.2.7 on network wan",
        ),
        (
            (of("a", "network"), SEGMENT),
            (of("b", "network"), SEGMENT),
            "vlan segment 100 on physical network physnet1",
        ),
    ],
)
def test_what_two_new_services_claim_is_made_for_neither(
    one: tuple[Key, Spec], other: tuple[Key, Spec], what: str
) -> None:
    hint = "name another, or take it from one of them"
    assert blocked(planned(dict([one, other]))) == {
        "a": f"{what}: service b claims it as well, by {other[0]} (b.yaml:7); {hint}",
        "b": f"{what}: service a claims it as well, by {one[0]} (a.yaml:7); {hint}",
    }


def test_who_has_it_keeps_it_and_goes_on() -> None:
    there = {of("a"): ADDRESS}
    changed = PortSpec(WAN, fixed_ips=ADDRESS.fixed_ips, admin_state_up=False)
    plan = planned({of("a"): changed, of("b"): ADDRESS}, there)
    assert blocked(plan).keys() == {"b"}
    assert "service a has it as well" in blocked(plan)["b"]
    assert [step.key.service for step in plan.steps.values() if not step.blocked] == ["a"]


def test_a_change_to_what_another_service_has_is_blocked() -> None:
    other = PortSpec(WAN, fixed_ips=(FixedIp(None, "192.0.2.8"),))
    plan = planned({of("a"): ADDRESS, of("b"): ADDRESS}, {of("a"): ADDRESS, of("b"): other})
    assert blocked(plan).keys() == {"b"}


def test_what_git_takes_from_one_is_free_for_the_other() -> None:
    assert blocked(planned({of("b"): ADDRESS}, {of("a"): ADDRESS})) == {}


def test_different_addresses_and_networks_are_no_claim_on_one_another() -> None:
    lan = Key("paris", "existing-network", "lan")
    elsewhere = PortSpec(lan, fixed_ips=ADDRESS.fixed_ips)
    assert blocked(planned({of("a"): ADDRESS, of("b"): elsewhere, of("c"): PortSpec(WAN)})) == {}


def test_a_service_that_claims_what_it_has_itself_is_not_blocked() -> None:
    second = Key("paris", "port", "a/y")
    plan = planned({of("a"): ADDRESS, second: ADDRESS, of("b"): ADDRESS}, {of("a"): ADDRESS})
    assert blocked(plan).keys() == {"b"}
