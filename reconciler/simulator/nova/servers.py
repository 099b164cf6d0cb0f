"""Servers: list, show, update, delete."""

import re

from reconciler.simulator.cloud import Cloud
from reconciler.simulator.errors import Record, compute_error
from reconciler.simulator.routing import Request, Response, Route

from . import lifecycle
from .body import Field, accept, is_name, is_text, optional
from .lists import page
from .nics import addresses, ports_of
from .server_create import create_server
from .server_views import brief, detailed

_UPDATE = {
    "name": Field(is_name),
    "accessIPv4": Field(is_text),
    "accessIPv6": Field(is_text),
    "OS-DCF:diskConfig": Field(lambda value: value in ("AUTO", "MANUAL")),
    "description": Field(optional(is_text), since=(2, 19)),
    "hostname": Field(is_text, since=(2, 90)),
}
_STATUSES = frozenset(
    [
        "ACTIVE",
        "BUILD",
        "DELETED",
        "ERROR",
        "HARD_REBOOT",
        "MIGRATING",
        "PASSWORD",
        "PAUSED",
        "REBOOT",
        "REBUILD",
        "RESCUE",
        "RESIZE",
        "REVERT_RESIZE",
        "SHUTOFF",
        "SUSPENDED",
        "UNKNOWN",
        "VERIFY_RESIZE",
        "SHELVED",
        "SHELVED_OFFLOADED",
        "SOFT_DELETED",
    ]
)
_FIELD_OF = {"image": "image_id", "flavor": "flavor_id", "host": "host", "key_name": "key_name", "uuid": "id"}


def find(cloud: Cloud, request: Request) -> Record:
    """The server if this caller may see it."""
    server = cloud.compute.servers.get(request.id)
    if server is None or (server["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(404, f"Instance {request.id} could not be found.")
    return server


def _everybodys(request: Request) -> bool:
    asked = (request.first("all_tenants") or "0").lower() if "all_tenants" in request.query else "0"
    wanted = "all_tenants" in request.query and asked in ("", "1", "true", "yes", "on")
    if wanted and not request.token.is_admin:
        action = "os_compute_api:servers:detail:get_all_tenants"
        raise compute_error(403, f"Policy doesn't allow {action} to be performed.")
    return wanted


def _found(cloud: Cloud, request: Request) -> tuple[list[Record], Record]:
    table = cloud.compute.servers
    everybody = _everybodys(request)
    servers = list(table) if everybody else table.find("project_id", request.token.project_id)
    project = request.first("project_id") or request.first("tenant_id")
    if everybody and project:
        servers = [server for server in servers if server["project_id"] == project]
    found = [server for server in servers if _matches(cloud, request, server)]
    key = {"created_at": "created", "display_name": "name", "uuid": "id"}.get(
        request.first("sort_key") or "", "created"
    )
    descending = (request.first("sort_dir") or "desc") == "desc"
    found.reverse()
    found.sort(key=lambda server: str(server[key]), reverse=descending)
    return page(cloud, request, "servers", found)


def _matches(cloud: Cloud, request: Request, server: Record) -> bool:
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
    def wanted(name: str) -> set[str]:
        return set(query[name][0].split(",")) if name in query else set()

    return (
        wanted("tags") <= tags
        and ("tags-any" not in query or bool(wanted("tags-any") & tags))
        and ("not-tags" not in query or not wanted("not-tags") <= tags)
        and not wanted("not-tags-any") & tags
    )


def list_servers(cloud: Cloud, request: Request) -> Response:
    servers, links = _found(cloud, request)
    return Response(200, {"servers": [brief(request, server) for server in servers], **links})


def list_details(cloud: Cloud, request: Request) -> Response:
    servers, links = _found(cloud, request)
    return Response(200, {"servers": [detailed(cloud, request, server) for server in servers], **links})


def show_server(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"server": detailed(cloud, request, find(cloud, request), alone=True)})


def update_server(cloud: Cloud, request: Request) -> Response:
    values = accept(request, "server", _UPDATE)
    server = find(cloud, request)
    changes = {name: value for name, value in values.items() if name != "OS-DCF:diskConfig"}
    if "OS-DCF:diskConfig" in values:
        changes["disk_config"] = values["OS-DCF:diskConfig"]
    server = cloud.compute.servers.change(server["id"], **changes, updated=cloud.timestamp())
    return Response(200, {"server": detailed(cloud, request, server, alone=True)})


def delete_server(cloud: Cloud, request: Request) -> Response:
    server = find(cloud, request)
    if server["locked"] and not request.token.is_admin:
        raise compute_error(409, f"Instance {server['id']} is locked")
    lifecycle.start_delete(cloud, server)
    return Response(204)


def show_addresses(cloud: Cloud, request: Request) -> Response:
    by_network = addresses(cloud, find(cloud, request))
    brief_ones = {
        name: [{"version": one["version"], "addr": one["addr"]} for one in entries]
        for name, entries in by_network.items()
    }
    return Response(200, {"addresses": brief_ones})


ROUTES = (
    Route("GET", "/v2.1/servers", list_servers),
    Route("POST", "/v2.1/servers", create_server),
    Route("GET", "/v2.1/servers/detail", list_details),
    Route("GET", "/v2.1/servers/{id}", show_server),
    Route("PUT", "/v2.1/servers/{id}", update_server),
    Route("DELETE", "/v2.1/servers/{id}", delete_server),
    Route("GET", "/v2.1/servers/{id}/ips", show_addresses),
)
