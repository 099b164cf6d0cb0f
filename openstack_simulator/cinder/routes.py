"""Every route of Cinder, and its microversions."""

from collections.abc import Mapping

from openstack_simulator.cinder import actions, volumes
from openstack_simulator.cinder.records import quotas, used
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.versions import parse

LEAST = (3, 0)


def negotiate(cloud: Cloud, request: Request) -> Mapping[str, str]:
    """Sets the request's version; 406 when it is out of range."""
    service, _, text = request.headers.get("openstack-api-version", "").partition(" ")
    most = parse(cloud.settings.max_volume_microversion)
    request.version = LEAST
    if service == "volume":
        request.version = most if text == "latest" else parse(text)
    if not LEAST <= request.version <= most:
        limits = f"Minimum is 3.0 and maximum is {cloud.settings.max_volume_microversion}."
        raise compute_error(406, f"Version {text} is not supported by the API. {limits}")
    version = f"{request.version[0]}.{request.version[1]}"
    return {"OpenStack-API-Version": f"volume {version}", "Vary": "OpenStack-API-Version"}


def list_versions(cloud: Cloud, request: Request) -> Response:
    version: Record = {
        "id": "v3.0",
        "status": "CURRENT",
        "version": cloud.settings.max_volume_microversion,
        "min_version": "3.0",
        "updated": "2023-08-31T00:00:00Z",
        "links": [{"rel": "self", "href": f"{request.base}/block-storage/v3/"}],
    }
    return Response(300, {"versions": [version]})


def list_types(cloud: Cloud, _request: Request) -> Response:
    return Response(200, {"volume_types": list(cloud.volumes.types)})


def show_type(cloud: Cloud, request: Request) -> Response:
    found = cloud.volumes.types.get(request.id)
    if found is None:
        raise compute_error(404, f"Volume type {request.id} could not be found.")
    return Response(200, {"volume_type": found})


def list_zones(_cloud: Cloud, _request: Request) -> Response:
    zone = {"zoneName": "nova", "zoneState": {"available": True}}
    return Response(200, {"availabilityZoneInfo": [zone]})


def show_quotas(cloud: Cloud, request: Request) -> Response:
    limits: Record = dict(quotas(cloud, request.id))
    if request.first("usage") in ("True", "true", "1"):
        have = used(cloud, request.id)
        limits = {name: {"limit": value, "in_use": have[name], "reserved": 0} for name, value in limits.items()}
    return Response(200, {"quota_set": {"id": request.id, **limits}})


def update_quotas(cloud: Cloud, request: Request) -> Response:
    if not request.token.is_admin:
        raise compute_error(403, "Policy doesn't allow volume_extension:quotas:update to be performed.")
    requested = {
        name: int(value) for name, value in request.json()["quota_set"].items() if name in ("volumes", "gigabytes")
    }
    cloud.volumes.quotas[request.id] = {**cloud.volumes.quotas.get(request.id, {}), **requested}
    return Response(200, {"quota_set": quotas(cloud, request.id)})


def show_limits(cloud: Cloud, request: Request) -> Response:
    allowed, have = quotas(cloud, request.token.project_id), used(cloud, request.token.project_id)
    absolute = {
        "maxTotalVolumes": allowed["volumes"],
        "maxTotalVolumeGigabytes": allowed["gigabytes"],
        "totalVolumesUsed": have["volumes"],
        "totalGigabytesUsed": have["gigabytes"],
    }
    return Response(200, {"limits": {"rate": [], "absolute": absolute}})


ROUTES = (
    Route("GET", "/", list_versions, open=True),
    Route("GET", "/v3", list_versions, open=True),
    Route("GET", "/v3/types", list_types),
    Route("GET", "/v3/types/{id}", show_type),
    Route("GET", "/v3/os-availability-zone", list_zones),
    Route("GET", "/v3/limits", show_limits),
    Route("GET", "/v3/os-quota-sets/{id}", show_quotas),
    Route("PUT", "/v3/os-quota-sets/{id}", update_quotas),
    *volumes.ROUTES,
    *actions.ROUTES,
)
