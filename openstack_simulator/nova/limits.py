"""Quotas of Nova and what a project uses of them."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.settings import UNLIMITED

_DEFAULTS = {
    "instances": UNLIMITED,
    "cores": UNLIMITED,
    "ram": UNLIMITED,
    "key_pairs": UNLIMITED,
    "server_groups": UNLIMITED,
    "server_group_members": UNLIMITED,
    "metadata_items": 128,
}
_OLD = {
    "injected_files": 5,
    "injected_file_content_bytes": 10240,
    "injected_file_path_bytes": 255,
}
_OLD_NETWORK = {
    "fixed_ips": UNLIMITED,
    "floating_ips": UNLIMITED,
    "security_groups": UNLIMITED,
    "security_group_rules": UNLIMITED,
}


def default_limits(cloud: Cloud) -> dict[str, int]:
    return {name: cloud.settings.compute_quotas.get(name, number) for name, number in _DEFAULTS.items()}


def limits(cloud: Cloud, project_id: str) -> dict[str, int]:
    return {**default_limits(cloud), **cloud.compute.quotas.get(project_id, {})}


def keypair_limit(cloud: Cloud, project_id: str) -> int:
    return limits(cloud, project_id)["key_pairs"]


def used(cloud: Cloud, project_id: str) -> dict[str, int]:
    servers = cloud.compute.servers.find("project_id", project_id)
    return {
        "instances": len(servers),
        "cores": sum(server["flavor"]["vcpus"] for server in servers),
        "ram": sum(server["flavor"]["ram"] for server in servers),
        "server_groups": len(cloud.compute.server_groups.find("project_id", project_id)),
    }


def demand(cloud: Cloud, project_id: str, requested: dict[str, int]) -> None:
    """403 when the project may not have this much more."""
    allowed = limits(cloud, project_id)
    bounded = [name for name in requested if allowed[name] != UNLIMITED]
    if not bounded:
        return
    have = used(cloud, project_id)
    if over := [name for name in bounded if have[name] + requested[name] > allowed[name]]:
        names = ", ".join(over)
        asked = ", ".join(str(requested[name]) for name in over)
        usage = ", ".join(f"{have[name]} of {allowed[name]} {name}" for name in over)
        raise compute_error(403, f"Quota exceeded for {names}: Requested {asked}, but already used {usage}")


def _shown(numbers: dict[str, int], request: Request) -> Record:
    shown: Record = {**numbers}
    if request.version < (2, 36):
        shown.update(_OLD_NETWORK)
    if request.version < (2, 57):
        shown.update(_OLD)
    return shown


def _visible(request: Request) -> str:
    if request.id != request.token.project_id and not request.token.is_admin:
        raise compute_error(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.")
    return request.id


def show_quotas(cloud: Cloud, request: Request) -> Response:
    project_id = _visible(request)
    return Response(200, {"quota_set": {"id": project_id, **_shown(limits(cloud, project_id), request)}})


def show_default_quotas(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"quota_set": {"id": _visible(request), **_shown(default_limits(cloud), request)}})


def show_quota_details(cloud: Cloud, request: Request) -> Response:
    project_id = _visible(request)
    have = used(cloud, project_id)
    details = {
        name: {"limit": limit, "in_use": have.get(name, 0), "reserved": 0}
        for name, limit in _shown(limits(cloud, project_id), request).items()
    }
    return Response(200, {"quota_set": {"id": project_id, **details}})


def update_quotas(cloud: Cloud, request: Request) -> Response:
    if not request.token.is_admin:
        raise compute_error(403, "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed.")
    requested = request.json().get("quota_set")
    if not isinstance(requested, dict):
        raise compute_error(400, "'quota_set' is a required property")
    if unknown := [name for name in requested if name not in _DEFAULTS and name != "force"]:
        message = f"Additional properties are not allowed ('{unknown[0]}' was unexpected)"
        raise compute_error(400, f"Invalid input for field/attribute quota_set. Value: {requested}. {message}")
    numbers = {name: _number(name, value) for name, value in requested.items() if name != "force"}
    have = {} if requested.get("force") else used(cloud, request.id)
    for name, value in numbers.items():
        if value != UNLIMITED and value < have.get(name, 0):
            least = f"greater than or equal to already used and reserved {have[name]}"
            raise compute_error(400, f"Quota limit {value} for {name} must be {least}.")
    cloud.compute.quotas[request.id] = {**cloud.compute.quotas.get(request.id, {}), **numbers}
    return Response(200, {"quota_set": _shown(limits(cloud, request.id), request)})


def _number(name: str, value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        reason = f"'{value}' does not match '^-?[0-9]+$'"
        raise compute_error(400, f"Invalid input for field/attribute {name}. Value: {value}. {reason}") from None


def show_limits(cloud: Cloud, request: Request) -> Response:
    project_id = request.token.project_id
    allowed, have = limits(cloud, project_id), used(cloud, project_id)
    absolute = {
        "maxTotalInstances": allowed["instances"],
        "maxTotalCores": allowed["cores"],
        "maxTotalRAMSize": allowed["ram"],
        "maxTotalKeypairs": allowed["key_pairs"],
        "maxServerMeta": allowed["metadata_items"],
        "maxServerGroups": allowed["server_groups"],
        "maxServerGroupMembers": allowed["server_group_members"],
        "totalInstancesUsed": have["instances"],
        "totalCoresUsed": have["cores"],
        "totalRAMUsed": have["ram"],
        "totalServerGroupsUsed": have["server_groups"],
    }
    return Response(200, {"limits": {"rate": [], "absolute": absolute}})


QUOTAS = "/v2.1/os-quota-sets/{id}"

ROUTES = (
    Route("GET", QUOTAS, show_quotas),
    Route("GET", QUOTAS + "/defaults", show_default_quotas),
    Route("GET", QUOTAS + "/detail", show_quota_details),
    Route("PUT", QUOTAS, update_quotas),
    Route("GET", "/v2.1/limits", show_limits),
)
