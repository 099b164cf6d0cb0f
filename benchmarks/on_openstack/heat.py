"""ref20 by Heat: a stack, and processes that send its template and wait for the end."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.on_openstack.cloud import Cloud

STACK = "ref20"
_IMAGE, _FLAVOR, _EXTERNAL = "cirros-0.6", "m1.tiny", "public"


def template(servers: int, *, other_rule: bool) -> dict[str, Any]:
    """The template of ref20, with every server and port a resource of the stack itself, as in Magi's plan."""
    return {
        "heat_template_version": "2018-08-31",
        "resources": dict(_networks()) | {"ref": _group(other_rule=other_rule)} | dict(_servers(servers)),
    }


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": f"OS::{kind}", "properties": properties}


def _get(name: str) -> dict[str, str]:
    return {"get_resource": name}


def _networks() -> Any:
    for name, cidr in (("left", "10.20.0.0/24"), ("right", "10.21.0.0/24")):
        yield name, _resource("Neutron::Net", name=f"{STACK}-{name}")
        yield f"{name}-subnet", _resource("Neutron::Subnet", network=_get(name), cidr=cidr)
        yield (
            f"{name}-interface",
            _resource("Neutron::RouterInterface", router=_get("edge"), subnet=_get(f"{name}-subnet")),
        )
    yield "edge", _resource("Neutron::Router", name=f"{STACK}-edge", external_gateway_info={"network": _EXTERNAL})


def _group(*, other_rule: bool) -> dict[str, Any]:
    ports = (22, 8080 if other_rule else 80, 443)
    rules = [{"protocol": "tcp", "port_range_min": port, "port_range_max": port} for port in ports]
    return _resource("Neutron::SecurityGroup", name=f"{STACK}-ref", rules=[*rules, {"protocol": "icmp"}])


def _servers(count: int) -> Any:
    for number in range(count):
        for card, network in (("eth0", "left"), ("eth1", "right")):
            yield (
                f"vm-{number}-{card}",
                _resource(
                    "Neutron::Port",
                    name=f"{STACK}-vm-{number}-{card}",
                    network=_get(network),
                    fixed_ips=[{"subnet": _get(f"{network}-subnet")}],
                    security_groups=[_get("ref")],
                ),
            )
        networks = [{"port": _get(f"vm-{number}-{card}")} for card in ("eth0", "eth1")]
        yield (
            f"vm-{number}",
            _resource("Nova::Server", name=f"{STACK}-vm-{number}", image=_IMAGE, flavor=_FLAVOR, networks=networks),
        )


class Heat:
    """The stack, in the project that the login of the cloud has."""

    name = "Heat"

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self._file, self._auth = folder / "template.json", json.dumps(cloud.auth)

    def bring_about(self, servers: int, *, other_rule: bool = False) -> float:
        self._file.write_text(json.dumps(template(servers, other_rule=other_rule)))
        return self._run("apply")

    def find_nothing_to_do(self) -> float:
        return self._run("apply")

    def damage(self) -> None:
        """Heat compares a template with the one before, and not with the cloud."""

    def remove(self) -> float:
        return self._run("delete")

    def _run(self, what: str) -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.on_openstack.stack", what, STACK, str(self._file), self._auth]
        subprocess.run(command, check=True)
        return time.perf_counter() - start
