"""A run of atheris over one target, in a process of its own, and what becomes of an input that fails."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fuzz.corpus import CORPUS, target_of

GROWN = Path(".fuzz")
"""Where inputs are gathered that reach something new; what is there makes the next run begin further on."""

LONGEST = 64 * 1024
_HANGS_AFTER = 60
_MEMORY = 4096


class Unavailable(Exception):
    """Atheris is not there."""


def fuzzed(name: str, seconds: int, folder: Path | None = None) -> list[Path]:
    """Runs a target for so long, or until an input fails. The files that such inputs are kept in.

    Raises Unavailable.
    """
    corpus, grown = folder or CORPUS / name, GROWN / name
    corpus.mkdir(parents=True, exist_ok=True)
    grown.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as found:
        arguments = [
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            f"-timeout={_HANGS_AFTER}",
            f"-rss_limit_mb={_MEMORY}",
            f"-artifact_prefix={found}/",
            str(grown),
            str(corpus),
        ]
        ended = subprocess.run([sys.executable, "-m", "fuzz", "--child", name, *arguments], check=False)
        if ended.returncode == NO_ATHERIS:
            raise Unavailable
        files = [keep(name, path.read_bytes(), corpus) for path in sorted(Path(found).iterdir())]
    if ended.returncode and not files:
        raise RuntimeError(f"the run of {name} ended with {ended.returncode} and left no input")
    return files


NO_ATHERIS = 69
"""How a run ends that finds no atheris."""


def run_child(name: str, arguments: Sequence[str]) -> None:
    """Hands this process over to atheris, which ends it."""
    try:
        import atheris  # noqa: PLC0415  it may not be there
    except ImportError:
        sys.exit(NO_ATHERIS)
    with atheris.instrument_imports(include=["reconciler", "fuzz.targets"]):
        target = target_of(name)
    atheris.Setup([sys.argv[0], *arguments], target.check)
    atheris.Fuzz()


def keep(name: str, data: bytes, folder: Path) -> Path:
    """Writes an input down in a readable form, where it still fails in that."""
    content = data
    spelled = target_of(name).spelled(data)
    if spelled != data and fails(name, spelled):
        content = spelled
    file = folder / f"found-{hashlib.sha256(content).hexdigest()[:12]}"
    file.write_bytes(content)
    return file


def fails(name: str, data: bytes) -> Exception | None:
    """What a target raises for an input; None where it keeps its contract."""
    try:
        target_of(name).check(data)
    except Exception as error:  # noqa: BLE001  whatever it is, it is a fault
        return error
    return None


def forget(name: str) -> None:
    """Removes what was gathered for a target."""
    shutil.rmtree(GROWN / name, ignore_errors=True)
