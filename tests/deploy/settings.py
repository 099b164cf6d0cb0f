"""What `magi config check` says of settings that are shipped."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.team import MAGI


class Checked(NamedTuple):
    values: Mapping[str, Any]
    problems: list[str]


def check(file: Path, environment: Mapping[str, str]) -> Checked:
    """Fails where the settings as such are wrong; ``problems`` has the files that they name and that are not here."""
    command = [*MAGI, "config", "check", str(file), "-o", "json"]
    # What the image adds to the path of its own is not on this machine.
    given = {**environment, "PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return Checked({one["setting"]: one["value"] for one in found["settings"]}, found["problems"])
