"""A real etcd for tests, on loopback: it can be killed and come back with what it had."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.ports import free_port
from tests.waiting import eventually

needs_etcd = pytest.mark.skipif(shutil.which("etcd") is None, reason="not installed: etcd (package etcd-server)")


class EtcdServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._address = f"127.0.0.1:{self.port}"
        self._peers = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"etcd3+http://{self._address}"

    def start(self) -> None:
        own = f"http://{self._address}"
        command = ["etcd", "--name", "one", "--data-dir", str(self._folder), "--logger", "zap", "--log-level", "error"]
        command += ["--listen-client-urls", own, "--advertise-client-urls", own, "--listen-peer-urls", self._peers]
        command += ["--initial-advertise-peer-urls", self._peers, "--initial-cluster", f"one={self._peers}"]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        eventually(self._answers)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def lose_data(self) -> None:
        """Kills it, and begins with nothing."""
        self.kill()
        shutil.rmtree(self._folder)
        self.start()

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://{self._address}/health", timeout=5) as answer:
                return b"true" in answer.read()
        except (URLError, OSError):
            return False


@contextmanager
def etcd_server(folder: Path) -> Iterator[EtcdServer]:
    server = EtcdServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
