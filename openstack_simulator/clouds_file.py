"""A clouds.yaml for the simulated clouds."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import yaml

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record
from openstack_simulator.identity import PASSWORD

HEADER = "# Written by `magi simulate`: the clouds of a simulator, gone when it stops. Changes here are overwritten.\n"


def entries(cloud: Cloud, base_url: str) -> dict[str, Record]:
    """The entries of one cloud: its user, its admin, and the application credential of the user."""
    auth_url = f"{base_url}/{cloud.name}/identity/v3"
    common = {"region_name": cloud.settings.region, "identity_api_version": "3", "interface": "public"}

    def password(user: str, project: str) -> Record:
        auth = {
            "auth_url": auth_url,
            "username": user,
            "password": PASSWORD,
            "project_name": project,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }
        return {"auth": auth, **common}

    credential = cloud.identity.ready_credential
    by_credential = {
        "auth_type": "v3applicationcredential",
        "auth": {
            "auth_url": auth_url,
            "application_credential_id": credential.id,
            "application_credential_secret": credential.secret,
        },
        **common,
    }
    return {
        cloud.name: password("demo", "demo"),
        f"{cloud.name}-admin": password("admin", "admin"),
        f"{cloud.name}-appcred": by_credential,
    }


def write_clouds_file(path: str | Path, clouds: Iterable[Cloud], base_url: str) -> Path:
    """Replace the file as a whole; only its owner may read it. Raises OSError."""
    target = Path(path)
    text = yaml.safe_dump(
        {"clouds": {name: entry for cloud in clouds for name, entry in entries(cloud, base_url).items()}},
        sort_keys=False,
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(HEADER + text)
        Path(draft).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(draft).unlink()
        raise
    return target
