"""Keystone: who may do what, and where the other services are."""

import base64
import os
from collections.abc import Mapping

from devcloud.places import PASSWORD, REGION, Cloud

from .ini import Sections, merged
from .service import Service, common, database, served


def config(cloud: Cloud) -> Mapping[str, Sections]:
    return {
        "keystone.conf": merged(
            common(cloud),
            {
                "DEFAULT": {"insecure_debug": True},
                "database": database(cloud, "keystone"),
                "token": {"provider": "fernet", "expiration": 86400},
                "fernet_tokens": {"key_repository": cloud.data / "fernet-keys"},
                # Receipts (of logins in several steps) are not used, but their keys are looked for.
                "fernet_receipts": {"key_repository": cloud.data / "fernet-keys"},
                "credential": {"key_repository": cloud.data / "credential-keys"},
                # The cheapest that bcrypt has: a login then takes milliseconds.
                "identity": {"password_hash_rounds": 4},
                "cache": {"enabled": True, "backend": "dogpile.cache.memory"},
            },
        )
    }


def write_keys(cloud: Cloud) -> None:
    """The keys that tokens and credentials are encrypted with, where they are missing."""
    for name in ("fernet-keys", "credential-keys"):
        folder = cloud.data / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in ("0", "1"):
            if not (folder / number).exists():
                key = base64.urlsafe_b64encode(os.urandom(32))
                with os.fdopen(os.open(folder / number, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as stream:
                    stream.write(key)


def bootstrap(cloud: Cloud) -> list[str]:
    """The first user, project, roles and endpoint, as arguments of keystone-manage; may be repeated."""
    urls = [word for kind in ("public", "internal", "admin") for word in (f"--bootstrap-{kind}-url", cloud.auth_url)]
    return ["bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-region-id", REGION, *urls]


SERVICE = Service(
    name="keystone",
    type="identity",
    path="/v3",
    config=config,
    program=served("keystone.wsgi.api:application", "keystone"),
    databases={"keystone": "keystone"},
    migrations={"keystone": ("keystone-manage", "--config-file", "{config}/keystone.conf", "db_sync")},
    environment={"OS_KEYSTONE_CONFIG_DIR": "{config}", "OS_KEYSTONE_CONFIG_FILES": "keystone.conf"},
)
