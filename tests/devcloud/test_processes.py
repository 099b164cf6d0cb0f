"""Only processes that devcloud started are found, and signalled."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from devcloud.processes import Processes, Record, boot_id, identify, memory_mib
from tests.processes import ending

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path / "run")
    yield started
    started.stop(grace=0)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of another actor."""
    with ending(subprocess.Popen(SLEEPER)) as process:
        yield process


def test_what_was_started_is_found_by_a_later_command_and_stopped(processes: Processes, tmp_path: Path) -> None:
    processes.start("nova", SLEEPER, tmp_path / "log/nova.log", os.environ)
    later = Processes(tmp_path / "run")
    assert set(later.alive()) == {"nova"}
    assert later.stop() == ["nova"]
    assert later.alive() == {}
    assert list((tmp_path / "run").iterdir()) == []


def test_only_the_named_processes_are_stopped(processes: Processes, tmp_path: Path) -> None:
    for name in ("nova", "neutron"):
        processes.start(name, SLEEPER, tmp_path / "log", os.environ)
    assert processes.stop(["nova"]) == ["nova"]
    assert set(processes.alive()) == {"neutron"}


def test_a_process_that_does_not_end_is_made_to(processes: Processes, tmp_path: Path) -> None:
    log = tmp_path / "stubborn.log"
    processes.start("neutron", STUBBORN, log, os.environ)
    while "ready" not in log.read_text():
        assert processes.alive()
    assert processes.stop(grace=0.1) == ["neutron"]
    assert processes.alive() == {}


@pytest.mark.parametrize("wrong", ["started", "boot"])
def test_a_stranger_with_the_recorded_id_is_left_alone(
    stranger: subprocess.Popen[bytes], tmp_path: Path, wrong: str
) -> None:
    true = identify(stranger.pid)
    assert true
    record = {**asdict(true), wrong: true.started - 1 if wrong == "started" else "another-boot"}
    (tmp_path / "nova.json").write_text(json.dumps(record))
    processes = Processes(tmp_path)
    assert processes.alive() == {}
    assert processes.stop() == []
    assert stranger.poll() is None


def test_an_ended_process_is_not_alive_even_before_it_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.read()
        while identify(child.pid):
            pass
        record = Record(child.pid, 0, boot_id())
        (tmp_path / "nova.json").write_text(json.dumps(asdict(record)))
        assert Processes(tmp_path).alive() == {}


def test_memory_is_counted_and_no_one_has_none() -> None:
    assert memory_mib(os.getpid()) > 0
    assert memory_mib(2**22 + 1) == 0
