"""The files of one commit, as whoever reads documents sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from posixpath import dirname
from typing import Protocol

from reconciler.model import Problem


class File(Protocol):
    """One file: the same ``blob`` means the same content; ``size`` in bytes."""

    @property
    def blob(self) -> str: ...

    @property
    def size(self) -> int: ...


class Files(Protocol):
    """The files of one commit, by path relative to its root."""

    @property
    def files(self) -> Mapping[str, File]: ...

    @property
    def left_out(self) -> Mapping[str, str]:
        """What is there and is no file of the documents: each path, of a file or a folder, with the reason."""

    @property
    def ignored(self) -> int:
        """How many files `.magiignore` leaves out."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with what leaves files out."""

    @property
    def shared(self) -> str:
        """The folder with the files of a repository that others share; "" for none."""

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]: ...


def why_left_out(path: str, commit: Files) -> str:
    """Why a file that is there, or may be there in a submodule or behind a link, is not read; "" for any other."""
    while path:
        if path in commit.left_out:
            return commit.left_out[path]
        path = dirname(path)
    return ""
