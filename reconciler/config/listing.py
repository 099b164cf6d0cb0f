"""What settings there are, as paths with defaults and descriptions, and how values of them are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from reconciler.config.notifications import NotificationConfig
from reconciler.config.sections import Config
from reconciler.model import Selector


def camel(name: str) -> str:
    """A setting's name as it is written in the file."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def settings(section: type = Config, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Path, default and description of every setting."""
    for one, hint in hints(section):
        path = f"{prefix}{camel(one.name)}"
        if is_dataclass(hint) and isinstance(hint, type):
            yield from settings(hint, f"{path}.")
        else:
            default = "required" if one.default is MISSING else one.default
            yield path, shown(default), one.metadata.get("text", "")


def shown(value: Any) -> str:
    """A value of a setting, for people: as a variable would have it, with spaces where it is long."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, tuple):
        return str(value)
    if value and isinstance(value[0], NotificationConfig):
        # Not the URL: it may be a secret.
        return ", ".join(f"{one.name} ({one.format})" for one in value)
    if value and isinstance(value[0], tuple):
        return selector_text(value) if isinstance(value[0][0], str) else "; ".join(map(selector_text, value))
    return ", ".join(value)


def selector_text(selector: Selector) -> str:
    """A selector as variables have it: ``region=north,tier=edge``."""
    return ",".join(f"{name}={value}" for name, value in selector)


def entry_of(hint: Any) -> type | None:
    """The section that each entry of a list is, where a setting is a list of such."""
    first = next(iter(get_args(hint)), None) if get_origin(hint) is tuple else None
    return first if isinstance(first, type) and is_dataclass(first) else None


def hints(section: type) -> Iterator[tuple[Any, Any]]:
    """The settings of a section, each with its type."""
    found = get_type_hints(section)
    for one in fields(section):
        if not one.metadata.get("hidden"):
            yield one, found[one.name]
