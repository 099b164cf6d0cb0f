"""Names and the patterns of a shell that documents, settings and options choose them by."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether one of the patterns is about the name: ``*``, ``?`` and ``[...]``, upper and lower case apart."""
    return any(fnmatchcase(name, glob) for glob in globs)


def matches_path(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the patterns is about the path: ``**`` matches any folders, ``*`` for what is within one."""
    return any(_path_pattern(glob).fullmatch(path) for glob in globs)


def _path_pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))
