"""Which ports are filtered."""

import pytest

from reconciler.targets.openstack.kinds.network import NetworkSpec
from tests.documents.commits import changed
from tests.documents.firewall import LAN, REPOSITORY, port_of, specs


def test_a_port_without_port_security_has_no_group() -> None:
    port = port_of(specs(), "fw/fw-0/eth2")
    assert (port.port_security, port.security_groups) == (False, ())


def test_an_interface_that_says_nothing_follows_its_link() -> None:
    open_link = changed(REPOSITORY, "vcpe.yaml", "mtu: 1450", "portSecurity: false")
    plain = changed(open_link, "firewall.yaml", ", securityGroups: [web]}", "}")
    port = port_of(specs(plain), "fw/fw-0/eth1")
    assert (port.port_security, port.security_groups) == (False, ())
    network = specs(plain)[LAN]
    assert isinstance(network, NetworkSpec)
    assert network.port_security is False


@pytest.mark.parametrize(
    "says", ["securityGroups: [web]", "allowedAddressPairs: [{address: 10.8.0.9}]", "portSecurity: true"]
)
def test_an_interface_that_asks_for_filters_has_them_on_an_open_link_too(says: str) -> None:
    open_link = changed(REPOSITORY, "vcpe.yaml", "mtu: 1450", "portSecurity: false")
    port = port_of(specs(changed(open_link, "firewall.yaml", "securityGroups: [web]}", f"{says}}}")), "fw/fw-0/eth1")
    assert port.port_security is True
    assert port.security_groups
