"""Which microversion a request speaks, and the documents that list them for a client."""

from collections.abc import Mapping

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.versions import parse

LEAST = (2, 1)


def negotiate(cloud: Cloud, request: Request) -> Mapping[str, str]:
    """Sets the request's version; the answer's headers that name it. 406 when it is out of range."""
    asked = _asked(request.headers)
    most = parse(cloud.settings.max_microversion)
    request.version = LEAST if asked is None else most if asked == "latest" else parse(asked)
    if not LEAST <= request.version <= most:
        message = f"Version {asked} is not supported by the API. Minimum is 2.1 and maximum is {text(most)}."
        raise compute_error(406, message)
    return {
        "OpenStack-API-Version": f"compute {text(request.version)}",
        "X-OpenStack-Nova-API-Version": text(request.version),
        "Vary": "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
    }


def _asked(headers: Mapping[str, str]) -> str | None:
    for part in headers.get("openstack-api-version", "").split(","):
        service, _, version = part.strip().partition(" ")
        if service == "compute":
            return version.strip()
    return headers.get("x-openstack-nova-api-version")


def text(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _documents(cloud: Cloud, base: str) -> list[Record]:
    def document(number: str, status: str, most: str, least: str) -> Record:
        return {
            "id": number,
            "status": status,
            "version": most,
            "min_version": least,
            "updated": "2013-07-23T11:33:21Z",
            "links": [{"rel": "self", "href": f"{base}/compute/{number}/"}],
        }

    return [
        document("v2.0", "SUPPORTED", "", ""),
        document("v2.1", "CURRENT", cloud.settings.max_microversion, text(LEAST)),
    ]


def list_versions(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"versions": _documents(cloud, request.base)})


def show_version(cloud: Cloud, request: Request) -> Response:
    types = [{"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}]
    return Response(200, {"version": {**_documents(cloud, request.base)[1], "media-types": types}})


ROUTES = (
    Route("GET", "/", list_versions, open=True),
    Route("GET", "/v2.1", show_version, open=True),
)
