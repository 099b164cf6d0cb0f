"""Runs the engine in a process of its own, which is bounded and knows nothing of the one that starts it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from reconciler.judging.rego.checks import Modules, prepared
from reconciler.judging.rego.child import MARK
from reconciler.model import DEFAULT_LIMITS, InputLimits, MagiError

_LONGEST = 300
_MEMORY_SIGNALS = frozenset({signal.SIGABRT, signal.SIGKILL})


@dataclass(frozen=True, slots=True)
class Bounds:
    """``seconds`` that rules may take for one plan, and ``memory``: MiB that the engine may take for it."""

    seconds: float = DEFAULT_LIMITS.rego_seconds
    memory: int = DEFAULT_LIMITS.rego_memory


BOUNDS = Bounds()


def bounds_of(limits: InputLimits) -> Bounds:
    return Bounds(limits.rego_seconds, limits.rego_memory)


class RegoFailedError(MagiError):
    """The rules could not judge: they are wrong, take too much, or answer with something else than decisions."""


def run_job(job: Mapping[str, Any], bounds: Bounds = BOUNDS) -> Any:
    """The answer to a job of `reconciler.judging.rego.child`. Raises RegoFailedError."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("child.py"))]
    command += [str(int(bounds.seconds) + 1), str(bounds.memory << 20)]
    given = json.dumps({"path": [one for one in sys.path if one], **job})
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=bounds.seconds,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise RegoFailedError(
            f"the Rego rules take longer than {bounds.seconds:g} seconds",
            "make them simpler, or raise limits.regoSeconds",
        ) from None
    if not done.returncode and MARK in done.stdout:
        return json.loads(done.stdout.rpartition(MARK)[2])
    said = " ".join((done.stdout + done.stderr).split())
    if -done.returncode in _MEMORY_SIGNALS or "bad_alloc" in said or "MemoryError" in said:
        raise RegoFailedError(
            f"the Rego rules take more than {bounds.memory} MiB of memory",
            "have them make smaller sets, arrays and texts, or raise limits.regoMemory",
        )
    if done.returncode == -signal.SIGSEGV:
        raise RegoFailedError("the engine of the Rego rules crashed", "does a rule call itself?")
    raise RegoFailedError(f"the Rego rules failed: {said[-_LONGEST:] or 'no message'}", "fix the files in regoFolder")


def texts_of(modules: Modules) -> dict[str, str]:
    """What the engine is given of the files: prepared, with Magi's builtin functions."""
    texts = {module.file: prepared(module, modules) for module in modules.all}
    own = files("reconciler.judging.rego").joinpath("net.rego").read_text(encoding="utf-8")
    # No file of a folder has a slash in its name.
    return texts | ({"magi/net.rego": own} if any("magi_builtins" in text for text in texts.values()) else {})
