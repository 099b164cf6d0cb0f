"""How servers come, change and go over time.

Each timed step carries the `epoch` of the server it was planned for; whatever happened to the server since makes the
step void.
"""

from collections.abc import Callable
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.nova import block_devices, instance_actions, nics

RUNNING, SHUTDOWN, PAUSED, SUSPENDED, NO_STATE = 1, 4, 3, 7, 0
NO_HOST = "No valid host was found. There are not enough hosts available."


def change(cloud: Cloud, server: Record, **values: object) -> Record:
    """The next state; steps planned earlier become void."""
    return cloud.compute.servers.change(server["id"], epoch=server["epoch"] + 1, updated=cloud.timestamp(), **values)


def after(cloud: Cloud, seconds: float, server: Record, step: Callable[[Cloud, Record], None]) -> None:
    """Take a step later, if nothing else happened to the server."""
    identifier, epoch = server["id"], server["epoch"]

    def due() -> None:
        current = cloud.compute.servers.get(identifier)
        if current is not None and current["epoch"] == epoch:
            step(cloud, current)

    cloud.later(seconds, due)


def start_build(cloud: Cloud, server: Record, failure: str | None) -> None:
    """BUILD through scheduling, networking and spawning to ACTIVE, or to ERROR with this message."""
    third = cloud.settings.build_seconds / 3

    def networking(cloud: Cloud, server: Record) -> None:
        after(cloud, third, change(cloud, server, task_state="networking", host=server["planned_host"]), spawning)

    def spawning(cloud: Cloud, server: Record) -> None:
        block_devices.attach_all(cloud, server)
        after(cloud, third, change(cloud, server, task_state="spawning"), activate)

    def fail(cloud: Cloud, server: Record) -> None:
        set_error(cloud, server, failure or NO_HOST)

    after(cloud, third, server, fail if failure else networking)


def activate(cloud: Cloud, server: Record) -> None:
    launched = server["launched_at"] or cloud.timestamp().rstrip("Z") + ".000000"
    server = change(
        cloud, server, status="ACTIVE", vm_state="active", task_state=None, power_state=RUNNING, launched_at=launched,
        progress=0,
    )  # fmt: skip
    nics.set_status(cloud, server, "ACTIVE")
    instance_actions.finish(cloud, server["id"])


def set_error(cloud: Cloud, server: Record, message: str) -> None:
    fault = fault_of(cloud, message)
    change(cloud, server, status="ERROR", vm_state="error", task_state=None, power_state=NO_STATE, fault=fault)


def fault_of(cloud: Cloud, message: str) -> Record:
    return {"code": 500, "created": cloud.timestamp(), "message": message}


def start_delete(cloud: Cloud, server: Record) -> None:
    """The server is seen as deleting for a while, then it is gone."""
    if server["task_state"] == "deleting":
        return
    after(cloud, cloud.settings.delete_seconds, change(cloud, server, task_state="deleting"), remove)


def remove(cloud: Cloud, server: Record) -> None:
    nics.release_all(cloud, server)
    block_devices.release_all(cloud, server)
    if server["shelved_image"] in cloud.images:
        cloud.images.remove(server["shelved_image"])
    cloud.compute.servers.remove(server["id"])
    for action in cloud.compute.instance_actions.find("server", server["id"]):
        cloud.compute.instance_actions.remove(action["id"])


def settle(cloud: Cloud, server: Record, task: str, meanwhile: str | None = None, **final: object) -> Record:
    """A task that takes the cloud's time for actions, under the status `meanwhile`, and ends in the final values."""

    def done(cloud: Cloud, server: Record) -> None:
        server = change(cloud, server, task_state=None, **final)
        instance_actions.finish(cloud, server["id"])
        if final.get("power_state") == RUNNING:
            nics.set_status(cloud, server, "ACTIVE")

    started = change(cloud, server, task_state=task, status=meanwhile or server["status"])
    after(cloud, cloud.settings.action_seconds, started, done)
    return started


def start_resize(cloud: Cloud, server: Record, **moved: Any) -> Record:
    """A resize or a migration, which ends in a state that is to be confirmed. ``moved``: what is otherwise then."""
    return settle(
        cloud,
        server,
        "resize_prep",
        "RESIZE",
        status="VERIFY_RESIZE",
        vm_state="resized",
        old_flavor=server["flavor"],
        resumes=(server["status"], server["vm_state"], server["power_state"]),
        **moved,
    )
