"""Keystone's catalog of a cloud, and the user that the services are; each start adds what is missing."""

from .api import Client
from .places import PASSWORD, REGION, Cloud
from .services import Service, heat

INTERFACES = ("public", "internal", "admin")
SERVICE_ROLES = ("admin", "service")


def complete(cloud: Cloud, admin: Client, services: tuple[Service, ...]) -> None:
    """Raises Failure."""
    project = admin.ensure("keystone", "/v3/projects", "project", {"name": "service", "domain_id": "default"})
    user = ensure_user(admin, "service")
    for role in SERVICE_ROLES:
        grant(admin, project, user, role)
    for service in services:
        if service.type == "identity":
            continue  # in the catalog by Keystone's own bootstrap
        url = cloud.url(service.name) + service.path
        for kind, name in {service.type: service.name, **service.aliases}.items():
            _ensure_endpoints(admin, kind, name, url)
    if "heat" in cloud.parts:
        _prepare_heat(admin)


def ensure_user(admin: Client, name: str, domain: str = "default") -> str:
    """The id of the user, who has the password of all."""
    values: dict[str, object] = {"name": name, "domain_id": domain, "password": PASSWORD}
    return admin.ensure("keystone", "/v3/users", "user", values, f"&domain_id={domain}")


def grant(admin: Client, project: str, user: str, role: str) -> None:
    role_id = admin.ensure("keystone", "/v3/roles", "role", {"name": role})
    admin.call("PUT", "keystone", f"/v3/projects/{project}/users/{user}/roles/{role_id}")


def _ensure_endpoints(admin: Client, kind: str, name: str, url: str) -> None:
    found = admin.call("GET", "keystone", f"/v3/services?type={kind}")["services"]
    if not found:
        body = {"service": {"type": kind, "name": name}}
        found = [admin.call("POST", "keystone", "/v3/services", body)["service"]]
    service = found[0]["id"]
    endpoints = admin.call("GET", "keystone", f"/v3/endpoints?service_id={service}")["endpoints"]
    for interface in sorted(set(INTERFACES) - {one["interface"] for one in endpoints}):
        endpoint = {"service_id": service, "interface": interface, "region_id": REGION, "url": url}
        admin.call("POST", "keystone", "/v3/endpoints", {"endpoint": endpoint})


def _prepare_heat(admin: Client) -> None:
    """The domain for the users that stacks create, its admin, and the roles that Heat asks for."""
    domain = admin.ensure("keystone", "/v3/domains", "domain", {"name": heat.DOMAIN})
    user = ensure_user(admin, heat.DOMAIN_ADMIN, domain)
    role = admin.ensure("keystone", "/v3/roles", "role", {"name": "admin"})
    admin.call("PUT", "keystone", f"/v3/domains/{domain}/users/{user}/roles/{role}")
    for name in heat.ROLES:
        admin.ensure("keystone", "/v3/roles", "role", {"name": name})
    grant(admin, admin.project_id, admin.user_id, heat.OWNER_ROLE)
