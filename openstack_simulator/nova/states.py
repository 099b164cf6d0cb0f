"""In which states an action is taken of a server."""

from collections.abc import Callable
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request, Response

Action = Callable[[Cloud, Request, Record, Any], Response]
ACCEPTED = 202


def demand_state(server: Record, verb: str, *states: str) -> None:
    """409 in another state, or while a task runs."""
    where = f"Cannot '{verb}' instance {server['id']} while it is in"
    if server["vm_state"] not in states:
        raise compute_error(409, f"{where} vm_state {server['vm_state']}")
    if server["task_state"] is not None:
        raise compute_error(409, f"{where} task_state {server['task_state']}")
    if not server["launched_at"]:
        raise compute_error(409, f"Cannot '{verb}' an instance which has never been active")
