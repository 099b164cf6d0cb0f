"""The five operations that every collection of Neutron shares; what differs is data in a `Resource`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, network_error
from openstack_simulator.identity import Token
from openstack_simulator.neutron import query
from openstack_simulator.neutron.attributes import Attribute, accept, forbidden
from openstack_simulator.neutron.limits import demand_quota
from openstack_simulator.routing import Request, Response, Route
from openstack_simulator.tables import Table

Create = Callable[[Cloud, Token, Record], Record]
Update = Callable[[Cloud, Token, Record, Record], Record]
Delete = Callable[[Cloud, Token, Record], None]
Visible = Callable[[Cloud, Token, Record], bool]
View = Callable[[Cloud, Record], Record]


def own(_cloud: Cloud, token: Token, record: Record) -> bool:
    return token.is_admin or record["project_id"] == token.project_id


def as_stored(_cloud: Cloud, record: Record) -> Record:
    return record


@dataclass(frozen=True, slots=True)
class Resource:
    """One collection.

    `create` completes checked values and stores them, `update` stores checked changes, `delete` removes; each raises
    Neutron's refusals. `view` is what a reader sees of a record, `missing` what a 404 says; `shared` whether it is
    given to the reader, where that may be said of each project.
    """

    singular: str
    collection: str
    kind: str
    table: Callable[[Cloud], Table]
    attributes: Mapping[str, Attribute]
    create: Create
    update: Update
    delete: Delete
    visible: Visible = own
    view: View = as_stored
    shared: Visible | None = None
    extension: str | None = None
    missing: str = ""
    taggable: bool = True
    before_list: Callable[[Cloud, Token], object] | None = None
    path: str = ""

    def not_found(self, identifier: str) -> ApiError:
        words = self.missing or self.kind + " {} could not be found."
        return network_error(404, f"{self.kind}NotFound", words.format(identifier))

    def find(self, cloud: Cloud, token: Token, identifier: str) -> Record:
        """The record if this caller may see it."""
        record = self.table(cloud).get(identifier)
        if record is None or not self.visible(cloud, token, record):
            raise self.not_found(identifier)
        return record

    def find_own(self, cloud: Cloud, token: Token, identifier: str, action: str) -> Record:
        """The record if this caller may change it."""
        record = self.find(cloud, token, identifier)
        if not own(cloud, token, record):
            raise forbidden(f"{action}_{self.singular}")
        return record


def path_of(resource: Resource) -> str:
    return resource.path or f"/v2.0/{resource.collection}"


def stamp(cloud: Cloud, token: Token, values: Record) -> Record:
    """A new record: id, owner and times around checked values."""
    owner = values.get("project_id") or values.get("tenant_id") or token.project_id
    if owner != token.project_id and not token.is_admin:
        raise forbidden("create_for_another_project")
    now = cloud.timestamp()
    return {
        **values,
        "id": cloud.new_id(),
        "project_id": owner,
        "tenant_id": owner,
        "revision_number": 1,
        "created_at": now,
        "updated_at": now,
        "tags": [],
    }


def bumped(cloud: Cloud, record: Record, changes: Record) -> Record:
    """The next revision of a record."""
    revision = record["revision_number"] + 1
    return {**record, **changes, "revision_number": revision, "updated_at": cloud.timestamp()}


def check_revision(cloud: Cloud, request: Request, record: Record) -> None:
    """412 when the caller's If-Match names another revision; a Neutron that does not know If-Match passes over it."""
    condition = request.headers.get("if-match")
    if condition is None or "revision-if-match" in cloud.settings.disabled_extensions:
        return
    name, _, number = condition.partition("=")
    if name != "revision_number" or not number.isdigit():
        return
    if int(number) != record["revision_number"]:
        message = f"Constrained to {number}, but current revision is {record['revision_number']}"
        raise network_error(412, "RevisionNumberConstraintFailed", message)


def body_of(request: Request, name: str) -> Record:
    body = request.json()
    if not isinstance(body, dict) or not isinstance(body.get(name), dict):
        raise network_error(400, "HTTPBadRequest", f"Unable to find '{name}' in request body")
    inner: Record = body[name]
    return inner


def crud(resource: Resource) -> list[Route]:
    """The routes of a collection."""
    private = {name for name, one in resource.attributes.items() if one.private}

    def shown(cloud: Cloud, record: Record, request: Request) -> Record:
        record = resource.view(cloud, record)
        if resource.shared:
            record = {**record, "shared": resource.shared(cloud, request.token, record)}
        hidden = set() if request.token.is_admin else private
        if gone := cloud.settings.disabled_extensions:
            hidden = hidden | {name for name, one in resource.attributes.items() if one.extension in gone}
        if hidden:
            record = {name: value for name, value in record.items() if name not in hidden}
        if fields := request.query.get("fields"):
            record = {name: value for name, value in record.items() if name in fields}
        return record

    def list_all(cloud: Cloud, request: Request) -> Response:
        token = request.token
        if resource.before_list:
            resource.before_list(cloud, token)
        requested = query.filters(request.query, cloud.settings.disabled_extensions)
        found = [
            record
            for record in query.candidates(resource.table(cloud), request.query)
            if resource.visible(cloud, token, record)
            and (not requested or query.matches(resource.view(cloud, record), requested))
        ]
        found = query.ordered(found, request, (*resource.attributes, "status"))
        items, links = query.page(cloud, resource, found, request)
        body: Record = {resource.collection: [shown(cloud, record, request) for record in items]}
        if links and ("limit" in request.query or len(items) < len(found)):
            body[f"{resource.collection}_links"] = links
        return Response(200, body)

    def show(cloud: Cloud, request: Request) -> Response:
        record = resource.find(cloud, request.token, request.id)
        return Response(200, {resource.singular: shown(cloud, record, request)})

    def create_one(cloud: Cloud, request: Request, body: Any) -> Record:
        if not isinstance(body, dict):
            raise network_error(400, "HTTPBadRequest", f"Invalid body for {resource.singular}")
        body = {name: value for name, value in body.items() if not (name == "tags" and resource.singular == "port")}
        values = accept(cloud, request.token, resource.attributes, body, creating=True, kind=resource.singular)
        owner = values.get("project_id") or values.get("tenant_id") or request.token.project_id
        demand_quota(cloud, owner, resource.singular, resource.table(cloud))
        created = resource.create(cloud, request.token, values)
        return shown(cloud, resource.table(cloud)[created["id"]], request)

    def create(cloud: Cloud, request: Request) -> Response:
        body = request.json()
        if isinstance(body, dict) and isinstance(body.get(resource.collection), list):
            many = [create_one(cloud, request, one) for one in body[resource.collection]]
            return Response(201, {resource.collection: many})
        one = create_one(cloud, request, body_of(request, resource.singular))
        return Response(201, {resource.singular: one})

    def update(cloud: Cloud, request: Request) -> Response:
        body = body_of(request, resource.singular)
        record = resource.find_own(cloud, request.token, request.id, "update")
        check_revision(cloud, request, record)
        changes = accept(cloud, request.token, resource.attributes, body, creating=False, kind=resource.singular)
        resource.update(cloud, request.token, record, changes)
        return Response(200, {resource.singular: shown(cloud, resource.table(cloud)[request.id], request)})

    def delete(cloud: Cloud, request: Request) -> Response:
        record = resource.find_own(cloud, request.token, request.id, "delete")
        check_revision(cloud, request, record)
        resource.delete(cloud, request.token, record)
        return Response(204)

    root = path_of(resource)
    item = root + "/{id}"
    return [
        Route("GET", root, list_all),
        Route("POST", root, create),
        Route("GET", item, show),
        Route("PUT", item, update),
        Route("DELETE", item, delete),
    ]
