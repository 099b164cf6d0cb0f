"""Files `.magiignore`: what a repository leaves out of its documents, in the words of Git's own `.gitignore`.

They come with the repository, so anyone who may commit wrote them: their size and number are bounded, and RE2 matches
in time linear in the length of a path, where the expressions of Python can be made to take without end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from posixpath import basename, dirname, relpath
from typing import Any, Final

import re2
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from reconciler.model import Problem
from reconciler.source.snapshot import NAME_OF_IGNORE_FILE

MAX_BYTES: Final = 65_536
"""Bytes of one file."""

MAX_PATTERNS: Final = 200
"""Patterns of one file."""

MAX_PATTERN: Final = 400
"""Characters of one pattern."""

MAX_FILES: Final = 50
"""Files of a repository."""

MAX_WORK: Final = 5_000_000
"""How often a path may be held against a pattern, for all files of a repository: some tens of seconds at worst."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. ``expression``: that of the library, which also matches whatever is below a folder that it names."""

    text: str
    expression: Any
    negated: bool

    def is_about(self, path: str, *, is_folder: bool) -> bool:
        """Whether it names the path itself, and not only a folder above."""
        if self.text.endswith("/") and not is_folder:
            return False
        end = "/" if is_folder and not self.text.endswith("/**") else ""
        if "/" not in self.text.removesuffix("/"):
            return bool(self.expression.search(basename(path) + end))
        above = f"{dirname(path)}/"
        by_folder = not self.text.endswith("/**") and above != "/" and self.expression.search(above)
        return not by_folder and bool(self.expression.search(path + end))


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of one file, in their order there. ``spec`` shows quickly where none matches."""

    patterns: tuple[Pattern, ...]
    spec: GitIgnoreSpec

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether a path below the folder of the file is left out; None where no pattern is about it."""
        if self.spec.check_file(f"{path}/" if is_folder else path).include is None:
            return None
        about = (one for one in reversed(self.patterns) if one.is_about(path, is_folder=is_folder))
        last = next(about, None)
        return None if last is None else not last.negated


class IgnoreRules:
    """All files of a repository, by the folder that each is in; the nearest one to a path that is about it decides.

    As with Git, nothing below a folder that is left out comes in again.
    """

    def __init__(self, files: Mapping[str, IgnoreFile]) -> None:
        self._files = files
        self._folders: dict[str, bool] = {"": False}
        self._work = 0

    @property
    def exhausted(self) -> bool:
        """Whether there was too much to compare, so that the rest was not left out."""
        return self._work > MAX_WORK

    def leave_out(self, path: str) -> bool:
        """Whether a file is left out. ``path``: from the root of the repository."""
        return bool(self._files) and (self.leave_out_folder(dirname(path)) or self._verdict(path, is_folder=False))

    def leave_out_folder(self, folder: str) -> bool:
        """Whether all of a folder is left out."""
        for part in _from_the_top(folder):
            if part not in self._folders:
                self._folders[part] = self._folders[dirname(part)] or self._verdict(part, is_folder=True)
        return self._folders[folder]

    def _verdict(self, path: str, *, is_folder: bool) -> bool:
        folder = path
        while folder:
            folder = dirname(folder)
            file = self._files.get(folder)
            if file is None:
                continue
            self._work += len(file.patterns)
            if self.exhausted:
                return False
            below = path[len(folder) + 1 :] if folder else path
            found = file.verdict(below, is_folder=is_folder)
            if found is not None:
                return found
        return False


def ignore_rules(contents: Mapping[str, bytes], folder: str, problems: list[Problem]) -> IgnoreRules:
    """The rules of all files, each by its path from the root of the repository.

    ``folder``: that of the documents, which problems name files from. A file that can't be used leaves nothing out.
    """
    usable: dict[str, IgnoreFile] = {}
    if len(contents) > MAX_FILES:
        message = f"there are {len(contents):,} files {NAME_OF_IGNORE_FILE}; at most {MAX_FILES} are allowed"
        problems.append(Problem(".", 1, 1, message, "put the patterns into one in the root of the repository"))
        return IgnoreRules(usable)
    # From the top, since what is in a folder that is left out says nothing.
    for path in sorted(contents, key=lambda one: (one.count("/"), one)):
        if IgnoreRules(usable).leave_out_folder(dirname(path)):
            continue
        found = _parse(contents[path], relpath(path, folder or "."))
        if isinstance(found, IgnoreFile):
            usable[dirname(path)] = found
        else:
            problems += found
    return IgnoreRules(usable)


def _parse(content: bytes, shown: str) -> IgnoreFile | list[Problem]:
    if len(content) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes, which are all that is allowed"
        return [Problem(shown, 1, 1, message, "name folders instead of files")]
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [
            Problem(shown, line, 1, f"the byte 0x{content[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        ]
    written = [(number, line.removesuffix("\r")) for number, line in enumerate(lines, 1)]
    patterns = [(number, line) for number, line in written if line.strip() and not line.startswith("#")]
    if len(patterns) > MAX_PATTERNS:
        message = f"the file has {len(patterns):,} patterns; at most {MAX_PATTERNS} are allowed"
        return [Problem(shown, patterns[MAX_PATTERNS][0], 1, message, "name folders instead of files")]
    problems = [Problem(shown, number, 1, *why) for number, line in patterns if (why := _unusable(line))]
    if problems:
        return problems
    texts = [line for _, line in patterns]
    try:
        return IgnoreFile(tuple(map(_pattern, texts)), GitIgnoreSpec.from_lines(texts, backend="re2"))
    except re2.error:
        return [Problem(shown, 1, 1, "the patterns are too large together", "use fewer, or shorter ones")]


def _pattern(line: str) -> Pattern:
    """One line as a pattern. Raises ValueError, or an error of re2, where it is none."""
    expression, include = GitIgnoreSpecPattern.pattern_to_regex(line)
    if expression is None:
        raise ValueError(line)
    text = line if line.endswith("\\ ") else line.rstrip()
    return Pattern(text.removeprefix("!"), re2.compile(expression), negated=not include)


def _unusable(pattern: str) -> tuple[str, str] | None:
    """Why a pattern can't be used, and what would do; None if it can."""
    if len(pattern) > MAX_PATTERN:
        message = f"the pattern has {len(pattern):,} characters; at most {MAX_PATTERN} are allowed"
        return message, "name a folder above"
    with suppress(ValueError, re2.error):
        _pattern(pattern)
        return None
    return f"the pattern {pattern[:60]!r} can't be used", "see https://git-scm.com/docs/gitignore for what can"


def _from_the_top(folder: str) -> Iterator[str]:
    parts: list[str] = [folder] if folder else []
    while parts and dirname(parts[-1]):
        parts.append(dirname(parts[-1]))
    yield ""
    yield from reversed(parts)


def too_large() -> bytes:
    """What replaces the content of a file that is too large to be read."""
    return bytes(MAX_BYTES + 1)


def places_above(folder: str) -> list[str]:
    """The paths that the ignore files above a folder of the documents have, from the root of the repository."""
    return [f"{part}/{NAME_OF_IGNORE_FILE}".removeprefix("/") for part in _from_the_top(folder) if part != folder]
