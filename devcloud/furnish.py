"""What a cloud has before anyone uses it, by the same names as the clouds of the simulator."""

import json
import os
from pathlib import Path
from typing import Any

from .api import Client
from .catalog import ensure_user, grant
from .places import LEAST_ROLE, PACKAGE, Cloud
from .services import heat

CREDENTIAL = "devcloud"


def furnish(cloud: Cloud, admin: Client) -> None:
    """Add what is missing. Raises Failure."""
    project = admin.ensure("keystone", "/v3/projects", "project", {"name": "demo", "domain_id": "default"})
    user = ensure_user(admin, "demo")
    grant(admin, project, user, "member")
    grant(admin, project, ensure_user(admin, LEAST_ROLE), LEAST_ROLE)
    if "heat" in cloud.parts:
        grant(admin, project, user, heat.OWNER_ROLE)
    known = catalogue()
    if "cinder" in cloud.parts:
        for name, specs in known["volume_types"].items():
            admin.ensure("cinder", "/v3/types", "volume_type", {"name": name, "extra_specs": specs})
    _application_credential(cloud)
    _flavors(admin, known)
    for image in known["images"]:
        _image(admin, image)
    _networks(admin, known)


def catalogue() -> Any:
    """That of the simulator's clouds. Read as a file: the simulator needs more than the standard library."""
    return json.loads((PACKAGE.parent / "openstack_simulator" / "catalogue.json").read_text(encoding="utf-8"))


def credential_file(cloud: Cloud) -> Path:
    """Id and secret of demo's application credential; Keystone shows the secret only once."""
    return cloud.path / "application-credential.json"


def _application_credential(cloud: Cloud) -> None:
    demo = Client(cloud, "demo", "demo")
    path = f"/v3/users/{demo.user_id}/application_credentials"
    found = demo.call("GET", "keystone", f"{path}?name={CREDENTIAL}")["application_credentials"]
    file = credential_file(cloud)
    if found and file.exists():
        return
    for one in found:
        demo.call("DELETE", "keystone", f"{path}/{one['id']}")
    body = {"application_credential": {"name": CREDENTIAL}}
    made = demo.call("POST", "keystone", path, body)["application_credential"]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        json.dump({"id": made["id"], "secret": made["secret"]}, stream)


def _flavors(admin: Client, known: Any) -> None:
    have = {one["name"] for one in admin.call("GET", "nova", "/v2.1/flavors")["flavors"]}
    for flavor in known["flavors"]:
        if flavor["name"] not in have:
            admin.call("POST", "nova", "/v2.1/flavors", {"flavor": flavor})
        if specs := known["extra_specs"].get(flavor["name"]):
            admin.call("POST", "nova", f"/v2.1/flavors/{flavor['id']}/os-extra_specs", {"extra_specs": specs})


def _image(admin: Client, values: Any) -> None:
    name = values["name"]
    found = admin.call("GET", "glance", f"/v2/images?name={name}")["images"]
    image = {**values, "visibility": "public", "disk_format": "raw", "container_format": "bare"}
    made = found[0] if found else admin.call("POST", "glance", "/v2/images", image)
    if made["status"] == "queued":
        admin.call("PUT", "glance", f"/v2/images/{made['id']}/file", name.encode())


def _networks(admin: Client, known: Any) -> None:
    for policy in known["qos_policies"]:
        admin.ensure("neutron", "/v2.0/qos/policies", "policy", policy, collection="policies")
    for values in known["networks"]:
        network = admin.ensure("neutron", "/v2.0/networks", "network", values, f"&project_id={admin.project_id}")
        for subnet in known["subnets"][values["name"]]:
            body = {**subnet, "network_id": network}
            admin.ensure("neutron", "/v2.0/subnets", "subnet", body, f"&network_id={network}")
