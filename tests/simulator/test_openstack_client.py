"""The real `openstack` client works on the simulator, with the clouds.yaml that the simulator writes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from openstack_simulator import CloudSettings, Simulator
from tests.waiting import PATIENCE

CLIENT = Path(sys.executable).with_name("openstack")
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIcfm0kB1Hu8ryvE4gCyg6TGrIVQvCMVdvMJ3GxRSH1J someone"

CREATE = """
network create --description first lan
subnet create --network lan --subnet-range 10.8.0.0/24 --dns-nameserver 192.0.2.53 lan-v4
router create edge
router set --external-gateway public edge
router add subnet edge lan-v4
security group create web
security group rule create --protocol tcp --dst-port 443 --remote-ip 0.0.0.0/0 web
port create --network lan --fixed-ip subnet=lan-v4,ip-address=10.8.0.10 --security-group web p0
port set --allowed-address ip-address=10.8.0.100 p0
port create --network lan --disable-port-security --no-security-group p1
floating ip create --port p0 --fixed-ip-address 10.8.0.10 public
server group create --policy anti-affinity apart
keypair create --public-key KEYFILE key
server create --wait --flavor m1.tiny --image cirros-0.6 --key-name key --port p0 --property tier=gold vm
"""

SHOW = (
    "network show lan",
    "subnet show lan-v4",
    "router show edge",
    "port show p0",
    "port show p1",
    "security group show web",
    "server group show apart",
    "keypair show key",
    "server show vm",
    "network list",
    "subnet list",
    "router list",
    "port list",
    "security group list",
    "security group rule list web",
    "floating ip list",
    "server group list",
    "keypair list",
    "server list",
    "flavor list",
    "image list",
    "image show cirros-0.6",
    "flavor show m1.tiny",
)

CHANGE = """
network set --description second --tag gold lan
subnet set --name lan-four lan-v4
router set --description way-out edge
port set --name p-zero --tag gold p0
security group set --description changed web
server set --property tier=silver vm
server stop vm
"""

DELETE = """
server delete --wait vm
router remove subnet edge lan-four
router delete edge
port delete p-zero p1
network delete lan
security group delete web
server group delete apart
keypair delete key
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with Simulator({"paris": CloudSettings(build_seconds=0.1, delete_seconds=0.1, action_seconds=0.0)}) as simulator:
        path = simulator.write_clouds_file(tmp_path_factory.mktemp("clouds") / "clouds.yaml")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        yield {**kept, "OS_CLIENT_CONFIG_FILE": str(path), "HOME": str(path.parent)}


def openstack(environment: dict[str, str], cloud: str, commands: Sequence[str]) -> list[Any]:
    """The JSON that each command printed; one process runs them all."""
    lines = [command + (" -f json" if " show " in command or " list" in command else "") for command in commands]
    done = subprocess.run(
        [CLIENT, "--os-cloud", cloud, "--os-compute-api-version", "2.96"],
        input="\n".join(lines) + "\n",
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert not done.stderr.strip(), done.stderr
    return _documents(done.stdout)


def _documents(text: str) -> list[Any]:
    """Every JSON document between the tables and prompts."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while start := re.search(r"\{\n|\[\n|\[\]", text[place:]):
        document, place = decoder.raw_decode(text, place + start.start())
        found.append(document)
    return found


def test_resources_are_created_shown_changed_and_deleted(environment: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "key.pub"
    key.write_text(PUBLIC_KEY)
    openstack(environment, "paris", CREATE.replace("KEYFILE", str(key)).strip().splitlines())

    shown = dict(zip(SHOW, openstack(environment, "paris", SHOW), strict=True))
    assert shown["network show lan"]["description"] == "first"
    assert shown["subnet show lan-v4"]["dns_nameservers"] == ["192.0.2.53"]
    assert shown["router show edge"]["external_gateway_info"]["enable_snat"] is True
    assert shown["port show p0"]["fixed_ips"][0]["ip_address"] == "10.8.0.10"
    assert shown["port show p0"]["allowed_address_pairs"][0]["ip_address"] == "10.8.0.100"
    assert shown["port show p1"]["port_security_enabled"] is False
    assert shown["keypair show key"]["name"] == "key"
    assert shown["server show vm"]["status"] == "ACTIVE"
    assert shown["server show vm"]["properties"] == {"tier": "gold"}
    (server,) = shown["server list"]
    (floating,) = shown["floating ip list"]
    assert server["Networks"] == {"lan": ["10.8.0.10", floating["Floating IP Address"]]}
    assert {image["Name"] for image in shown["image list"]} >= {"ubuntu-24.04", "cirros-0.6"}
    flavors = {flavor["Name"] for flavor in shown["flavor list"]}
    assert flavors == {"m1.tiny", "m1.small", "m1.medium", "m1.large", "epa.large"}

    openstack(environment, "paris-appcred", CHANGE.strip().splitlines())
    again = ["network show lan", "port show p-zero", "server show vm"]
    network, port, vm = openstack(environment, "paris", again)
    assert (network["description"], network["tags"], port["tags"]) == ("second", ["gold"], ["gold"])
    assert (vm["status"], vm["properties"]) == ("SHUTOFF", {"tier": "silver"})

    openstack(environment, "paris", [f"floating ip delete {floating['ID']}", *DELETE.strip().splitlines()])
    left = openstack(environment, "paris", ["port list", "router list", "server list", "network list"])
    assert left[:3] == [[], [], []]
    assert {one["Name"] for one in left[3]} == {"public", "mgmt-net", "carrier-net"}


def test_an_admin_lists_projects_and_users_by_name(environment: dict[str, str]) -> None:
    commands = ["project list", "project show demo", "user show demo", "network list --long", "server list --all"]
    projects, project, user, networks, servers = openstack(environment, "paris-admin", commands)
    assert {one["Name"] for one in projects} == {"admin", "demo", "service"}
    assert (project["name"], user["name"], len(networks), servers) == ("demo", "demo", 3, [])
