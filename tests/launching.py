"""Runs `magi` in a process of its own, forked from one that has loaded what most commands need.

That is the larger part of a short command, and the tests run hundreds of them. The daemon, and what is to be
interrupted, start from nothing, as they do for users; and so does the help of each command (tests/cli/test_help.py).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

from tests.waiting import PATIENCE

MODULE = "reconciler.cli"
_LOADED = (
    "click", "git", "graphlib", "jsonschema", "jsonschema_rs", "keystoneauth1.identity", "openstack", "pyrage",
    "rich.console", "rich.progress", "rich.rule", "rich.table", "statistics", "yaml", "zoneinfo",
    "reconciler.documents", "reconciler.targets.openstack", "reconciler.loop.converge", "reconciler.source",
)  # fmt: skip
_LARGEST = 1 << 18


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: str, timeout: float
) -> tuple[int, str, str]:
    """Exit code, output and errors. A process that was killed has its signal's number, negative, as its code.

    Raises:
        subprocess.TimeoutExpired: It took longer than ``timeout`` seconds, and was killed.
    """
    assert {name for name in environment if name.startswith("PYTHON")} <= {"PYTHONPATH"}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb", buffering=0) as reported:
            try:
                request = json.dumps([list(arguments), str(folder), dict(environment)]).encode()
                assert len(request) < _LARGEST
                files = [given.fileno(), out.fileno(), err.fileno(), writing]
                socket.send_fds(_launcher(), [request], files)
            finally:
                os.close(writing)
            code = _reported(reported, arguments, timeout)
        return code, _text(out), _text(err)


def _reported(reported: IO[bytes], arguments: Sequence[str], timeout: float) -> int:
    """The exit code, after the process id in a pipe that ends with the process."""
    until = time.monotonic() + timeout
    said = b""
    while select.select([reported], [], [], max(0.0, until - time.monotonic()))[0]:
        if part := reported.read(64):
            said += part
            continue
        assert said.count(b"\n") == 2, "the process that launches the commands is broken"
        return int(said.split()[1])
    if said:
        os.kill(int(said.split()[0]), signal.SIGKILL)
    raise subprocess.TimeoutExpired([MODULE, *arguments], timeout)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@cache
def _launcher() -> socket.socket:
    """The connection to the launching process. That ends with it."""
    own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for one in (own, theirs):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
    root = str(Path(__file__).parents[1])
    command = [sys.executable, "-m", "tests.launching", str(theirs.fileno())]
    process = subprocess.Popen(command, cwd=root, pass_fds=[theirs.fileno()], start_new_session=True)
    theirs.close()

    def end() -> None:
        own.close()
        process.wait(PATIENCE)

    atexit.register(end)
    return own


def _serve(requests: socket.socket) -> None:
    for module in _LOADED:
        importlib.import_module(module)
    # What is loaded is not to be gone through, and so copied, in each process.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, files, _flags, _address = socket.recv_fds(requests, _LARGEST, 4)
        if not request:
            return
        if os.fork() == 0:
            requests.close()
            _attend(request, files)
        for file in files:
            os.close(file)


def _attend(request: bytes, files: Sequence[int]) -> NoReturn:
    """Starts the process, waits for it, and shows how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, reporting = files
    if (process := os.fork()) == 0:
        os.close(reporting)
        _become(request, standard)
    os.write(reporting, f"{process}\n".encode())
    _process, status = os.waitpid(process, 0)
    os.write(reporting, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: bytes, standard: Sequence[int]) -> NoReturn:
    arguments, folder, environment = json.loads(request)
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["magi", *arguments]
    # The one variable of Python that a process can still heed when it is forked.
    sys.path[:1] = [folder, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        _serve(connection)
