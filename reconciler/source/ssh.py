"""The ssh that git starts: it never asks, and never trusts an unknown host.

Git starts a command with options by a shell, and a plain program without one. So a program of Magi, `magi-ssh`, is
in between and adds the options; where it is not installed, git gets the command.
"""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

PROGRAM = "magi-ssh"
OPTIONS = "MAGI_SSH_OPTIONS"


def ssh_environment(environ: Mapping[str, str], connect_timeout: int, python: str = sys.executable) -> dict[str, str]:
    """What shows git which ssh to start. ``python``: beside it, programs of this installation are found."""
    options = ssh_options(environ, connect_timeout)
    program = Path(python).with_name(PROGRAM)
    if os.access(program, os.X_OK):
        return {"GIT_SSH_VARIANT": "ssh", "GIT_SSH": str(program), OPTIONS: shlex.join(options)}
    return {"GIT_SSH_VARIANT": "ssh", "GIT_SSH_COMMAND": shlex.join(["ssh", *options])}


def ssh_options(environ: Mapping[str, str], connect_timeout: int) -> list[str]:
    """The options of ssh, with the key and the host keys of the environment."""
    settings = [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        f"ConnectTimeout={connect_timeout}",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=3",
    ]
    options = []
    if key := environ.get("MAGI_GIT_SSH_KEY"):
        options += ["-i", key]
        settings.append("IdentitiesOnly=yes")
    if known_hosts := environ.get("MAGI_GIT_KNOWN_HOSTS"):
        settings.append(f"UserKnownHostsFile={known_hosts}")
    return [*options, *(part for setting in settings for part in ("-o", setting))]


def main() -> NoReturn:
    """`magi-ssh`: becomes ssh."""
    options = shlex.split(os.environ.get(OPTIONS, ""))
    os.execvp("ssh", ["ssh", *options, *sys.argv[1:]])  # noqa: S606  that there is no shell is what it is for
