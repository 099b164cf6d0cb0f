"""What devcloud says while it works, and how it fails."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

LAST_OUTPUT = 4000


class Failure(Exception):
    """Ends the command; the text is for the user and names what to do."""


class Progress:
    """Prints a line for each piece of work, with the seconds it took and the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._start

    def say(self, text: str) -> None:
        sys.stdout.write(f"{self.seconds():6.1f} s  {text}\n")
        sys.stdout.flush()

    @contextmanager
    def work(self, text: str) -> Iterator[None]:
        """Say so when the work inside is done; a failure is reported by its exception."""
        before = time.monotonic()
        yield
        self.say(f"{text} ({time.monotonic() - before:.1f} s)")


def run(
    argv: Sequence[str | PathLike[str]],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
) -> str:
    """The standard output of a command. Raises Failure with the end of what it wrote."""
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(command, env=env, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failure(f"{command[0]} cannot be run: {error}") from error
    if done.returncode:
        said = (done.stdout + done.stderr)[-LAST_OUTPUT:].strip()
        raise Failure(f"This failed with exit code {done.returncode}: {' '.join(command)}\n{said}")
    return done.stdout


def tail(path: Path, size: int = LAST_OUTPUT) -> str:
    """The end of a log, empty where there is none."""
    try:
        return path.read_text(errors="replace")[-size:]
    except OSError:
        return ""
