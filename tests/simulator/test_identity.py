"""Logging in, staying in, and being thrown out."""

from typing import Any

import pytest

from tests.simulator.callers import Caller, Clock, World, password_of, send


def log_in(world: World, body: dict[str, Any]) -> Any:
    return send("POST", f"{world.demo.url}/identity/v3/auth/tokens", body)


def test_a_token_lists_every_service_below_the_address_the_client_used(world: World) -> None:
    answer = log_in(world, password_of("demo", "demo"))
    catalog = {service["type"]: service["endpoints"][0]["url"] for service in answer["token"]["catalog"]}
    base = world.demo.url
    assert catalog == {
        "identity": f"{base}/identity",
        "network": f"{base}/network",
        "compute": f"{base}/compute/v2.1",
        "image": f"{base}/image",
        "block-storage": f"{base}/block-storage/v3",
    }
    assert [role["name"] for role in answer["token"]["roles"]] == ["member", "reader"]


def test_a_wrong_password_is_refused(world: World) -> None:
    body = password_of("demo", "demo")
    body["auth"]["identity"]["password"]["user"]["password"] = "wrong"
    answer = log_in(world, body)
    assert answer.status == 401
    assert answer["error"]["title"] == "Unauthorized"


def test_a_project_without_a_role_is_refused(world: World) -> None:
    assert log_in(world, password_of("demo", "admin")).status == 401


def test_an_unscoped_token_has_no_catalog_and_can_be_exchanged_for_a_scoped_one(world: World) -> None:
    unscoped = log_in(world, password_of("demo", None))
    assert "catalog" not in unscoped["token"]
    token = unscoped.headers["x-subject-token"]
    scope = {"project": {"id": world.demo.project_id}}
    scoped = log_in(world, {"auth": {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": scope}})
    assert scoped["token"]["project"]["name"] == "demo"


@pytest.mark.parametrize("path", ["network/v2.0/ports", "compute/v2.1/servers", "image/v2/images", "identity/v3/users"])
def test_an_expired_token_is_refused_everywhere(demo: Caller, clock: Clock, path: str) -> None:
    clock.forward(3601)
    answer = demo.call("GET", path)
    assert answer.status == 401
    assert answer["error"]["code"] == 401
    assert answer.headers["www-authenticate"] == f'Keystone uri="{demo.url}/identity"'


def test_a_revoked_token_is_refused(demo: Caller) -> None:
    assert demo.call("DELETE", "identity/v3/auth/tokens", X_Subject_Token=demo.token).status == 204
    assert demo.network("GET", "networks").status == 401


def test_a_token_can_be_validated(demo: Caller) -> None:
    answer = demo.call("GET", "identity/v3/auth/tokens", X_Subject_Token=demo.token)
    assert answer["token"]["user"]["name"] == "demo"
    assert demo.call("GET", "identity/v3/auth/tokens", X_Subject_Token="unknown").status == 404


def test_an_application_credential_logs_in_until_it_is_deleted(world: World) -> None:
    demo = world.demo
    path = f"identity/v3/users/{demo.user_id}/application_credentials"
    made = demo.call("POST", path, {"application_credential": {"name": "robot"}})["application_credential"]
    assert demo.call("POST", path, {"application_credential": {"name": "robot"}}).status == 409
    proof = {"id": made["id"], "secret": made["secret"]}
    body = {"auth": {"identity": {"methods": ["application_credential"], "application_credential": proof}}}
    token = log_in(world, body).headers["x-subject-token"]
    names = [one["name"] for one in demo.call("GET", path)["application_credentials"]]
    assert names == ["magi", "robot"]
    assert "secret" not in demo.call("GET", f"{path}/{made['id']}")["application_credential"]

    assert demo.call("DELETE", f"{path}/{made['id']}").status == 204
    assert log_in(world, body).status == 401
    assert send("GET", f"{demo.url}/network/v2.0/networks", headers={"X-Auth-Token": token}).status == 401


def test_only_an_admin_lists_all_projects(demo: Caller, admin: Caller) -> None:
    assert demo.call("GET", "identity/v3/projects").status == 403
    assert [one["name"] for one in admin.call("GET", "identity/v3/projects")["projects"]] == [
        "admin",
        "demo",
        "service",
    ]
    assert [one["name"] for one in demo.call("GET", "identity/v3/auth/projects")["projects"]] == ["demo"]


@pytest.mark.parametrize("path", ["identity", "network", "compute", "image", "identity/v3", "compute/v2.1"])
def test_version_documents_need_no_token(world: World, path: str) -> None:
    assert send("GET", f"{world.demo.url}/{path}/").status in (200, 300)
