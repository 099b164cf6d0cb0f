"""Who there is in a cloud: projects, users, tokens, application credentials."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from openstack_simulator.errors import ApiError, Record, identity_error

PASSWORD = "secret"  # noqa: S105  (the documented password of every simulated user)
DOMAIN = {"id": "default", "name": "Default"}
READER_ROLES = ("reader",)
MEMBER_ROLES = ("member", "reader")
ADMIN_ROLES = ("admin", "manager", "member", "reader")


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """`roles`: the names of the roles by the id of the project."""

    id: str
    name: str
    password: str
    roles: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ApplicationCredential:
    id: str
    name: str
    secret: str
    user_id: str
    project_id: str
    description: str | None
    roles: tuple[str, ...]
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """`expires` is on the cloud's clock; an unscoped token has neither project nor roles."""

    value: str
    user: User
    project: Project | None
    roles: tuple[str, ...]
    method: str
    issued: float
    expires: float
    credential_id: str | None = None

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def only_reads(self) -> bool:
        return self.roles == READER_ROLES

    @property
    def project_id(self) -> str:
        return self.project.id if self.project else ""


Named = TypeVar("Named", Project, User)


def unauthorized() -> ApiError:
    return identity_error(401, "The request you have made requires authentication.")


class Identity:
    """The state behind Keystone. Not locked: the cloud's lock is held by whoever calls."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self.roles = {name: new_id() for name in ("admin", "manager", "member", "reader")}
        self.projects: dict[str, Project] = {}
        self.users: dict[str, User] = {}
        self.credentials: dict[str, ApplicationCredential] = {}
        self._tokens: dict[str, Token] = {}
        self.admin = self.add_project("admin")
        self.demo = self.add_project("demo")
        self.service = self.add_project("service")
        self.add_user("admin", {self.admin.id: ADMIN_ROLES, self.demo.id: ADMIN_ROLES})
        user = self.add_user("demo", {self.demo.id: MEMBER_ROLES})
        self.ready_credential = self.add_credential(user, self.demo.id, "magi", "made with the cloud")

    def add_project(self, name: str) -> Project:
        project = Project(self._new_id(), name)
        self.projects[project.id] = project
        return project

    def add_user(self, name: str, roles: dict[str, tuple[str, ...]], password: str = PASSWORD) -> User:
        user = User(self._new_id(), name, password, roles)
        self.users[user.id] = user
        return user

    def add_credential(
        self,
        user: User,
        project_id: str,
        name: str,
        description: str | None = None,
        *,
        secret: str | None = None,
        expires_at: str | None = None,
    ) -> ApplicationCredential:
        credential = ApplicationCredential(
            id=self._new_id(),
            name=name,
            secret=secret or self._new_id() + self._new_id(),
            user_id=user.id,
            project_id=project_id,
            description=description,
            roles=user.roles.get(project_id, ()),
            expires_at=expires_at,
        )
        self.credentials[credential.id] = credential
        return credential

    def remove_credential(self, credential_id: str) -> None:
        """Its tokens die with it, as Keystone revokes them."""
        del self.credentials[credential_id]
        self._tokens = {value: token for value, token in self._tokens.items() if token.credential_id != credential_id}

    def issue(
        self,
        user: User,
        project: Project | None,
        method: str,
        now: float,
        seconds: float,
        credential_id: str | None = None,
    ) -> Token:
        if project is not None and not user.roles.get(project.id):
            raise unauthorized()
        roles = user.roles[project.id] if project else ()
        token = Token(self._new_id() + self._new_id(), user, project, roles, method, now, now + seconds, credential_id)
        self._tokens = {value: kept for value, kept in self._tokens.items() if kept.expires > now}
        self._tokens[token.value] = token
        return token

    def token(self, value: str | None, now: float) -> Token | None:
        """The live token of this value."""
        token = self._tokens.get(value or "")
        return token if token is not None and now < token.expires else None

    def revoke(self, value: str) -> None:
        self._tokens.pop(value, None)

    def expire_tokens(self) -> None:
        """Every token given out so far is refused from now on."""
        self._tokens = {}

    def find_user(self, requested: Record) -> User | None:
        return _find(self.users, requested)

    def find_project(self, requested: Record) -> Project | None:
        return _find(self.projects, requested)


def in_domain(requested: Record) -> bool:
    domain = requested.get("domain")
    if not isinstance(domain, dict):
        return False
    return domain.get("id") == DOMAIN["id"] or domain.get("name") == DOMAIN["name"]


def _find(known: dict[str, Named], requested: Record) -> Named | None:
    if "id" in requested:
        return known.get(requested["id"])
    if not in_domain(requested):
        return None
    return next((one for one in known.values() if one.name == requested.get("name")), None)
