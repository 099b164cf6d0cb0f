"""Processes that outlive the command which started them, and the records by which a later command finds them.

A record holds the process id with the time the process was started and the boot it was started in, so that a later
process which happens to get the same id is never taken for one of devcloud, and never signalled.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.05
GRACE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Record:
    """`started`: clock ticks since the boot; `boot`: the kernel's name for the boot."""

    pid: int
    started: int
    boot: str


def boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def identify(pid: int) -> Record | None:
    """The record of a living process; None where there is none, or only a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    # After the name in parentheses: the state is field 3 of the manual page proc(5), the start time field 22.
    return None if fields[0] in "ZX" else Record(pid, int(fields[19]), boot_id())


class Processes:
    """The processes recorded in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, argv: Sequence[str | Path], log: Path, env: Mapping[str, str]) -> None:
        """Start in a session of its own, output appended to `log`. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            child = subprocess.Popen(
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(env),
                start_new_session=True,
            )
        self._children.append(child)
        record = identify(child.pid)
        if record:
            self._path(name).write_text(json.dumps(asdict(record)))

    def alive(self) -> dict[str, int]:
        """Process ids by name, of those recorded processes that still run."""
        self._reap()
        return {name: record.pid for name, record in self._records().items() if identify(record.pid) == record}

    def stop(self, names: Iterable[str] | None = None, grace: float = GRACE_SECONDS) -> list[str]:
        """Ask these (or all) to end, make those end that do not, and forget them. The names of those that ran."""
        chosen = set(self._records() if names is None else names)
        running = chosen & set(self.alive())
        for name in running:
            # PostgreSQL waits for its clients on SIGTERM and sends them away on SIGINT.
            self._signal(name, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        end = time.monotonic() + grace
        while time.monotonic() < end and running & set(self.alive()):
            time.sleep(POLL_SECONDS)
        for name in running & set(self.alive()):
            self._signal(name, signal.SIGKILL)
        while running & set(self.alive()):
            time.sleep(POLL_SECONDS)
        for name in chosen:
            self._path(name).unlink(missing_ok=True)
        self._reap()
        return sorted(running)

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]

    def _signal(self, name: str, number: signal.Signals) -> None:
        record = self._records()[name]
        if identify(record.pid) == record:
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, number)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _records(self) -> dict[str, Record]:
        return {path.stem: Record(**json.loads(path.read_text())) for path in sorted(self._folder.glob("*.json"))}


def memory_mib(pid: int) -> int:
    """The memory of a process and its children in MiB, shared pages counted in parts (PSS); 0 where unreadable."""
    try:
        pss = Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2].split()[0]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return int(pss) // 1024 + sum(memory_mib(int(child)) for child in children)
