"""The clouds.yaml of all clouds in a home: for each its user, its admin, and the user's application credential.

These have the names that `magi simulate` gives them, so that whatever takes the one file takes the other. Besides, the
user in the same project whose role may do what Magi asks for, and no more.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from .furnish import credential_file
from .places import LEAST_ROLE, PASSWORD, REGION, Cloud

HEADER = "# Written by `python -m devcloud up`; changes here are overwritten.\n"
Entry = dict[str, object]


def entries(cloud: Cloud) -> dict[str, Entry]:
    """By name. Raises OSError where the cloud was never furnished."""
    common = {"region_name": REGION, "identity_api_version": "3", "interface": "public"}

    def password(user: str, project: str) -> Entry:
        auth = {
            "auth_url": cloud.auth_url,
            "username": user,
            "password": PASSWORD,
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }
        return {"auth": auth, **common}

    credential = json.loads(credential_file(cloud).read_text())
    by_credential = {
        "auth_url": cloud.auth_url,
        "application_credential_id": credential["id"],
        "application_credential_secret": credential["secret"],
    }
    return {
        cloud.name: password("demo", "demo"),
        f"{cloud.name}-admin": password("admin", "admin"),
        f"{cloud.name}-appcred": {"auth_type": "v3applicationcredential", "auth": by_credential, **common},
        f"{cloud.name}-magi": password(LEAST_ROLE, "demo"),
    }


def write(path: Path, clouds: Iterable[Cloud]) -> None:
    """Replace the file as a whole; only its owner may read it."""
    whole = {name: entry for cloud in clouds for name, entry in entries(cloud).items()}
    draft = path.with_name(f".{path.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        # JSON is YAML, and the standard library writes it.
        stream.write(HEADER + json.dumps({"clouds": whole}, indent=2) + "\n")
    draft.replace(path)
