"""Files that are changed while Magi runs: credentials that are rotated on disk count from the next use on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
Stamp = tuple[tuple[int, int, int] | None, ...]
"""Of each of some files that is there: when it was changed, which one it is, and its size."""


def stamp_of(files: Iterable[Path]) -> Stamp:
    """How the files are now. Links are followed, as those are that Kubernetes swaps when a secret changes."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


class Renewed(Generic[T]):
    """What ``make`` makes of files, made again once one of them is changed. Used by many threads.

    A call answers with it, and raises what ``make`` raises; it is tried again at the next call then.
    """

    def __init__(self, files: Iterable[Path], make: Callable[[], T]) -> None:
        self._files = tuple(files)
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[Stamp, T] | None = None

    def __call__(self) -> T:
        with self._lock:
            # Before it is read: what changes in between is found the next time.
            stamp = stamp_of(self._files)
            if self._made is None or self._made[0] != stamp:
                self._made = stamp, self._make()
            return self._made[1]
