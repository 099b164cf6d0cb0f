"""Processes that end with the test, also when that fails; servers show in their output where they listen."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import AnyStr

from tests.team import Team
from tests.waiting import PATIENCE, eventually

MAGI_LISTENS = r"magi runs .*listen=(\S+)"


@dataclass
class Served:
    """A process that serves. ``said`` grows while it runs."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def output(self) -> str:
        return "".join(self.said)


@contextmanager
def ending(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Kills it at the end if it still runs: `Popen` itself would wait for it."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def serving(process: subprocess.Popen[str], listens: str) -> Iterator[Served]:
    """Waits until the output has what ``listens`` matches, with the address in its group. Ends it by SIGTERM."""
    served = Served(process)
    assert process.stdout is not None
    reading = threading.Thread(target=lambda: served.said.extend(process.stdout or ()))
    reading.start()
    try:
        eventually(lambda: re.search(listens, served.output) or process.poll() is not None)
        found = re.search(listens, served.output)
        assert found is not None, served.output
        served.url = f"http://{found[1]}"
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            reading.join(PATIENCE)
            process.stdout.close()


@contextmanager
def daemon(
    team: Team, settings: str, *options: str, extra: Mapping[str, str] | None = None, listens: str = MAGI_LISTENS
) -> Iterator[Served]:
    """`magi run`, with ``extra`` in its environment; it has to end well."""
    file = team.folder / "magi.yaml"
    file.write_text(settings)
    with serving(team.start("run", "--config", str(file), *options, extra=extra), listens) as served:
        yield served
    assert served.process.returncode == 0, served.output
