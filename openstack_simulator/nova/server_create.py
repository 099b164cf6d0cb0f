"""Making a server: what a create may say, what Nova refuses, what it stores."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, compute_error
from openstack_simulator.glance import visible
from openstack_simulator.identity import Token
from openstack_simulator.neutron.limits import demand_quota
from openstack_simulator.nova import block_devices, instance_actions, keypairs, lifecycle, nics
from openstack_simulator.nova.body import (
    Field,
    accept,
    anything,
    check_object,
    invalid,
    is_boolean,
    is_count,
    is_hostname,
    is_list,
    is_metadata,
    is_name,
    is_object,
    is_tag_list,
    is_text,
    is_user_data,
    is_uuid,
    optional,
)
from openstack_simulator.nova.limits import demand, limits
from openstack_simulator.nova.server_groups import place
from openstack_simulator.nova.server_views import links
from openstack_simulator.routing import Request, Response

ZONE = "nova"


def _are_networks(value: Any) -> bool:
    return value in ("none", "auto") or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


FIELDS = {
    "name": Field(is_name, required=True),
    "imageRef": Field(lambda value: value == "" or is_uuid(value)),
    "flavorRef": Field(lambda value: is_text(value) or is_count(value), required=True),
    "adminPass": Field(is_text),
    "metadata": Field(is_metadata),
    "networks": Field(is_list, until=(2, 36)),
    "OS-DCF:diskConfig": Field(lambda value: value in ("AUTO", "MANUAL")),
    "accessIPv4": Field(is_text),
    "accessIPv6": Field(is_text),
    "personality": Field(is_list, until=(2, 56)),
    "key_name": Field(is_text),
    "user_data": Field(optional(is_user_data)),
    "config_drive": Field(is_boolean),
    "availability_zone": Field(is_text),
    "security_groups": Field(is_list),
    "block_device_mapping": Field(is_list),
    "block_device_mapping_v2": Field(is_list),
    "min_count": Field(is_count),
    "max_count": Field(is_count),
    "return_reservation_id": Field(is_boolean),
    "description": Field(optional(is_text), since=(2, 19)),
    "tags": Field(is_tag_list, since=(2, 52)),
    "trusted_image_certificates": Field(anything, since=(2, 63)),
    "host": Field(is_text, since=(2, 74)),
    "hypervisor_hostname": Field(is_text, since=(2, 74)),
    "hostname": Field(is_hostname, since=(2, 90)),
}
_NETWORKS_SINCE_2_37 = Field(_are_networks, required=True, since=(2, 37))
_NIC = {
    "uuid": Field(is_uuid),
    "port": Field(optional(is_uuid)),
    "fixed_ip": Field(is_text),
    "tag": Field(is_text, since=(2, 32)),
}
_HINTS = ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints")


def create_server(cloud: Cloud, request: Request) -> Response:
    """202 with the id; the server is in BUILD from here on."""
    fields = {**FIELDS, "networks": _NETWORKS_SINCE_2_37} if request.version >= (2, 37) else FIELDS
    values = accept(request, "server", fields, beside=_HINTS)
    if isinstance(values.get("networks"), list):
        for nic in values["networks"]:
            check_object(request, "networks", nic, _NIC)
    token = request.token
    count = max(int(values.get("min_count", 1)), int(values.get("max_count", 1)), 1)
    template = _template(cloud, request, values)
    demand(
        cloud,
        token.project_id,
        {
            "instances": count,
            "cores": count * template["flavor"]["vcpus"],
            "ram": count * template["flavor"]["ram"],
        },
    )
    requested = nics.resolve(cloud, token, values.get("networks"))
    if count > 1 and any(one.port for one in requested):
        message = "Failed to launch instances: Unable to launch multiple instances with a single configured port ID."
        raise compute_error(400, f"{message} Please launch your instance one by one with different ports.")
    groups = _security_groups(cloud, token, values.get("security_groups", []))
    _demand_ports(cloud, token, count * sum(one.port is None for one in requested))
    servers = [_store(cloud, token, _numbered(template, number, count), requested, groups) for number in range(count)]
    if values.get("return_reservation_id") is True:
        return Response(202, {"reservation_id": template["reservation_id"]})
    first = servers[0]
    body = {
        "id": first["id"],
        "links": links(request, "servers", first["id"]),
        "OS-DCF:diskConfig": first["disk_config"],
        "security_groups": [{"name": group["name"]} for group in values.get("security_groups", [])]
        or [{"name": "default"}],
        "adminPass": values.get("adminPass") or cloud.new_hex()[:12],
    }
    location = f"{request.base}/compute/v2.1/servers/{first['id']}"
    return Response(202, {"server": body}, {"Location": location})


def _numbered(template: Record, number: int, count: int) -> Record:
    return template if count == 1 else {**template, "name": f"{template['name']}-{number + 1}"}


def _template(cloud: Cloud, request: Request, values: Record) -> Record:
    """Everything of the record but what differs from server to server."""
    flavor = find_flavor(cloud, request.token, values["flavorRef"])
    devices = values.get("block_device_mapping_v2") or values.get("block_device_mapping") or []
    image = _image(cloud, request.token, values.get("imageRef"), devices)
    if image:
        check_size(flavor, image)
    key_name = values.get("key_name")
    if key_name and not keypairs.find(cloud, request.token.user.id, key_name):
        raise compute_error(400, "Invalid key_name provided.")
    zone = values.get("availability_zone")
    if zone and zone.split(":")[0] != ZONE:
        raise compute_error(400, "The requested availability zone is not available")
    metadata = values.get("metadata", {})
    most = limits(cloud, request.token.project_id)["metadata_items"]
    if 0 <= most < len(metadata):
        raise compute_error(403, f"Maximum number of metadata items exceeds {most}")
    return {
        "name": values["name"].strip(),
        "description": values.get("description"),
        "project_id": request.token.project_id,
        "user_id": request.token.user.id,
        "flavor": flavor,
        "image_id": image["id"] if image and not _from_volume(devices) else None,
        "image_name": image["name"] if image else None,
        "key_name": key_name,
        "metadata": metadata,
        "tags": values.get("tags", []),
        "user_data": values.get("user_data"),
        "config_drive": str(values.get("config_drive", "")).lower() in ("true", "1", "yes", "on"),
        "disk_config": values.get("OS-DCF:diskConfig", "MANUAL"),
        "accessIPv4": values.get("accessIPv4", ""),
        "accessIPv6": values.get("accessIPv6", ""),
        "hostname": values.get("hostname") or _hostname(values["name"]),
        "zone": ZONE,
        "asked_zone": zone,
        "group_id": _group_id(cloud, request),
        "volumes": block_devices.requested(cloud, request, devices, image),
        "reservation_id": f"r-{cloud.new_hex()[:8]}",
    }


def _hostname(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in name.lower()).strip("-.")[:63]


def _from_volume(devices: list[Record]) -> bool:
    return any(
        str(one.get("boot_index", 0)) == "0" and one.get("destination_type", "volume") == "volume" for one in devices
    )


def find_flavor(cloud: Cloud, token: Token, reference: Any) -> Record:
    flavor = cloud.compute.flavors.get(str(reference).rsplit("/", 1)[-1])
    if flavor is None or not (flavor["is_public"] or token.is_admin):
        raise compute_error(400, f"Flavor {reference} could not be found.")
    return flavor


def _image(cloud: Cloud, token: Token, reference: str | None, devices: list[Record]) -> Record | None:
    """The image it boots from, also through a volume; None when an existing volume or nothing is named."""
    if not reference:
        source = next((one["uuid"] for one in devices if one.get("source_type") == "image" and "uuid" in one), None)
        if source is None:
            if not devices:
                message = "Missing imageRef attribute" if reference is None else "Block Device Mapping is Invalid."
                raise compute_error(400, message)
            return None
        reference = str(source)
    return find_image(cloud, token, reference)


def find_image(cloud: Cloud, token: Token, reference: str, missing: str = "Can not find requested image") -> Record:
    image = cloud.images.get(reference)
    if image is None or not visible(token, image):
        raise compute_error(400, missing)
    if image["status"] != "active":
        raise compute_error(400, f"Image {reference} is not active.")
    return image


def check_size(flavor: Record, image: Record) -> None:
    if flavor["ram"] < image["min_ram"]:
        raise compute_error(400, "Flavor's memory is too small for requested image.")
    if 0 < flavor["disk"] < image["min_disk"]:
        sizes = f"Flavor disk is {flavor['disk'] << 30} bytes, minimum size is {image['min_disk'] << 30} bytes."
        message = "Flavor's disk is smaller than the minimum size specified in image metadata."
        raise compute_error(400, f"{message} {sizes}")


def _group_id(cloud: Cloud, request: Request) -> str | None:
    body = request.json()
    hints = next((body[name] for name in _HINTS if name in body), None) or {}
    if not is_object(hints):
        raise compute_error(400, "Invalid input for field/attribute scheduler_hints.")
    group_id = hints.get("group")
    if group_id is None:
        return None
    if not is_uuid(group_id):
        raise invalid("group", group_id, f"{group_id!r} is not valid under any of the given schemas")
    group = cloud.compute.server_groups.get(group_id)
    if group is None or (group["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(400, f"Instance group {group_id} could not be found.")
    return str(group_id)


def _security_groups(cloud: Cloud, token: Token, requested: list[Record]) -> list[str]:
    """Ids of groups given by name or id."""
    own = cloud.network.security_groups.find("project_id", token.project_id)
    ids = []
    for one in requested:
        name = one.get("name")
        if name == "default":
            continue
        found = [group["id"] for group in own if name in (group["id"], group["name"])]
        if not found:
            raise compute_error(400, f"Unable to find security_group with name or id '{name}'")
        if len(found) > 1:
            raise compute_error(
                409, f"Multiple security groups found matching '{name}'. Use an ID to be more specific."
            )
        ids.append(found[0])
    return ids


def _demand_ports(cloud: Cloud, token: Token, count: int) -> None:
    if count:
        try:
            demand_quota(cloud, token.project_id, "port", cloud.network.ports, count)
        except ApiError:
            raise compute_error(403, "Maximum number of ports exceeded") from None


def _store(
    cloud: Cloud, token: Token, template: Record, requested: list[nics.RequestedNic], groups: list[str]
) -> Record:
    now = cloud.timestamp()
    group = cloud.compute.server_groups.get(template["group_id"])
    host = place(cloud, group)
    server = {
        **template,
        "id": cloud.new_id(),
        "status": "BUILD",
        "vm_state": "building",
        "task_state": "scheduling",
        "power_state": lifecycle.NO_STATE,
        "progress": 0,
        "created": now,
        "updated": now,
        "launched_at": None,
        "fault": None,
        "host": None,
        "planned_host": host,
        "locked": False,
        "locked_by": None,
        "locked_reason": None,
        "shelved_image": None,
        "epoch": 0,
        "made_ports": (),
        "old_flavor": None,
        "instance_name": f"instance-{len(cloud.compute.servers) + 1:08x}",
    }
    failure = _failure(cloud, server)
    if failure is None:
        made = []
        try:
            with cloud.journal.savepoint():
                for nic in requested:
                    port, is_new = nics.plug(cloud, token, server, nic, groups)
                    made.extend([port["id"]] if is_new else [])
        except ApiError:
            failure = "Build of instance aborted: Failed to allocate the network(s), not rescheduling."
        else:
            server["made_ports"] = tuple(made)
    server = cloud.compute.servers.put(block_devices.reserve_all(cloud, token, server))
    instance_actions.note(cloud, token, server["id"], "create")
    lifecycle.start_build(cloud, server, failure)
    return server


def _failure(cloud: Cloud, server: Record) -> str | None:
    """Why this server is going to end in ERROR; the simulator's own orders count as a lack of hosts."""
    ordered = server["metadata"].get("simulator:fail") == "build"
    image = cloud.settings.fail_image
    if ordered or server["planned_host"] is None or (image is not None and server["image_name"] == image):
        return lifecycle.NO_HOST
    return None
