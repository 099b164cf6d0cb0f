"""Tags: set as a whole or one at a time, on every resource that has them."""

from typing import Any

from reconciler.simulator.cloud import Cloud
from reconciler.simulator.errors import Record, network_error
from reconciler.simulator.routing import Request, Response, Route

from .resource import Resource, bumped, path_of

MOST_TAGS = 50
LONGEST_TAG = 255


def tag_routes(resource: Resource) -> list[Route]:
    """The routes for the tags of one collection."""

    def keep(cloud: Cloud, record: Record, tags: list[str]) -> None:
        if len(tags) > MOST_TAGS:
            message = f"Invalid input for operation: a resource may have {MOST_TAGS} tags at most."
            raise network_error(400, "InvalidInput", message)
        if tags != record["tags"]:
            resource.table(cloud).put(bumped(cloud, record, {"tags": tags}))

    def found(cloud: Cloud, request: Request) -> Record:
        return resource.find(cloud, request.token, request.id)

    def own(cloud: Cloud, request: Request) -> Record:
        return resource.find_own(cloud, request.token, request.id, "update_tags_of")

    def list_tags(cloud: Cloud, request: Request) -> Response:
        return Response(200, {"tags": found(cloud, request)["tags"]})

    def replace_tags(cloud: Cloud, request: Request) -> Response:
        body = request.json()
        tags = _checked(body.get("tags") if isinstance(body, dict) else None)
        keep(cloud, own(cloud, request), tags)
        return Response(200, {"tags": tags})

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
        Route("PUT", root, replace_tags),
        Route("DELETE", root, clear_tags),
        Route("GET", root + "/{tag}", show_tag),
        Route("PUT", root + "/{tag}", add_tag),
        Route("DELETE", root + "/{tag}", remove_tag),
    ]


def _demand(record: Record, tag: str) -> None:
    if tag not in record["tags"]:
        raise network_error(404, "TagNotFound", f"Tag {tag} could not be found.")


def _checked(tags: Any) -> list[str]:
    if not isinstance(tags, list):
        raise network_error(400, "HTTPBadRequest", "Invalid tags body")
    for tag in tags:
        if not isinstance(tag, str) or not 1 <= len(tag) <= LONGEST_TAG or "/" in tag or "," in tag:
            raise network_error(400, "HTTPBadRequest", f"Invalid input for tags. Reason: '{tag}' is not a valid tag.")
    return sorted(set(tags))
