"""Keypairs, by user."""

import base64
import binascii
import hashlib
import re
import struct
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.nova.body import Field, accept, invalid, is_text
from openstack_simulator.nova.limits import keypair_limit
from openstack_simulator.nova.lists import page
from openstack_simulator.routing import Request, Response, Route

_KEY_TYPES = ("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-dss")


_OLD_NAME = r"^[_\- a-zA-Z0-9]+$"
"""What names are made of before microversion 2.92."""


def _is_key_name(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[\w@.\- ]{1,255}", value)) and value == value.strip()


_FIELDS = {
    "name": Field(_is_key_name, required=True),
    "public_key": Field(lambda value: isinstance(value, str) and bool(value)),
    "type": Field(lambda value: value in ("ssh", "x509"), since=(2, 2)),
    "user_id": Field(is_text, since=(2, 10)),
}


def fingerprint(public_key: str) -> str:
    """MD5 of the key blob, as Nova shows it; ValueError when this is no public key."""
    parts = public_key.split()
    if len(parts) < 2 or parts[0] not in _KEY_TYPES:
        raise ValueError("no public key")
    try:
        blob = base64.b64decode(parts[1], validate=True)
        (length,) = struct.unpack(">I", blob[:4])
    except (binascii.Error, struct.error):
        raise ValueError("no public key") from None
    if blob[4 : 4 + length].decode(errors="replace") != parts[0]:
        raise ValueError("no public key")
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2))


def generated() -> tuple[str, str]:
    """A new private key and its public half."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode() + " Generated-by-Nova"


def view(request: Request, keypair: Record, *names: str) -> Record:
    shown = ("name", "public_key", "fingerprint", *names)
    if request.version >= (2, 2):
        shown = (*shown, "type")
    return {name: keypair[name] for name in shown}


def find(cloud: Cloud, user_id: str, name: str) -> Record | None:
    return next((one for one in cloud.compute.keypairs.find("user_id", user_id) if one["name"] == name), None)


def _user(request: Request) -> str:
    requested = request.first("user_id")
    return requested if requested and request.token.is_admin and request.version >= (2, 10) else request.token.user.id


def _found(cloud: Cloud, request: Request) -> Record:
    keypair = find(cloud, _user(request), request.params["name"])
    if keypair is None:
        message = f"Keypair {request.params['name']} not found for user {_user(request)}"
        raise compute_error(404, message)
    return keypair


def list_keypairs(cloud: Cloud, request: Request) -> Response:
    keypairs = sorted(cloud.compute.keypairs.find("user_id", _user(request)), key=lambda one: str(one["name"]))
    links: Record = {}
    if request.version >= (2, 35):
        keypairs, links = page(cloud, request, "keypairs", keypairs, "name")
        if "limit" not in request.query:
            links = {}
    return Response(200, {"keypairs": [{"keypair": view(request, one)} for one in keypairs], **links})


def show_keypair(cloud: Cloud, request: Request) -> Response:
    keypair = _found(cloud, request)
    names = ("user_id", "id", "created_at", "deleted", "deleted_at", "updated_at")
    return Response(200, {"keypair": view(request, keypair, *names)})


def create_keypair(cloud: Cloud, request: Request) -> Response:
    """A key of the caller's, or a generated one whose private half is in this answer only."""
    values = accept(request, "keypair", _FIELDS)
    if request.version < (2, 92) and not re.fullmatch(_OLD_NAME, values["name"]):
        raise invalid("name", values["name"], f"{values['name']!r} does not match '{_OLD_NAME}'")
    user_id = values.get("user_id", request.token.user.id)
    if user_id != request.token.user.id and not request.token.is_admin:
        raise compute_error(403, "Policy doesn't allow os_compute_api:os-keypairs:create to be performed.")
    if find(cloud, user_id, values["name"]):
        raise compute_error(409, f"Key pair '{values['name']}' already exists.")
    held = cloud.compute.keypairs.find("user_id", user_id)
    if 0 <= keypair_limit(cloud, request.token.project_id) <= len(held):
        raise compute_error(403, "Quota exceeded, too many key pairs.")
    private = None
    public = values.get("public_key")
    if public is None:
        if request.version >= (2, 92):
            raise invalid("keypair", values, "'public_key' is a required property")
        private, public = generated()
    try:
        print_ = fingerprint(public)
    except ValueError:
        raise compute_error(400, "Keypair data is invalid: failed to generate fingerprint") from None
    keypair = cloud.compute.keypairs.put(
        {
            "id": 1 + max((one["id"] for one in cloud.compute.keypairs), default=0),
            "name": values["name"],
            "public_key": public,
            "fingerprint": print_,
            "type": values.get("type", "ssh"),
            "user_id": user_id,
            "created_at": cloud.timestamp().rstrip("Z") + ".000000",
            "deleted": False,
            "deleted_at": None,
            "updated_at": None,
        }
    )
    body = view(request, keypair, "user_id")
    if private is not None:
        body["private_key"] = private
    return Response(201 if request.version >= (2, 2) else 200, {"keypair": body})


def delete_keypair(cloud: Cloud, request: Request) -> Response:
    cloud.compute.keypairs.remove(_found(cloud, request)["id"])
    return Response(204 if request.version >= (2, 2) else 202)


ROUTES = (
    Route("GET", "/v2.1/os-keypairs", list_keypairs),
    Route("POST", "/v2.1/os-keypairs", create_keypair),
    Route("GET", "/v2.1/os-keypairs/{name}", show_keypair),
    Route("DELETE", "/v2.1/os-keypairs/{name}", delete_keypair),
)
