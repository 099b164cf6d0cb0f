"""Asks instances whether they do their work: by TCP, HTTP or ping."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from reconciler.model import Desired, Key, Observed, Probe, World

_PARALLEL = 32
_FINE = range(200, 400)


def ask_all(desired: Mapping[Key, Desired], world: World) -> Mapping[Key, str]:
    """What the probes of the ready servers said: for each server that has one "" when it passed, else why not."""
    outside = {front: one.address for one in world.observed.values() if (front := one.spec.fronts())}
    asked = {
        key: (
            declared.probe,
            outside.get(declared.probe.interface) or _inside(world.observed.get(declared.probe.interface)),
        )
        for key, declared in desired.items()
        if declared.probe and key in world.observed and world.observed[key].ready
    }
    if not asked:
        return {}
    with ThreadPoolExecutor(min(_PARALLEL, len(asked)), thread_name_prefix=f"probe-{world.target}") as pool:
        return dict(zip(asked, pool.map(lambda one: ask(*one), asked.values()), strict=True))


def ask(probe: Probe, address: str) -> str:
    """Asks once. "" when the answer is as it should be, else what was wrong."""
    if not address:
        return f"interface {probe.interface.name} has no address to ask"
    port = f":{probe.port}" if probe.port else ""
    where = f"{probe.protocol} {f'[{address}]' if ':' in address else address}{port}"
    try:
        wrong = _ASK[probe.protocol](probe, address)
    except TimeoutError:
        wrong = f"no answer within {probe.timeout:g} s"
    except (OSError, http.client.HTTPException) as error:
        wrong = str(getattr(error, "strerror", None) or error) or "no proper answer"
    return f"{where}: {wrong}" if wrong else ""


def _tcp(probe: Probe, address: str) -> str:
    socket.create_connection((address, probe.port), probe.timeout).close()
    return ""


def _http(probe: Probe, address: str) -> str:
    connection = http.client.HTTPConnection(address, probe.port, timeout=probe.timeout)
    try:
        connection.request("GET", probe.path, headers={"User-Agent": "magi"})
        status = connection.getresponse().status
    finally:
        connection.close()
    return "" if status in _FINE else f"status {status} for {probe.path}"


def _ping(probe: Probe, address: str) -> str:
    from icmplib import ICMPLibError, ping  # noqa: PLC0415  it brings asyncio along, for every command

    # Unprivileged sockets: the group of the process has to be in net.ipv4.ping_group_range.
    try:
        return "" if ping(address, count=1, timeout=probe.timeout, privileged=False).is_alive else "no answer"
    except ICMPLibError as error:
        return str(error) or "it can't be sent"


_ASK = {"tcp": _tcp, "http": _http, "ping": _ping}


def _inside(port: Observed | None) -> str:
    """The first address of a port; of IPv4 when it has both."""
    return min(port.spec.addresses() if port else (), key=lambda address: ":" in address, default="")
