"""Servers that run from another image for a while, so that their own disk can be repaired."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova import lifecycle
from openstack_simulator.nova.lifecycle import RUNNING
from openstack_simulator.nova.states import ACCEPTED, demand_state
from openstack_simulator.routing import Request, Response


def rescue(cloud: Cloud, _request: Request, server: Record, arguments: Any) -> Response:
    """200, although it takes a while."""
    demand_state(server, "rescue", "active", "stopped", "error")
    given = arguments if isinstance(arguments, dict) else {}
    image = given.get("rescue_image_ref")
    if image is not None and image not in cloud.images:
        raise compute_error(400, f"Requested rescue image '{image}' is not supported")
    if server["image_id"] is None:
        message = f"Instance {server['id']} cannot be rescued: Cannot rescue a volume-backed instance"
        raise compute_error(400, message)
    lifecycle.settle(cloud, server, "rescuing", status="RESCUE", vm_state="rescued", power_state=RUNNING)
    return Response(200, {"adminPass": given.get("adminPass") or cloud.new_hex()[:12]})


def unrescue(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    demand_state(server, "unrescue", "rescued")
    lifecycle.settle(cloud, server, "unrescuing", status="ACTIVE", vm_state="active", power_state=RUNNING)
    return Response(ACCEPTED)
