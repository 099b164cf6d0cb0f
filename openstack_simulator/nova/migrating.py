"""Servers that an admin takes to another host."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova import lifecycle, nics
from openstack_simulator.nova.flavors import demand_admin
from openstack_simulator.nova.states import ACCEPTED, demand_state
from openstack_simulator.routing import Request, Response

_POLICY = "os_compute_api:os-migrate-server"


def _other_host(cloud: Cloud, server: Record) -> str:
    hosts = [f"compute-{number}" for number in range(1, cloud.settings.hosts + 1)]
    others = [host for host in hosts if host != server["host"]]
    if not others:
        raise compute_error(400, lifecycle.NO_HOST)
    return others[0]


def migrate(cloud: Cloud, request: Request, server: Record, _arguments: Any) -> Response:
    """A resize to the flavor that it has: it is to be confirmed."""
    demand_admin(request, f"{_POLICY}:migrate")
    demand_state(server, "migrate", "active", "stopped")
    lifecycle.start_resize(cloud, server, host=_other_host(cloud, server))
    return Response(ACCEPTED)


def migrate_live(cloud: Cloud, request: Request, server: Record, _arguments: Any) -> Response:
    demand_admin(request, f"{_POLICY}:migrate_live")
    demand_state(server, "live_migrate", "active", "paused")
    host = _other_host(cloud, server)
    started = lifecycle.change(cloud, server, task_state="migrating", status="MIGRATING")

    def done(cloud: Cloud, moved: Record) -> None:
        moved = lifecycle.change(cloud, moved, task_state=None, status=server["status"], host=host, planned_host=host)
        nics.rebind(cloud, moved, host)

    lifecycle.after(cloud, cloud.settings.action_seconds, started, done)
    return Response(ACCEPTED)
