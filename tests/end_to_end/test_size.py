"""A service of realistic size: a hundred instances, twelve networks, trunks and QoS."""

from __future__ import annotations

from collections.abc import Mapping

from tests.end_to_end.conftest import Workplace

NETWORKS = 12
INSTANCES = 100
VIM = """\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, externalNetwork: public, api: {requestsPerSecond: 1000}}
"""
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: gateway}
spec:
  connectionPoints: [{name: mgmt}, {name: left}, {name: right}]
  securityGroups: [{name: admin, rules: [{protocol: tcp, ports: 22}]}]
  vdus:
    - name: gw
      image: debian-12
      flavor: m1.small
      affinity: soft-anti-affinity
      interfaces:
        - {name: eth0, connectionPoint: mgmt, securityGroups: [admin]}
        - {name: eth1, connectionPoint: left, portSecurity: false, qosPolicy: gold}
        - {name: vlan100, connectionPoint: right, portSecurity: false, subportOf: {interface: eth1, vlan: 100}}
"""


def service(instances: int) -> str:
    """Ten VNFs on twelve networks: one for management, the others between them."""
    links = "\n".join(f"    - {{name: net-{n}, cidr: 10.{n}.0.0/24}}" for n in range(NETWORKS))
    vnfs = "\n".join(
        f"    - {{name: gw-{n}, descriptor: gateway, counts: {{gw: {instances // 10}}}, "
        f"connect: {{mgmt: net-0, left: net-{n + 1}, right: net-{n + 2}}}}}"
        for n in range(10)
    )
    return (
        "apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: core}\nspec:\n  vim: paris\n"
        f"  virtualLinks:\n{links}\n  routers: [{{name: edge, virtualLinks: [net-0]}}]\n  vnfs:\n{vnfs}\n"
    )


def asked(workplace: Workplace, method: str) -> Mapping[str, int]:
    """How often the clouds were asked to do something to each kind of resource."""
    return {
        entry["route"].rpartition("/")[2]: entry["count"]
        for entry in workplace.simulator.requests()
        if entry["method"] == method and not entry["route"].endswith("/auth/tokens")
    }


def test_a_service_of_realistic_size_is_made_kept_scaled_and_removed(workplace: Workplace) -> None:
    def apply() -> None:
        workplace.simulator.reset_requests()
        done = workplace.magi("apply", workplace.url, "--yes", "--clouds-file", str(workplace.clouds_file))
        assert done.code == 0, done.err[-2000:]

    workplace.work.commit({"vim.yaml": VIM, "gateway.yaml": DESCRIPTOR, "core.yaml": service(INSTANCES)}, "First")
    apply()
    made = asked(workplace, "POST")
    desired = {"networks": NETWORKS, "ports": 3 * INSTANCES, "trunks": INSTANCES, "servers": INSTANCES}
    assert {kind: made[kind] for kind in desired} == desired
    apply()
    assert workplace.writes() == []
    workplace.work.commit({"core.yaml": service(INSTANCES - 10)}, "Scale in")
    apply()
    assert asked(workplace, "POST") == {}
    gone = [entry for entry in workplace.simulator.requests() if entry["method"] == "DELETE"]
    assert sum(entry["count"] for entry in gone if entry["route"].endswith("/servers/{id}")) == 10
    workplace.work.git("rm", "-q", "core.yaml")
    workplace.work.commit({"policy.yaml": POLICY}, "Remove")
    assert workplace.approve("--yes", "--push").code == 0
    apply()
    left = workplace.magi("plan", workplace.url, "--clouds-file", str(workplace.clouds_file), "-o", "json")
    assert left.json["vims"][0]["resources"] == []


POLICY = """\
apiVersion: magi/v1alpha1
kind: Policy
metadata: {name: everything-goes}
spec: {maxDeletes: 10000}
"""
