"""The fields of resources, and their values, as people read them."""

from __future__ import annotations

from typing import Any

from reconciler.model import Change, Key
from reconciler.text.markdown import printable


def shown(value: Any) -> str:
    """A field's value as people read it, on one line."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Key):
        return printable(value.name)
    if type(value) is tuple:
        # A pair without a name of its own is one of a mapping, such as metadata.
        return ", ".join(printable(f"{item[0]}={item[1]}") if type(item) is tuple else shown(item) for item in value)
    return printable(str(value))


def near(value: Any, key: Key) -> str:
    """A value as `shown`, with the names of resources as seen from the one that refers to them."""
    if isinstance(value, Key):
        return printable(_relative(value.name, key.name))
    if type(value) is tuple and value:
        return " ".join(near(item, key) if isinstance(item, Key) else shown((item,)) for item in value)
    return shown(value)


def _relative(name: str, base: str) -> str:
    """``name`` without the leading parts that it shares with ``base``."""
    parts, others = name.split("/"), base.split("/")
    while len(parts) > 1 and others and parts[0] == others[0]:
        parts, others = parts[1:], others[1:]
    return "/".join(parts)


def difference(change: Change) -> str:
    """Old and new; of a tuple only what goes and what comes."""
    field, old, new = change.field, change.old, change.new
    if type(old) is type(new) is tuple and field != "fixed_ips":
        gone = [f"-{shown(item)}" for item in old if item not in new]
        come = [f"+{shown(item)}" for item in new if item not in old]
        if gone or come:
            return " ".join(gone + come)
    return f"{shown(old)} -> {shown(new)}"
