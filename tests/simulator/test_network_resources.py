"""What Neutron makes, changes and refuses."""

from typing import Any

import pytest

from openstack_simulator import CloudSettings
from tests.simulator.callers import Answer, Caller


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer["NeutronError"]["type"]


@pytest.fixture
def network(demo: Caller) -> Any:
    return demo.make("network", name="lan")


@pytest.fixture
def subnet(demo: Caller, network: Any) -> Any:
    return demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.0.0/29")


@pytest.fixture
def public(demo: Caller) -> str:
    return str(demo.network("GET", "networks?name=public")["networks"][0]["id"])


def route_to(demo: Caller, subnet: Any, public: str) -> Any:
    router = demo.make("router", name="r", external_gateway_info={"network_id": public})
    added = demo.network("PUT", f"routers/{router['id']}/add_router_interface", {"subnet_id": subnet["id"]})
    assert added.status == 200
    return router


def test_each_change_is_a_new_revision_and_a_stale_one_is_refused(demo: Caller, network: Any) -> None:
    path = f"networks/{network['id']}"
    first = f"revision_number={network['revision_number']}"
    changed = demo.network("PUT", path, {"network": {"description": "new"}}, If_Match=first)
    assert changed["network"]["revision_number"] == network["revision_number"] + 1
    stale = demo.network("PUT", path, {"network": {"name": "other"}}, If_Match=first)
    assert refusal(stale) == (412, "RevisionNumberConstraintFailed")
    assert demo.network("DELETE", path, If_Match=first).status == 412
    assert demo.network("GET", path)["network"]["name"] == "lan"


def test_a_bulk_create_makes_all_or_nothing(demo: Caller, network: Any, subnet: Any) -> None:
    address = [{"subnet_id": subnet["id"], "ip_address": "10.0.0.5"}]
    ports = [{"network_id": network["id"], "fixed_ips": address} for _ in range(2)]
    assert refusal(demo.network("POST", "ports", {"ports": ports})) == (409, "IpAddressAlreadyAllocated")
    assert demo.network("GET", "ports")["ports"] == []
    assert demo.network("POST", "ports", {"ports": ports[:1]}).status == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"colour": "red", "size": 3}, "Unrecognized attribute(s) 'colour, size'"),
        ({"tags": ["a"]}, "Attribute 'tags' not allowed in POST"),
        ({"status": "ACTIVE"}, "Attribute 'status' not allowed in POST"),
        ({"name": "x" * 256}, f"Invalid input for name. Reason: '{'x' * 256}' exceeds maximum length of 255."),
        ({"admin_state_up": "perhaps"}, "Invalid input for operation: 'perhaps' cannot be converted to boolean."),
    ],
)
def test_a_network_with_a_wrong_attribute_is_refused(demo: Caller, body: Any, message: str) -> None:
    answer = demo.network("POST", "networks", {"network": body})
    assert (answer.status, answer["NeutronError"]["message"]) == (400, message)


def test_tags_in_a_port_create_are_silently_ignored(demo: Caller, network: Any) -> None:
    assert demo.make("port", network_id=network["id"], tags=["a"])["tags"] == []


@pytest.mark.parametrize("name", ["shared", "router:external"])
def test_a_member_may_not_make_a_shared_or_external_network(demo: Caller, name: str) -> None:
    answer = demo.network("POST", "networks", {"network": {name: True}})
    assert refusal(answer) == (403, "PolicyNotAuthorized")


def test_provider_attributes_are_shown_to_an_admin_only(admin: Caller, network: Any) -> None:
    assert "provider:network_type" not in network
    assert admin.network("GET", f"networks/{network['id']}")["network"]["provider:network_type"] == "geneve"


def test_the_address_range_of_a_subnet_never_changes(demo: Caller, subnet: Any) -> None:
    answer = demo.network("PUT", f"subnets/{subnet['id']}", {"subnet": {"cidr": "10.1.0.0/24"}})
    assert (answer.status, answer["NeutronError"]["message"]) == (400, "Cannot update read-only attribute cidr")


def test_overlapping_subnets_of_a_network_are_refused(demo: Caller, subnet: Any) -> None:
    body = {"network_id": subnet["network_id"], "ip_version": 4, "cidr": "10.0.0.0/24"}
    answer = demo.network("POST", "subnets", {"subnet": body})
    assert refusal(answer) == (400, "InvalidInput")
    assert "overlaps with another subnet" in answer["NeutronError"]["message"]


def test_a_subnet_has_a_gateway_unless_none_is_asked_for(demo: Caller, network: Any, subnet: Any) -> None:
    assert subnet["gateway_ip"] == "10.0.0.1"
    assert subnet["allocation_pools"] == [{"start": "10.0.0.2", "end": "10.0.0.6"}]
    closed = demo.make("subnet", network_id=network["id"], ip_version=4, cidr="10.0.1.0/29", gateway_ip=None)
    assert closed["gateway_ip"] is None
    assert closed["allocation_pools"] == [{"start": "10.0.1.1", "end": "10.0.1.6"}]


@pytest.mark.usefixtures("subnet")
def test_addresses_come_from_the_pools_until_there_are_none(demo: Caller, network: Any) -> None:
    addresses = {demo.make("port", network_id=network["id"])["fixed_ips"][0]["ip_address"] for _ in range(5)}
    assert addresses == {f"10.0.0.{number}" for number in range(2, 7)}
    full = demo.network("POST", "ports", {"port": {"network_id": network["id"]}})
    assert refusal(full) == (409, "IpAddressGenerationFailure")
    freed = demo.network("GET", "ports?fixed_ips=ip_address=10.0.0.4")["ports"][0]["id"]
    assert demo.network("DELETE", f"ports/{freed}").status == 204
    assert demo.make("port", network_id=network["id"])["fixed_ips"][0]["ip_address"] == "10.0.0.4"


def test_a_slaac_address_is_made_of_the_mac(demo: Caller, network: Any) -> None:
    demo.make(
        "subnet",
        network_id=network["id"],
        ip_version=6,
        cidr="fd00::/64",
        ipv6_address_mode="slaac",
        ipv6_ra_mode="slaac",
    )
    port = demo.make("port", network_id=network["id"], mac_address="fa:16:3e:00:00:01")
    assert port["fixed_ips"][0]["ip_address"] == "fd00::f816:3eff:fe00:1"


def test_one_mac_is_used_once_on_a_network(demo: Caller, network: Any) -> None:
    demo.make("port", network_id=network["id"], mac_address="02:00:00:00:00:01")
    body = {"network_id": network["id"], "mac_address": "02:00:00:00:00:01"}
    assert refusal(demo.network("POST", "ports", {"port": body})) == (409, "MacAddressInUse")


def test_a_port_has_the_default_group_of_its_project(demo: Caller, network: Any) -> None:
    group = demo.network("GET", "security-groups?name=default")["security_groups"][0]
    assert demo.make("port", network_id=network["id"])["security_groups"] == [group["id"]]
    rules = [(rule["direction"], rule["ethertype"]) for rule in group["security_group_rules"]]
    assert sorted(rules) == [("egress", "IPv4"), ("egress", "IPv6"), ("ingress", "IPv4"), ("ingress", "IPv6")]


def test_port_security_and_groups_exclude_each_other(demo: Caller, network: Any) -> None:
    port = demo.make("port", network_id=network["id"])
    path = f"ports/{port['id']}"
    kept = demo.network("PUT", path, {"port": {"port_security_enabled": False}})
    assert refusal(kept) == (409, "PortSecurityPortHasSecurityGroup")
    off = {"port_security_enabled": False, "security_groups": []}
    assert demo.network("PUT", path, {"port": off}).status == 200
    pairs = demo.network("PUT", path, {"port": {"allowed_address_pairs": [{"ip_address": "10.9.0.0/16"}]}})
    assert refusal(pairs) == (409, "AddressPairAndPortSecurityRequired")


def test_an_address_pair_without_a_mac_takes_the_ports(demo: Caller, network: Any) -> None:
    port = demo.make("port", network_id=network["id"], allowed_address_pairs=[{"ip_address": "10.9.0.9"}])
    assert port["allowed_address_pairs"] == [{"ip_address": "10.9.0.9", "mac_address": port["mac_address"]}]


def test_what_is_in_use_is_not_deleted(demo: Caller, network: Any, subnet: Any) -> None:
    group = demo.make("security_group", name="web")
    demo.make("port", network_id=network["id"], security_groups=[group["id"]])
    assert refusal(demo.network("DELETE", f"networks/{network['id']}")) == (409, "NetworkInUse")
    assert refusal(demo.network("DELETE", f"subnets/{subnet['id']}")) == (409, "SubnetInUse")
    assert refusal(demo.network("DELETE", f"security-groups/{group['id']}")) == (409, "SecurityGroupInUse")


def test_a_network_without_ports_takes_its_subnets_along(demo: Caller, network: Any, subnet: Any) -> None:
    assert demo.network("DELETE", f"networks/{network['id']}").status == 204
    assert refusal(demo.network("GET", f"subnets/{subnet['id']}")) == (404, "SubnetNotFound")


def test_the_same_rule_twice_is_refused_however_it_is_written(demo: Caller) -> None:
    group = demo.make("security_group", name="web")
    assert len(group["security_group_rules"]) == 2
    rule = {"security_group_id": group["id"], "direction": "ingress", "port_range_min": 22, "port_range_max": 22}
    demo.make("security_group_rule", **rule, protocol="tcp")
    for same in ({"protocol": "6"}, {"protocol": "tcp", "remote_ip_prefix": "0.0.0.0/0"}):
        answer = demo.network("POST", "security-group-rules", {"security_group_rule": {**rule, **same}})
        assert refusal(answer) == (409, "SecurityGroupRuleExists")


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"port_range_min": 1, "port_range_max": 2}, "SecurityGroupProtocolRequiredWithPorts"),
        ({"protocol": "tcp", "port_range_min": 2, "port_range_max": 1}, "SecurityGroupInvalidPortRange"),
        ({"protocol": "tcp", "port_range_min": 1, "port_range_max": 70000}, "SecurityGroupInvalidPortValue"),
        ({"protocol": "nonsense"}, "SecurityGroupRuleInvalidProtocol"),
        ({"remote_ip_prefix": "fd00::/8"}, "SecurityGroupRuleParameterConflict"),
        ({"remote_ip_prefix": "nonsense"}, "InvalidCIDR"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(demo: Caller, rule: Any, kind: str) -> None:
    group = demo.make("security_group", name="web")
    body = {"security_group_id": group["id"], "direction": "ingress", **rule}
    assert refusal(demo.network("POST", "security-group-rules", {"security_group_rule": body})) == (400, kind)


def test_a_router_has_its_gateway_and_interfaces_as_ports(
    demo: Caller, admin: Caller, subnet: Any, public: str
) -> None:
    router = route_to(demo, subnet, public)
    ports = admin.network("GET", f"ports?device_id={router['id']}")["ports"]
    owners = {port["device_owner"]: port["tenant_id"] for port in ports}
    assert owners == {"network:router_gateway": "", "network:router_interface": demo.project_id}
    interface = next(port for port in ports if port["device_owner"] == "network:router_interface")
    assert interface["fixed_ips"] == [{"subnet_id": subnet["id"], "ip_address": "10.0.0.1"}]
    assert refusal(demo.network("DELETE", f"ports/{interface['id']}")) == (409, "ServicePortInUse")
    assert refusal(demo.network("DELETE", f"routers/{router['id']}")) == (409, "RouterInUse")
    removed = demo.network("PUT", f"routers/{router['id']}/remove_router_interface", {"subnet_id": subnet["id"]})
    assert removed["port_id"] == interface["id"]
    assert demo.network("DELETE", f"routers/{router['id']}").status == 204
    assert admin.network("GET", f"ports?device_id={router['id']}")["ports"] == []


def test_overlapping_interfaces_of_a_router_are_refused(demo: Caller, subnet: Any, public: str) -> None:
    router = route_to(demo, subnet, public)
    other = demo.make("network", name="other")
    wide = demo.make("subnet", network_id=other["id"], ip_version=4, cidr="10.0.0.0/16")
    answer = demo.network("PUT", f"routers/{router['id']}/add_router_interface", {"subnet_id": wide["id"]})
    assert refusal(answer) == (400, "BadRequest")
    assert answer["NeutronError"]["message"].startswith("Bad router request: Cidr 10.0.0.0/16 of subnet")


def test_a_port_can_become_a_router_interface(demo: Caller, network: Any, subnet: Any) -> None:
    router, port = demo.make("router", name="r"), demo.make("port", network_id=network["id"])
    path = f"routers/{router['id']}/add_router_interface"
    assert demo.network("PUT", path, {"port_id": port["id"]})["subnet_ids"] == [subnet["id"]]
    assert refusal(demo.network("PUT", path, {"port_id": port["id"]})) == (409, "PortInUse")


def test_a_floating_ip_needs_a_way_out_and_holds_it_open(demo: Caller, network: Any, subnet: Any, public: str) -> None:
    port = demo.make("port", network_id=network["id"])
    body = {"floatingip": {"floating_network_id": public, "port_id": port["id"]}}
    assert refusal(demo.network("POST", "floatingips", body)) == (404, "ExternalGatewayForFloatingIPNotFound")
    router = route_to(demo, subnet, public)
    floating = demo.network("POST", "floatingips", body)["floatingip"]
    assert floating["fixed_ip_address"] == port["fixed_ips"][0]["ip_address"]
    assert floating["router_id"] == router["id"]
    assert refusal(demo.network("POST", "floatingips", body)) == (409, "FloatingIPPortAlreadyAssociated")
    remove = demo.network("PUT", f"routers/{router['id']}/remove_router_interface", {"subnet_id": subnet["id"]})
    assert refusal(remove) == (409, "RouterInterfaceInUseByFloatingIP")
    close = demo.network("PUT", f"routers/{router['id']}", {"router": {"external_gateway_info": None}})
    assert refusal(close) == (409, "RouterExternalGatewayInUseByFloatingIp")


def test_deleting_a_port_detaches_its_floating_ip(demo: Caller, network: Any, subnet: Any, public: str) -> None:
    route_to(demo, subnet, public)
    port = demo.make("port", network_id=network["id"])
    floating = demo.make("floatingip", floating_network_id=public, port_id=port["id"])
    assert demo.network("DELETE", f"ports/{port['id']}").status == 204
    after = demo.network("GET", f"floatingips/{floating['id']}")["floatingip"]
    assert (after["port_id"], after["router_id"], after["status"]) == (None, None, "DOWN")


class TestQuotas:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(network_quotas={"port": 2})

    def test_the_defaults_of_the_cloud_hold(self, demo: Caller, network: Any) -> None:
        body = {"network_id": network["id"]}
        answer = demo.network("POST", "ports", {"ports": [body, body, body]})
        assert refusal(answer) == (409, "OverQuota")
        assert answer["NeutronError"]["message"] == "Quota exceeded for resources: ['port']."
        assert demo.network("POST", "ports", {"ports": [body, body]}).status == 201
        details = demo.network("GET", f"quotas/{demo.project_id}/details.json")["quota"]["port"]
        assert details == {"limit": 2, "used": 2, "reserved": 0}

    def test_an_admin_sets_them_for_a_project(self, demo: Caller, admin: Caller) -> None:
        path, body = f"quotas/{demo.project_id}", {"quota": {"port": 3}}
        assert demo.network("PUT", path, body).status == 403
        assert admin.network("PUT", path, body)["quota"]["port"] == 3
        assert demo.network("GET", path)["quota"]["port"] == 3

    def test_none_is_set_below_what_is_used(self, demo: Caller, admin: Caller, network: Any) -> None:
        demo.make("port", network_id=network["id"])
        answer = admin.network("PUT", f"quotas/{demo.project_id}", {"quota": {"port": 0}})
        message = "Quota limit 0 for port must be greater than or equal to already used 1"
        assert (answer.status, answer["NeutronError"]["message"]) == (400, message)


class TestADisabledExtension:
    @pytest.fixture
    def settings(self) -> CloudSettings:
        return CloudSettings(disabled_extensions=("port-security", "standard-attr-tag"))

    def test_takes_its_attributes_and_routes_away(self, demo: Caller, network: Any) -> None:
        port = demo.make("port", network_id=network["id"])
        assert "port_security_enabled" not in port
        body = {"network_id": network["id"], "port_security_enabled": False}
        assert demo.network("POST", "ports", {"port": body}).status == 400
        assert demo.network("PUT", f"ports/{port['id']}/tags", {"tags": ["a"]}).status == 404
        aliases = {one["alias"] for one in demo.network("GET", "extensions")["extensions"]}
        assert "router" in aliases
        assert not {"port-security", "standard-attr-tag"} & aliases
