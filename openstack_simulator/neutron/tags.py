"""Tags: set as a whole or one at a time, on every resource that has them."""

from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, invalid_input, network_error
from openstack_simulator.neutron.resource import Resource, bumped, path_of
from openstack_simulator.routing import Request, Response, Route

MOST_TAGS = 50
LONGEST_TAG = 255


def tag_routes(resource: Resource) -> list[Route]:
    """The routes for the tags of one collection."""

    def keep(cloud: Cloud, record: Record, tags: list[str]) -> None:
        if len(tags) > MOST_TAGS:
            message = (
                f"Bad {resource.collection} request: The number of tags exceed the per-resource limit of {MOST_TAGS}."
            )
            raise network_error(400, "BadRequest", message)
        if tags != record["tags"]:
            resource.table(cloud).put(bumped(cloud, record, {"tags": tags}))

    def found(cloud: Cloud, request: Request) -> Record:
        return resource.find(cloud, request.token, request.id)

    def own(cloud: Cloud, request: Request) -> Record:
        return resource.find_own(cloud, request.token, request.id, "update_tags_of")

    def list_tags(cloud: Cloud, request: Request) -> Response:
        return Response(200, {"tags": found(cloud, request)["tags"]})

    def replace_tags(cloud: Cloud, request: Request) -> Response:
        tags = _tags_of(request)
        keep(cloud, own(cloud, request), tags)
        return Response(200, {"tags": tags})

    def add_tags(cloud: Cloud, request: Request) -> Response:
        record = own(cloud, request)
        added = _tags_of(request)
        keep(cloud, record, _checked([*record["tags"], *added]))
        return Response(200, {"tags": added})

    def clear_tags(cloud: Cloud, request: Request) -> Response:
        keep(cloud, own(cloud, request), [])
        return Response(204)

    def show_tag(cloud: Cloud, request: Request) -> Response:
        _demand(found(cloud, request), request.params["tag"])
        return Response(204)

    def add_tag(cloud: Cloud, request: Request) -> Response:
        record = own(cloud, request)
        keep(cloud, record, _checked([*record["tags"], request.params["tag"]]))
        return Response(201)

    def remove_tag(cloud: Cloud, request: Request) -> Response:
        record = own(cloud, request)
        _demand(record, request.params["tag"])
        keep(cloud, record, [tag for tag in record["tags"] if tag != request.params["tag"]])
        return Response(204)

    root = path_of(resource) + "/{id}/tags"
    return [
        Route("GET", root, list_tags),
        Route("POST", root, add_tags),
        Route("PUT", root, replace_tags),
        Route("DELETE", root, clear_tags),
        Route("GET", root + "/{tag}", show_tag),
        Route("PUT", root + "/{tag}", add_tag),
        Route("DELETE", root + "/{tag}", remove_tag),
    ]


def _demand(record: Record, tag: str) -> None:
    if tag not in record["tags"]:
        raise network_error(404, "TagNotFound", f"Tag {tag} could not be found.")


def _tags_of(request: Request) -> list[str]:
    body = request.json()
    if not isinstance(body, dict) or "tags" not in body:
        raise invalid_input("Invalid tags body")
    return _checked(body["tags"])


def _checked(tags: Any) -> list[str]:
    """Without doubles, in the order given."""
    if not isinstance(tags, list):
        raise invalid_input(f"'{tags}' is not a list")
    for tag in tags:
        if not isinstance(tag, str) or not tag:
            raise invalid_input(f"'{tag}' is not a valid string")
        if len(tag) > LONGEST_TAG:
            raise invalid_input(f"'{tag}' exceeds maximum length of {LONGEST_TAG}")
    return list(dict.fromkeys(tags))
