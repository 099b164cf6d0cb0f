"""Servers that were deleted and may still be restored, where the operator keeps them for a while."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.nova import lifecycle
from openstack_simulator.nova.lifecycle import RUNNING
from openstack_simulator.nova.states import ACCEPTED, demand_state
from openstack_simulator.routing import Request, Response


def delete(cloud: Cloud, server: Record) -> None:
    """For a while it can be restored, if it ever ran; a second delete is the last."""
    patience = cloud.settings.reclaim_seconds
    if patience <= 0 or not server["launched_at"] or server["vm_state"] == "soft-delete":
        lifecycle.start_delete(cloud, server)
        return

    def done(cloud: Cloud, server: Record) -> None:
        server = lifecycle.change(cloud, server, task_state=None, status="SOFT_DELETED", vm_state="soft-delete")
        lifecycle.after(cloud, patience, server, lifecycle.start_delete)

    started = lifecycle.change(cloud, server, task_state="soft-deleting")
    lifecycle.after(cloud, cloud.settings.delete_seconds, started, done)


def force_delete(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    lifecycle.start_delete(cloud, server)
    return Response(ACCEPTED)


def restore(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    demand_state(server, "restore", "soft-delete")
    lifecycle.settle(cloud, server, "restoring", status="ACTIVE", vm_state="active", power_state=RUNNING)
    return Response(ACCEPTED)
