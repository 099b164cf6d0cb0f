"""Services as a whole: names, places, several VIMs, what is said of all of it."""

from reconciler.model import Consent, Key, Permission, Spec
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.trunk import Subport, TrunkSpec
from tests.documents.commits import catalog_of, changed, problems_of
from tests.documents.firewall import LAN, REPOSITORY, TWO_SITES, WEB, in_service, paris, port_of, specs


def test_every_resource_has_its_name_from_where_it_stands() -> None:
    assert sorted(f"{key.kind} {key.name}" for key in specs()) == [
        "floating-ip vcpe/console/fw-0",
        "floating-ip vcpe/console/fw-1",
        "keypair vcpe/fw/netops",
        "network vcpe/fw/sync",
        "network vcpe/lan",
        "port vcpe/fw/fw-0/eth0",
        "port vcpe/fw/fw-0/eth1",
        "port vcpe/fw/fw-0/eth2",
        "port vcpe/fw/fw-1/eth0",
        "port vcpe/fw/fw-1/eth1",
        "port vcpe/fw/fw-1/eth2",
        "router vcpe/internet",
        "router-interface vcpe/internet/lan/ipv4",
        "security-group vcpe/fw/web",
        "security-group-rule vcpe/fw/web/egress-ipv4-any",
        "security-group-rule vcpe/fw/web/egress-ipv6-any",
        "security-group-rule vcpe/fw/web/ingress-ipv4-tcp-443",
        "server vcpe/fw/fw-0",
        "server vcpe/fw/fw-1",
        "server-group vcpe/fw/fw",
        "subnet vcpe/fw/sync/ipv4",
        "subnet vcpe/lan/ipv4",
    ]


def test_a_resource_knows_the_line_that_asks_for_it() -> None:
    desired = catalog_of(REPOSITORY).desired["paris"]
    assert str(desired[LAN].place) == "vcpe.yaml:8"
    assert str(desired[paris("server", "fw/fw-0")].place) == "firewall.yaml:13"
    assert str(desired[paris("floating-ip", "console/fw-0")].place) == "vcpe.yaml:15"


def test_every_reference_leads_to_a_resource_or_to_what_the_vim_holds() -> None:
    found = specs()
    there = {"existing-network", "existing-security-group", "flavor", "image"}
    assert [ref for spec in found.values() for ref in spec.refs() if ref not in found and ref.kind not in there] == []


def test_each_part_is_on_its_vim_and_refers_to_nothing_elsewhere() -> None:
    catalog = catalog_of({**REPOSITORY, "wan.yaml": TWO_SITES})
    for vim, desired in catalog.desired.items():
        assert {ref.target for item in desired.values() for ref in item.spec.refs()} == {vim}
    lyon = {key.name for key in catalog.desired["lyon"]}
    assert {"wan/south", "wan/b/fw-0", "wan/exit-b"} <= lyon
    assert "wan/a/fw-0" not in lyon
    exit_b = catalog.desired["lyon"][Key("lyon", "router", "wan/exit-b")].spec
    assert exit_b == RouterSpec(Key("lyon", "existing-network", "outside"))


def test_what_is_said_of_a_service_as_a_whole() -> None:
    info = catalog_of({**REPOSITORY, "wan.yaml": TWO_SITES}).services["wan"]
    assert info.targets == ("lyon", "paris")
    assert info.consent == Consent(replace=Permission.ALLOW, disruptive=None)
    assert info.labels == (("tier", "gold"),)
    assert str(info.place) == "wan.yaml:3"


def test_a_policy_of_its_own_and_the_one_that_holds_without() -> None:
    text = (
        "{apiVersion: magi/v1alpha1, kind: Policy, metadata: {name: p}, spec: {prune: false, maxDeletes: 3, "
        "maxDeletePercent: 20, maxReplaces: 4, maxReplacePercent: 5, freeze: {services: [lab], vims: ['edge-*']}, "
        "protect: {services: ['core-*'], kinds: [volume]}, changes: {disruptive: allow}}}"
    )
    policy = catalog_of({**REPOSITORY, "policy.yaml": text}).policy
    assert (policy.prune, policy.max_deletes, policy.protect) == (False, 3, ("core-*",))
    assert (policy.max_delete_percent, policy.max_replaces, policy.max_replace_percent) == (20, 4, 5)
    assert (policy.frozen_services, policy.frozen_vims) == (("lab",), ("edge-*",))
    assert policy.protect_kinds == {"volume"}
    assert policy.consent == Consent(replace=Permission.DENY, disruptive=Permission.ALLOW)
    standard = catalog_of(REPOSITORY).policy
    assert (standard.prune, standard.max_deletes, standard.protect) == (True, 100, ())


def test_a_vim_is_called_as_its_cloud_unless_it_says_otherwise() -> None:
    api = "concurrency: 2, requestsPerSecond: 5, timeout: 9, maxDepth: 99, maxPages: 7"
    spec = f"type: openstack, cloud: north, region: r1, api: {{{api}}}"
    text = (
        f"{{apiVersion: magi/v1alpha1, kind: Vim, metadata: {{name: oslo, labels: {{site: oslo}}}}, spec: {{{spec}}}}}"
    )
    targets = catalog_of({**REPOSITORY, "oslo.yaml": text}).targets
    assert targets["paris"].entry == "paris"
    oslo = targets["oslo"]
    assert (oslo.entry, oslo.option("region"), oslo.labels) == ("north", "r1", (("site", "oslo"),))
    assert (oslo.budget.concurrency, oslo.budget.requests_per_second, oslo.budget.timeout) == (2, 5, 9)
    assert (oslo.budget.max_depth, oslo.budget.max_pages) == (99, 7)


def test_subports_make_a_trunk_of_the_port_that_carries_them() -> None:
    there = changed(
        REPOSITORY,
        "firewall.yaml",
        "securityGroups: [web]}",
        "securityGroups: [web], subportOf: {interface: eth0, vlan: 100}}",
    )
    found = specs(changed(there, "firewall.yaml", "eth2, ", "eth2, subportOf: {interface: eth0, vlan: 20}, "))
    ports = {name: paris("port", f"fw/fw-1/{name}") for name in ("eth0", "eth1", "eth2")}
    assert found[paris("trunk", "fw/fw-1/eth0")] == TrunkSpec(
        ports["eth0"], (Subport(ports["eth1"], 100), Subport(ports["eth2"], 20))
    )
    server = found[paris("server", "fw/fw-1")]
    assert isinstance(server, ServerSpec)
    assert server.ports == (ports["eth0"],)
    assert port_of(found, "fw/fw-1/eth1").security_groups == (WEB,)


def test_an_access_point_has_the_addresses_outside_that_it_names_by_index() -> None:
    found = in_service("{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, addresses: [203.0.113.20-203.0.113.29]}")
    floating = [found[paris("floating-ip", f"console/fw-{index}")] for index in range(2)]
    assert [one.address for one in floating if isinstance(one, FloatingIpSpec)] == ["203.0.113.20", "203.0.113.21"]


def test_floating_ips_that_exist_are_named_by_network_and_address_and_none_is_for_instances_beside_the_others() -> None:
    more = "  vim: paris\n  updateStrategy: {maxSurge: 1}\n"
    repository = changed(REPOSITORY, "vcpe.yaml", "  vim: paris\n", more)
    addresses = "{vnf: fw, name: inside}, existing: true, addresses: [203.0.113.20, 203.0.113.30]}"
    found = specs(changed(repository, "vcpe.yaml", "{vnf: fw, name: inside}}", addresses))
    taken = {key.name: spec.existing for key, spec in found.items() if isinstance(spec, FloatingIpSpec)}
    assert taken == {
        f"vcpe/console/fw-{index}": Key("paris", "unused-floating-ip", f"public/203.0.113.{20 + 10 * index}")
        for index in range(2)
    }


def test_who_says_that_floating_ips_exist_says_which() -> None:
    repository = changed(
        REPOSITORY, "vcpe.yaml", "{vnf: fw, name: inside}}", "{vnf: fw, name: inside}, existing: true}"
    )
    (problem,) = problems_of(repository)
    assert "'existing' in spec.accessPoints[1] needs 'addresses' as well" in problem


SERVICE_GROUPS = """
  securityGroups:
    - {name: corporate, existing: corporate-ssh}
    - {name: probes, rules: [{protocol: icmp, remoteGroup: corporate}, {remoteAddressGroup: offices}]}
  vnfs:
"""


def with_groups(names: str) -> dict[Key, Spec]:
    there = changed(REPOSITORY, "vcpe.yaml", "\n  vnfs:\n", SERVICE_GROUPS)
    return specs(changed(there, "vcpe.yaml", "inside: lan}", f"inside: lan}}\n      securityGroups: {names}"))


def test_groups_of_the_service_come_on_top_of_those_of_the_descriptor() -> None:
    found = with_groups("{inside: [corporate, probes], mgmt: [probes]}")
    corporate = Key("paris", "existing-security-group", "corporate-ssh")
    probes = paris("security-group", "probes")
    assert port_of(found, "fw/fw-0/eth1").security_groups == (corporate, WEB, probes)
    assert port_of(found, "fw/fw-0/eth0").security_groups == (probes,)
    rules = [spec for key, spec in found.items() if key.name.startswith("vcpe/probes/ingress")]
    assert rules == [
        SecurityGroupRuleSpec(probes, "ingress", "IPv4", protocol="icmp", remote_group=corporate),
        SecurityGroupRuleSpec(
            probes, "ingress", "IPv4", remote_address_group=Key("paris", "existing-address-group", "offices")
        ),
    ]


def test_groups_of_the_service_that_no_vnf_has_are_not_made() -> None:
    assert not [key for key in with_groups("{}") if key.name.startswith("vcpe/probes")]
