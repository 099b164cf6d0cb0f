"""Routers, their gateways and their interfaces."""

import ipaddress
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron.attributes import Attribute, boolean, disallowed, optional, routes, standard, text
from openstack_simulator.neutron.networks import NETWORKS, is_external, is_shared
from openstack_simulator.neutron.ports import (
    PORTS,
    ROUTER_GATEWAY,
    ROUTER_INTERFACE,
    discard,
    readdressed,
    service_port,
)
from openstack_simulator.neutron.resource import Resource, bumped, own, stamp
from openstack_simulator.neutron.subnets import SUBNETS
from openstack_simulator.routing import Request, Response, Route

MOST_ROUTES = 30
_SNAT = "ext-gw-mode"

_ATTRIBUTES = {
    **standard(),
    "admin_state_up": Attribute(default=True, check=boolean),
    "external_gateway_info": Attribute(default=None, extension="router"),
    "ha": Attribute(default=True, check=boolean, admin=True, private=True, extension="l3-ha"),
    "distributed": Attribute(default=False, check=boolean, admin=True, private=True, extension="dvr"),
    "availability_zone_hints": Attribute(default=[], update=False, extension="router_availability_zone"),
    "availability_zones": Attribute(create=False, update=False, extension="router_availability_zone"),
    "flavor_id": Attribute(default=None, check=optional(text()), update=False, extension="l3-flavors"),
    "enable_ndp_proxy": Attribute(default=None, extension="l3-ndp-proxy"),
    "routes": Attribute(default=[], check=routes, create=False, extension="extraroute"),
    "status": Attribute(create=False, update=False),
}


def _bad_request(message: str) -> Exception:
    return network_error(400, "BadRequest", f"Bad router request: {message}.")


def create(cloud: Cloud, token: Token, values: Record) -> Record:
    gateway = values["external_gateway_info"]
    record = {
        **stamp(cloud, token, values),
        "external_gateway_info": None,
        "availability_zones": [],
        "routes": [],
        "status": "ACTIVE",
        "revision_number": 1,
    }
    router = cloud.network.routers.put(record)
    if gateway:
        router = _set_gateway(cloud, token, router, gateway, "create_router")
    return router


def update(cloud: Cloud, token: Token, router: Record, changes: Record) -> Record:
    if "routes" in changes:
        _check_routes(cloud, router, changes["routes"])
    if "external_gateway_info" in changes:
        requested = changes.pop("external_gateway_info")
        router = _set_gateway(cloud, token, router, requested) if requested else _clear_gateway(cloud, router)
    return cloud.network.routers.put(bumped(cloud, router, changes))


def _check_routes(cloud: Cloud, router: Record, requested: list[Record]) -> None:
    """Every next hop must be reachable over an interface or the gateway, and be none of the router's own."""
    addresses = [ip for port in _ports(cloud, router) for ip in port["fixed_ips"]]
    nets = [ipaddress.ip_network(cloud.network.subnets[ip["subnet_id"]]["cidr"]) for ip in addresses]
    for route in requested:
        reason = ""
        if not any(ipaddress.ip_address(route["nexthop"]) in net for net in nets):
            reason = "the nexthop is not connected with router"
        elif route["nexthop"] in [ip["ip_address"] for ip in addresses]:
            reason = "the nexthop is used by router"
        if reason:
            raise network_error(400, "InvalidRoutes", f"Invalid format for routes: {requested}, {reason}")
    if len(requested) > MOST_ROUTES:
        message = f"Unable to complete operation for {router['id']}. The number of routes exceeds the maximum"
        raise network_error(400, "RoutesExhausted", f"{message} {MOST_ROUTES}.")


def _ports(cloud: Cloud, router: Record) -> list[Record]:
    return cloud.network.ports.find("device_id", router["id"])


def _gateway_port(cloud: Cloud, router: Record) -> Record | None:
    return next((port for port in _ports(cloud, router) if port["device_owner"] == ROUTER_GATEWAY), None)


def _set_gateway(cloud: Cloud, token: Token, router: Record, requested: Any, action: str = "update_router") -> Record:
    if not isinstance(requested, dict) or "network_id" not in requested:
        message = "Invalid input for external_gateway_info. Reason: Validation of dictionary's keys failed."
        raise network_error(400, "HTTPBadRequest", message)
    known = {"network_id", "external_fixed_ips", "enable_snat"}
    if _SNAT in cloud.settings.disabled_extensions:
        known.remove("enable_snat")
    if unknown := requested.keys() - known:
        message = "Invalid input for external_gateway_info. Reason: Validation of dictionary's keys failed."
        raise network_error(400, "HTTPBadRequest", f"{message} Unexpected keys: {', '.join(sorted(unknown))}.")
    _check_gateway_rights(token, router, requested, action)
    network = NETWORKS.find(cloud, token, requested["network_id"])
    if not is_external(cloud, network):
        raise _bad_request(f"Network {network['id']} is not an external network")
    old = _gateway_port(cloud, router)
    fixed_ips = requested.get("external_fixed_ips") or None
    if old is not None and old["network_id"] != network["id"]:
        router = _clear_gateway(cloud, router)
        old = None
    if old is None:
        owner = {"device_id": router["id"], "device_owner": ROUTER_GATEWAY}
        port = service_port(cloud, "", network, **owner, fixed_ips=fixed_ips)
    else:
        port = readdressed(cloud, old, fixed_ips) if fixed_ips else old
    info = {"network_id": network["id"], "external_fixed_ips": port["fixed_ips"]}
    if _SNAT not in cloud.settings.disabled_extensions:
        info["enable_snat"] = requested.get("enable_snat", True)  # also where it was off: left out is the default
    return cloud.network.routers.put({**router, "external_gateway_info": info})


def _check_gateway_rights(token: Token, router: Record, requested: Record, action: str) -> None:
    """SNAT and addresses of a gateway are an admin's to choose."""
    if token.is_admin:
        return
    snat_stays = requested.get("enable_snat", True) == (router["external_gateway_info"] or {}).get("enable_snat", True)
    for name in ("enable_snat", "external_fixed_ips"):
        if name in requested and not (name == "enable_snat" and snat_stays):
            rule = f"{action}:external_gateway_info"
            raise disallowed(f"(rule:{action} and (rule:{rule} and rule:{rule}:{name}))")


def _clear_gateway(cloud: Cloud, router: Record) -> Record:
    port = _gateway_port(cloud, router)
    if port is None:
        return router
    if cloud.network.floating_ips.find("router_id", router["id"]):
        message = f"Gateway cannot be updated for router {router['id']}, since a gateway to external network"
        detail = f"{message} {port['network_id']} is required by one or more floating IPs."
        raise network_error(409, "RouterExternalGatewayInUseByFloatingIp", detail)
    discard(cloud, port)
    return cloud.network.routers.put({**router, "external_gateway_info": None})


def delete(cloud: Cloud, _token: Token, router: Record) -> None:
    if held := [port for port in _ports(cloud, router) if port["device_owner"] == ROUTER_INTERFACE]:
        ids = ",".join(port["id"] for port in held)
        raise network_error(409, "RouterInUse", f"Router {router['id']} has ports still attached: {ids}")
    _clear_gateway(cloud, router)
    cloud.network.routers.remove(router["id"])


def view(cloud: Cloud, router: Record) -> Record:
    zones = ["nova"] if router["external_gateway_info"] else []
    del cloud
    return {**router, "availability_zones": zones}


ROUTERS = Resource(
    singular="router",
    collection="routers",
    kind="Router",
    table=lambda cloud: cloud.network.routers,
    attributes=_ATTRIBUTES,
    create=create,
    update=update,
    delete=delete,
    view=view,
    extension="router",
)


def _interface_body(router: Record, port: Record, subnet_ids: list[str]) -> Record:
    return {
        "id": router["id"],
        "project_id": router["project_id"],
        "port_id": port["id"],
        "network_id": port["network_id"],
        "subnet_id": subnet_ids[0],
        "subnet_ids": subnet_ids,
    }


def _read(request: Request) -> tuple[str | None, str | None]:
    body = request.json()
    subnet_id, port_id = (body.get("subnet_id"), body.get("port_id")) if isinstance(body, dict) else (None, None)
    if subnet_id is None and port_id is None:
        raise _bad_request("Either subnet_id or port_id must be specified")
    return subnet_id, port_id


def add_interface(cloud: Cloud, request: Request) -> Response:
    """By subnet: a port on its gateway address. By port: that port, whole."""
    token = request.token
    router = ROUTERS.find_own(cloud, token, request.id, "add_router_interface_to")
    subnet_id, port_id = _read(request)
    if subnet_id is not None and port_id is not None:
        raise _bad_request("Cannot specify both subnet-id and port-id")
    if port_id is not None:
        port = _adopt(cloud, token, router, port_id)
    else:
        port = _interface_on(cloud, token, router, str(subnet_id))
    cloud.network.routers.put(bumped(cloud, router, {}))
    return Response(200, _interface_body(router, port, [ip["subnet_id"] for ip in port["fixed_ips"]]))


def _adopt(cloud: Cloud, token: Token, router: Record, port_id: str) -> Record:
    port = PORTS.find_own(cloud, token, port_id, "update")
    if port["device_id"]:
        message = "Unable to complete operation on port"
        message = f"{message} {port_id} for network {port['network_id']}. Port already has an attached device"
        raise network_error(409, "PortInUse", f"{message} {port['device_id']}.")
    if not port["fixed_ips"]:
        raise _bad_request("Router port must have at least one fixed IP")
    for ip in port["fixed_ips"]:
        _check_overlap(cloud, router, cloud.network.subnets[ip["subnet_id"]])
    changes = {
        "device_id": router["id"],
        "device_owner": ROUTER_INTERFACE,
        "status": "ACTIVE",
    }
    return cloud.network.ports.put(bumped(cloud, port, changes))


def _interface_on(cloud: Cloud, token: Token, router: Record, subnet_id: str) -> Record:
    subnet = SUBNETS.find(cloud, token, subnet_id)
    network = cloud.network.networks[subnet["network_id"]]
    if not own(cloud, token, network) and not is_shared(cloud, token, network):
        raise SUBNETS.not_found(subnet_id)
    if not subnet["gateway_ip"]:
        raise _bad_request("Subnet for router interface must have a gateway IP")
    _check_overlap(cloud, router, subnet)
    if ipaddress.ip_address(subnet["gateway_ip"]) not in ipaddress.ip_network(subnet["cidr"]):
        message = f"IP address {subnet['gateway_ip']} is not a valid IP for the specified subnet."
        raise network_error(400, "InvalidIpForSubnet", message)
    address = {"subnet_id": subnet["id"], "ip_address": subnet["gateway_ip"]}
    if cloud.network.ports.holds("address", (subnet["id"], subnet["gateway_ip"])):
        message = f"IP address {subnet['gateway_ip']} already allocated in subnet {subnet['id']}"
        raise network_error(409, "IpAddressAlreadyAllocated", message)
    return service_port(
        cloud,
        router["project_id"],
        network,
        device_id=router["id"],
        device_owner=ROUTER_INTERFACE,
        fixed_ips=[address],
    )


def _check_overlap(cloud: Cloud, router: Record, subnet: Record) -> None:
    net = ipaddress.ip_network(subnet["cidr"])
    for port in _ports(cloud, router):
        for ip in port["fixed_ips"]:
            other = cloud.network.subnets[ip["subnet_id"]]
            if other["ip_version"] == subnet["ip_version"] and net.overlaps(ipaddress.ip_network(other["cidr"])):
                message = f"Cidr {subnet['cidr']} of subnet {subnet['id']} overlaps with cidr {other['cidr']}"
                raise _bad_request(f"{message} of subnet {other['id']}")


def remove_interface(cloud: Cloud, request: Request) -> Response:
    """The port goes with the interface, also one that was there before."""
    router = ROUTERS.find_own(cloud, request.token, request.id, "remove_router_interface_from")
    subnet_id, port_id = _read(request)
    interfaces = [port for port in _ports(cloud, router) if port["device_owner"] == ROUTER_INTERFACE]
    if port_id is not None:
        found = next((port for port in interfaces if port["id"] == port_id), None)
        if found is None:
            message = f"Router {router['id']} does not have an interface with id {port_id}"
            raise network_error(404, "RouterInterfaceNotFound", message)
        if subnet_id is not None and subnet_id not in [ip["subnet_id"] for ip in found["fixed_ips"]]:
            message = f"Subnet on port {port_id} does not match the requested subnet {subnet_id}."
            raise network_error(400, "SubnetMismatchForPort", message)
    else:
        SUBNETS.find(cloud, request.token, str(subnet_id))
        found = next(
            (port for port in interfaces if any(ip["subnet_id"] == subnet_id for ip in port["fixed_ips"])), None
        )
        if found is None:
            message = f"Router {router['id']} has no interface on subnet {subnet_id}"
            raise network_error(404, "RouterInterfaceNotFoundForSubnet", message)
    _check_unused(cloud, router, found)
    subnet_ids = [ip["subnet_id"] for ip in found["fixed_ips"]]
    discard(cloud, found)
    cloud.network.routers.put(bumped(cloud, router, {}))
    return Response(200, _interface_body(router, found, subnet_ids))


def _check_unused(cloud: Cloud, router: Record, interface: Record) -> None:
    subnet_ids = {ip["subnet_id"] for ip in interface["fixed_ips"]}
    for floating in cloud.network.floating_ips.find("router_id", router["id"]):
        port = cloud.network.ports[floating["port_id"]]
        for ip in port["fixed_ips"]:
            if ip["ip_address"] == floating["fixed_ip_address"] and ip["subnet_id"] in subnet_ids:
                message = f"Router interface for subnet {ip['subnet_id']} on router {router['id']} cannot be deleted,"
                raise network_error(
                    409, "RouterInterfaceInUseByFloatingIP", f"{message} as it is required by one or more floating IPs."
                )
    for route in router["routes"]:
        for subnet_id in subnet_ids:
            cidr = cloud.network.subnets[subnet_id]["cidr"]
            if ipaddress.ip_address(route["nexthop"]) in ipaddress.ip_network(cidr):
                message = f"Router interface for subnet {subnet_id} on router {router['id']} cannot be deleted,"
                raise network_error(
                    409, "RouterInterfaceInUseByRoute", f"{message} as it is required by one or more routes."
                )


ROUTES = (
    Route("PUT", "/v2.0/routers/{id}/add_router_interface", add_interface),
    Route("PUT", "/v2.0/routers/{id}/remove_router_interface", remove_interface),
)
