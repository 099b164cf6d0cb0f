"""Flavors: the sizes of servers."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova.body import (
    Field,
    accept,
    anything,
    is_boolean,
    is_count,
    is_name,
    is_object,
    is_text,
    optional,
)
from openstack_simulator.nova.lists import page
from openstack_simulator.routing import Request, Response, Route

_FIELDS = {
    "name": Field(is_name, required=True),
    "id": Field(optional(is_text)),
    "ram": Field(is_count, required=True),
    "vcpus": Field(is_count, required=True),
    "disk": Field(is_count, required=True),
    "OS-FLV-EXT-DATA:ephemeral": Field(is_count),
    "swap": Field(is_count),
    "rxtx_factor": Field(anything),
    "os-flavor-access:is_public": Field(is_boolean),
    "description": Field(optional(is_text), since=(2, 55)),
}


def new_flavor(flavor_id: str, name: str, vcpus: int, ram: int, disk: int) -> Record:
    """RAM in MiB, disk in GiB."""
    return {
        "id": flavor_id,
        "name": name,
        "vcpus": vcpus,
        "ram": ram,
        "disk": disk,
        "ephemeral": 0,
        "swap": 0,
        "rxtx_factor": 1.0,
        "is_public": True,
        "description": None,
        "extra_specs": {},
    }


def demand_admin(request: Request, action: str) -> None:
    if not request.token.is_admin:
        raise compute_error(403, f"Policy doesn't allow {action} to be performed.")


def _links(request: Request, flavor: Record) -> list[Record]:
    return [
        {"rel": "self", "href": f"{request.base}/compute/v2.1/flavors/{flavor['id']}"},
        {"rel": "bookmark", "href": f"{request.base}/compute/flavors/{flavor['id']}"},
    ]


def view(request: Request, flavor: Record) -> Record:
    body = {
        "id": flavor["id"],
        "name": flavor["name"],
        "ram": flavor["ram"],
        "disk": flavor["disk"],
        "swap": flavor["swap"] if request.version >= (2, 75) else flavor["swap"] or "",
        "OS-FLV-EXT-DATA:ephemeral": flavor["ephemeral"],
        "OS-FLV-DISABLED:disabled": False,
        "vcpus": flavor["vcpus"],
        "os-flavor-access:is_public": flavor["is_public"],
        "rxtx_factor": flavor["rxtx_factor"],
        "links": _links(request, flavor),
    }
    if request.version >= (2, 55):
        body["description"] = flavor["description"]
    if request.version >= (2, 61):
        body["extra_specs"] = flavor["extra_specs"]
    return body


def find(cloud: Cloud, request: Request) -> Record:
    flavor = cloud.compute.flavors.get(request.id)
    if flavor is None or not (flavor["is_public"] or request.token.is_admin):
        raise compute_error(404, f"Flavor {request.id} could not be found.")
    return flavor


def _found(cloud: Cloud, request: Request) -> tuple[list[Record], Record]:
    public = (request.first("is_public") or "true").lower()
    everything = public == "none" and request.token.is_admin
    ram, disk = int(request.first("minRam") or 0), int(request.first("minDisk") or 0)
    flavors = [
        flavor
        for flavor in cloud.compute.flavors
        if (everything or flavor["is_public"] is (public != "false" or not request.token.is_admin))
        and flavor["ram"] >= ram
        and flavor["disk"] >= disk
    ]
    flavors.sort(key=lambda flavor: flavor["id"])
    return page(cloud, request, "flavors", flavors)


def list_flavors(cloud: Cloud, request: Request) -> Response:
    flavors, links = _found(cloud, request)
    names = ("id", "name", "description") if request.version >= (2, 55) else ("id", "name")
    brief = [{**{name: one[name] for name in names}, "links": _links(request, one)} for one in flavors]
    return Response(200, {"flavors": brief, **links})


def list_details(cloud: Cloud, request: Request) -> Response:
    flavors, links = _found(cloud, request)
    return Response(200, {"flavors": [view(request, flavor) for flavor in flavors], **links})


def show_flavor(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"flavor": view(request, find(cloud, request))})


def create_flavor(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-flavor-manage:create")
    values = accept(request, "flavor", _FIELDS)
    flavor_id = values.get("id")
    if flavor_id in (None, "auto"):
        flavor_id = cloud.new_id()
    if flavor_id in cloud.compute.flavors:
        raise compute_error(409, f"Flavor with ID {flavor_id} already exists.")
    if any(flavor["name"] == values["name"] for flavor in cloud.compute.flavors):
        raise compute_error(409, f"Flavor with name {values['name']} already exists.")
    size = (int(values[name]) for name in ("vcpus", "ram", "disk"))
    flavor = {
        **new_flavor(str(flavor_id), values["name"], *size),
        "ephemeral": int(values.get("OS-FLV-EXT-DATA:ephemeral", 0)),
        "swap": int(values.get("swap", 0)),
        "is_public": values.get("os-flavor-access:is_public", True),
        "description": values.get("description"),
    }
    return Response(200, {"flavor": view(request, cloud.compute.flavors.put(flavor))})


def delete_flavor(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-flavor-manage:delete")
    cloud.compute.flavors.remove(find(cloud, request)["id"])
    return Response(202)


def list_extra_specs(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"extra_specs": find(cloud, request)["extra_specs"]})


def create_extra_specs(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-flavor-extra-specs:create")
    flavor = find(cloud, request)
    specs = request.json().get("extra_specs")
    if not is_object(specs):
        raise compute_error(400, "'extra_specs' is a required property")
    cloud.compute.flavors.put({**flavor, "extra_specs": {**flavor["extra_specs"], **specs}})
    return Response(200, {"extra_specs": specs})


def delete_extra_spec(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-flavor-extra-specs:delete")
    flavor = find(cloud, request)
    key = request.params["key"]
    if key not in flavor["extra_specs"]:
        raise compute_error(404, f"Flavor {flavor['id']} has no extra specs with key {key}.")
    specs = {name: value for name, value in flavor["extra_specs"].items() if name != key}
    cloud.compute.flavors.put({**flavor, "extra_specs": specs})
    return Response(200)


ROUTES = (
    Route("GET", "/v2.1/flavors", list_flavors),
    Route("POST", "/v2.1/flavors", create_flavor),
    Route("GET", "/v2.1/flavors/detail", list_details),
    Route("GET", "/v2.1/flavors/{id}", show_flavor),
    Route("DELETE", "/v2.1/flavors/{id}", delete_flavor),
    Route("GET", "/v2.1/flavors/{id}/os-extra_specs", list_extra_specs),
    Route("POST", "/v2.1/flavors/{id}/os-extra_specs", create_extra_specs),
    Route("DELETE", "/v2.1/flavors/{id}/os-extra_specs/{key}", delete_extra_spec),
)
