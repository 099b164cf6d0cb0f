"""Placeholders in documents: `{{ vim.labels.site }}` and `{{ row.cidr }}` in the template of a set, and
`{{ parameters.domain }}` in the values that a service gives its VNFs. No code.

A text that is one placeholder and nothing else becomes the value itself, of whatever type; in a longer text the value
has to be a text, a number or a boolean.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from reconciler.documents.reading.marks import Path
from reconciler.text.suggestion import did_you_mean

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")

OF_SERVICE = "parameters"
"""The word that begins the placeholders of a service. In the template of a set they stay for the member to fill."""

VALUE_SIZE = 8
"""What a value counts for, besides its characters: a file as large as may be has about one value in so many bytes."""

MAX_TROUBLES = 50
"""Troubles noted of one template, filled once: what is wrong so often is wrong in one way."""

Trouble = tuple[Path, str, str]
"""Where in the template, what is wrong, what would do."""


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TemplateSize:
    """``fixed``: the size of a template without its placeholders. ``uses``: how often it has each, by name."""

    fixed: int
    uses: Mapping[str, int]

    def filled(self, scope: Mapping[str, object]) -> int:
        """The size of what the template is filled to, in time proportional to its placeholders, not to itself."""
        return self.fixed + sum(count * size_of(scope[name]) for name, count in self.uses.items() if name in scope)


def scope_of(word: str, value: object) -> dict[str, object]:
    """All that placeholders can name, by what is written between the braces."""
    scope = {word: value}
    if isinstance(value, dict):
        for key, inner in value.items():
            scope |= scope_of(f"{word}.{key}", inner)
    return scope


def with_defaults(defaults: Mapping[str, object], given: Mapping[str, object]) -> Mapping[str, object]:
    """Values with those that nothing was given for: mappings are merged key by key, all else is taken as a whole."""
    if not defaults:
        return given
    merged = dict(defaults)
    for key, value in given.items():
        below = merged.get(key)
        merged[key] = with_defaults(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def scope_size(word: str, value: object) -> int:
    """The characters of all names in `scope_of`, which is not made for that."""
    return _names_size(len(word), value)


def _names_size(length: int, value: object) -> int:
    inner = value.items() if isinstance(value, dict) else ()
    return length + sum(_names_size(length + 1 + len(key), child) for key, child in inner)


def template_size(template: object) -> TemplateSize:
    """How large a template is, and what it would be filled with."""
    uses: Counter[str] = Counter()
    return TemplateSize(_fixed_size(template, uses), uses)


def _fixed_size(value: object, uses: Counter[str]) -> int:
    if isinstance(value, dict):
        return VALUE_SIZE + sum(len(key) + _fixed_size(inner, uses) for key, inner in value.items())
    if isinstance(value, list):
        return VALUE_SIZE + sum(_fixed_size(inner, uses) for inner in value)
    if isinstance(value, str) and "{{" in value:
        uses.update(match[1].strip() for match in _PLACEHOLDER.finditer(value))
    return size_of(value)


def size_of(value: object) -> int:
    """The characters of all texts and keys in a value, and `VALUE_SIZE` for each value in it."""
    if isinstance(value, dict):
        return VALUE_SIZE + sum(len(key) + size_of(inner) for key, inner in value.items())
    if isinstance(value, list):
        return VALUE_SIZE + sum(map(size_of, value))
    return VALUE_SIZE + len(value if isinstance(value, str) else _text_of(value))


def filled(value: object, scope: Mapping[str, object], troubles: list[Trouble], path: Path = ()) -> object:
    """The value with all placeholders filled. What can't be is added to ``troubles``."""
    if isinstance(value, dict):
        return {key: filled(inner, scope, troubles, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, scope, troubles, (*path, index)) for index, inner in enumerate(value)]
    return filled_text(value, scope, troubles, path) if isinstance(value, str) else value


def filled_text(text: str, scope: Mapping[str, _T], troubles: list[Trouble], path: Path = ()) -> _T | str:
    """A text with its placeholders filled; the value itself where it is one placeholder and nothing else."""
    if "{{" not in text or len(troubles) >= MAX_TROUBLES:
        return text
    found = list(_troubles_of(text, scope))
    if found:
        troubles += [(path, message, hint) for message, hint in found]
        return text
    whole = _PLACEHOLDER.fullmatch(text)
    if whole and not _is_for_later(whole[1].strip(), scope):
        return scope[whole[1].strip()]
    return _PLACEHOLDER.sub(lambda match: _filling(match, scope), text)


def named_in(value: object) -> set[str]:
    """The names between the braces of a text."""
    return {match[1].strip() for match in _PLACEHOLDER.finditer(value)} if isinstance(value, str) else set()


def _filling(match: re.Match[str], scope: Mapping[str, object]) -> str:
    name = match[1].strip()
    return match[0] if _is_for_later(name, scope) else _text_of(scope[name])


def _is_for_later(name: str, scope: Mapping[str, object]) -> bool:
    begin = f"{OF_SERVICE}."
    return name.startswith(begin) and not any(known.startswith(begin) for known in scope)


def _troubles_of(text: str, scope: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with the placeholders in a text, and what would do."""
    if "{{" in _PLACEHOLDER.sub("", text):
        shortest = min(scope, key=len)
        yield "'{{' begins no placeholder", f"write it as '{{{{ {shortest}{'' if '.' in shortest else '.name'} }}}}'"
    whole = _PLACEHOLDER.fullmatch(text)
    for match in _PLACEHOLDER.finditer(text):
        name = match[1].strip()
        if _is_for_later(name, scope):
            continue
        if name not in scope:
            known = [one for one in scope if "." in one]
            yield (
                f"unknown placeholder '{match[0]}'",
                did_you_mean(name, known) or f"there is {', '.join(known[:10])}",
            )
        elif not whole and not isinstance(scope[name], str | int | float):
            yield f"'{match[0]}' is no text or number and can't be used within one", "use it as the whole value"


def _text_of(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
