"""Mutations of JSON values: what is nearly right reaches deeper than any bytes do. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

Container = dict[str, Any] | list[Any]

STRANGE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**64,
    10**30,
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "~",
    "é",
    "\0",
    "\ud800",
    "\u202e",
    "a" * 300,
    "a/b/c/d",
    "../..",
    "{{ x }}",
    "magi:magi svc/x",
    "10.8.0.1",
    "10.8.0.1/33",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/63",
    "99999999999999999999",
    "-1",
    [],
    {},
    [None],
    [[]],
    [{}],
    [0, "0"],
    {"": None},
    {"id": 0},
    {"id": []},
)
"""What replaces a value: other types, bounds, and text that means something elsewhere."""

MOST = 12
"""Mutations of one input: more would leave little that is right."""

_DEPTH = 40
_PACKED = struct.Struct("<HBB")


class Mutation(NamedTuple):
    """``place`` counts the values of the whole, ``act`` and ``word`` the ways and what they use; each wraps around."""

    place: int
    act: int
    word: int


def mutations_in(data: bytes) -> list[Mutation]:
    """The mutations that bytes represent, four bytes each."""
    whole = len(data) // _PACKED.size * _PACKED.size
    return [Mutation(*one) for one in _PACKED.iter_unpack(data[: min(whole, MOST * _PACKED.size)])]


def packed(mutations: Sequence[Mutation]) -> bytes:
    """The bytes that represent mutations."""
    return b"".join(_PACKED.pack(*one) for one in mutations)


def mutate(value: Container, mutations: Sequence[Mutation]) -> None:
    """Changes a JSON value in place, one mutation after the other."""
    for mutation in mutations:
        places = list(_places(value))
        if not places:
            return
        container, key = places[mutation.place % len(places)]
        _ACTS[mutation.act % len(_ACTS)](container, key, mutation.word, places)


Places = list[tuple[Any, Any]]


def _places(value: Container) -> Iterator[tuple[Any, Any]]:
    """Each value below the whole, as its container and its key there."""
    pending: list[Container] = [value]
    while pending:
        container = pending.pop()
        entries: Any = container.items() if isinstance(container, dict) else enumerate(container)
        for key, part in entries:
            yield container, key
            if isinstance(part, dict | list):
                pending.append(part)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _replace(container: Any, key: Any, word: int, _: Places) -> None:
    container[key] = _copied(STRANGE[word % len(STRANGE)])


def _remove(container: Any, key: Any, _word: int, _: Places) -> None:
    del container[key]


def _borrow(container: Any, key: Any, word: int, places: Places) -> None:
    """A value of another place, most often of a near one: what refers to things refers to others then."""
    at = next(index for index, place in enumerate(places) if place[0] is container and place[1] == key)
    other, name = places[(at + word * word) % len(places)]
    container[key] = _copied(other[name])


def _wrap(container: Any, key: Any, word: int, _: Places) -> None:
    container[key] = {"id": container[key]} if word % 2 else [container[key]]


def _repeat(container: Any, key: Any, word: int, _: Places) -> None:
    """The value once more, in a list; in a mapping under a name that no one knows."""
    again = _copied(container[key])
    if isinstance(container, list):
        container.insert(word % (len(container) + 1), again)
    else:
        container[f"{key}-{word}"] = again


def _nest(container: Any, key: Any, word: int, _: Places) -> None:
    for _level in range(word % _DEPTH):
        container[key] = [container[key]]


def _lengthen(container: Any, key: Any, word: int, _: Places) -> None:
    value = container[key]
    if isinstance(value, str):
        container[key] = value + str(STRANGE[word % len(STRANGE)])
    elif isinstance(value, int | float):
        container[key] = value + word - 128
    elif isinstance(value, list) and value:
        container[key] = [_copied(value[0]) for _ in range(word)]


_ACTS = (_replace, _remove, _borrow, _wrap, _repeat, _lengthen, _replace, _nest)
