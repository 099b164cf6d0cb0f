"""Links to the consoles of servers: `POST /servers/{id}/remote-consoles`, since 2.6. No proxy listens behind them."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import compute_error
from openstack_simulator.nova.body import Check, Field, accept, invalid
from openstack_simulator.nova.servers import find
from openstack_simulator.routing import Request, Response, Route

SINCE: Final = (2, 6)
_WEBMKS_SINCE: Final = (2, 8)

_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "vnc": ("novnc", "xvpvnc"),
    "spice": ("spice-html5",),
    "rdp": ("rdp-html5",),
    "serial": ("serial",),
    "mks": ("webmks",),
}
"""The types of each protocol."""

_LINKS: Final = {
    "novnc": "http://{host}:6080/vnc_auto.html?path=%3Ftoken%3D{token}",
    "spice-html5": "http://{host}:6082/spice_auto.html?token={token}",
    "serial": "ws://{host}:6083/?token={token}",
}


def _one_of(names: tuple[str, ...]) -> Check:
    def check(value: Any) -> bool:
        return value in names

    return check


_FIELDS: Final = {
    "protocol": Field(_one_of(tuple(_TYPES)), required=True),
    "type": Field(_one_of(tuple(one for types in _TYPES.values() for one in types)), required=True),
}


def create_console(cloud: Cloud, request: Request) -> Response:
    if request.version < SINCE:
        raise compute_error(404, "The resource could not be found.")
    values = accept(request, "remote_console", _FIELDS)
    protocol, console = values["protocol"], values["type"]
    if protocol == "mks" and request.version < _WEBMKS_SINCE:
        raise invalid("protocol", protocol, f"{protocol!r} is not one of ['vnc', 'spice', 'rdp', 'serial']")
    server = find(cloud, request)
    if server["host"] is None:
        raise compute_error(409, f"Instance {server['id']} is not ready")
    if console not in _TYPES[protocol]:
        raise compute_error(400, f"Invalid console type {console}")
    if console not in cloud.settings.consoles or console not in _LINKS:
        raise compute_error(400, f"Unavailable console type {console}.")
    # Also for a server that is off, as Nova with libvirt does: the link then leads nowhere.
    host = urlsplit(request.base).hostname or "127.0.0.1"
    url = _LINKS[console].format(host=f"[{host}]" if ":" in host else host, token=cloud.new_id())
    return Response(200, {"remote_console": {"protocol": protocol, "type": console, "url": url}})


ROUTES = (Route("POST", "/v2.1/servers/{id}/remote-consoles", create_console),)
