"""Colour is for terminals."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from tests.processes import ending

PRINTS = "from reconciler.cli.output import console, print_plans; from tests.cli.plans import plan; print_plans(console(), [plan(allowed=True)])"  # noqa: E501  one line for -c
ESCAPE = "\x1b["


def environment(**extra: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "100", **extra}


def on_a_terminal(**extra: str) -> str:
    """What the command prints when its output is a terminal."""
    own, theirs = pty.openpty()
    with ending(
        subprocess.Popen(
            [sys.executable, "-c", PRINTS], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**extra)
        )
    ):
        os.close(theirs)
        chunks = []
        while True:
            try:
                chunk = os.read(own, 65536)
            except OSError:  # Linux says so when the other side is closed.
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(own)
    return b"".join(chunks).decode()


def piped(**extra: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], env=environment(**extra), capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_terminal_gets_colour() -> None:
    text = on_a_terminal()
    assert f"{ESCAPE}32m" in text
    assert f"{ESCAPE}31m" in text


def test_a_terminal_whose_user_asks_for_none_gets_no_colour() -> None:
    assert f"{ESCAPE}32m" not in on_a_terminal(NO_COLOR="1")


@pytest.mark.parametrize("extra", [{}, {"COLUMNS": "20"}], ids=["wide", "narrow"])
def test_a_pipe_gets_plain_lines_that_are_never_broken(extra: dict[str, str]) -> None:
    text = piped(**extra)
    assert ESCAPE not in text
    assert (
        "    + server              vcpe/fw/fw-2  (flavor m1.small, image ubuntu-24.04, user_data sha256:a90f06e2019c)\n"
        in text
    )
