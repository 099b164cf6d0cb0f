"""Sockets to listen on: of TCP, or a Unix socket in the file system."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from reconciler.config import Address
from reconciler.model import ConfigError

_MODE = 0o660
"""Of a Unix socket: the user of the daemon, and its group."""


def listen_on(address: Address, setting: str) -> socket.socket:
    """A socket that listens. ``setting``: the one that names the address. Raises ConfigError."""
    try:
        if address.socket_file:
            return _unix(address.socket_file)
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((address.host, address.port), family=family)
    except OSError as error:
        what = "a path that the daemon may write to" if address.socket_file else "a free address and port"
        raise ConfigError(f"can't listen on {address}: {error.strerror}", f"set '{setting}' to {what}") from error


def _unix(file: Path) -> socket.socket:
    _remove_stale(file)
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(file))
        # Before it listens: until then no one can connect, whatever the umask was.
        file.chmod(_MODE)
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def _remove_stale(file: Path) -> None:
    """Removes a socket that a process left which has ended. What else is there stays, and binding fails."""
    try:
        if not stat.S_ISSOCK(file.lstat().st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(str(file))
        except ConnectionRefusedError:
            file.unlink()


def identity_of(file: Path) -> tuple[int, int] | None:
    """Which file it is, so that no other one is removed in its place; None: there is none."""
    try:
        found = os.lstat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
