"""Servers: list, show, update, delete."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova import deferred_delete
from openstack_simulator.nova.body import Field, accept, is_hostname, is_name, is_text, optional
from openstack_simulator.nova.lists import page
from openstack_simulator.nova.nics import addresses
from openstack_simulator.nova.server_create import create_server
from openstack_simulator.nova.server_filters import check_query, matches
from openstack_simulator.nova.server_views import brief, detailed
from openstack_simulator.routing import Request, Response, Route

_UPDATE = {
    "name": Field(is_name),
    "accessIPv4": Field(is_text),
    "accessIPv6": Field(is_text),
    "OS-DCF:diskConfig": Field(lambda value: value in ("AUTO", "MANUAL")),
    "description": Field(optional(is_text), since=(2, 19)),
    "hostname": Field(is_hostname, since=(2, 90)),
}


def find(cloud: Cloud, request: Request) -> Record:
    """The server if this caller may see it."""
    server = cloud.compute.servers.get(request.id)
    if server is None or (server["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(404, f"Instance {request.id} could not be found.")
    return server


def _everyones(request: Request) -> bool:
    asked = (request.first("all_tenants") or "0").lower() if "all_tenants" in request.query else "0"
    requested = "all_tenants" in request.query and asked in ("", "1", "true", "yes", "on")
    if requested and not request.token.is_admin:
        listing = "detail" if request.path.endswith("detail") else "index"
        action = f"os_compute_api:servers:{listing}:get_all_tenants"
        raise compute_error(403, f"Policy doesn't allow {action} to be performed.")
    return requested


def _found(cloud: Cloud, request: Request) -> tuple[list[Record], Record]:
    check_query(request)
    table = cloud.compute.servers
    everyone = _everyones(request)
    servers = list(table) if everyone else table.find("project_id", request.token.project_id)
    project = request.first("project_id") or request.first("tenant_id")
    if everyone and project:
        servers = [server for server in servers if server["project_id"] == project]
    # What is deleted and can be restored is found by its id alone.
    kept = [server for server in servers if server["vm_state"] != "soft-delete"]
    found = [server for server in kept if matches(cloud, request, server)]
    key = {"created_at": "created", "display_name": "name", "uuid": "id"}.get(
        request.first("sort_key") or "", "created"
    )
    descending = (request.first("sort_dir") or "desc") == "desc"
    found.reverse()
    found.sort(key=lambda server: str(server[key]), reverse=descending)
    return page(cloud, request, "servers", found)


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
    deferred_delete.delete(cloud, server)
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
