"""What a reader sees of a server, by microversion and role."""

import hashlib

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.nova.nics import addresses, ports_of
from openstack_simulator.routing import Request


def _zone(server: Record) -> str:
    """Where it is; of one that is still to be put somewhere what was asked for, and of one that failed or left its
    host nothing.
    """
    if server["host"]:
        return str(server["zone"])
    return "" if server["vm_state"] in {"error", "shelved_offloaded"} else str(server["asked_zone"] or "")


def links(request: Request, kind: str, identifier: str) -> list[Record]:
    return [
        {"rel": "self", "href": f"{request.base}/compute/v2.1/{kind}/{identifier}"},
        {"rel": "bookmark", "href": f"{request.base}/compute/{kind}/{identifier}"},
    ]


def brief(request: Request, server: Record) -> Record:
    return {"id": server["id"], "name": server["name"], "links": links(request, "servers", server["id"])}


def flavor_of(request: Request, flavor: Record) -> Record:
    """A link before 2.47, since then the flavor as it was at the create."""
    if request.version < (2, 47):
        bookmark = {"rel": "bookmark", "href": f"{request.base}/compute/flavors/{flavor['id']}"}
        return {"id": flavor["id"], "links": [bookmark]}
    return {
        "vcpus": flavor["vcpus"],
        "ram": flavor["ram"],
        "disk": flavor["disk"],
        "ephemeral": flavor["ephemeral"],
        "swap": flavor["swap"],
        "original_name": flavor["name"],
        "extra_specs": flavor["extra_specs"],
    }


def image_of(request: Request, image_id: str | None) -> Record | str:
    """The empty string for a server that boots from a volume."""
    if not image_id:
        return ""
    bookmark = {"rel": "bookmark", "href": f"{request.base}/compute/images/{image_id}"}
    return {"id": image_id, "links": [bookmark]}


def host_id(server: Record) -> str:
    if not server["host"]:
        return ""
    return hashlib.sha224(f"{server['project_id']}{server['host']}".encode()).hexdigest()


def detailed(cloud: Cloud, request: Request, server: Record, *, alone: bool = False) -> Record:
    """The whole server; `alone`: as a single one, not in a list."""
    body: Record = {
        "id": server["id"],
        "name": server["name"],
        "status": server["status"],
        "tenant_id": server["project_id"],
        "user_id": server["user_id"],
        "metadata": server["metadata"],
        "hostId": host_id(server),
        "image": image_of(request, server["image_id"]),
        "flavor": flavor_of(request, server["flavor"]),
        "created": server["created"],
        "updated": server["updated"],
        "addresses": addresses(cloud, server),
        "accessIPv4": server["accessIPv4"],
        "accessIPv6": server["accessIPv6"],
        "links": links(request, "servers", server["id"]),
        "OS-DCF:diskConfig": server["disk_config"],
        "OS-EXT-AZ:availability_zone": _zone(server),
        "config_drive": "True" if server["config_drive"] else "",
        "key_name": server["key_name"],
        "OS-SRV-USG:launched_at": server["launched_at"],
        "OS-SRV-USG:terminated_at": None,
        "OS-EXT-STS:task_state": server["task_state"],
        "OS-EXT-STS:vm_state": server["vm_state"],
        "OS-EXT-STS:power_state": server["power_state"],
        "os-extended-volumes:volumes_attached": _volumes(request, server),
    }
    if server["status"] in ("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE"):
        body["progress"] = server["progress"]
    if server["fault"] and server["status"] in ("ERROR", "DELETED"):
        body["fault"] = server["fault"]
    if groups := security_groups(cloud, server):
        body["security_groups"] = groups
    if request.token.is_admin:
        body.update(_admin_part(request, server))
    elif request.version >= (2, 90):
        body["OS-EXT-SRV-ATTR:hostname"] = server["hostname"]
    body.update(_newer_part(cloud, request, server, alone=alone))
    return body


def _newer_part(cloud: Cloud, request: Request, server: Record, *, alone: bool) -> Record:
    group = cloud.compute.server_groups.get(server["group_id"])
    parts = (
        ((2, 9), {"locked": server["locked"]}),
        ((2, 19), {"description": server["description"]}),
        ((2, 26), {"tags": server["tags"]}),
        ((2, 63), {"trusted_image_certificates": None}),
        ((2, 71), {"server_groups": [group["id"]] if group else []} if alone else {}),
        ((2, 73), {"locked_reason": server["locked_reason"]}),
        ((2, 96), {"pinned_availability_zone": server["asked_zone"]}),
    )
    return {name: value for since, part in parts if request.version >= since for name, value in part.items()}


def _admin_part(request: Request, server: Record) -> Record:
    part: Record = {
        "OS-EXT-SRV-ATTR:host": server["host"],
        "OS-EXT-SRV-ATTR:hypervisor_hostname": server["host"],
        "OS-EXT-SRV-ATTR:instance_name": server["instance_name"],
    }
    if request.version >= (2, 3):
        part |= {
            "OS-EXT-SRV-ATTR:reservation_id": server["reservation_id"],
            "OS-EXT-SRV-ATTR:launch_index": 0,
            "OS-EXT-SRV-ATTR:hostname": server["hostname"],
            "OS-EXT-SRV-ATTR:kernel_id": "",
            "OS-EXT-SRV-ATTR:ramdisk_id": "",
            "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda",
            "OS-EXT-SRV-ATTR:user_data": server["user_data"],
        }
    if request.version >= (2, 16):
        part["host_status"] = "UP" if server["host"] else ""
    return part


def _volumes(request: Request, server: Record) -> list[Record]:
    return [
        {"id": volume["id"], **({"delete_on_termination": volume["delete"]} if request.version >= (2, 3) else {})}
        for volume in server["volumes"]
    ]


def security_groups(cloud: Cloud, server: Record) -> list[Record]:
    """The names of the groups of its ports, or before there are any, those asked for."""
    names: dict[str, None] = {}
    ports = ports_of(cloud, server)
    for port in ports:
        for group_id in port["security_groups"]:
            names[cloud.network.security_groups[group_id]["name"]] = None
    return [{"name": name} for name in names]
