"""Whether what was read of a VIM has the types that it is declared with. Pure.

JSON can hold anything anywhere. A list where a number belongs can't be compared, hashed or shown later on, when no one
knows any more where it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from reconciler.model import Observed, World

_Holds = Callable[[Any], bool]

_SHOWN = 60


def require_types(world: World) -> None:
    """Raises ValueError for the first thing in a World that is of another type than it is declared with."""
    is_whole = _whole(cast("Hashable", Observed))
    for key, found in world.observed.items():
        if not is_whole(found):
            wrong, value = _first_misfit(found.spec) or _first_misfit(found) or ("key", key)
            raise ValueError(f"{wrong} of {key.kind} {found.id} is {_shown(value)}")
    for key, ids in world.existing.items():
        if not all(type(one) is str for one in (key.name, *ids)):
            raise ValueError(f"{key.kind} {_shown(ids)} is called {_shown(key.name)}")
    for one in world.foreign:
        if misfit := _first_misfit(one):
            raise ValueError(f"{misfit[0]} of {one.key.kind} {one.id} is {_shown(misfit[1])}")


def _first_misfit(made: Any) -> tuple[str, Any] | None:
    """The first field that holds something of another type than it is declared with, and what that is."""
    for name, hint in _hints(cast("Hashable", type(made))).items():
        value = getattr(made, name)
        if not _holds(hint)(value):
            return name, value
    return None


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@cache
def _hints(made: Hashable) -> Mapping[str, Any]:
    """The fields of a dataclass or named tuple with their types."""
    of: Any = made
    names = [field.name for field in fields(of)] if is_dataclass(of) else of._fields
    hints = get_type_hints(of)
    return {name: hints[name] for name in names}


@cache
def _whole(made: Hashable) -> _Holds:
    """Whether all fields of one of these have their types."""
    parts = [(name, _holds(hint)) for name, hint in _hints(made).items()]
    return lambda one: all(holds(getattr(one, name)) for name, holds in parts)


@cache
def _holds(hint: Any) -> _Holds:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        several = [_holds(one) for one in inner]
        return lambda value: any(holds(value) for holds in several)
    if origin is tuple and inner[-1] is Ellipsis:
        each = _holds(inner[0])
        return lambda value: isinstance(value, tuple) and all(map(each, value))
    if origin is tuple:
        parts = [_holds(one) for one in inner]
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(parts)
            and all(holds(one) for holds, one in zip(parts, value, strict=True))
        )
    if origin is not None:
        return lambda value: isinstance(value, origin)
    if hint in {NoneType, None}:
        return lambda value: value is None
    return _of_class(hint)


def _of_class(made: Any) -> _Holds:
    if made in {int, bool, str}:  # exactly: a bool is an int to Python, and none to an API
        return lambda value: type(value) is made
    if (is_dataclass(made) or hasattr(made, "_fields")) and made.__module__.startswith("reconciler."):
        return lambda value: isinstance(value, made) and _whole(cast("Hashable", type(value)))(value)
    return lambda value: isinstance(value, made)
