"""How much is read from a repository, and how much its rules may take. Each bound is a setting of the operator's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_FILE_BYTES = 4 * 1024 * 1024
"""What a file may have at most, whatever the settings: places in it are packed into so many columns."""

_MOST = 1_000_000_000
_LEAST_FILE_BYTES = 128 * 1024
"""What an age file or user data may have has to fit."""

_MAX_DEPTH = 64
"""What is read is gone through by functions that call themselves."""


def _bound(default: float, text: str, most: int = _MOST, least: int = 1) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "text": text})


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Bounds of one repository. What is beyond one is refused, and the message names the setting, ``limits.NAME``."""

    files: int = _bound(100_000, "most files of a repository, or of the folder that `repository.path` names")
    bytes: int = _bound(
        64 * 1024 * 1024, "most bytes of all YAML files, together with what sets are filled to", 1024 * _MOST
    )
    file_bytes: int = _bound(MAX_FILE_BYTES, "most bytes of one file", MAX_FILE_BYTES, _LEAST_FILE_BYTES)
    file_documents: int = _bound(1_000, "most YAML documents of one file")
    file_values: int = _bound(500_000, "most values of one YAML file")
    file_depth: int = _bound(_MAX_DEPTH, "most levels that values of a YAML file are nested", _MAX_DEPTH)
    documents: int = _bound(20_000, "most documents, and most members of all sets")
    resources: int = _bound(100_000, "most resources of all services")
    service_resources: int = _bound(50_000, "most resources of one service")
    rego_seconds: float = _bound(10.0, "seconds that Rego rules may take for one plan", 3600)
    rego_memory: int = _bound(1024, "MiB of memory that Rego rules may take for one plan", 1024 * 1024)


DEFAULT_LIMITS = InputLimits()
MOST_IN_A_FILE = InputLimits(file_documents=_MOST, file_values=_MOST)
"""For a file that has been read within its own bounds before."""


def file_bytes_hint(cure: str, allowed: int) -> str:
    """What to do about a file that is larger than allowed, besides what would do in any case."""
    return cure if allowed >= MAX_FILE_BYTES else f"{cure}, or raise limits.fileBytes"
