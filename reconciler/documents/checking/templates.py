"""Templates: user data, metadata and host names with `{{ name }}` in them, where parameters of the descriptor go.

There are no expressions: a value is put in place of its placeholder, as it is. `{{ '{{' }}` is a literal `{{`, as in
Jinja and Helm. What a descriptor without parameters holds is no template, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.vdus import Vdu
from reconciler.model import Problem, bytes_of
from reconciler.text.suggestion import did_you_mean

MAX_USER_DATA = 49_149
"""Bytes of user data: with base64 it has to fit into the 65,535 characters that Nova takes."""

MAX_METADATA = 255
"""Characters of a value in the metadata of an instance."""

GZIP = b"\x1f\x8b".decode("utf-8", "surrogateescape")
"""What a file that gzip made begins with, as text."""

_BEGIN = "{{"
_PLACEHOLDER = re.compile(
    r"""\{\{[ \t]*(?:([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)|'\{\{'|"\{\{")[ \t]*\}\}""",
)
"""A parameter by its name, or, without a name, the escape of a `{{`."""

_ESCAPE_HINT = "{{ '{{' }} is '{{' itself"
_LIKE_ONE = re.compile(r"\{\{[^{}\n]{0,60}\}\}")


class TextFile(NamedTuple):
    """A user data file: its path in the repository, its content id, its text."""

    path: str
    blob: str
    text: str


class Placeholder(NamedTuple):
    """A `{{` in a text, and what it seems to begin; ``name`` is None where that is none. Line and column from 1."""

    name: str | None
    text: str
    line: int
    column: int


def placeholders(text: str) -> Iterator[Placeholder]:
    """Every `{{` of a template that is not escaped, in order."""
    position = text.find(_BEGIN)
    while position >= 0:
        match = _PLACEHOLDER.match(text, position)
        like = match or _LIKE_ONE.match(text, position)
        shown = like[0] if like else _BEGIN
        line = text.count("\n", 0, position) + 1
        if match is None or match[1]:
            yield Placeholder(match and match[1], shown, line, position - text.rfind("\n", 0, position))
        position = text.find(_BEGIN, position + len(shown))


def fill(text: str, values: Mapping[str, str]) -> str:
    """A template that passed the checks, with its values. A `{{` in a value is a text like any other."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]] if match[1] else _BEGIN, text)


def filled_size(text: str, values: Mapping[str, str], measure: Callable[[str], int] = len) -> int:
    """What a template will measure when it is filled, without that it is.

    A text of a few megabytes can be named thousands of times in one of a few kilobytes.
    """
    sizes = {None: len(_BEGIN)} | {name: measure(value) for name, value in values.items()}
    return measure(text) + sum(sizes[match[1]] - measure(match[0]) for match in _PLACEHOLDER.finditer(text))


def size_in_bytes(text: str) -> int:
    return len(bytes_of(text))


def is_binary(text: str) -> bool:
    """Whether it is compressed, and so no template."""
    return text.startswith(GZIP)


def check_templates(
    problems: Problems,
    spec: VnfDescriptorSpec,
    names: Collection[str],
    open_names: Collection[str],
    files: Mapping[str, TextFile],
) -> set[str] | None:
    """The parameters that the VDUs of a descriptor use; None where a file is not there to be judged.

    Notes what else is in braces. ``open_names``: those of the parameters that may be used in metadata and host names,
    which everyone sees. ``files``: the user data files by what the descriptor calls them.
    """
    used: set[str] = set()
    judged = True
    for vdu in spec.vdus:
        for where, field, text in _seen_by_all(vdu):
            used |= _check(problems, text, names, where)
            for one in placeholders(text):
                if one.name in names and one.name not in open_names:
                    message = f"secret parameter '{one.name}' can't be used in {field}"
                    problems.report(where, message, "everyone can read that; put it into user data")
        given = vdu.user_data
        if given is None:
            continue
        if given.inline is not None:
            used |= _check(problems, given.inline, names, vdu.at("user_data", "inline"))
        elif given.file is not None and given.file in files:
            text = files[given.file].text
            used |= set() if is_binary(text) else _check(problems, text, names, files[given.file])
        elif given.file is not None:
            judged = False
    return used if judged else None


def _seen_by_all(vdu: Vdu) -> Iterator[tuple[Spot, str, str]]:
    """The templates of a VDU that become something that everyone can read: where each is, the field, the text."""
    for key, text in vdu.metadata.items():
        yield vdu.at("metadata", key), "metadata", text
    if vdu.hostname is not None:
        yield vdu.at("hostname"), "hostname", vdu.hostname


def _check(problems: Problems, text: str, names: Collection[str], where: Spot | TextFile) -> set[str]:
    """The parameters that one template uses. ``where`` it is: a part of the descriptor, or a file."""
    used: set[str] = set()
    for one in placeholders(text):
        if one.name in names:
            used.add(str(one.name))
            continue
        if one.name is None:
            message = f"'{one.text}' is no placeholder"
            hint = f"'{{{{ name }}}}' is a parameter, and there is no more; {_ESCAPE_HINT}"
        else:
            message = f"unknown parameter '{one.name}'"
            hint = did_you_mean(one.name, names) or f"there is {', '.join(sorted(names)[:10])}; {_ESCAPE_HINT}"
        if not isinstance(where, TextFile):
            problems.report(where, message + (f" in line {one.line} of the text" if "\n" in text else ""), hint)
        elif not problems.is_full:
            problem = Problem(where.path, one.line, one.column, message, hint)
            if problem not in problems.found:  # several VDUs may have the file
                problems.add(problem)
    return used
