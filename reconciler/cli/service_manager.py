"""What systemd is sent of the daemon: that it runs, reloads and ends, and that it is alive. See sd_notify(3)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

ADDRESS, PERIOD, PROCESS = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class ServiceManager:
    """Sends to the socket that the environment names; where it names none, nothing. Never raises."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._address = _address(environment.get(ADDRESS, ""))
        self.beat = _beat(environment) if self._address else None
        """Seconds between two signs of life; None where none is waited for."""

    def runs(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={status}")

    def reloads(self) -> None:
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def ends(self) -> None:
        self._send("STOPPING=1")

    def is_alive(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
                sending.settimeout(1.0)
                sending.sendto(text.encode(), self._address)
        except OSError:
            # Who is not heard is restarted, which is all that could be done about it.
            return


def _address(name: str) -> str | None:
    if name.startswith("@"):
        return f"\0{name[1:]}"
    return name if name.startswith("/") else None


def _beat(environment: Mapping[str, str]) -> float | None:
    """Half of what the service manager waits for, where it waits for this process."""
    if environment.get(PROCESS, str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get(PERIOD, "")
    return int(text) / 2_000_000 if text.isascii() and text.isdigit() and int(text) > 0 else None
