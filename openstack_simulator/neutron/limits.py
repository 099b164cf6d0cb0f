"""Quotas of Neutron: what a project may hold, and what it holds."""

from collections.abc import Callable
from functools import partial

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error
from openstack_simulator.neutron.attributes import forbidden
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.settings import UNLIMITED
from openstack_simulator.tables import Table

_TABLES: dict[str, Callable[[Cloud], Table]] = {
    "network": lambda cloud: cloud.network.networks,
    "subnet": lambda cloud: cloud.network.subnets,
    "port": lambda cloud: cloud.network.ports,
    "router": lambda cloud: cloud.network.routers,
    "floatingip": lambda cloud: cloud.network.floating_ips,
    "security_group": lambda cloud: cloud.network.security_groups,
    "security_group_rule": lambda cloud: cloud.network.security_group_rules,
}
_TABLES |= {
    name: partial(lambda collection, cloud: cloud.network.table(collection), f"{name}s")
    for name in ("port_pair", "port_pair_group", "flow_classifier", "port_chain")
}
NAMES = (*_TABLES, "rbac_policy", "subnetpool")


def used(table: Table, project_id: str) -> int:
    if "project_id" in table.indexed:
        return len(table.find("project_id", project_id))
    return sum(record["project_id"] == project_id for record in table)


def limits(cloud: Cloud, project_id: str) -> dict[str, int]:
    return {**default_limits(cloud), **cloud.network.quotas.get(project_id, {})}


def default_limits(cloud: Cloud) -> dict[str, int]:
    return {name: cloud.settings.network_quotas.get(name, UNLIMITED) for name in NAMES}


def demand_quota(cloud: Cloud, project_id: str, name: str, table: Table, count: int = 1) -> None:
    """409 OverQuota when the project may not have so many more."""
    limit = cloud.network.quotas.get(project_id, {}).get(name, cloud.settings.network_quotas.get(name, UNLIMITED))
    if limit != UNLIMITED and used(table, project_id) + count > limit:
        raise network_error(409, "OverQuota", f"Quota exceeded for resources: ['{name}'].")


def _demand_view(request: Request) -> str:
    project_id = request.id
    if not request.token.is_admin and project_id != request.token.project_id:
        raise forbidden("get_quota")
    return project_id


def _demand_admin(request: Request, action: str) -> str:
    if not request.token.is_admin:
        raise forbidden(action)
    return request.id


def show_quota(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"quota": limits(cloud, _demand_view(request))})


def show_default_quota(cloud: Cloud, request: Request) -> Response:
    _demand_view(request)
    return Response(200, {"quota": default_limits(cloud)})


def show_quota_details(cloud: Cloud, request: Request) -> Response:
    project_id = _demand_view(request)
    details: Record = {
        name: {
            "limit": limit,
            "used": used(_TABLES[name](cloud), project_id) if name in _TABLES else 0,
            "reserved": 0,
        }
        for name, limit in limits(cloud, project_id).items()
    }
    return Response(200, {"quota": details})


def update_quota(cloud: Cloud, request: Request) -> Response:
    project_id = _demand_admin(request, "update_quota")
    requested = request.json().get("quota")
    if not isinstance(requested, dict):
        raise network_error(400, "HTTPBadRequest", "Unable to find 'quota' in request body")
    changes = {name: value for name, value in requested.items() if name not in ("tenant_id", "project_id", "force")}
    if unknown := changes.keys() - set(NAMES):
        raise network_error(400, "HTTPBadRequest", f"Unrecognized attribute(s) '{', '.join(sorted(unknown))}'")
    numbers = {name: _number(value) for name, value in changes.items()}
    for name, limit in numbers.items():
        have = used(_TABLES[name](cloud), project_id) if name in _TABLES else 0
        if limit != UNLIMITED and limit < have:
            message = f"Quota limit {limit} for {name} must be greater than or equal to already used {have}"
            raise network_error(400, "HTTPBadRequest", message)
    cloud.network.quotas[project_id] = {**cloud.network.quotas.get(project_id, {}), **numbers}
    return Response(200, {"quota": limits(cloud, project_id)})


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise invalid_input(f"'{value}' is not an integer") from None


def delete_quota(cloud: Cloud, request: Request) -> Response:
    project_id = _demand_admin(request, "delete_quota")
    if cloud.network.quotas.pop(project_id, None) is None:
        raise network_error(404, "TenantQuotaNotFound", f"Quota for project {project_id} could not be found.")
    return Response(204)


ROUTES = (
    Route("GET", "/v2.0/quotas/{id}", show_quota),
    Route("GET", "/v2.0/quotas/{id}/default", show_default_quota),
    Route("GET", "/v2.0/quotas/{id}/details.json", show_quota_details),
    Route("GET", "/v2.0/quotas/{id}/details", show_quota_details),
    Route("PUT", "/v2.0/quotas/{id}", update_quota),
    Route("DELETE", "/v2.0/quotas/{id}", delete_quota),
)
