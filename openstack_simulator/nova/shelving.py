"""Servers that are put aside: off, and after a while without a host, with an image of what was on them."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.nova import lifecycle, nics, snapshots
from openstack_simulator.nova.flavors import demand_admin
from openstack_simulator.nova.lifecycle import SHUTDOWN
from openstack_simulator.nova.server_groups import place
from openstack_simulator.nova.states import ACCEPTED, demand_state
from openstack_simulator.routing import Request, Response


def shelve(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    """One that boots from a volume has nothing to be kept, so it leaves its host in any case."""
    demand_state(server, "shelve", "active", "stopped", "paused", "suspended")
    if server["image_id"] is None:
        _leave_host(cloud, server, "shelving")
        return Response(ACCEPTED)
    image = snapshots.take(cloud, server, f"{server['name']}-shelved")
    started = lifecycle.change(cloud, server, task_state="shelving", shelved_image=image)

    def done(cloud: Cloud, server: Record) -> None:
        rest = {"status": "SHELVED", "vm_state": "shelved", "power_state": SHUTDOWN}
        server = lifecycle.change(cloud, server, task_state=None, **rest)
        patience = cloud.settings.offload_seconds
        if patience == 0:
            _leave_host(cloud, server, "shelving_offloading")
        elif patience > 0:
            lifecycle.after(cloud, patience, server, lambda cloud, one: _leave_host(cloud, one, "shelving_offloading"))

    lifecycle.after(cloud, cloud.settings.action_seconds, started, done)
    return Response(ACCEPTED)


def offload(cloud: Cloud, request: Request, server: Record, _arguments: Any) -> Response:
    demand_admin(request, "os_compute_api:os-shelve:shelve_offload")
    demand_state(server, "shelve_offload", "shelved")
    _leave_host(cloud, server, "shelving_offloading")
    return Response(ACCEPTED)


def _leave_host(cloud: Cloud, server: Record, task: str) -> None:
    """Its ports stay plugged in, but on no host."""

    def done(cloud: Cloud, server: Record) -> None:
        rest = {"status": "SHELVED_OFFLOADED", "vm_state": "shelved_offloaded", "power_state": SHUTDOWN}
        server = lifecycle.change(cloud, server, task_state=None, host=None, **rest)
        nics.rebind(cloud, server, None)

    lifecycle.after(cloud, cloud.settings.action_seconds, lifecycle.change(cloud, server, task_state=task), done)


def unshelve(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    """On a host of its own again; where there is none, it stays as it is."""
    demand_state(server, "unshelve", "shelved", "shelved_offloaded")
    host = server["host"] or place(cloud, cloud.compute.server_groups.get(server["group_id"]))
    image = server["shelved_image"]

    def done(cloud: Cloud, server: Record) -> None:
        if host is None:
            lifecycle.change(cloud, server, task_state=None)
            return
        server = lifecycle.change(cloud, server, host=host, planned_host=host, shelved_image=None)
        nics.rebind(cloud, server, host)
        snapshots.forget(cloud, image)
        lifecycle.activate(cloud, server)

    started = lifecycle.change(cloud, server, task_state="unshelving")
    lifecycle.after(cloud, cloud.settings.action_seconds, started, done)
    return Response(ACCEPTED)
