"""The real daemon in a process of its own, for a benchmark."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.clouds import write

PATIENCE = 30.0


@dataclass(frozen=True)
class Daemon:
    url: str
    pid: int

    def total(self, name: str, **labels: str) -> float:
        """The sum of the series of a metric that have these labels."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        samples = (sample for family in families for sample in family.samples if sample.name == name)
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


@contextmanager
def running(folder: Path, settings: str) -> Iterator[Daemon]:
    """`magi run` with these settings; they have it listen on a free port of loopback. Its log is in the folder."""
    write(folder, {"magi.yaml": settings})
    log = folder / "magi.log"
    command = [sys.executable, "-m", "reconciler.cli", "run", "--config", str(folder / "magi.yaml")]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            yield Daemon(f"http://{address_in(log)}", process.pid)
        finally:
            process.terminate()


def seconds_of(daemon: Daemon) -> float:
    """Processor time of the daemon so far, with that of the processes that it waited for."""
    fields = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory_of(daemon: Daemon) -> float:
    """Resident memory in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{daemon.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def address_in(log: Path) -> str:
    """Where a daemon listens, as soon as its log says so."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := re.search(r"listen=(\S+)\n", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise TimeoutError(log.read_text())
