"""Keystone v3: tokens, catalog, projects, users, application credentials."""

import hmac
from typing import Any

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, identity_error
from openstack_simulator.identity import DOMAIN, ApplicationCredential, Project, Token, User, in_domain, unauthorized
from openstack_simulator.routing import Request, Response, Route

SERVICES = (
    ("identity", "keystone", "/identity"),
    ("network", "neutron", "/network"),
    ("compute", "nova", "/compute/v2.1"),
    ("image", "glance", "/image"),
    ("block-storage", "cinder", "/block-storage/v3"),
)


def catalog(cloud: Cloud, base: str) -> list[Record]:
    return [
        {
            "id": cloud.fixed_id(f"service/{kind}"),
            "type": kind,
            "name": name,
            "endpoints": [
                {
                    "id": cloud.fixed_id(f"endpoint/{kind}/{interface}"),
                    "interface": interface,
                    "region": cloud.settings.region,
                    "region_id": cloud.settings.region,
                    "url": base + path,
                }
                for interface in ("public", "internal", "admin")
            ],
        }
        for kind, name, path in SERVICES
        if kind not in cloud.settings.missing_services
    ]


def version(base: str) -> Record:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{base}/identity/v3/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


def list_versions(_cloud: Cloud, request: Request) -> Response:
    return Response(300, {"versions": {"values": [version(request.base)]}})


def show_version(_cloud: Cloud, request: Request) -> Response:
    return Response(200, {"version": version(request.base)})


def issue_token(cloud: Cloud, request: Request) -> Response:
    """Password, token or application credential; the answer's header carries the token."""
    try:
        auth = request.json()["auth"]
        methods = auth["identity"]["methods"]
        method = methods[0]
        proof = auth["identity"][method]
        scope = auth.get("scope")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise identity_error(400, "Expecting to find auth in request body.") from None
    try:
        token = _authenticate(cloud, method, proof, scope)
    except (KeyError, TypeError, AttributeError):
        raise identity_error(400, "The request body is not valid for this authentication method.") from None
    body = token_body(cloud, token, None if "nocatalog" in request.query else request.base)
    return Response(201, body, {"X-Subject-Token": token.value, "Vary": "X-Auth-Token"})


def _authenticate(cloud: Cloud, method: str, proof: Record, scope: Any) -> Token:
    identity = cloud.identity
    seconds = cloud.settings.token_seconds
    if method in cloud.settings.refused_logins:
        raise _unsupported(method)
    if method == "application_credential":
        credential = _credential(cloud, proof)
        user = identity.users[credential.user_id]
        project = identity.projects[credential.project_id]
        return identity.issue(user, project, method, cloud.now(), seconds, credential.id)
    if method == "password":
        found = identity.find_user(proof["user"])
        if found is None or not _same(found.password, proof["user"]["password"]):
            raise unauthorized()
        user = found
    elif method == "token":
        former = identity.token(proof["id"], cloud.now())
        if former is None:
            raise unauthorized()
        user = former.user
    else:
        raise _unsupported(method)
    return identity.issue(user, _scope(cloud, scope), method, cloud.now(), seconds)


def _unsupported(method: str) -> ApiError:
    return identity_error(401, f"Attempted to authenticate with an unsupported method: {method}.")


def _credential(cloud: Cloud, proof: Record) -> ApplicationCredential:
    credential: ApplicationCredential | None
    if "id" in proof:
        credential = cloud.identity.credentials.get(proof["id"])
    else:
        user = cloud.identity.find_user(proof["user"])
        credential = next(
            (
                one
                for one in cloud.identity.credentials.values()
                if user and one.user_id == user.id and one.name == proof["name"]
            ),
            None,
        )
    if credential is None or not _same(credential.secret, proof["secret"]):
        raise unauthorized()
    if credential.expires_at and credential.expires_at <= cloud.timestamp():
        raise unauthorized()
    return credential


def _same(known: str, given: Any) -> bool:
    return isinstance(given, str) and hmac.compare_digest(known.encode(), given.encode())


def _scope(cloud: Cloud, scope: Any) -> Project | None:
    """The project asked for; None for an unscoped token."""
    if not isinstance(scope, dict):
        return None
    if "project" in scope:
        project = cloud.identity.find_project(scope["project"])
        if project is None:
            raise unauthorized()
        return project
    if "system" in scope:
        return cloud.identity.admin
    if "domain" in scope and in_domain({"domain": scope["domain"]}):
        return cloud.identity.admin
    raise unauthorized()


def token_body(cloud: Cloud, token: Token, base: str | None) -> Record:
    """`base` None leaves the catalog out."""
    body: Record = {
        "methods": [token.method],
        "user": {"domain": DOMAIN, "id": token.user.id, "name": token.user.name, "password_expires_at": None},
        "audit_ids": [token.value[:22]],
        "expires_at": cloud.wall_time(token.expires).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "issued_at": cloud.wall_time(token.issued).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    if token.project is not None:
        body["project"] = {"domain": DOMAIN, "id": token.project.id, "name": token.project.name}
        body["is_domain"] = False
        body["roles"] = [{"id": cloud.identity.roles[name], "name": name} for name in token.roles]
        if base is not None:
            body["catalog"] = catalog(cloud, base)
    if token.credential_id is not None:
        credential = cloud.identity.credentials[token.credential_id]
        body["application_credential"] = {"id": credential.id, "name": credential.name, "restricted": True}
    return {"token": body}


def _subject(cloud: Cloud, request: Request) -> Token:
    value = request.headers.get("x-subject-token", "")
    token = cloud.identity.token(value, cloud.now())
    if token is None:
        raise identity_error(404, f"Could not find token: {value}.")
    return token


def show_token(cloud: Cloud, request: Request) -> Response:
    token = _subject(cloud, request)
    body = token_body(cloud, token, None if "nocatalog" in request.query else request.base)
    return Response(200, body, {"X-Subject-Token": token.value, "Vary": "X-Auth-Token"})


def revoke_token(cloud: Cloud, request: Request) -> Response:
    cloud.identity.revoke(_subject(cloud, request).value)
    return Response(204)


def show_catalog(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"catalog": catalog(cloud, request.base), "links": _links(request)})


def _links(request: Request) -> Record:
    return {"next": None, "previous": None, "self": f"{request.base}/identity{request.path}"}


def project_body(project: Project, request: Request) -> Record:
    return {
        "id": project.id,
        "name": project.name,
        "domain_id": DOMAIN["id"],
        "description": "",
        "enabled": True,
        "parent_id": DOMAIN["id"],
        "is_domain": False,
        "tags": [],
        "options": {},
        "links": {"self": f"{request.base}/identity/v3/projects/{project.id}"},
    }


def user_body(user: User, request: Request) -> Record:
    return {
        "id": user.id,
        "name": user.name,
        "domain_id": DOMAIN["id"],
        "enabled": True,
        "password_expires_at": None,
        "options": {},
        "links": {"self": f"{request.base}/identity/v3/users/{user.id}"},
    }


def _demand_admin(request: Request, action: str) -> None:
    if not request.token.is_admin:
        raise identity_error(403, f"You are not authorized to perform the requested action: {action}.")


def _named(records: list[Record], request: Request) -> list[Record]:
    name = request.first("name")
    return [record for record in records if name is None or record["name"] == name]


def list_projects(cloud: Cloud, request: Request) -> Response:
    """Everyone's, for an admin; a member sees the projects it has a role in."""
    _demand_admin(request, "identity:list_projects")
    projects = [project_body(project, request) for project in cloud.identity.projects.values()]
    return Response(200, {"projects": _named(projects, request), "links": _links(request)})


def own_projects(cloud: Cloud, request: Request) -> Response:
    projects = [project_body(cloud.identity.projects[key], request) for key in request.token.user.roles]
    return Response(200, {"projects": _named(projects, request), "links": _links(request)})


def show_project(cloud: Cloud, request: Request) -> Response:
    project = cloud.identity.projects.get(request.id)
    if project is None or not (request.token.is_admin or project.id == request.token.project_id):
        if request.token.is_admin:
            raise identity_error(404, f"Could not find project: {request.id}.")
        _demand_admin(request, "identity:get_project")
        raise AssertionError
    return Response(200, {"project": project_body(project, request)})


def create_project(cloud: Cloud, request: Request) -> Response:
    _demand_admin(request, "identity:create_project")
    name = request.json()["project"]["name"]
    if any(project.name == name for project in cloud.identity.projects.values()):
        message = "Conflict occurred attempting to store project - it is not permitted to have two projects"
        raise identity_error(409, f"{message} with the same name in the same domain: {name}.")
    return Response(201, {"project": project_body(cloud.identity.add_project(name), request)})


def list_users(cloud: Cloud, request: Request) -> Response:
    _demand_admin(request, "identity:list_users")
    users = [user_body(user, request) for user in cloud.identity.users.values()]
    return Response(200, {"users": _named(users, request), "links": _links(request)})


def _user(cloud: Cloud, request: Request) -> User:
    user = cloud.identity.users.get(request.id)
    if user is None or not (request.token.is_admin or user.id == request.token.user.id):
        _demand_admin(request, "identity:get_user")
        raise identity_error(404, f"Could not find user: {request.id}.")
    return user


def show_user(cloud: Cloud, request: Request) -> Response:
    return Response(200, {"user": user_body(_user(cloud, request), request)})


def credential_body(cloud: Cloud, credential: ApplicationCredential, request: Request) -> Record:
    path = f"/identity/v3/users/{credential.user_id}/application_credentials/{credential.id}"
    return {
        "id": credential.id,
        "name": credential.name,
        "description": credential.description,
        "project_id": credential.project_id,
        "user_id": credential.user_id,
        "roles": [{"id": cloud.identity.roles[name], "name": name, "domain_id": None} for name in credential.roles],
        "expires_at": credential.expires_at,
        "unrestricted": False,
        "system": None,
        "links": {"self": request.base + path},
    }


def list_credentials(cloud: Cloud, request: Request) -> Response:
    user = _user(cloud, request)
    bodies = [
        credential_body(cloud, one, request) for one in cloud.identity.credentials.values() if one.user_id == user.id
    ]
    return Response(200, {"application_credentials": _named(bodies, request), "links": _links(request)})


def create_credential(cloud: Cloud, request: Request) -> Response:
    """The secret is in this answer and never again."""
    user = _user(cloud, request)
    if user.id != request.token.user.id or request.token.credential_id is not None:
        action = "identity:create_application_credential"
        raise identity_error(403, f"You are not authorized to perform the requested action: {action}.")
    requested = request.json().get("application_credential")
    if not isinstance(requested, dict) or not isinstance(requested.get("name"), str):
        raise identity_error(400, "'name' is a required property")
    if any(one.user_id == user.id and one.name == requested["name"] for one in cloud.identity.credentials.values()):
        message = "Conflict occurred attempting to store application_credential - Duplicate entry found with name"
        raise identity_error(409, f"{message} {requested['name']}.")
    credential = cloud.identity.add_credential(
        user,
        request.token.project_id,
        requested["name"],
        requested.get("description"),
        secret=requested.get("secret"),
        expires_at=requested.get("expires_at"),
    )
    body = {**credential_body(cloud, credential, request), "secret": credential.secret}
    return Response(201, {"application_credential": body})


def _own_credential(cloud: Cloud, request: Request) -> ApplicationCredential:
    user = _user(cloud, request)
    key = request.params["credential_id"]
    credential = cloud.identity.credentials.get(key)
    if credential is None or credential.user_id != user.id:
        raise identity_error(404, f"Could not find Application Credential: {key}.")
    return credential


def show_credential(cloud: Cloud, request: Request) -> Response:
    body = credential_body(cloud, _own_credential(cloud, request), request)
    return Response(200, {"application_credential": body})


def delete_credential(cloud: Cloud, request: Request) -> Response:
    cloud.identity.remove_credential(_own_credential(cloud, request).id)
    return Response(204)


def list_domains(_cloud: Cloud, request: Request) -> Response:
    _demand_admin(request, "identity:list_domains")
    body = {**DOMAIN, "description": "The default domain", "enabled": True, "tags": [], "options": {}, "links": {}}
    return Response(200, {"domains": _named([body], request), "links": _links(request)})


CREDENTIALS = "/v3/users/{id}/application_credentials"

ROUTES = (
    Route("GET", "/", list_versions, open=True),
    Route("GET", "/v3", show_version, open=True),
    Route("POST", "/v3/auth/tokens", issue_token, open=True),
    Route("GET", "/v3/auth/tokens", show_token),
    Route("HEAD", "/v3/auth/tokens", show_token),
    Route("DELETE", "/v3/auth/tokens", revoke_token),
    Route("GET", "/v3/auth/catalog", show_catalog),
    Route("GET", "/v3/auth/projects", own_projects),
    Route("GET", "/v3/projects", list_projects),
    Route("POST", "/v3/projects", create_project),
    Route("GET", "/v3/projects/{id}", show_project),
    Route("GET", "/v3/domains", list_domains),
    Route("GET", "/v3/users", list_users),
    Route("GET", "/v3/users/{id}", show_user),
    Route("GET", "/v3/users/{id}/projects", own_projects),
    Route("GET", CREDENTIALS, list_credentials),
    Route("POST", CREDENTIALS, create_credential),
    Route("GET", CREDENTIALS + "/{credential_id}", show_credential),
    Route("DELETE", CREDENTIALS + "/{credential_id}", delete_credential),
)
