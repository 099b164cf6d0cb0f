"""Names and the patterns of a shell that documents, settings and options choose them by."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether one of the patterns is about the name: ``*``, ``?`` and ``[...]``, upper and lower case apart."""
    return any(fnmatchcase(name, glob) for glob in globs)
