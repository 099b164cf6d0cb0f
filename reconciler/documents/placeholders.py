"""Placeholders in documents: `{{ vim.labels.site }}` and `{{ row.cidr }}` in the template of a set, and
`{{ parameters.domain }}` in the values that a service gives its VNFs. No code.

A text that is one placeholder and nothing else becomes the value itself, of whatever type; in a longer text the value
has to be a text, a number or a boolean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.documents.yaml_marks import Path
from reconciler.suggestion import did_you_mean

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")

OF_SERVICE = "parameters"
"""The word that begins the placeholders of a service. In the template of a set they stay for the member to fill."""

Trouble = tuple[Path, str, str]
"""Where in the template, what is wrong, what would do."""


def scope_of(word: str, value: Any) -> dict[str, Any]:
    """All that placeholders can stand for, by what is written between the braces."""
    scope = {word: value}
    if isinstance(value, dict):
        for key, inner in value.items():
            scope |= scope_of(f"{word}.{key}", inner)
    return scope


def filled(value: Any, scope: Mapping[str, Any], troubles: list[Trouble], path: Path = ()) -> Any:
    """The value with all placeholders filled. What can't be is added to ``troubles``."""
    if isinstance(value, dict):
        return {key: filled(inner, scope, troubles, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, scope, troubles, (*path, index)) for index, inner in enumerate(value)]
    if not isinstance(value, str) or "{{" not in value:
        return value
    found = list(_troubles_of(value, scope))
    if found:
        troubles += [(path, message, hint) for message, hint in found]
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole and not _is_for_later(whole[1].strip(), scope):
        return scope[whole[1].strip()]
    return _PLACEHOLDER.sub(lambda match: _filling(match, scope), value)


def named_in(value: Any) -> set[str]:
    """The names between the braces of a text."""
    return {match[1].strip() for match in _PLACEHOLDER.finditer(value)} if isinstance(value, str) else set()


def _filling(match: re.Match[str], scope: Mapping[str, Any]) -> str:
    name = match[1].strip()
    return match[0] if _is_for_later(name, scope) else _text_of(scope[name])


def _is_for_later(name: str, scope: Mapping[str, Any]) -> bool:
    begin = f"{OF_SERVICE}."
    return name.startswith(begin) and not any(known.startswith(begin) for known in scope)


def _troubles_of(text: str, scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
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
            yield f"'{match[0]}' is no text or number and can't stand within one", "let it be the whole value"


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
