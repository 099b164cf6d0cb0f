"""QoS policies: what documents say of bandwidth and marking, who uses it, and what is wrong with it."""

import pytest

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.port import PortSpec
from reconciler.targets.openstack.kinds.qos_policy import QosPolicySpec
from reconciler.targets.openstack.kinds.qos_rule import BandwidthLimitSpec, DscpMarkingSpec, MinimumBandwidthSpec
from tests.documents.commits import catalog_of, changed, problems_of

VIMS = """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack, externalNetwork: public}}
---
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: lyon}, spec: {type: openstack}}
"""
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: firewall}
spec:
  connectionPoints: [{name: outside}, {name: inside}]
  qosPolicies:
    - {name: capped, egress: {maxKbps: 10000, maxBurstKbps: 8000, minKbps: 1000}, ingress: {maxKbps: 50000}}
  virtualLinks: [{name: sync, cidr: 192.168.0.0/24, qosPolicy: capped}]
  vdus:
    - name: fw
      image: debian-12
      flavor: m1.small
      interfaces:
        - {name: eth0, connectionPoint: outside, qosPolicy: capped}
        - {name: eth1, connectionPoint: inside, qosPolicy: gold}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  qosPolicies:
    - {name: voice, dscpMark: 46}
    - {name: paid, egress: {maxKbps: 5000}}
  virtualLinks:
    - {name: lan, cidr: 10.8.0.0/24, qosPolicy: voice}
    - {name: dmz, cidr: 10.9.0.0/24}
  vnfs:
    - {name: fw, descriptor: firewall, connect: {inside: lan, outside: dmz}}
    - {name: fx, descriptor: firewall, connect: {inside: lan, outside: dmz}, qosPolicies: {inside: paid}}
  accessPoints:
    - {name: internet, virtualLink: lan}
    - {name: login, connectionPoint: {vnf: fw, name: inside}, qosPolicy: paid}
"""
REPOSITORY: dict[str, str | bytes] = {"vims.yaml": VIMS, "firewall.yaml": DESCRIPTOR, "vcpe.yaml": SERVICE}


def paris(kind: str, name: str) -> Key:
    return Key("paris", kind, f"vcpe/{name}")


CAPPED, VOICE, PAID = paris("qos-policy", "fw/capped"), paris("qos-policy", "voice"), paris("qos-policy", "paid")
GOLD = Key("paris", "existing-qos-policy", "gold")


def specs() -> dict[Key, Spec]:
    return {key: desired.spec for key, desired in catalog_of(REPOSITORY).desired["paris"].items()}


def in_service(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "vcpe.yaml", old, new))


def test_a_policy_becomes_itself_and_a_rule_for_each_thing_that_it_says() -> None:
    found = {
        key: spec for key, spec in specs().items() if key.kind.startswith("qos") and key.name.startswith("vcpe/fw/")
    }
    assert found == {
        CAPPED: QosPolicySpec(),
        paris("qos-bandwidth-limit", "fw/capped/limit-egress"): BandwidthLimitSpec(CAPPED, "egress", 10_000, 8_000),
        paris("qos-minimum-bandwidth", "fw/capped/minimum-egress"): MinimumBandwidthSpec(CAPPED, "egress", 1_000),
        paris("qos-bandwidth-limit", "fw/capped/limit-ingress"): BandwidthLimitSpec(CAPPED, "ingress", 50_000),
    }
    assert specs()[paris("qos-dscp-marking", "voice/dscp")] == DscpMarkingSpec(VOICE, 46)


def test_a_name_is_that_of_the_same_document_else_that_of_the_vim() -> None:
    policies = {
        key.name: spec.qos_policy
        for key, spec in specs().items()
        if isinstance(spec, NetworkSpec | PortSpec | FloatingIpSpec) and "/fx/" not in key.name
    }
    assert policies == {
        "vcpe/lan": VOICE,
        "vcpe/dmz": None,
        "vcpe/fw/sync": CAPPED,
        "vcpe/fw/fw-0/eth0": CAPPED,
        "vcpe/fw/fw-0/eth1": GOLD,
        "vcpe/login/fw-0": PAID,
    }


def test_what_a_service_names_for_a_connection_point_goes_before_what_the_descriptor_does() -> None:
    port = specs()[paris("port", "fx/fw-0/eth1")]
    assert isinstance(port, PortSpec)
    assert port.qos_policy == PAID


def test_a_policy_of_a_service_is_on_the_vims_where_something_names_it() -> None:
    text = changed(REPOSITORY, "vcpe.yaml", "{name: dmz, cidr: 10.9.0.0/24}", "{name: dmz, vim: lyon, qosPolicy: paid}")
    alone = changed(text, "vcpe.yaml", SERVICE.partition("  vnfs:")[2], " []\n")
    desired = catalog_of(alone).desired
    assert {key.name for key in desired["lyon"] if key.kind == "qos-policy"} == {"vcpe/paid"}
    assert {key.name for key in desired["paris"] if key.kind == "qos-policy"} == {"vcpe/voice"}


WRONG = {
    "a policy that says nothing": (
        ("{name: voice, dscpMark: 46}", "{name: voice}"),
        "7:7: QoS policy 'voice' says nothing (add egress or ingress with maxKbps or minKbps, or dscpMark)",
    ),
    "a minimum above the limit": (
        ("egress: {maxKbps: 5000}", "egress: {maxKbps: 5000, minKbps: 6000}"),
        "8:53: minKbps 6000 is above maxKbps 5000 (exchange them)",
    ),
    "a policy twice": (
        ("name: paid, e", "name: voice, e"),
        "8:14: QoS policy 'voice' is there twice (the first is in line 7)",
    ),
    "an unknown connection point": (
        ("qosPolicies: {inside: paid}", "qosPolicies: {insid: paid}"),
        "14:92: unknown connection point 'insid' (did you mean 'inside'?)",
    ),
    "a burst without a limit": (
        ("{maxKbps: 5000}", "{maxBurstKbps: 5000}"),
        "8:29: 'maxBurstKbps' in spec.qosPolicies[1].egress needs 'maxKbps'",
    ),
    "a mark that is none": (("dscpMark: 46", "dscpMark: 47"), "7:31: "),
    "a router with one": (
        ("virtualLink: lan}", "virtualLink: lan, qosPolicy: paid}"),
        "16:42: wrong value in spec.accessPoints[0].qosPolicy: 'qosPolicy' goes with 'connectionPoint' only",
    ),
}


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_reported_at_its_place(change: tuple[str, str], problem: str) -> None:
    (reported,) = in_service(*change)
    assert reported.startswith(f"vcpe.yaml:{problem}")
