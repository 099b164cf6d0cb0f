"""keypair: a public key for logging in. API reference: Compute v2.1, os-keypairs. Its name is its id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec
from reconciler.targets.openstack.kinds.declared import NOVA, OpenStackKind, Right, read_right
from reconciler.targets.openstack.kinds.marks import fixed_key, fixed_name
from reconciler.targets.openstack.kinds.users import SERVERS, is_left_to_others
from reconciler.targets.rest import Ids, Index, Json, Listing, Request

KEYPAIRS = Listing("compute", "/os-keypairs", "keypairs", project="")


@dataclass(frozen=True, slots=True)
class KeypairSpec(Spec):
    """``public_key`` in OpenSSH form without its comment, which is not part of the key."""

    rank: ClassVar[int] = 120
    immutable: ClassVar[frozenset[str]] = frozenset({"public_key"})

    public_key: str


def without_comment(public_key: str) -> str:
    return " ".join(public_key.split()[:2])


def by_name(index: Index) -> list[Json]:
    """The keypairs of an observation, each with its name as its id, as Nova has it."""
    return [{"id": item["keypair"]["name"], **item["keypair"]} for item in index.items[KEYPAIRS]]


class KeypairKind(OpenStackKind[KeypairSpec]):
    name = "keypair"
    spec = KeypairSpec
    listing = KEYPAIRS
    quota = "key pairs"
    rights = (
        read_right("compute", KEYPAIRS.path, f"{NOVA}os-keypairs:index"),
        Right("compute", "POST", "/os-keypairs", (f"{NOVA}os-keypairs:create",), purpose="of the user of the login"),
        Right(
            "compute", "DELETE", "/os-keypairs/{id}", (f"{NOVA}os-keypairs:delete",), purpose="of the user of the login"
        ),
    )

    def items(self, index: Index) -> Iterable[Json]:
        return by_name(index)

    def identify(self, item: Json, index: Index) -> Key | None:
        name = fixed_key(item["name"], index.scoped_owner)
        if name is None:
            return None
        users = index.table("server by keypair", ((one.get("key_name"), one) for one in index.items[SERVERS]))
        return None if is_left_to_others(users.get(item["name"], ()), index) else index.key(self.name, name)

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(key, KeypairSpec(public_key=without_comment(item["public_key"])), item["name"])

    def create(self, key: Key, spec: KeypairSpec, ids: Ids, owner: str) -> Request:
        body = {"name": fixed_name(owner, key.name), "public_key": spec.public_key}
        return Request("POST", "compute", KEYPAIRS.path, body={"keypair": body}, answer="keypair")
