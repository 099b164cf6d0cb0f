"""Availability zones, hypervisors and services: as little as clients read."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.nova.flavors import demand_admin
from openstack_simulator.nova.server_create import ZONE
from openstack_simulator.routing import Request, Response, Route


def list_zones(_cloud: Cloud, _request: Request) -> Response:
    zone = {"zoneName": ZONE, "zoneState": {"available": True}, "hosts": None}
    return Response(200, {"availabilityZoneInfo": [zone]})


def list_zone_details(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-availability-zone:detail")
    service = {"nova-compute": {"available": True, "active": True, "updated_at": cloud.timestamp()}}
    hosts = dict.fromkeys(_names(cloud), service)
    return Response(
        200,
        {"availabilityZoneInfo": [{"zoneName": ZONE, "zoneState": {"available": True}, "hosts": hosts}]},
    )


def _names(cloud: Cloud) -> list[str]:
    return [f"compute-{number}" for number in range(1, cloud.settings.hosts + 1)]


def _hypervisors(cloud: Cloud) -> list[Record]:
    return [
        {"id": cloud.fixed_id(name), "hypervisor_hostname": name, "state": "up", "status": "enabled"}
        for name in _names(cloud)
    ]


def list_hypervisors(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-hypervisors:list")
    return Response(200, {"hypervisors": _hypervisors(cloud)})


def list_hypervisor_details(cloud: Cloud, request: Request) -> Response:
    demand_admin(request, "os_compute_api:os-hypervisors:list-detail")
    detailed = [
        {**one, "hypervisor_type": "simulated", "hypervisor_version": 1, "host_ip": "192.0.2.1"}
        for one in _hypervisors(cloud)
    ]
    return Response(200, {"hypervisors": detailed})


ROUTES = (
    Route("GET", "/v2.1/os-availability-zone", list_zones),
    Route("GET", "/v2.1/os-availability-zone/detail", list_zone_details),
    Route("GET", "/v2.1/os-hypervisors", list_hypervisors),
    Route("GET", "/v2.1/os-hypervisors/detail", list_hypervisor_details),
)
