"""Ports for servers that can't ask the kernel for one, and ports that no one listens on."""

import random
import socket

_LOWEST = 22_000
_HIGHEST = 32_767
"""The kernel gives the ports above to whoever asks for any: a port from there may be taken a moment later."""


def free_port() -> int:
    """A port of 127.0.0.1 that is free, and that no connection and no other server gets by chance."""
    while True:
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311  no secret
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
