"""Signals that a process waits for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from reconciler.cli.signals import waiting_for
from tests.processes import ending
from tests.waiting import PATIENCE


def test_a_signal_that_came_before_the_wait_is_not_missed() -> None:
    with waiting_for(signal.SIGUSR1, signal.SIGUSR2) as next_signal:
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)
        assert {next_signal(), next_signal()} == {signal.SIGUSR1, signal.SIGUSR2}


def test_what_was_in_force_before_is_in_force_again() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with waiting_for(signal.SIGUSR1):
        assert signal.getsignal(signal.SIGUSR1) is not before
    assert signal.getsignal(signal.SIGUSR1) is before


BUSY = """
import signal, threading, time
from reconciler.cli.signals import ENDING, waiting_for
from tests.waiting import PATIENCE
for _ in range(8):
    threading.Thread(target=lambda: [time.sleep(0.001) for _ in iter(int, 1)], daemon=True).start()
with waiting_for(*ENDING) as next_signal:
    print("ready", flush=True)
    print(next_signal().name, flush=True)
"""


def test_a_signal_ends_a_process_whose_other_threads_are_busy() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with ending(subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert process.communicate(timeout=PATIENCE)[0] == f"{number.name}\n"
