"""What one service is to devcloud, and the pieces of configuration that several share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devcloud.places import PACKAGE, PASSWORD, REGION, Cloud

from .ini import Options, Sections

INSIDE = PACKAGE / "inside"
THREADS = 8


@dataclass(frozen=True, slots=True)
class Service:
    """`type` and `path` go to the catalog, `aliases` are further types (with names) at the same endpoint.

    `databases`: name of the database → name of the schema it has. `migrations`: name of the schema → the arguments,
    after the path of the venv's `bin`, of the command that makes it; `{config}` represents the configuration file.
    `copied`: files and folders of the venv's `etc` that the service reads. `program`: arguments after the venv's
    Python. `waits`: the process may only go to work once the catalog is complete.
    """

    name: str
    type: str
    config: Callable[[Cloud], Mapping[str, Sections]]
    program: Callable[[Cloud], list[str | Path]]
    databases: Mapping[str, str]
    migrations: Mapping[str, tuple[str, ...]]
    environment: Mapping[str, str]
    path: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)
    copied: tuple[str, ...] = ()
    waits: bool = False


def served(application: str, service: str) -> Callable[[Cloud], list[str | Path]]:
    """The program of a service that is nothing but a WSGI application."""

    def program(cloud: Cloud) -> list[str | Path]:
        return [INSIDE / "wsgi.py", application, service, str(cloud.port(service)), str(THREADS)]

    return program


def database(cloud: Cloud, name: str, pool: int = 10) -> Options:
    return {"connection": cloud.database_url(name), "max_pool_size": pool, "max_overflow": 2 * pool}


def login(cloud: Cloud) -> Options:
    """How a service logs in at Keystone."""
    return {
        "auth_url": cloud.auth_url,
        "auth_type": "password",
        "username": "service",
        "password": PASSWORD,
        "project_name": "service",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }


def login_here(cloud: Cloud) -> Options:
    """As `login`, to find other services in the region of this cloud."""
    return {**login(cloud), "region_name": REGION}


def token_check(cloud: Cloud, kind: str, *, service_tokens: bool = False) -> Options:
    """How a service checks the tokens it is sent, with the access rules of application credentials for its type."""
    strict: Options = {"service_token_roles": "service", "service_token_roles_required": True} if service_tokens else {}
    return {"www_authenticate_uri": cloud.auth_url, "service_type": kind, **login_here(cloud), **strict}


def policy(cloud: Cloud, service: str) -> Sections:
    """Rules that differ from the defaults, in a file that is read again when it changes."""
    return {"oslo_policy": {"policy_file": cloud.home.policy(service)}}


def common(cloud: Cloud) -> Sections:
    """Logs to the standard error, messages and locks that stay in the process and the home."""
    return {
        "DEFAULT": {"use_stderr": True, "transport_url": "fake:///"},
        "oslo_concurrency": {"lock_path": cloud.data / "locks"},
        "oslo_messaging_notifications": {"driver": "noop"},
    }
