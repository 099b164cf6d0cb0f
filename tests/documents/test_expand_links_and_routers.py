"""From virtual links, routers and access points to networks, routers and floating IPs."""

from reconciler.model import Key
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpSpec
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceSpec
from reconciler.targets.openstack.kinds.subnet import NO_GATEWAY, HostRoute, Pool, SubnetSpec
from tests.documents.commits import changed
from tests.documents.firewall import LAN, LAN_SUBNET, PUBLIC, REPOSITORY, in_service, paris, specs


def test_a_cidr_alone_leaves_gateway_and_pools_to_the_vim() -> None:
    found = specs()
    assert found[LAN] == NetworkSpec(mtu=1450, port_security=True)
    assert found[LAN_SUBNET] == SubnetSpec(network=LAN, cidr="10.8.0.0/24")


def test_a_subnet_in_full() -> None:
    subnet = (
        "{name: users, cidr: 10.8.0.0/24, gateway: false, dhcp: false, dnsServers: [192.0.2.54, 192.0.2.53], "
        "allocationPools: [{start: 10.8.0.20, end: 10.8.0.29}, {start: 10.8.0.5, end: 10.8.0.9}], "
        "hostRoutes: [{destination: 10.20.0.0/16, nextHop: 10.8.0.254}]}"
    )
    there = changed(REPOSITORY, "firewall.yaml", "cidr: 192.168.0.0/24", f"subnets: [{subnet}]")
    there = changed(there, "firewall.yaml", ", addresses: [192.168.0.11, 192.168.0.12]", "")
    assert specs(there)[paris("subnet", "fw/sync/users")] == SubnetSpec(
        network=paris("network", "fw/sync"),
        cidr="10.8.0.0/24",
        gateway=NO_GATEWAY,
        dhcp=False,
        dns_servers=("192.0.2.54", "192.0.2.53"),  # best first: the order means something
        allocation_pools=(Pool("10.8.0.20", "10.8.0.29"), Pool("10.8.0.5", "10.8.0.9")),
        host_routes=(HostRoute("10.20.0.0/16", "10.8.0.254"),),
    )


def test_an_access_point_at_a_link_becomes_a_router_with_a_leg() -> None:
    found = specs()
    router = paris("router", "internet")
    assert found[router] == RouterSpec(external_network=PUBLIC)
    leg = found[paris("router-interface", "internet/lan/ipv4")]
    assert leg == RouterInterfaceSpec(router=router, subnet=LAN_SUBNET)


def test_a_router_without_an_external_network_has_no_gateway() -> None:
    found = in_service("  vnfs:\n", "  routers: [{name: inner}]\n  vnfs:\n")
    assert found[paris("router", "inner")] == RouterSpec(external_network=None)


def test_an_access_point_at_a_connection_point_becomes_a_floating_ip_each() -> None:
    assert specs()[paris("floating-ip", "console/fw-1")] == FloatingIpSpec(
        external_network=PUBLIC,
        port=paris("port", "fw/fw-1/eth1"),
        via=paris("router-interface", "internet/lan/ipv4"),
    )


def test_a_floating_ip_on_an_existing_network_knows_no_router() -> None:
    spec = in_service("{vnf: fw, name: inside}", "{vnf: fw, name: mgmt}")[paris("floating-ip", "console/fw-0")]
    assert isinstance(spec, FloatingIpSpec)
    assert spec.via is None


def test_the_external_network_of_the_access_point_goes_before_that_of_the_vim() -> None:
    there = changed(REPOSITORY, "vcpe.yaml", "virtualLink: lan}", "virtualLink: lan, externalNetwork: transit}")
    there = changed(there, "vcpe.yaml", "{name: console, ", "{name: console, externalNetwork: transit, ")
    assert specs(there)[paris("router", "internet")] == RouterSpec(Key("paris", "existing-network", "transit"))


def test_an_existing_network_is_never_made() -> None:
    assert [key for key in specs() if "mgmt" in key.name.split("/") and key.kind in {"network", "subnet"}] == []
