"""The daemons, and the locks that they hold in etcd."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.daemons import address_in
from benchmarks.sharing.late import Snapshot
from benchmarks.sharing.ways import Way

EVERY = 0.2
"""Seconds between two observations of the locks."""

PATIENCE = 120.0
"""Seconds that anything may take: to end a hang, and no goal."""


class Locks:
    """Reads the locks in etcd all the time, and not by the way of a daemon."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/v3/kv/range"
        self._snapshots: list[Snapshot] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def snapshots(self) -> list[Snapshot]:
        return list(self._snapshots)

    def holders(self, since: float) -> Mapping[str, str]:
        """By VIM, the name of the member that holds its lock; nothing where they were not read since then."""
        last = self._snapshots[-1] if self._snapshots else None
        return last.holders if last and last.began > since else {}

    def _run(self) -> None:
        while not self._ends.wait(EVERY):
            began = time.monotonic()
            with suppress(OSError, ValueError):
                holders = self._ask()
                if self._snapshots and self._snapshots[-1].holders == holders:
                    holders = dict(self._snapshots[-1].holders)
                self._snapshots.append(Snapshot(began, time.monotonic(), holders))

    def _ask(self) -> dict[str, str]:
        first, after = (base64.b64encode(one).decode() for one in (b"magi/magi/locks/", b"magi/magi/locks0"))
        body = json.dumps({"key": first, "range_end": after}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, body), timeout=2) as answer:
            found = json.load(answer).get("kvs", [])
        texts = ((base64.b64decode(one["key"]), base64.b64decode(one["value"])) for one in found)
        return {key.decode().rpartition("/")[2]: value.decode().partition(" ")[0] for key, value in texts}


@dataclass
class Member:
    """A daemon with its own way to etcd. ``names``: those that it had as a member, each with when it started."""

    name: str
    folder: Path
    way: Way
    process: subprocess.Popen[bytes] | None = None
    url: str = ""
    names: list[tuple[float, str]] = field(default_factory=list)

    def start(self) -> None:
        started = time.monotonic()
        log = self.folder / f"magi-{len(self.names)}.log"
        command = [sys.executable, "-m", "reconciler.cli", "run", "--config", str(self.folder / "magi.yaml")]
        with log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        self.url = f"http://{address_in(log)}"
        until(lambda: self.shard()["members"], "joined")
        self.names.append((started, next(one["name"] for one in self.shard()["members"] if one["self"])))

    def send(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def end(self, what: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.send(what)
            try:
                self.process.wait(PATIENCE)
            finally:
                self.process.kill()

    def status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/api/v1/status", timeout=PATIENCE) as answer:
            return dict(json.load(answer))

    def shard(self) -> dict[str, Any]:
        repositories = self.status()["repositories"]
        return (repositories and repositories[0]["shard"]) or {"members": [], "membersError": "has none yet"}

    def named(self, at: float) -> str:
        """Its name as a member at a time."""
        return next((name for since, name in reversed(self.names) if since <= at), "")


def until(is_true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError(f"not {what} within {seconds:g} seconds")
        time.sleep(0.1)
