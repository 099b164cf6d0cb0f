"""Places in the repository, problems with the documents, and every error that Magi raises on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Where in the repository something is said: file relative to its root, line and column from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with the documents; sorts by place."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.column}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class MagiError(Exception):
    """Something a person can fix. Every error that Magi raises on purpose is one of these.

        MagiError
        ├── DocumentsError   the documents are wrong: not until Git changes
        ├── SourceError      the repository can't be read (reconciler.source)
        ├── ConfigError      settings, clouds.yaml or credentials are wrong: not until an operator fixes them
        ├── ForgeError       the forge does not do what it is asked for
        ├── TargetUnknown    a target can't be observed: again
        └── StepFailed       a step could not be carried out: again, unless ``terminal``

    ``message`` says what is wrong; ``hint`` says what would do.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class DocumentsError(MagiError):
    """The documents of a commit are wrong. ``problems`` holds all that is wrong, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the documents; the first: {self.problems[0]}")


class ConfigError(MagiError):
    """Settings, clouds.yaml or credentials are wrong."""


class ForgeError(MagiError):
    """The forge does not do what it is asked for."""


class TargetUnknown(MagiError):
    """A target could not be observed, or not entirely: nothing may be created or deleted on it."""


class StepFailed(MagiError):
    """The target refused a step. ``terminal``: not until Git or the target changes; else again. ``rejected``: the
    request itself is wrong or forbidden, and no lack of quota or room. ``lost``: no reply came, so that it may have
    been done all the same.

    ``retry_after`` is the time in seconds that the target asked for, if it did.
    """

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        terminal: bool = False,
        rejected: bool = False,
        lost: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.terminal = terminal
        self.rejected = rejected
        self.lost = lost
        self.retry_after = retry_after
