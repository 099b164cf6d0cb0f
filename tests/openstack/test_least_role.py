"""The role of docs/rights.md, which may do what Magi asks for and no more: a real cloud agrees on both halves.

A development cloud has a user with nothing but that role, and policies that `magi rights policy` made of the tables.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from tests.conformance.clouds import REAL
from tests.openstack.conftest import RealTeam

ENTRY = "paris-magi"

pytestmark = [
    pytest.mark.openstack,
    pytest.mark.xdist_group("real clouds"),
    pytest.mark.skipif(not REAL, reason="MAGI_TEST_CLOUDS_FILE leads to no real clouds"),
]

SERVICE = """apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, externalNetwork: public}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: gateway}
spec:
  connectionPoints: [{name: inside}]
  virtualLinks: [{name: a, cidr: 10.9.0.0/24, mtu: 1280}, {name: b, cidr: 10.9.1.0/24, mtu: 1280}]
  keyPairs:
    - name: operator
      publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP7rcLWnqLyTgePcFJ2XGb1Gf37AL+xZJXyxjGIvGZNN operator@example.net
  addressGroups: [{name: offices, addresses: [10.0.0.0/8]}]
  securityGroups:
    - name: web
      rules: [{protocol: tcp, ports: 443, remoteAddressGroup: offices}]
  vdus:
    - name: gw
      image: debian-12
      flavor: m1.tiny
      keyPair: operator
      affinity: anti-affinity
      userData: {inline: "#cloud-config"}
      volumes: [{name: data, size: 1, type: shared}, {name: spare, size: 1}]
      interfaces:
        - {name: eth0, connectionPoint: inside, securityGroups: [web]}
        - {name: vlan1, virtualLink: a, subportOf: {interface: eth0, vlan: 1}}
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: least}
spec:
  vim: paris
  changes: {disruptive: allow}
  virtualLinks: [{name: lan, cidr: 10.8.0.0/24, mtu: 1400, sharedWith: [7a8c3fa1e39e44e6afaaadf8b16e0000]}]
  vnfs: [{name: gw, descriptor: gateway, connect: {inside: lan}}]
  accessPoints:
    - {name: internet, virtualLink: lan}
    - {name: web, connectionPoint: {vnf: gw, name: inside}}
  forwardingGraphs:
    - name: inspected
      path: [{vnf: gw, ingress: inside, egress: inside}]
      classifiers: [{name: http, source: {vnf: gw, name: inside}, protocol: tcp, ports: 8089}]
"""
MORE_INTERFACES = """        - {name: vlan2, virtualLink: b, subportOf: {interface: eth0, vlan: 2}}
        - {name: eth1, virtualLink: b}"""
KINDS = {
    "address-group", "floating-ip", "flow-classifier", "keypair", "network", "port", "port-chain", "port-pair",
    "port-pair-group", "rbac-policy", "router", "router-interface", "security-group", "security-group-rule", "server",
    "server-group", "subnet", "trunk", "volume", "volume-attachment",
}  # fmt: skip


@pytest.fixture
def least(team: RealTeam) -> RealTeam:
    """The team, with the entry paris as a login that has the least role."""
    clouds: dict[str, Any] = yaml.safe_load(team.clouds_file.read_text(encoding="utf-8"))
    if ENTRY not in clouds["clouds"]:
        pytest.skip(f"this cloud has no login {ENTRY}")
    clouds["clouds"] |= {"paris-member": clouds["clouds"]["paris"], "paris": clouds["clouds"][ENTRY]}
    team.clouds_file = team.folder / "least.yaml"
    team.clouds_file.write_text(json.dumps(clouds), encoding="utf-8")
    return team


def changed(team: RealTeam) -> set[tuple[str, str]]:
    """Action and kind of all that is planned on paris."""
    return {(action, kind) for action, kind, _ in team.plan()["paris"]}


def answers(team: RealTeam, service: str, method: str, path: str, body: object = None) -> tuple[int, int]:
    """The status that a cloud answers with: to the least role, and to a member."""
    statuses = []
    for entry in ("paris", "paris-member"):
        config = OpenStackConfig(config_files=[str(team.clouds_file)], load_envvars=False).get_one(entry)
        with Connection(config=config) as cloud:
            session = cloud.session
            filtered = {"service_type": service, "interface": "public", "region_name": config.region_name}
            answered = session.request(path, method, json=body, raise_exc=False, endpoint_filter=filtered)
            statuses.append(int(answered.status_code))
    return statuses[0], statuses[1]


@pytest.mark.essential
def test_the_least_role_makes_changes_and_removes_a_service(least: RealTeam) -> None:
    least.work.commit({"service.yaml": SERVICE})
    assert changed(least) == {("create", kind) for kind in KINDS}
    least.apply()
    assert changed(least) == set()

    only = ("--name", "^least/gw/gw-0$", "-f", "value", "-c", "ID")
    own = least.client("paris-member", "server", "list", *only).strip()
    assert answers(least, "compute", "POST", f"/servers/{own}/action", {"lock": None}) == (403, 202)
    assert answers(least, "compute", "POST", f"/servers/{own}/action", {"unlock": None}) == (403, 202)

    least.edit("service.yaml", "mtu: 1400", "mtu: 1300", "Shrink packets")
    least.edit("service.yaml", "flavor: m1.tiny", "flavor: m1.small", "Resize")
    least.edit("service.yaml", "size: 1,", "size: 2,", "Grow")
    least.edit("service.yaml", "addresses: [10.0.0.0/8]", "addresses: [192.0.2.0/24]", "Move offices")
    least.edit("service.yaml", "vlan: 1}}", "vlan: 1}}\n" + MORE_INTERFACES, "Plug in")
    least.edit("service.yaml", ", {name: spare, size: 1}", "", "Unplug")
    updated = {"address-group", "network", "server", "trunk", "volume"}
    made = {"port"}
    gone = {"volume", "volume-attachment"}
    assert changed(least) == {
        *(("update", kind) for kind in updated),
        *(("create", kind) for kind in made),
        *(("delete", kind) for kind in gone),
    }
    least.apply()
    assert changed(least) == set()

    least.work.commit({"service.yaml": SERVICE.partition("  virtualLinks: [{name: lan")[0]})
    assert changed(least) == {
        ("delete", kind) for kind in KINDS - {"rbac-policy", "security-group-rule", "volume-attachment"}
    }
    least.apply()
    assert changed(least) == set()


def test_what_magi_does_not_ask_for_the_least_role_may_not(least: RealTeam) -> None:
    pool = {"subnetpool": {"name": least.owner, "prefixes": ["10.0.0.0/8"], "default_prefixlen": 24}}
    assert answers(least, "network", "POST", "/v2.0/subnetpools", pool) == (403, 201)
    least.client("paris-member", "subnet", "pool", "delete", least.owner)
    assert answers(least, "compute", "GET", "/servers") == (403, 200)
    assert answers(least, "block-storage", "GET", "/snapshots/detail") == (403, 200)
    shared = {"network": {"name": least.owner, "shared": True}}
    assert answers(least, "network", "POST", "/v2.0/networks", shared) == (403, 403)
