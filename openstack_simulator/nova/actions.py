"""What can be done to a server by `POST /servers/{id}/action`."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.neutron.resource import bumped
from openstack_simulator.nova import (
    deferred_delete,
    instance_actions,
    keypairs,
    lifecycle,
    migrating,
    nics,
    rescuing,
    shelving,
    snapshots,
)
from openstack_simulator.nova.body import (
    Field,
    accept,
    anything,
    invalid,
    is_hostname,
    is_metadata,
    is_name,
    is_text,
    is_user_data,
    is_uuid,
    optional,
)
from openstack_simulator.nova.flavors import demand_admin
from openstack_simulator.nova.lifecycle import NO_HOST, NO_STATE, PAUSED, RUNNING, SHUTDOWN, SUSPENDED, fault_of
from openstack_simulator.nova.limits import demand
from openstack_simulator.nova.server_create import check_size, find_flavor, find_image
from openstack_simulator.nova.server_views import detailed
from openstack_simulator.nova.servers import find
from openstack_simulator.nova.states import ACCEPTED, Action, demand_state
from openstack_simulator.routing import Request, Response, Route

_REBUILD = {
    "imageRef": Field(is_uuid, required=True),
    "name": Field(is_name),
    "adminPass": Field(is_text),
    "metadata": Field(is_metadata),
    "OS-DCF:diskConfig": Field(is_text),
    "accessIPv4": Field(is_text),
    "accessIPv6": Field(is_text),
    "preserve_ephemeral": Field(anything),
    "personality": Field(anything, until=(2, 56)),
    "description": Field(optional(is_text), since=(2, 19)),
    "key_name": Field(optional(is_text), since=(2, 54)),
    "user_data": Field(optional(is_user_data), since=(2, 57)),
    "trusted_image_certificates": Field(anything, since=(2, 63)),
    "hostname": Field(is_hostname, since=(2, 90)),
}


def _timed(verb: str, task: str, states: tuple[str, ...], status: str, vm_state: str, power: int) -> Action:
    """An action that needs one of the states, takes a while and ends in another."""

    def action(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
        demand_state(server, verb, *states)
        lifecycle.settle(cloud, server, task, status=status, vm_state=vm_state, power_state=power, fault=None)
        return Response(ACCEPTED)

    return action


def _reboot(cloud: Cloud, _request: Request, server: Record, arguments: Any) -> Response:
    if not isinstance(arguments, dict) or "type" not in arguments:
        raise invalid("reboot", arguments, "'type' is a required property")
    kind = arguments["type"]
    if str(kind).upper() not in ("SOFT", "HARD"):
        raise invalid("type", kind, f"{kind!r} is not one of ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']")
    hard = str(kind).upper() == "HARD"
    demand_state(server, "reboot", "active", *(("stopped", "paused", "suspended", "error") if hard else ()))
    task, status = ("rebooting_hard", "HARD_REBOOT") if hard else ("rebooting", "REBOOT")
    lifecycle.settle(cloud, server, task, status, status="ACTIVE", vm_state="active", power_state=RUNNING, fault=None)
    return Response(ACCEPTED)


def _rebuild(cloud: Cloud, request: Request, server: Record, _arguments: Any) -> Response:
    values = accept(request, "rebuild", _REBUILD)
    demand_state(server, "rebuild", "active", "stopped", "error")
    image = find_image(cloud, request.token, values["imageRef"], "Cannot find image for rebuild")
    check_size(server["flavor"], image)
    if values.get("key_name") and not keypairs.find(cloud, server["user_id"], values["key_name"]):
        raise compute_error(400, "Invalid key_name provided.")
    names = ("name", "metadata", "description", "key_name", "user_data", "accessIPv4", "accessIPv6", "hostname")
    changes = {name: values[name] for name in names if name in values}
    stays_off = server["vm_state"] == "stopped"
    if server["image_id"] is not None:  # a server that boots from a volume shows none, before and after
        changes |= {"image_id": image["id"], "image_name": image["name"]}
    server = cloud.compute.servers.change(server["id"], **changes)
    final = ("SHUTOFF", "stopped", SHUTDOWN) if stays_off else ("ACTIVE", "active", RUNNING)
    if image["name"] == cloud.settings.fail_image:
        final = ("ERROR", "error", NO_STATE)
    fault = fault_of(cloud, NO_HOST) if final[0] == "ERROR" else None
    server = lifecycle.settle(
        cloud, server, "rebuilding", "REBUILD", status=final[0], vm_state=final[1], power_state=final[2], fault=fault
    )
    body = detailed(cloud, request, server, alone=True)
    body["adminPass"] = values.get("adminPass") or cloud.new_hex()[:12]
    if request.version >= (2, 57):
        body["user_data"] = server["user_data"]
    location = f"{request.base}/compute/v2.1/servers/{server['id']}"
    return Response(ACCEPTED, {"server": body}, {"Location": location})


def _resize(cloud: Cloud, request: Request, server: Record, arguments: Any) -> Response:
    if not isinstance(arguments, dict) or "flavorRef" not in arguments:
        raise compute_error(400, "Invalid input for field/attribute resize. 'flavorRef' is a required property")
    demand_state(server, "resize", "active", "stopped")
    flavor = find_flavor(cloud, request.token, arguments["flavorRef"])
    if flavor["id"] == server["flavor"]["id"]:
        raise compute_error(400, "When resizing, instances must change flavor!")
    if flavor["disk"] == 0 < server["flavor"]["disk"] and not server["volumes"]:
        raise compute_error(400, "Resize to zero disk flavor is not allowed.")
    more = {name: flavor[key] - server["flavor"][key] for name, key in (("cores", "vcpus"), ("ram", "ram"))}
    demand(cloud, server["project_id"], {name: number for name, number in more.items() if number > 0})
    lifecycle.start_resize(cloud, server, flavor=flavor)
    return Response(ACCEPTED)


def _confirm_resize(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    demand_state(server, "confirmResize", "resized")
    status, vm_state, power = server["resumes"]
    lifecycle.change(cloud, server, status=status, vm_state=vm_state, power_state=power, old_flavor=None)
    return Response(204)


def _revert_resize(cloud: Cloud, _request: Request, server: Record, _arguments: Any) -> Response:
    demand_state(server, "revertResize", "resized")
    status, vm_state, power = server["resumes"]
    lifecycle.settle(
        cloud,
        server,
        "resize_reverting",
        "REVERT_RESIZE",
        status=status,
        vm_state=vm_state,
        power_state=power,
        flavor=server["old_flavor"],
        old_flavor=None,
    )
    return Response(ACCEPTED)


def _console_output(_cloud: Cloud, _request: Request, server: Record, arguments: Any) -> Response:
    if server["host"] is None:
        raise compute_error(409, f"Instance {server['id']} is not ready")
    lines = [f"[    0.00000{number}] {server['name']}: simulated boot line {number}" for number in range(10)]
    length = arguments.get("length") if isinstance(arguments, dict) else None
    shown = lines if length is None or int(length) < 0 else lines[len(lines) - min(int(length), len(lines)) :]
    return Response(200, {"output": "\n".join(shown)})


def _lock(cloud: Cloud, request: Request, server: Record, arguments: Any) -> Response:
    """By its owner or an admin; a lock that is there stays whose it was."""
    owner = server["project_id"] == request.token.project_id
    if server["locked"] and owner:
        return Response(ACCEPTED)
    reason = arguments.get("locked_reason") if isinstance(arguments, dict) and request.version >= (2, 73) else None
    locked_by = "owner" if owner else "admin"
    cloud.compute.servers.change(server["id"], locked=True, locked_by=locked_by, locked_reason=reason)
    return Response(ACCEPTED)


def _unlock(cloud: Cloud, request: Request, server: Record, _arguments: Any) -> Response:
    if server["locked"] and server["locked_by"] == "admin":
        demand_admin(request, "os_compute_api:os-lock-server:unlock:unlock_override")
    cloud.compute.servers.change(server["id"], locked=False, locked_reason=None)
    return Response(ACCEPTED)


def _group_id(cloud: Cloud, server: Record, arguments: Any) -> str:
    name = arguments.get("name") if isinstance(arguments, dict) else None
    for group in cloud.network.security_groups.find("project_id", server["project_id"]):
        if name in (group["id"], group["name"]):
            return str(group["id"])
    raise compute_error(404, f"Security group {name} is not found for project {server['project_id']}")


def _add_security_group(cloud: Cloud, _request: Request, server: Record, arguments: Any) -> Response:
    group_id = _group_id(cloud, server, arguments)
    for port in nics.ports_of(cloud, server):
        if port["port_security_enabled"] and port["fixed_ips"] and group_id not in port["security_groups"]:
            groups = [*port["security_groups"], group_id]
            cloud.network.ports.put(bumped(cloud, port, {"security_groups": groups}))
    return Response(ACCEPTED)


def _remove_security_group(cloud: Cloud, _request: Request, server: Record, arguments: Any) -> Response:
    group_id = _group_id(cloud, server, arguments)
    ports = [port for port in nics.ports_of(cloud, server) if group_id in port["security_groups"]]
    if not ports:
        name = arguments["name"]
        raise compute_error(404, f"Security group {name} not associated with the instance {server['id']}")
    for port in ports:
        groups = [one for one in port["security_groups"] if one != group_id]
        cloud.network.ports.put(bumped(cloud, port, {"security_groups": groups}))
    return Response(ACCEPTED)


def _reset_state(cloud: Cloud, request: Request, server: Record, arguments: Any) -> Response:
    demand_admin(request, "os_compute_api:os-admin-actions:reset_state")
    active = isinstance(arguments, dict) and arguments.get("state") == "active"
    status, vm_state = ("ACTIVE", "active") if active else ("ERROR", "error")
    lifecycle.change(cloud, server, status=status, vm_state=vm_state, task_state=None)
    return Response(ACCEPTED)


ACTIONS: dict[str, Action] = {
    "os-start": _timed("start", "powering-on", ("stopped",), "ACTIVE", "active", RUNNING),
    "os-stop": _timed("stop", "powering-off", ("active", "error"), "SHUTOFF", "stopped", SHUTDOWN),
    "pause": _timed("pause", "pausing", ("active",), "PAUSED", "paused", PAUSED),
    "unpause": _timed("unpause", "unpausing", ("paused",), "ACTIVE", "active", RUNNING),
    "suspend": _timed("suspend", "suspending", ("active",), "SUSPENDED", "suspended", SUSPENDED),
    "resume": _timed("resume", "resuming", ("suspended",), "ACTIVE", "active", RUNNING),
    "reboot": _reboot,
    "rebuild": _rebuild,
    "resize": _resize,
    "confirmResize": _confirm_resize,
    "revertResize": _revert_resize,
    "os-getConsoleOutput": _console_output,
    "lock": _lock,
    "unlock": _unlock,
    "addSecurityGroup": _add_security_group,
    "removeSecurityGroup": _remove_security_group,
    "os-resetState": _reset_state,
    "createImage": snapshots.create_image,
    "shelve": shelving.shelve,
    "shelveOffload": shelving.offload,
    "unshelve": shelving.unshelve,
    "rescue": rescuing.rescue,
    "unrescue": rescuing.unrescue,
    "migrate": migrating.migrate,
    "os-migrateLive": migrating.migrate_live,
    "forceDelete": deferred_delete.force_delete,
    "restore": deferred_delete.restore,
}
_UNRECORDED = ("os-getConsoleOutput", "addSecurityGroup", "removeSecurityGroup", "os-resetState")
_ON_LOCKED = ("lock", "unlock", "os-getConsoleOutput", "createImage")


def act(cloud: Cloud, request: Request) -> Response:
    body = request.json()
    names = [name for name in body if name in ACTIONS] if isinstance(body, dict) else []
    if not names:
        name = next(iter(body), None) if isinstance(body, dict) else None
        raise compute_error(400, f"There is no such action: {name}")
    server = find(cloud, request)
    if server["locked"] and names[0] not in _ON_LOCKED and not request.token.is_admin:
        raise compute_error(409, f"Instance {server['id']} is locked")
    if names[0] not in _UNRECORDED:
        # Before it is carried out: what takes no time is finished at once. A refusal takes it back with all else.
        instance_actions.note(cloud, request.token, server["id"], names[0].removeprefix("os-"))
    return ACTIONS[names[0]](cloud, request, server, body[names[0]])


ROUTES = (Route("POST", "/v2.1/servers/{id}/action", act),)
