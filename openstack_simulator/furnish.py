"""What a cloud has before anybody uses it: flavors, images, an external and a shared network."""

from collections.abc import Mapping

from openstack_simulator.cinder.records import new_type
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.glance import new_image, with_data
from openstack_simulator.identity import ADMIN_ROLES, Token
from openstack_simulator.neutron import networks, qos, subnets
from openstack_simulator.neutron.attributes import Attribute, accept
from openstack_simulator.nova.flavors import new_flavor

# id, name, vCPUs, RAM in MiB, disk in GiB
FLAVORS = (
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "epa.large", 4, 8192, 80),
)
# What a user plane asks for: CPUs of its own, huge pages, all of it on one NUMA node.
EXTRA_SPECS: Mapping[str, Mapping[str, str]] = {
    "epa.large": {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "large", "hw:numa_nodes": "1"},
}
# name, smallest disk in GiB, smallest RAM in MiB
IMAGES = (
    ("ubuntu-24.04", 1, 512),
    ("ubuntu-22.04", 1, 512),
    ("debian-12", 1, 256),
    ("cirros-0.6", 1, 64),
)
VOLUME_TYPES: Mapping[str, Mapping[str, str]] = {
    "__DEFAULT__": {},
    "fast": {},
    "shared": {"multiattach": "<is> True"},
}
EXTERNAL_NETWORK = "public"
SHARED_NETWORK = "mgmt-net"
CARRIER_NETWORK = "carrier-net"
QOS_POLICY = "gold"


def furnish(cloud: Cloud) -> None:
    """Fill an empty cloud."""
    for flavor in FLAVORS:
        cloud.compute.flavors.put({**new_flavor(*flavor), "extra_specs": {**EXTRA_SPECS.get(flavor[1], {})}})
    admin = cloud.identity.admin
    for name, disk, ram in IMAGES:
        values = {
            "name": name,
            "visibility": "public",
            "disk_format": "qcow2",
            "container_format": "bare",
            "min_disk": disk,
            "min_ram": ram,
        }
        cloud.images.put(with_data(new_image(cloud, admin.id, values), name.encode(), cloud.timestamp()))
    for name, specs in VOLUME_TYPES.items():
        cloud.volumes.types.put(new_type(cloud, name, **specs))
    user = next(one for one in cloud.identity.users.values() if one.name == "admin")
    token = Token("", user, admin, ADMIN_ROLES, "password", 0.0, 0.0)
    gold = {"name": QOS_POLICY, "shared": True}
    qos.create(cloud, token, _checked(cloud, token, qos.QOS_POLICIES.attributes, gold))
    public = _network(
        cloud,
        token,
        name=EXTERNAL_NETWORK,
        **{"router:external": True, "provider:network_type": "flat", "provider:physical_network": "public"},
    )
    _subnet(cloud, token, public, name="public-subnet", ip_version=4, cidr="203.0.113.0/24", enable_dhcp=False)
    _subnet(cloud, token, public, name="public-subnet-v6", ip_version=6, cidr="2001:db8:ffff::/64", enable_dhcp=False)
    shared = _network(cloud, token, name=SHARED_NETWORK, shared=True)
    _subnet(cloud, token, shared, name="mgmt-subnet", ip_version=4, cidr="192.168.100.0/22")
    segment = {
        "provider:network_type": "vlan",
        "provider:physical_network": "physnet1",
        "provider:segmentation_id": 399,
    }
    carrier = _network(cloud, token, name=CARRIER_NETWORK, shared=True, **segment)
    _subnet(cloud, token, carrier, name="carrier-subnet", ip_version=4, cidr="192.168.104.0/22")


def _network(cloud: Cloud, token: Token, **values: object) -> Record:
    return networks.create(cloud, token, _checked(cloud, token, networks.NETWORKS.attributes, values))


def _subnet(cloud: Cloud, token: Token, network: Record, **values: object) -> Record:
    body = {"network_id": network["id"], **values}
    return subnets.create(cloud, token, _checked(cloud, token, subnets.SUBNETS.attributes, body))


def _checked(cloud: Cloud, token: Token, attributes: Mapping[str, Attribute], values: Record) -> Record:
    gone = cloud.settings.disabled_extensions
    known = {name: value for name, value in values.items() if attributes[name].extension not in gone}
    return accept(cloud, token, attributes, known, creating=True)
