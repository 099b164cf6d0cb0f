"""Which servers a list of Nova shows."""

import re

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova.nics import ports_of
from openstack_simulator.routing import Request

_STATUSES = {
    "ACTIVE", "BUILD", "DELETED", "ERROR", "HARD_REBOOT", "MIGRATING", "PASSWORD", "PAUSED", "REBOOT", "REBUILD",
    "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED",
    "UNKNOWN", "VERIFY_RESIZE",
}  # fmt: skip
_QUERY = {
    "access_ip_v4", "access_ip_v6", "all_tenants", "auto_disk_config", "availability_zone", "changes-before",
    "changes-since", "config_drive", "created_at", "deleted", "description", "display_description", "display_name",
    "flavor", "host", "hostname", "image", "image_ref", "instance_type_id", "ip", "ip6", "kernel_id", "key_name",
    "launch_index", "launched_at", "limit", "locked", "locked_by", "marker", "name", "node", "not-tags",
    "not-tags-any", "power_state", "progress", "project_id", "ramdisk_id", "reservation_id", "root_device_name",
    "sort_dir", "sort_key", "status", "tags", "tags-any", "task_state", "tenant_id", "terminated_at", "user_id",
    "uuid", "vm_state",
}  # fmt: skip


def check_query(request: Request) -> None:
    """400 for a status that there is not (since 2.38) and for a filter that there is not (since 2.75)."""
    if request.version >= (2, 38) and not {one.upper() for one in request.query.get("status", [])} <= _STATUSES:
        raise compute_error(400, "Invalid status value")
    if request.version >= (2, 75):
        for name in request.query:
            if name not in _QUERY and not name.startswith("_"):
                raise compute_error(400, f"{name!r} does not match any of the regexes: '^_'")


def matches(cloud: Cloud, request: Request, server: Record) -> bool:
    query = request.query
    if "name" in query and not _search(query["name"][0], server["name"]):
        return False
    if "status" in query and server["status"] not in {status.upper() for status in query["status"]}:
        return False
    if "changes-since" in query and server["updated"] < query["changes-since"][0]:
        return False
    if "flavor" in query and server["flavor"]["id"] not in query["flavor"]:
        return False
    if "ip" in query and not any(
        re.search(query["ip"][0], ip["ip_address"]) for port in ports_of(cloud, server) for ip in port["fixed_ips"]
    ):
        return False
    exact = {
        "image": "image_id",
        "uuid": "id",
        "key_name": "key_name",
        "host": "planned_host",
        "reservation_id": "reservation_id",
    }
    if any(name in query and server[field] not in query[name] for name, field in exact.items()):
        return False
    return request.version < (2, 26) or _passes_tags(set(server["tags"]), query)


def _search(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return pattern in text


def _passes_tags(tags: set[str], query: dict[str, list[str]]) -> bool:
    def requested(name: str) -> set[str]:
        return set(query[name][0].split(",")) if name in query else set()

    return (
        requested("tags") <= tags
        and ("tags-any" not in query or bool(requested("tags-any") & tags))
        and ("not-tags" not in query or not requested("not-tags") <= tags)
        and not requested("not-tags-any") & tags
    )
