"""Runs the command blocks of a page in one shell, in order, and compares what each prints with the page.

A block of commands is fenced as ``sh``; the ``text`` block that follows it is what it prints, errors included. Without
one it prints nothing. A command that fails ends the shell, as with ``set -e``, and with it the page.

Both sides are compared without what differs from run to run (`plain`): ids, digests, commits, MAC addresses, times,
ages, estimates, and the width of columns. A line ``...`` of the page matches any lines, also none.
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ANY_LINES = "..."
_FENCED = re.compile(r"^(?P<fence>`{3,})(?P<kind>[a-z]*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_VARYING = (
    # The pass that runs at this moment, also where it makes a cell so long that it is cut.
    (re.compile(r"(; |  +)(observing|planning|applying)( \d+ of \d+)?, began \d+ (s|min|h|d) ago"), ""),
    (re.compile(r"; [^;]{0,40}…$", re.MULTILINE), ""),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b"), "MAC"),
    # On a terminal, as the page has it, and piped.
    (re.compile(r"\b\d+ (s|min|h|d) ago, \d\d:\d\d UTC"), "AGE"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+ (s|min|h|d) ago\)"), "AGE"),
    (re.compile(r"\b\d+ (s|min|h|d) ago\b"), "AGE"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "DIGEST"),
    (re.compile(r"\b(?=[a-f]*\d)[0-9a-f]{10}([0-9a-f]{30})?\b"), "COMMIT"),
    (re.compile(r"^(\**Duration:).*", re.MULTILINE), r"\1 ESTIMATE"),
    (re.compile(r"(?<=\S) {2,}"), "  "),
)


class Differs(AssertionError):
    """A block printed something else than the page says, or ended the shell."""


@dataclass(frozen=True)
class Block:
    """One block of commands. ``line`` is that of its fence, from 1; ``printed`` is empty or ends with a line break."""

    page: str
    line: int
    commands: str
    printed: str


def blocks(page: Path) -> tuple[Block, ...]:
    """Those of a page, in order.

    Raises:
        ValueError: An output belongs to no commands.
    """
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    open_for_output = False
    for match in _FENCED.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["kind"] == "sh":
            found.append(Block(page.name, line, match["text"], ""))
        elif match["kind"] == "text":
            if not open_for_output:
                raise ValueError(f"{page.name}:{line}: the output of which commands?")
            last = found.pop()
            found.append(Block(last.page, last.line, last.commands, match["text"]))
        open_for_output = match["kind"] == "sh"
    return tuple(found)


def plain(text: str) -> list[str]:
    """Its lines without what differs from run to run."""
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return [line.rstrip() for line in text.splitlines()]


def difference(block: Block, printed: str) -> str:
    """How what it printed differs from the page, as a unified diff; empty where it does not."""
    expected, found = plain(block.printed), plain(printed)
    if _matches(expected, found):
        return ""
    return "\n".join(difflib.unified_diff(expected, found, "the page", "printed", lineterm="", n=100))


def _matches(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Whether all parts between the lines ``...`` are there, in order, the first at the start, the last at the end."""
    parts: list[list[str]] = [[]]
    for line in expected:
        if line == ANY_LINES:
            parts.append([])
        else:
            parts[-1].append(line)
    if len(parts) == 1:
        return list(found) == parts[0]
    first, *middle, last = parts
    at, end = len(first), len(found) - len(last)
    if at > end or list(found[:at]) != first or list(found[end:]) != last:
        return False
    for part in middle:
        places = (place for place in range(at, end - len(part) + 1) if list(found[place : place + len(part)]) == part)
        if (place := next(places, None)) is None:
            return False
        at = place + len(part)
    return True


class Shell:
    """A bash of its own session. Whatever it started in the background ends with it."""

    def __init__(self, folder: Path, environment: Mapping[str, str], seconds: float) -> None:
        """``seconds``: until a hang is ended, for all blocks together."""
        self._mark = f"end of block {secrets.token_hex(8)}"
        self._until = time.monotonic() + seconds
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
        )

    def run(self, commands: str, shown: str) -> str:
        """What the commands print.

        Raises:
            Differs: One of them failed, or the time is over; with ``shown`` and what was printed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # As a group: bash has read all of it before its commands can take anything from the input.
        script = f"{{\n{commands}\n}} </dev/null\nprintf '%s\\n' '{self._mark}'\n"
        self._process.stdin.write(script.encode())
        ending = f"{self._mark}\n".encode()
        printed = b""
        while not printed.endswith(ending):
            left = self._until - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise Differs(f"{shown}: it did not end in time, after\n{printed.decode(errors='replace')}")
            if not (part := os.read(self._process.stdout.fileno(), 1 << 16)):
                raise Differs(f"{shown}: a command failed, after\n{printed.decode(errors='replace')}")
            printed += part
        return printed[: -len(ending)].decode(errors="replace")

    def end(self) -> None:
        """Ends it with all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def walk(
    page: Sequence[Block],
    folder: Path,
    environment: Mapping[str, str],
    *,
    substitutions: Mapping[str, str],
    names: Mapping[str, str],
    seconds: float,
) -> list[tuple[Block, str]]:
    """Runs the blocks in ``folder``, and returns what each printed.

    ``substitutions`` are made in the commands; ``names`` in what they print, which is how the page has it.

    Raises:
        Differs: A block failed or printed something else; names page, line and block.
    """
    done: list[tuple[Block, str]] = []
    shell = Shell(folder, environment, seconds)
    try:
        for number, block in enumerate(page, 1):
            shown = f"{block.page}:{block.line}: block {number}\n{block.commands}"
            printed = _replaced(shell.run(_replaced(block.commands, substitutions), shown), names)
            if found := difference(block, printed):
                raise Differs(f"{shown}\n{found}")
            done.append((block, printed))
    finally:
        shell.end()
    return done


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text
