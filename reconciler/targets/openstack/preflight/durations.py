"""How long such steps took on this cloud: what Nova reports of existing servers, and how fast it answers.

The listing reports of builds, each server by itself of what was done to it later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from statistics import median
from typing import Any

from reconciler.model import Action, Durations
from reconciler.targets.openstack.kinds.port import PORTS
from reconciler.targets.openstack.kinds.users import SERVERS as LISTED
from reconciler.targets.openstack.preflight.asked import Asked, NotReported
from reconciler.targets.openstack.preflight.builds import UNKNOWN_SPREAD, Builds, batches_of, builds_of

SERVERS = 5
"""So many servers are asked for what was done to them: one request each."""

_NEWEST = 60
"""So many servers are asked for their ports, in one request whose address has to stay short."""

_ACTIONS = frozenset({"resize", "rebuild", "reboot", "stop"})
"""The actions of Nova that steps wait for; steps have the same words."""


def durations(asked: Asked) -> Durations | None:
    """Compute v2.1, os-instance-actions; None where nothing was asked yet that shows how fast the cloud answers."""
    call = asked.connection.answers_in()
    if not asked.steps or call is None:
        return None
    steps = [step for step in asked.plan.steps.values() if step.key.kind == "server"]
    taken: defaultdict[str, list[float]] = defaultdict(list)
    timed = {Action.CREATE, Action.DELETE}
    builds = _builds(asked) if any(step.action in timed for step in steps) else None
    if any(step.action is Action.UPDATE for step in steps):
        servers = (one for key, one in asked.world.observed.items() if key.kind == "server" and one.ready)
        for server in islice(servers, SERVERS):
            try:
                actions = asked.get("compute", f"/servers/{server.id}/os-instance-actions", "instanceActions")
            except NotReported:
                continue
            for action in actions:
                if action["action"] in _ACTIONS and action.get("updated_at"):
                    taken[action["action"]].append(_seconds(action["start_time"], action["updated_at"]))
    known = {word: median(all_of) for word, all_of in taken.items()}
    if builds is None:
        return Durations(call, known, spread=UNKNOWN_SPREAD, observation=asked.world.seconds)
    known["create"] = builds.build
    return Durations(call, known, builds.spacing, builds.spread, asked.world.seconds)


def _builds(asked: Asked) -> Builds | None:
    try:
        servers = asked.items(LISTED)
    except NotReported:
        return None
    return builds_of(batches_of(servers, _ports_of(asked, servers) if servers else ()))


def _ports_of(asked: Asked, servers: Iterable[Any]) -> list[Any]:
    """When the ports of the newest servers were made; none where the cloud does not report it."""
    newest = sorted(servers, key=lambda server: str(server.get("created")), reverse=True)[:_NEWEST]
    query = {"device_id": [server.get("id") for server in newest], "fields": ["id", "device_id", "created_at"]}
    try:
        found = asked.get(PORTS.service, PORTS.path, PORTS.collection, query)
    except NotReported:
        return []
    return found if isinstance(found, list) else []


def _seconds(start: str, end: str) -> float:
    return max(0.0, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
