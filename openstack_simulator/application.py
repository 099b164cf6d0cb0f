"""From a request to an answer: which cloud, which service, whose token, which fault, which handler."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote

from openstack_simulator import faults, glance, keystone, settings
from openstack_simulator.cinder import routes as cinder
from openstack_simulator.cloud import Clock, Cloud
from openstack_simulator.errors import (
    ApiError,
    ConnectionDropped,
    compute_error,
    identity_error,
    image_error,
    network_error,
)
from openstack_simulator.identity import unauthorized
from openstack_simulator.neutron import routes as neutron
from openstack_simulator.nova import microversions, routes as nova
from openstack_simulator.routing import Request, Response, Route, Router
from openstack_simulator.traffic import Served, Traffic

_log = logging.getLogger(__name__)

JSON = "application/json"
READS = ("GET", "HEAD")
GARBAGE = b"<html><body>The gateway had a bad day"


@dataclass(frozen=True, slots=True)
class Service:
    """One API: its routes, how it refuses in general, and what it does around every handler."""

    name: str
    router: Router
    refuse: Callable[[int, str], ApiError]
    prepare: Callable[[Cloud, Request], Mapping[str, str]] | None = None
    hidden: Callable[[Cloud, Route], bool] | None = None
    asks_for_the_path_first: bool = False
    """Whether a path that there is not is disclosed to everyone; else only to who has a token."""


def _network_refusal(status: int, message: str) -> ApiError:
    kinds = {400: "HTTPBadRequest", 403: "PolicyNotAuthorized", 404: "HTTPNotFound", 405: "HTTPMethodNotAllowed"}
    return network_error(status, kinds.get(status, "HTTPInternalServerError"), message)


SERVICES = {
    "identity": Service("identity", Router(keystone.ROUTES), identity_error, asks_for_the_path_first=True),
    "network": Service("network", Router(neutron.ROUTES), _network_refusal, hidden=neutron.is_disabled),
    "compute": Service("compute", Router(nova.ROUTES), compute_error, prepare=microversions.negotiate),
    "block-storage": Service("block-storage", Router(cinder.ROUTES), compute_error, prepare=cinder.negotiate),
    "image": Service("image", Router(glance.ROUTES), image_error),
}


@dataclass(frozen=True, slots=True)
class RawRequest:
    """What came over the wire; header names are in lower case, `target` is path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class RawResponse:
    status: int
    headers: dict[str, str]
    body: bytes


class Application:
    """Answers requests from many threads."""

    def __init__(self, clouds: Mapping[str, Cloud], clock: Clock) -> None:
        self.clouds = clouds
        self.traffic = Traffic()
        self.faults = faults.Faults()
        self._clock = clock
        self._settings_lock = threading.Lock()

    def answer(self, raw: RawRequest, origin: str) -> RawResponse:
        """`origin` is how the client reached us (`http://host:port`). Raises ConnectionDropped."""
        path, _, query_text = raw.target.partition("?")
        head, _, rest = path.lstrip("/").partition("/")
        if head in ("", "_simulator"):
            return _encode(self._control(raw, rest))
        cloud = self.clouds.get(head)
        name, _, below = rest.partition("/")
        service = SERVICES.get(name)
        if cloud is None or service is None or service.name in cloud.settings.missing_services:
            return _encode(Response(404, {"error": {"code": 404, "message": "no such cloud or service"}}))
        request = Request(
            method=raw.method,
            path="/" + unquote(below),
            query=parse_qs(query_text, keep_blank_values=True) if query_text else {},
            headers=raw.headers,
            body=raw.body,
            base=f"{origin}/{head}",
        )
        return self._serve(cloud, service, request, origin)

    def _serve(self, cloud: Cloud, service: Service, request: Request, origin: str) -> RawResponse:
        start = self._clock()
        route, params, known = service.router.match(request.method, request.path)
        if route and service.hidden and service.hidden(cloud, route):
            route, known = None, False
        template = route.template if route else "unknown"
        status = 0
        try:
            request.params = params
            fault = self.faults.find(cloud.name, service.name, request.method, template)
            response = _encode(self._work(cloud, service, route, known, request, fault))
            response.headers["Date"] = formatdate(time.time() + cloud.settings.clock_skew, usegmt=True)
            status = response.status
        finally:
            end = self._clock()
            self.traffic.add(Served(start, end, cloud.name, service.name, request.method, template, status, origin))
        return response

    def _work(
        self,
        cloud: Cloud,
        service: Service,
        route: Route | None,
        known: bool,
        request: Request,
        fault: faults.Fault | None,
    ) -> Response:
        pause = cloud.settings.latency + (fault.delay if fault else 0.0)
        if pause > 0:
            time.sleep(pause)
        if fault is not None:
            if fault.drop == "before":
                raise ConnectionDropped
            if fault.status is not None:
                return _refusal(service, fault.status, fault.message)
            if fault.garbage:
                return Response(200, GARBAGE, {"Content-Type": JSON})
        response = _handle(cloud, service, route, known, request)
        if fault is not None and fault.drop == "after":
            raise ConnectionDropped
        return response

    def _control(self, raw: RawRequest, rest: str) -> Response:
        """The simulator's own routes: what it served, faults, settings."""
        match raw.method, rest.split("?", maxsplit=1)[0].split("/"):
            case "GET", [""]:
                clouds = {name: {"state": "ready", "auth_url": f"/{name}/identity/v3"} for name in self.clouds}
                return Response(200, {"clouds": clouds})
            case "GET", ["requests"]:
                return Response(200, self.traffic.counts())
            case "DELETE", ["requests"]:
                self.traffic.reset()
                return Response(204)
            case "GET", ["log"]:
                return Response(200, self.traffic.log())
            case "PUT", ["faults"]:
                return self._set_faults(raw.body)
            case "DELETE", ["faults"]:
                self.faults.set([])
                return Response(204)
            case "GET", ["clouds", name, "settings"] if name in self.clouds:
                return Response(200, settings.as_json(self.clouds[name].settings))
            case "PUT", ["clouds", name, "settings"] if name in self.clouds:
                return self._change_settings(self.clouds[name], raw.body)
        return Response(404, {"error": "the simulator has no such route"})

    def _set_faults(self, body: bytes) -> Response:
        try:
            self.faults.set(faults.parse(json.loads(body)))
        except (ValueError, TypeError) as error:
            return Response(400, {"error": str(error)})
        return Response(204)

    def _change_settings(self, cloud: Cloud, body: bytes) -> Response:
        try:
            with self._settings_lock:
                cloud.settings = settings.changed(cloud.settings, json.loads(body))
        except ValueError as error:
            return Response(400, {"error": str(error)})
        return Response(200, settings.as_json(cloud.settings))


def _handle(cloud: Cloud, service: Service, route: Route | None, known: bool, request: Request) -> Response:
    """The handler's answer, or the service's refusal."""
    extra: Mapping[str, str] = {}
    try:
        if service.prepare:
            extra = service.prepare(cloud, request)
        response = _locked(cloud, service, route, known, request)
    except ApiError as error:
        response = Response(error.status, error.body, dict(error.headers))
    except json.JSONDecodeError:
        response = _refusal(service, 400, "The server could not comply with the request since it is malformed.")
    except Exception:  # noqa: BLE001  (a handler's bug must read as a fault of the cloud, not as a lost connection)
        _log.exception("A handler of the simulator failed")
        response = _refusal(service, 500, "The simulator has a bug; its log says more.")
    for name, value in extra.items():
        response.headers.setdefault(name, value)
    return response


def _locked(cloud: Cloud, service: Service, route: Route | None, known: bool, request: Request) -> Response:
    """All that reads the cloud or changes it."""
    with cloud.lock:
        cloud.advance()
        if route is None and service.asks_for_the_path_first:
            raise _unknown(service, known)
        request.caller = cloud.identity.token(request.headers.get("x-auth-token"), cloud.now())
        if request.caller is None and not (route and route.open):
            refusal = unauthorized()
            refusal.headers["WWW-Authenticate"] = f'Keystone uri="{request.base}/identity"'
            raise refusal
        if route is None:
            raise _unknown(service, known)
        if request.caller and request.caller.only_reads and request.method not in READS and service.name != "identity":
            raise service.refuse(403, f"{request.method} {route.template} is disallowed by policy")
        with cloud.journal.transaction():
            return route.handler(cloud, request)


def _refusal(service: Service, status: int, message: str) -> Response:
    error = service.refuse(status, message)
    return Response(error.status, error.body, dict(error.headers))


def _unknown(service: Service, known: bool) -> ApiError:
    if known:
        return service.refuse(405, "The method is not allowed for this resource.")
    return service.refuse(404, "The resource could not be found.")


def _encode(response: Response) -> RawResponse:
    body: Any = response.body
    if body is None:
        return RawResponse(response.status, response.headers, b"")
    if isinstance(body, bytes):
        response.headers.setdefault("Content-Type", "application/octet-stream")
        return RawResponse(response.status, response.headers, body)
    if isinstance(body, str):
        return RawResponse(response.status, response.headers, body.encode())
    response.headers.setdefault("Content-Type", JSON)
    return RawResponse(response.status, response.headers, json.dumps(body).encode())
