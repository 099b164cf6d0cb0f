"""The extensions this Neutron has, and what answers beside the resources: versions, zones, free addresses."""

import ipaddress

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.neutron.resource import Resource
from openstack_simulator.routing import Request, Response, Route

ALIASES = {
    "address-group": "Address group",
    "agent": "agent",
    "allowed-address-pairs": "Allowed Address Pairs",
    "availability_zone": "Availability Zone",
    "binding": "Port Binding",
    "dns-integration": "DNS Integration",
    "default-subnetpools": "Default Subnetpools",
    "expose-port-forwarding-in-fip": "Expose Port Forwarding Details in Floating IPs",
    "ext-gw-mode": "Neutron L3 Configurable external gateway mode",
    "external-net": "Neutron external network",
    "extra_dhcp_opt": "Neutron Extra DHCP options",
    "extraroute": "Neutron Extra Route",
    "fip-port-details": "Floating IP Port Details Extension",
    "flow_classifier": "Flow Classifier",
    "ip_allocation": "IP Allocation",
    "ip-substring-filtering": "IP address substring filtering",
    "net-mtu": "Network MTU",
    "net-mtu-writable": "Network MTU (writable)",
    "network_availability_zone": "Network Availability Zone",
    "network-ip-availability": "Network IP Availability",
    "pagination": "Pagination support",
    "port-security": "Port Security",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "qos": "Quality of Service",
    "qos-bw-limit-direction": "Direction for QoS bandwidth limit rule",
    "qos-fip": "Floating IP QoS",
    "quotas": "Quota management support",
    "quota_details": "Quota details management support",
    "revision-if-match": "If-Match constraints based on revision_number",
    "rbac-policies": "RBAC Policies",
    "router": "Neutron L3 Router",
    "router_availability_zone": "Router Availability Zone",
    "security-group": "security-group",
    "security-groups-normalized-cidr": "Normalized CIDR field for security group rules",
    "security-groups-rules-belongs-to-default-sg": "Security group rules belongs to the default security group",
    "security-groups-remote-address-group": "Remote address group id field for security group rules",
    "security-groups-shared-filtering": "Security group filtering on the shared field",
    "sfc": "Service Function Chaining",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-revisions": "Resource revision numbers",
    "standard-attr-tag": "Tag support for resources with standard attribute",
    "standard-attr-timestamp": "Resource timestamps",
    "stateful-security-group": "Stateful security group",
    "subnet-service-types": "Subnet service types",
    "tag-ports-during-bulk-creation": "Tag Ports During Bulk Creation",
    "trunk": "Trunk Extension",
    "trunk-details": "Trunk port details",
}


def _body(alias: str) -> Record:
    return {
        "alias": alias,
        "name": ALIASES[alias],
        "description": ALIASES[alias],
        "updated": "2020-01-01T00:00:00-00:00",
        "links": [],
    }


def list_extensions(cloud: Cloud, _request: Request) -> Response:
    gone = cloud.settings.disabled_extensions
    return Response(200, {"extensions": [_body(alias) for alias in ALIASES if alias not in gone]})


def show_extension(cloud: Cloud, request: Request) -> Response:
    if request.id not in ALIASES or request.id in cloud.settings.disabled_extensions:
        message = f"Extension with alias {request.id} does not exist"
        raise network_error(404, "HTTPNotFound", message)
    return Response(200, {"extension": _body(request.id)})


def disabled_paths(resources: tuple[Resource, ...]) -> dict[str, str]:
    """What routes begin with and the extension that brings them: the first segment, and the first two of them."""
    paths = [((one.path or f"/v2.0/{one.collection}").split("/")[2:4], one.extension) for one in resources]
    known = {"/".join(path[:length]): alias for path, alias in paths for length in (1, 2) if alias}
    return {**known, "quotas": "quotas", "network-ip-availabilities": "network-ip-availability"}


def list_versions(_cloud: Cloud, request: Request) -> Response:
    link = {"rel": "self", "href": f"{request.base}/network/v2.0/"}
    return Response(200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]})


def show_version(cloud: Cloud, request: Request) -> Response:
    del cloud
    names = ("network", "subnet", "port", "router", "floatingip", "security-group", "quota")
    resources = [
        {
            "name": name,
            "collection": f"{name}s",
            "links": [{"rel": "self", "href": f"{request.base}/network/v2.0/{name}s"}],
        }
        for name in names
    ]
    return Response(200, {"resources": resources})


def list_zones(_cloud: Cloud, _request: Request) -> Response:
    zones = [{"name": "nova", "resource": kind, "state": "available"} for kind in ("network", "router")]
    return Response(200, {"availability_zones": zones})


def _availability(cloud: Cloud, network: Record) -> Record:
    subnets = []
    for subnet in cloud.network.subnets.find("network_id", network["id"]):
        pools = subnet["allocation_pools"]
        total = sum(
            int(ipaddress.ip_address(pool["end"])) - int(ipaddress.ip_address(pool["start"])) + 1 for pool in pools
        )
        subnets.append(
            {
                "subnet_id": subnet["id"],
                "subnet_name": subnet["name"],
                "cidr": subnet["cidr"],
                "ip_version": subnet["ip_version"],
                "total_ips": total,
                "used_ips": sum(
                    ip["subnet_id"] == subnet["id"]
                    for port in cloud.network.ports.find("subnet", subnet["id"])
                    for ip in port["fixed_ips"]
                ),
            }
        )
    return {
        "network_id": network["id"],
        "network_name": network["name"],
        "project_id": network["project_id"],
        "tenant_id": network["project_id"],
        "total_ips": sum(subnet["total_ips"] for subnet in subnets),
        "used_ips": sum(subnet["used_ips"] for subnet in subnets),
        "subnet_ip_availability": subnets,
    }


def _demand_admin(request: Request) -> None:
    if not request.token.is_admin:
        raise network_error(404, "HTTPNotFound", "The resource could not be found.")


def list_availability(cloud: Cloud, request: Request) -> Response:
    _demand_admin(request)
    requested = request.query.get("network_id")
    bodies = [_availability(cloud, one) for one in cloud.network.networks if not requested or one["id"] in requested]
    return Response(200, {"network_ip_availabilities": bodies})


def show_availability(cloud: Cloud, request: Request) -> Response:
    _demand_admin(request)
    network = cloud.network.networks.get(request.id)
    if network is None:
        raise network_error(404, "NetworkNotFound", f"Network {request.id} could not be found.")
    return Response(200, {"network_ip_availability": _availability(cloud, network)})


ROUTES = (
    Route("GET", "/", list_versions, open=True),
    Route("GET", "/v2.0", show_version),
    Route("GET", "/v2.0/extensions", list_extensions),
    Route("GET", "/v2.0/extensions/{id}", show_extension),
    Route("GET", "/v2.0/availability_zones", list_zones),
    Route("GET", "/v2.0/network-ip-availabilities", list_availability),
    Route("GET", "/v2.0/network-ip-availabilities/{id}", show_availability),
)
