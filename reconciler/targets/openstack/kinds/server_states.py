"""Which action Nova takes of a server in which state: `check_instance_state` of its API, by its statuses.

docs/servers.md has the same for people. A server that never ran, as its first build failed, takes none but its delete.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import Impact, State
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.rest import Index, Json

LAUNCHED = "OS-SRV-USG:launched_at"
TASK = "OS-EXT-STS:task_state"

UNCONFIRMED = "VERIFY_RESIZE"
SOFT_DELETED = "SOFT_DELETED"
"""Deleted, and kept by the operator for a while: Nova lists it no more, and still shows it by its id."""

STATES: Mapping[str, State] = {
    "ACTIVE": State.READY,
    UNCONFIRMED: State.READY,
    "SHUTOFF": State.STOPPED,
    "PAUSED": State.STOPPED,
    "SUSPENDED": State.STOPPED,
    "SHELVED": State.STOPPED,
    "SHELVED_OFFLOADED": State.STOPPED,
    "RESCUE": State.STOPPED,
    "ERROR": State.ERROR,
    "DELETED": State.DELETING,
    SOFT_DELETED: State.DELETING,
}
"""What a server is taken for by its status; by any other one as building."""

AT_REST = frozenset(status for status, state in STATES.items() if state is State.STOPPED)

TAKEN_IN: Mapping[Impact, frozenset[str]] = {
    Impact.REBOOT: frozenset({"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "ERROR"}),
    Impact.REBUILD: frozenset({"ACTIVE", "SHUTOFF", "ERROR"}),
    Impact.RESIZE: frozenset({"ACTIVE", "SHUTOFF"}),
}
"""The statuses in which an action is taken; a reboot is a hard one."""

_LONGEST_REASON = 100

_MOVING_TASKS = frozenset(
    {"powering-on", "powering-off", "pausing", "unpausing", "suspending", "resuming", "rescuing", "unrescuing"}
    | {"shelving", "shelving_image_pending_upload", "shelving_image_uploading", "shelving_offloading", "unshelving"}
)
"""Tasks that lead to another status, while the one of before is still reported."""


def state_of_task(server: Json) -> State | None:
    """How a server is doing where a task of it goes before its status; None where none does."""
    task = server.get(TASK)
    if task == "deleting":
        return State.DELETING
    if task in _MOVING_TASKS or (task and server["status"] == UNCONFIRMED):
        # A resize that is just ending: Nova would not take its confirmation yet.
        return State.BUILDING
    return None


def never_ran(server: Json) -> bool:
    """Whether its first build failed: there is nothing on it that could be lost."""
    return bool(server["status"] == "ERROR" and server.get(LAUNCHED, "untold") is None)


def lock_of(server: Json) -> str:
    """What to say of a server that is locked, of which Nova takes nothing from a member, even no delete; else ""."""
    if not server.get("locked"):
        return ""
    reason = server.get("locked_reason") or ""
    text = f" ({reason[:_LONGEST_REASON]})" if reason else ""
    return f"server {server['name']} is locked{text}"


def locked(index: Index, server: str) -> str:
    """The same of a server by its id: nothing is taken out of one that is locked."""
    locks = ((one["id"], lock) for one in index.items[SERVERS] if (lock := lock_of(one)))
    return "".join(index.table("locks by server", locks).get(server, ())[:1])


def refused(server: Json) -> dict[Impact, str]:
    """What Nova would refuse to do to the server as it is, each with the reason."""
    if lock := lock_of(server):
        return dict.fromkeys(Impact, lock)
    if never_ran(server):
        return {impact: f"Nova takes no {impact} of a server that never ran" for impact in TAKEN_IN}
    status = server["status"]
    if STATES.get(status) not in {State.STOPPED, State.ERROR}:
        return {}
    return {
        impact: f"Nova takes no {impact} of a server that is {status}"
        for impact, statuses in TAKEN_IN.items()
        if status not in statuses
    }
