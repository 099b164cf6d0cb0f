"""What a cloud has before anybody uses it, by the same names as the clouds of the simulator."""

import json
import os
from pathlib import Path

from .api import Client
from .catalog import ensure_user, grant
from .places import LEAST_ROLE, Cloud
from .services import heat

# id, name, vCPUs, RAM in MiB, disk in GiB
FLAVORS = (
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "epa.large", 4, 8192, 80),
)
EXTRA_SPECS = {
    "epa.large": {"hw:cpu_policy": "dedicated", "hw:mem_page_size": "large", "hw:numa_nodes": "1"},
}
# name, smallest disk in GiB, smallest RAM in MiB
IMAGES = (
    ("ubuntu-24.04", 1, 512),
    ("ubuntu-22.04", 1, 512),
    ("debian-12", 1, 256),
    ("cirros-0.6", 1, 64),
)
# where there is Cinder, besides __DEFAULT__
VOLUME_TYPES: dict[str, dict[str, str]] = {"fast": {}, "shared": {"multiattach": "<is> True"}}
CREDENTIAL = "devcloud"


def furnish(cloud: Cloud, admin: Client) -> None:
    """Add what is missing. Raises Failure."""
    project = admin.ensure("keystone", "/v3/projects", "project", {"name": "demo", "domain_id": "default"})
    user = ensure_user(admin, "demo")
    grant(admin, project, user, "member")
    grant(admin, project, ensure_user(admin, LEAST_ROLE), LEAST_ROLE)
    if "heat" in cloud.parts:
        grant(admin, project, user, heat.OWNER_ROLE)
    if "cinder" in cloud.parts:
        for name, specs in VOLUME_TYPES.items():
            admin.ensure("cinder", "/v3/types", "volume_type", {"name": name, "extra_specs": specs})
    _application_credential(cloud)
    _flavors(admin)
    for image in IMAGES:
        _image(admin, *image)
    _networks(admin)


def credential_file(cloud: Cloud) -> Path:
    """Id and secret of demo's application credential; Keystone tells the secret only once."""
    return cloud.path / "application-credential.json"


def _application_credential(cloud: Cloud) -> None:
    demo = Client(cloud, "demo", "demo")
    path = f"/v3/users/{demo.user_id}/application_credentials"
    found = demo.call("GET", "keystone", f"{path}?name={CREDENTIAL}")["application_credentials"]
    file = credential_file(cloud)
    if found and file.exists():
        return
    for one in found:
        demo.call("DELETE", "keystone", f"{path}/{one['id']}")
    body = {"application_credential": {"name": CREDENTIAL}}
    made = demo.call("POST", "keystone", path, body)["application_credential"]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump({"id": made["id"], "secret": made["secret"]}, stream)


def _flavors(admin: Client) -> None:
    have = {one["name"] for one in admin.call("GET", "nova", "/v2.1/flavors")["flavors"]}
    for number, name, vcpus, ram, disk in FLAVORS:
        if name not in have:
            flavor = {"id": number, "name": name, "vcpus": vcpus, "ram": ram, "disk": disk}
            admin.call("POST", "nova", "/v2.1/flavors", {"flavor": flavor})
        if specs := EXTRA_SPECS.get(name):
            admin.call("POST", "nova", f"/v2.1/flavors/{number}/os-extra_specs", {"extra_specs": specs})


def _image(admin: Client, name: str, disk: int, ram: int) -> None:
    found = admin.call("GET", "glance", f"/v2/images?name={name}")["images"]
    image = {
        "name": name,
        "visibility": "public",
        "disk_format": "raw",
        "container_format": "bare",
        "min_disk": disk,
        "min_ram": ram,
    }
    made = found[0] if found else admin.call("POST", "glance", "/v2/images", image)
    if made["status"] == "queued":
        admin.call("PUT", "glance", f"/v2/images/{made['id']}/file", name.encode())


def _networks(admin: Client) -> None:
    gold = {"name": "gold", "shared": True}
    admin.ensure("neutron", "/v2.0/qos/policies", "policy", gold, collection="policies")
    flat = {"provider:network_type": "flat", "provider:physical_network": "public"}
    public = _network(admin, {"name": "public", "router:external": True, **flat})
    _subnet(admin, public, {"name": "public-subnet", "ip_version": 4, "cidr": "203.0.113.0/24"}, dhcp=False)
    _subnet(admin, public, {"name": "public-subnet-v6", "ip_version": 6, "cidr": "2001:db8:ffff::/64"}, dhcp=False)
    shared = _network(admin, {"name": "mgmt-net", "shared": True})
    _subnet(admin, shared, {"name": "mgmt-subnet", "ip_version": 4, "cidr": "192.168.100.0/22"}, dhcp=True)
    segment = {
        "provider:network_type": "vlan",
        "provider:physical_network": "physnet1",
        "provider:segmentation_id": 399,
    }
    carrier = _network(admin, {"name": "carrier-net", "shared": True, **segment})
    _subnet(admin, carrier, {"name": "carrier-subnet", "ip_version": 4, "cidr": "192.168.104.0/22"}, dhcp=True)


def _network(admin: Client, values: dict[str, object]) -> str:
    return admin.ensure("neutron", "/v2.0/networks", "network", values, f"&project_id={admin.project_id}")


def _subnet(admin: Client, network: str, values: dict[str, object], *, dhcp: bool) -> None:
    whole = {**values, "network_id": network, "enable_dhcp": dhcp}
    admin.ensure("neutron", "/v2.0/subnets", "subnet", whole, f"&network_id={network}")
