"""What is found of a target that is examined, before anything is done there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.errors import MagiError


class Grade(StrEnum):
    """``limited``: Magi works, but not all of it, or not for long."""

    FINE = "fine"
    LIMITED = "limited"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``hint`` says what would do; ``error`` is set where it is broken."""

    area: str
    check: str
    verdict: Grade
    message: str
    hint: str = ""
    error: MagiError | None = None
