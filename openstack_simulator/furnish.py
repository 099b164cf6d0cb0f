"""What a cloud has before anyone uses it: flavors, images, an external and a shared network.

It is data, in the words of the APIs, so that the development cloud can be furnished with the same.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from openstack_simulator.cinder.records import DEFAULT_TYPE, new_type
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.glance import new_image, with_data
from openstack_simulator.identity import ADMIN_ROLES, Token
from openstack_simulator.neutron import networks, qos, subnets
from openstack_simulator.neutron.attributes import Attribute, accept
from openstack_simulator.nova.flavors import new_flavor


@cache
def catalogue() -> Record:
    text = resources.files("openstack_simulator").joinpath("catalogue.json").read_text(encoding="utf-8")
    found: Record = json.loads(text)
    return found


def furnish(cloud: Cloud) -> None:
    """Fill an empty cloud."""
    known = catalogue()
    for flavor in known["flavors"]:
        specs = known["extra_specs"].get(flavor["name"], {})
        made = new_flavor(flavor["id"], flavor["name"], flavor["vcpus"], flavor["ram"], flavor["disk"])
        cloud.compute.flavors.put({**made, "extra_specs": {**specs}})
    admin = cloud.identity.admin
    for image in known["images"]:
        values = {**image, "visibility": "public", "disk_format": "qcow2", "container_format": "bare"}
        made = new_image(cloud, admin.id, values)
        cloud.images.put(with_data(made, image["name"].encode(), cloud.timestamp()))
    for name, specs in {DEFAULT_TYPE: {}, **known["volume_types"]}.items():
        cloud.volumes.types.put(new_type(cloud, name, **specs))
    user = next(one for one in cloud.identity.users.values() if one.name == "admin")
    token = Token("", user, admin, ADMIN_ROLES, "password", 0.0, 0.0)
    for policy in known["qos_policies"]:
        qos.create(cloud, token, _checked(cloud, token, qos.QOS_POLICIES.attributes, policy))
    for values in known["networks"]:
        network = networks.create(cloud, token, _checked(cloud, token, networks.NETWORKS.attributes, values))
        for subnet in known["subnets"][network["name"]]:
            body = {"network_id": network["id"], **subnet}
            subnets.create(cloud, token, _checked(cloud, token, subnets.SUBNETS.attributes, body))


def _checked(cloud: Cloud, token: Token, attributes: Mapping[str, Attribute], values: Record) -> Record:
    gone = cloud.settings.disabled_extensions
    known = {name: value for name, value in values.items() if attributes[name].extension not in gone}
    return accept(cloud, token, attributes, known, creating=True)
