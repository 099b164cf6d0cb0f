"""Someone changes things manually: what differs is listed, with when and by whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openstack
import yaml

from reconciler.cli import exits
from tests.end_to_end.conftest import Workplace


def out_of_band(clouds_file: Path, cloud: str) -> Any:
    """Someone's own client."""
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_file)])
    return openstack.connection.Connection(config=config.get_one(cloud=cloud))


def deployed(workplace: Workplace) -> tuple[str, str]:
    workplace.copy_example("hello-world")
    clouds = ("--clouds-file", str(workplace.clouds_file))
    done = workplace.magi("apply", workplace.url, "--yes", *clouds)
    assert done.code == 0, done.out + done.err
    return clouds


def test_drift_is_listed_with_when_and_by_whom_and_nothing_is_written(workplace: Workplace) -> None:
    clouds = deployed(workplace)
    none = workplace.magi("drift", workplace.url, "--check", *clouds)
    assert (none.code, none.out.splitlines()[-1]) == (0, "No drift: the clouds are what the documents say.")
    admin = out_of_band(workplace.clouds_file, "paris-admin")
    (server,) = admin.compute.servers(all_projects=True)
    admin.compute.stop_server(server)
    admin.compute.wait_for_server(admin.compute.get_server(server), status="SHUTOFF", interval=0.1)
    member = out_of_band(workplace.clouds_file, "paris")
    member.compute.update_server(server, name="mine")
    port = next(one for one in member.network.ports() if one.device_id == server.id)
    member.network.update_port(port, name="mine")
    (address,) = member.network.ips()
    member.network.delete_ip(address)
    workplace.simulator.reset_requests()
    found = workplace.magi("drift", workplace.url, "--check", "-o", "json", *clouds)
    assert found.code == exits.CHANGES, found.err
    output = {one["kind"]: one for one in found.json["drift"]}
    assert {kind: one["difference"] for kind, one in output.items()} == {
        "server": "changed",
        "port": "changed",
        "floating-ip": "missing",
    }
    assert output["server"]["action"] == "stop"
    assert output["server"]["changedBy"] == f"user {admin.current_user_id}"
    assert output["server"]["changes"] == [{"field": "name", "old": "mine", "new": "hello/web/web-0"}]
    assert output["port"]["action"].startswith("revision_number ")
    assert output["port"]["changedAt"]
    assert output["floating-ip"]["changedAt"] is None
    assert {one["mode"] for one in output.values()} == {"repair"}
    text = workplace.magi("drift", workplace.url, *clouds)
    assert text.code == 0
    assert "name: mine -> hello/web/web-0" in text.out
    assert re.search(rf"\(stop\) +user {admin.current_user_id} +repair", text.out), text.out
    assert workplace.writes() == []


def test_a_vim_that_does_not_answer_is_an_error_beside_what_was_found(workplace: Workplace) -> None:
    clouds = deployed(workplace)
    content = yaml.safe_load(workplace.clouds_file.read_text())
    content["clouds"]["paris"]["auth"]["password"] = "wrong"
    (workplace.folder / "wrong.yaml").write_text(yaml.safe_dump(content))
    done = workplace.magi("drift", workplace.url, "--clouds-file", "wrong.yaml", "-o", "json")
    assert done.code == exits.CONFIG
    assert done.json["drift"] == []
    assert len(done.json["errors"]) == 1
    assert workplace.magi("drift", workplace.url, *clouds, "--vim", "rome").code == exits.USAGE
