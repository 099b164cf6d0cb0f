"""Placeholders in the template of a set: `{{ vim.name }}`, `{{ vim.labels.site }}`, `{{ row.cidr }}`. No code.

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
    if whole := _PLACEHOLDER.fullmatch(value):
        return scope[whole[1].strip()]
    return _PLACEHOLDER.sub(lambda match: _text_of(scope[match[1].strip()]), value)


def _troubles_of(text: str, scope: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the placeholders in a text, and what would do."""
    if "{{" in _PLACEHOLDER.sub("", text):
        yield "'{{' begins no placeholder", f"write it as '{{{{ {min(scope, key=len)}.name }}}}'"
    whole = _PLACEHOLDER.fullmatch(text)
    for match in _PLACEHOLDER.finditer(text):
        name = match[1].strip()
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
