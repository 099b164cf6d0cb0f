"""What systemd is sent of the real daemon: that it runs, reloads, lives and ends; and SIGHUP at any time."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Workplace
from tests.end_to_end.test_reloading import reload, settings
from tests.processes import daemon
from tests.waiting import PATIENCE


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving:
        receiving.bind(str(tmp_path / "notify"))
        receiving.settimeout(PATIENCE)
        yield receiving


def until(manager: socket.socket, expected: Callable[[str], bool]) -> list[str]:
    """What comes, up to the first that is so."""
    found: list[str] = []
    while not found or not expected(found[-1]):
        found.append(manager.recv(4096).decode())
    return found


def test_it_says_that_it_runs_reloads_lives_and_ends(workplace: Workplace, manager: socket.socket) -> None:
    workplace.copy_example("hello-world")
    extra = {"NOTIFY_SOCKET": str(manager.getsockname()), "WATCHDOG_USEC": "400000"}
    with daemon(workplace, settings(workplace), extra=extra) as magi:
        assert until(manager, lambda text: "READY=1" in text)[0] == "READY=1\nSTATUS=follows default"
        assert until(manager, lambda text: text == "WATCHDOG=1")
        reload(workplace, magi, settings(workplace, interval=1800))
        reloading = until(manager, lambda text: "READY=1" in text)
        assert any(text.startswith("RELOADING=1\nMONOTONIC_USEC=") for text in reloading)
    assert until(manager, lambda text: text == "STOPPING=1")


def test_a_service_manager_that_is_gone_ends_nothing(workplace: Workplace, tmp_path: Path) -> None:
    workplace.copy_example("hello-world")
    extra = {"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "400000"}
    with daemon(workplace, settings(workplace), extra=extra) as magi:
        reload(workplace, magi, settings(workplace, interval=1800))


def test_hang_ups_in_a_row_end_nothing(workplace: Workplace) -> None:
    workplace.copy_example("hello-world")
    with daemon(workplace, settings(workplace)) as magi:
        for _ in range(20):
            magi.process.send_signal(signal.SIGHUP)
        reload(workplace, magi, settings(workplace, interval=1800))
        assert magi.process.poll() is None
