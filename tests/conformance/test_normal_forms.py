"""Texts that a cloud keeps in a spelling of its own: what is planned is what it answers, however Git spells it."""

from __future__ import annotations

import pytest

from tests.conformance.bench import Bench
from tests.conformance.samples import PUBLIC_KEYS, TARGET
from tests.documents.commits import catalog_of
from tests.plan_of import plan_of

VIM = f"""\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {{name: {TARGET}}}
spec: {{type: openstack, cloud: {TARGET}, externalNetwork: public}}
"""
DESCRIPTOR = f"""\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {{name: fw}}
spec:
  connectionPoints: [{{name: lan}}]
  keyPairs: [{{name: ops, publicKey: "{PUBLIC_KEYS[0]} ops@EXAMPLE.net"}}]
  securityGroups:
  - name: mgmt
    rules:
    - {{protocol: 6, ports: "22", remote: 0.0.0.0/0}}
    - {{protocol: udp, ports: "1-65535", remote: 10.0.0.0/8, description: "  Everything, \u00fcberall  "}}
    - {{ethertype: IPv6, protocol: icmpv6, icmpType: 128, remote: "2001:0DB8:0::/48"}}
    - {{ethertype: IPv6, protocol: 58, icmpType: 129, remote: "0::/0"}}
    - {{ethertype: IPv6, protocol: tcp, ports: 443, remote: "2001:DB8:AAAA:0::/64"}}
    - {{protocol: 47}}
  vdus:
  - name: fw
    image: debian-12
    flavor: m1.small
    keyPair: ops
    metadata: {{role: " fire WALL ", Site: "Z\u00fcrich \u2013 \u90e8", empty: ""}}
    userData: {{inline: "#cloud-config\\n# \u00fc \u2603\\n"}}
    interfaces:
    - name: eth0
      connectionPoint: lan
      securityGroups: [mgmt]
      allowedAddressPairs:
      - {{address: "2001:0DB8:0008::00FF"}}
      - {{address: "2001:DB8:9::/64", mac: "00:00:5E:00:01:0A"}}
      - {{address: 10.44.0.250, mac: "00:00:5e:00:01:0b"}}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: odd}
spec:
  vim: paris
  virtualLinks:
  - name: lan
    subnets:
    - cidr: 10.44.0.0/24
      gateway: 10.44.0.254
      dnsServers: [192.0.2.53, 192.0.2.5]
      allocationPools: [{start: 10.44.0.200, end: 10.44.0.240}, {start: 10.44.0.9, end: 10.44.0.99}]
      hostRoutes: [{destination: 10.99.0.0/16, nextHop: 10.44.0.2}, {destination: 10.100.0.0/16, nextHop: 10.44.0.10}]
    - cidr: "2001:0DB8:0008:0000::/64"
      gateway: "2001:DB8:8:0:0::1"
      dnsServers: ["2001:DB8::0053", "2001:db8:0:0::35"]
      allocationPools: [{start: "2001:DB8:8::A0", end: "2001:DB8:8::FF"}]
      hostRoutes: [{destination: "2001:0DB8:00FF::/48", nextHop: "2001:DB8:8::FE"}]
  vnfs:
  - name: fw
    descriptor: fw
    connect: {lan: lan}
    addresses: {lan: [10.44.0.20, "2001:DB8:8:0::00A5"]}
    macAddresses: {lan: ["FA:16:3E:10:00:0A"]}
"""
LINKED = SERVICE.replace("  - name: lan\n    subnets:", "  - name: lan\n    dnsDomain: Lan.EXAMPLE.net.\n    subnets:")


@pytest.mark.parametrize("service", [SERVICE, LINKED], ids=["addresses", "domain"])
def test_what_the_cloud_answers_is_what_was_planned(bench: Bench, service: str) -> None:
    if service is LINKED and not _knows_domains(bench):
        pytest.skip("the cloud has no dns-integration")
    desired = catalog_of({"v.yaml": VIM, "d.yaml": DESCRIPTOR, "s.yaml": service}).desired[TARGET]
    world = bench.converge(desired)
    assert desired.keys() <= world.observed.keys()
    assert not plan_of(desired, world).steps


def _knows_domains(bench: Bench) -> bool:
    extensions = bench.send("GET", "network", "/v2.0/extensions")["extensions"]
    return any(one["alias"] == "dns-integration" for one in extensions)
