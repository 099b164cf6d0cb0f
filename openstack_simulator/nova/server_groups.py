"""Server groups: (anti-)affinity."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova.body import Field, accept, is_name, is_object
from openstack_simulator.nova.limits import limits
from openstack_simulator.routing import Request, Response, Route

_STRICT = ("affinity", "anti-affinity")
_POLICIES = (*_STRICT, "soft-affinity", "soft-anti-affinity")


def _is_policy_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and value[0] in _POLICIES


_FIELDS = {
    "name": Field(is_name, required=True),
    "policies": Field(_is_policy_list, required=True, since=(2, 15), until=(2, 63)),
    "policy": Field(lambda value: value in _POLICIES, required=True, since=(2, 64)),
    "rules": Field(is_object, since=(2, 64)),
}


_OLDEST_FIELDS = {
    **_FIELDS,
    "policies": Field(
        lambda value: isinstance(value, list) and value in (["affinity"], ["anti-affinity"]), required=True
    ),
}


def view(cloud: Cloud, request: Request, group: Record) -> Record:
    body: Record = {
        "id": group["id"],
        "name": group["name"],
        "members": [server["id"] for server in cloud.compute.servers.find("group", group["id"])],
    }
    if request.version >= (2, 64):
        body["policy"] = group["policy"]
        body["rules"] = group["rules"]
    else:
        body["policies"] = [group["policy"]]
        body["metadata"] = {}
    if request.version >= (2, 13):
        body["project_id"] = group["project_id"]
        body["user_id"] = group["user_id"]
    return body


def find(cloud: Cloud, request: Request) -> Record:
    group = cloud.compute.server_groups.get(request.id)
    if group is None or (group["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(404, f"Instance group {request.id} could not be found.")
    return group


def list_groups(cloud: Cloud, request: Request) -> Response:
    everything = "all_projects" in request.query and request.token.is_admin
    groups = [
        group for group in cloud.compute.server_groups if everything or group["project_id"] == request.token.project_id
    ]
    offset = int(request.first("offset") or 0)
    limit = min(int(request.first("limit") or 0) or cloud.settings.page_limit, cloud.settings.page_limit)
    shown = groups[offset : offset + limit]
    return Response(200, {"server_groups": [view(cloud, request, group) for group in shown]})


def show_group(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"server_group": view(cloud, request, find(cloud, request))})


def create_group(cloud: Cloud, request: Request) -> Response:
    values = accept(request, "server_group", _OLDEST_FIELDS if request.version < (2, 15) else _FIELDS)
    policy = values.get("policy") or values["policies"][0]
    rules = values.get("rules") or {}
    if rules and (policy != "anti-affinity" or rules.keys() != {"max_server_per_host"}):
        raise compute_error(400, "Only anti-affinity policy supports rules.")
    project_id = request.token.project_id
    limit = limits(cloud, project_id)["server_groups"]
    if 0 <= limit <= len(cloud.compute.server_groups.find("project_id", project_id)):
        raise compute_error(403, "Quota exceeded, too many server groups.")
    group = cloud.compute.server_groups.put(
        {
            "id": cloud.new_id(),
            "name": values["name"],
            "policy": policy,
            "rules": rules,
            "project_id": project_id,
            "user_id": request.token.user.id,
        }
    )
    return Response(200, {"server_group": view(cloud, request, group)})


def delete_group(cloud: Cloud, request: Request) -> Response:
    """Its servers stay and belong to no group."""
    group = find(cloud, request)
    for server in cloud.compute.servers.find("group", group["id"]):
        cloud.compute.servers.change(server["id"], group_id=None)
    cloud.compute.server_groups.remove(group["id"])
    return Response(204)


def place(cloud: Cloud, group: Record | None) -> str | None:
    """The host for one more server; None when a strict policy leaves none."""
    hosts = [f"compute-{number}" for number in range(1, cloud.settings.hosts + 1)]
    if group is None:
        return hosts[len(cloud.compute.servers) % len(hosts)]
    members = cloud.compute.servers.find("group", group["id"])
    taken = [one["planned_host"] if one["vm_state"] == "building" else one["host"] for one in members]
    counts = {host: taken.count(host) for host in hosts}
    if "anti" in group["policy"]:
        host = min(hosts, key=lambda one: counts[one])
        most = int(group["rules"].get("max_server_per_host", 1))
        return None if counts[host] >= most and group["policy"] in _STRICT else host
    return max(hosts, key=lambda one: counts[one])


ROUTES = (
    Route("GET", "/v2.1/os-server-groups", list_groups),
    Route("POST", "/v2.1/os-server-groups", create_group),
    Route("GET", "/v2.1/os-server-groups/{id}", show_group),
    Route("DELETE", "/v2.1/os-server-groups/{id}", delete_group),
)
