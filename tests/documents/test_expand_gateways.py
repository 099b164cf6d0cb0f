"""From routers to gateways and static routes."""

from reconciler.targets.openstack.kinds.router import RouterSpec
from reconciler.targets.openstack.kinds.router_routes import Route, RouterRoutesSpec
from tests.documents.commits import changed
from tests.documents.firewall import PUBLIC, REPOSITORY, paris, specs


def test_a_router_has_the_gateway_and_the_routes_that_it_names() -> None:
    router = """
  routers:
    - name: edge
      externalNetwork: public
      externalAddresses: ["2001:DB8:ffff::40", 203.0.113.40]
      snat: false
      virtualLinks: [lan]
      routes:
        - {destination: 192.0.2.0/24, nextHop: 203.0.113.9}
        - {destination: 10.60.0.0/16, nextHop: 10.8.0.254}
  accessPoints:
"""
    there = changed(REPOSITORY, "vcpe.yaml", "\n  accessPoints:\n    - {name: internet, virtualLink: lan}\n", router)
    found = specs(there)
    edge = paris("router", "edge")
    assert found[edge] == RouterSpec(PUBLIC, ("2001:db8:ffff::40", "203.0.113.40"), snat=False)
    assert found[paris("router-routes", "edge")] == RouterRoutesSpec(
        edge,
        (
            Route("10.60.0.0/16", "10.8.0.254", paris("router-interface", "edge/lan/ipv4")),
            Route("192.0.2.0/24", "203.0.113.9"),
        ),
    )


def test_a_router_without_routes_has_no_resource_for_them() -> None:
    assert not [key for key in specs() if key.kind == "router-routes"]
