"""What was done to a server, by whom and how long it took: the newest first, as `os-instance-actions` shows it."""

from collections.abc import Callable

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.identity import Token
from openstack_simulator.routing import Request, Response, Route

_SINCE_UPDATED_AT = (2, 58)


def note(cloud: Cloud, token: Token, server_id: str, action: str) -> None:
    """An action that the service has accepted; `finish` shows when it was done."""
    now = _now(cloud)
    request_id = f"req-{cloud.new_id()}"
    cloud.compute.instance_actions.put(
        {
            "id": request_id,
            "action": action,
            "instance_uuid": server_id,
            "message": None,
            "project_id": token.project_id,
            "request_id": request_id,
            "start_time": now,
            "updated_at": now,
            "user_id": token.user.id,
        }
    )


def finish(cloud: Cloud, server_id: str) -> None:
    """The newest action on the server is done now."""
    if found := cloud.compute.instance_actions.find("server", server_id):
        cloud.compute.instance_actions.change(found[-1]["id"], updated_at=_now(cloud))


def recorded(action: str, handler: Callable[[Cloud, Request], Response]) -> Callable[[Cloud, Request], Response]:
    """The handler, with its action noted when it accepted it."""

    def handle(cloud: Cloud, request: Request) -> Response:
        response = handler(cloud, request)
        note(cloud, request.token, request.id, action)
        return response

    return handle


def list_actions(cloud: Cloud, request: Request) -> Response:
    server = cloud.compute.servers.get(request.id)
    if server is None or (server["project_id"] != request.token.project_id and not request.token.is_admin):
        raise compute_error(404, f"Instance {request.id} could not be found.")
    found = reversed(cloud.compute.instance_actions.find("server", request.id))
    return Response(200, {"instanceActions": [_view(request, one) for one in found]})


def _view(request: Request, action: Record) -> Record:
    hidden = {"id"} if request.version >= _SINCE_UPDATED_AT else {"id", "updated_at"}
    return {name: value for name, value in action.items() if name not in hidden}


def _now(cloud: Cloud) -> str:
    return cloud.timestamp().rstrip("Z") + ".000000"


ROUTES = (Route("GET", "/v2.1/servers/{id}/os-instance-actions", list_actions),)
