"""Forwarding graphs: which resources documents make of them, and what is wrong with them."""

from __future__ import annotations

import pytest

from reconciler.model import Key, Spec
from reconciler.targets.openstack.kinds.flow_classifier import FlowClassifierSpec, PortRange
from reconciler.targets.openstack.kinds.port_chain import PortChainSpec
from reconciler.targets.openstack.kinds.port_pair import PortPairSpec
from reconciler.targets.openstack.kinds.port_pair_group import PortPairGroupSpec
from tests.documents.commits import catalog_of, changed, problems_of

REPOSITORY: dict[str, str | bytes] = {
    "vcpe.yaml": """\
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}
---
{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: lyon}, spec: {type: openstack}}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: box}
spec:
  connectionPoints: [{name: in}, {name: out}]
  vdus:
    - name: vm
      image: debian-12
      flavor: m1.small
      interfaces: [{name: eth0, connectionPoint: in}, {name: eth1, connectionPoint: out}]
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: vcpe}
spec:
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.8.0.0/24, onEachVim: true}]
  vnfs:
    - {name: client, descriptor: box, connect: {in: lan, out: lan}}
    - {name: ids, descriptor: box, counts: {vm: 2}, connect: {in: lan, out: lan}}
    - {name: fw, descriptor: box, connect: {in: lan, out: lan}}
  forwardingGraphs:
    - name: web
      path: [{vnf: ids, ingress: in, egress: out}, {vnf: fw, ingress: in, egress: in}]
      symmetric: true
      classifiers: [{name: http, source: {vnf: client, name: out}, protocol: tcp, ports: 80-90}]
    - name: dns
      path: [{vnf: ids, ingress: in, egress: out}]
      classifiers: [{name: dns, source: {vnf: fw, name: in}, protocol: udp, destination: '2001:db8::/32'}]
"""
}
CHAINS = {"port-pair", "port-pair-group", "flow-classifier", "port-chain"}


def key(kind: str, name: str) -> Key:
    return Key("paris", kind, f"vcpe/{name}")


def chained(texts: dict[str, str | bytes]) -> dict[Key, Spec]:
    return {one: found.spec for one, found in catalog_of(texts).desired["paris"].items() if one.kind in CHAINS}


def pair(instance: str, ingress: str, egress: str) -> PortPairSpec:
    first, second = (key("port", f"{instance}/{one}") for one in (ingress, egress))
    return PortPairSpec(first, second, key("server", instance))


def test_a_graph_is_a_chain_through_groups_of_all_instances_which_graphs_share() -> None:
    ids, fw = key("port-pair-group", "ids/in/out"), key("port-pair-group", "fw/in/in")
    pairs = [key("port-pair", f"ids/vm-{number}/in/out") for number in range(2)]
    alone = key("port-pair", "fw/vm-0/in/in")
    http, dns = key("flow-classifier", "web/http/vm-0"), key("flow-classifier", "dns/dns/vm-0")
    assert chained(REPOSITORY) == {
        pairs[0]: pair("ids/vm-0", "eth0", "eth1"),
        pairs[1]: pair("ids/vm-1", "eth0", "eth1"),
        alone: pair("fw/vm-0", "eth0", "eth0"),
        ids: PortPairGroupSpec(tuple(pairs)),
        fw: PortPairGroupSpec((alone,)),
        http: FlowClassifierSpec(key("port", "client/vm-0/eth1"), protocol="tcp", destination_ports=PortRange(80, 90)),
        dns: FlowClassifierSpec(
            key("port", "fw/vm-0/eth0"), ethertype="IPv6", protocol="udp", destination_cidr="2001:db8::/32"
        ),
        key("port-chain", "web"): PortChainSpec((ids, fw), (http,), symmetric=True),
        key("port-chain", "dns"): PortChainSpec((ids,), (dns,)),
    }


def test_scaling_changes_a_group_and_what_is_of_the_new_instance() -> None:
    before, after = chained(REPOSITORY), chained(changed(REPOSITORY, "vcpe.yaml", "vm: 2", "vm: 3"))
    differing = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
    assert differing == {key("port-pair-group", "ids/in/out"), key("port-pair", "ids/vm-2/in/out")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{vnf: fw, ingress: in, egress: in}", "{vnf: fv, ingress: in, egress: in}", "unknown VNF 'fv'"),
        ("egress: in}", "egress: inn}", "unknown connection point 'inn'"),
        ("{vnf: fw, ingress: in, egress: in}", "{vnf: ids, ingress: in, egress: in}", "is twice in the path of 'web'"),
        ("source: {vnf: client, name: out}", "source: {vnf: klient, name: out}", "unknown VNF 'klient'"),
        ("source: {vnf: client, name: out}", "source: {vnf: client, name: up}", "unknown connection point 'up'"),
        ("protocol: tcp, ports: 80-90", "protocol: icmp, ports: 80", "ports do not go with protocol icmp"),
        ("ports: 80-90", "ports: 90-80", "90-80 is no port range"),
        ("destination: '2001", "ethertype: IPv4, destination: '2001", "2001:db8::/32 is not IPv4"),
        ("- name: dns", "- name: web", "forwarding graph 'web' is there twice"),
        (
            "protocol: udp, destination: '2001:db8::/32'",
            "ethertype: IPv4",
            "a packet that matches 'dns' may match 'http' of 'web' too",
        ),
        ("egress: out}, {vnf: fw, ingress: in, egress: in}", "egress: out}", "has the path of 'web'"),
        ("{name: fw, descriptor: box,", "{name: fw, vim: lyon, descriptor: box,", "are on the VIMs lyon and paris"),
    ],
)
def test_what_a_vim_would_refuse_is_refused_before(old: str, new: str, message: str) -> None:
    assert any(message in problem for problem in problems_of(changed(REPOSITORY, "vcpe.yaml", old, new)))


@pytest.mark.parametrize(
    "match",
    [
        "protocol: udp, ports: 80",
        "protocol: tcp, ports: 91",
        "protocol: tcp, ethertype: IPv6",
        "protocol: tcp, ports: 79",
    ],
)
def test_traffic_that_differs_takes_paths_of_its_own(match: str) -> None:
    other = changed(REPOSITORY, "vcpe.yaml", "protocol: udp, destination: '2001:db8::/32'", match)
    assert problems_of(other) == []


def test_destinations_set_traffic_apart_if_they_do_not_overlap() -> None:
    first = changed(REPOSITORY, "vcpe.yaml", "ports: 80-90", "destination: 10.9.0.0/24")
    old = "protocol: udp, destination: '2001:db8::/32'"
    assert problems_of(changed(first, "vcpe.yaml", old, "protocol: tcp, destination: 10.9.1.0/24")) == []
    (problem,) = problems_of(changed(first, "vcpe.yaml", old, "protocol: tcp, destination: 10.9.0.0/16"))
    assert "may match 'http'" in problem
