"""How the words of documents are declared: one frozen dataclass each, which all else is derived from.

`@word` makes the dataclass, `declare` a field of it with its title, description, examples and the keywords of JSON
Schema that hold for it. `decode` makes words of plain data that its schema accepted, `encode` plain data of words, and
`schemas` the JSON Schema. A field is called in Python as in YAML, but for its case.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from reconciler.documents.reading.marks import Source
from reconciler.documents.reading.spots import Spot

NOWHERE: Final = Spot(Source("", 0, 0))
"""Where a word is that no one has read."""

EMPTY: Final[Mapping[str, Any]] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Word:
    """Something that is written in a document. Two of them are equal only if they are the same one."""

    spot: Spot = field(default=NOWHERE, repr=False, metadata={"hidden": True})

    def at(self, *path: str | int) -> Spot:
        """Where the value of a field is, or a value within that: ``at("mac_addresses", "eth0", 1)``."""
        name, *inner = path
        return self.spot.at(yaml_name(name) if isinstance(name, str) else name, *inner)


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A type that many fields have, under its name in the schema. ``uses``: other types that the schema refers to."""

    name: str
    schema: Mapping[str, Any]
    uses: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of a word as a whole.

    ``definition``: its name in the schema; "" where it is within another one. ``rules``: further keywords of JSON
    Schema. ``open``: it may have fields that no one declared.
    """

    definition: str
    title: str
    description: str
    examples: tuple[Any, ...]
    rules: Mapping[str, Any]
    open: bool


def declare(
    title: str,
    description: str,
    *,
    default: Any = MISSING,
    examples: Iterable[Any] = (),
    documented: Any = MISSING,
    schema: Mapping[str, Any] | None = None,
    uses: tuple[Any, ...] = (),
    **keywords: Any,
) -> Any:
    """A field. Without a ``default`` it has to be written.

    ``documented``: the default that is documented for people, where the code has to know that nothing was written.
    ``keywords``: of JSON Schema, beside what follows from the type; ``choices`` names what a value, or the entries of a
    list, may be where only the types of targets know it. ``schema``: all of them, where the type says too little;
    ``uses``: the types that this one refers to.
    """
    metadata = {
        "title": title,
        "description": description,
        "examples": list(examples),
        "keywords": keywords,
        "schema": schema,
        "uses": uses,
    }
    shown = default if documented is MISSING else documented
    if shown is not MISSING and shown is not None:
        metadata["default"] = shown
    if default is MISSING:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=lambda: default or EMPTY, metadata=metadata)
    return field(default=default, metadata=metadata)


def hidden(*, default: Any) -> Any:
    """A field that no one writes: a choice puts it there."""
    return field(default_factory=lambda: default, metadata={"hidden": True})


_T = TypeVar("_T", bound=Word)
_DECLARED: dict[type[Word], Declared] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(declare, hidden))
def word(
    definition: str = "",
    *,
    title: str = "",
    examples: Iterable[Any] = (),
    rules: Mapping[str, Any] = EMPTY,
    open: bool = False,  # noqa: A002  as in "open to other fields"
) -> Callable[[type[_T]], type[_T]]:
    """Makes a class a word. What it is comes from its docstring."""

    def made(cls: type[_T]) -> type[_T]:
        done = dataclass(frozen=True, slots=True, kw_only=True, eq=False)(cls)
        description = " ".join((cls.__doc__ or "").split())
        _DECLARED[done] = Declared(definition, title, description, tuple(examples), rules, open)
        return done

    return made


def declared(cls: type[Word]) -> Declared:
    return _DECLARED[cls]


def written_fields(cls: type[Word]) -> list[tuple[str, Field[Any], Any]]:
    """The fields that people write: each with its name in YAML and its type."""
    types_of = get_type_hints(cls, include_extras=True)
    return [(yaml_name(one.name), one, types_of[one.name]) for one in fields(cls) if not one.metadata.get("hidden")]


@cache
def yaml_name(name: str) -> str:
    """What a field is called in YAML: ``mac_addresses`` is ``macAddresses``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def words_within(*words: type[Word]) -> list[type[Word]]:
    """The words themselves, and every other one that something in them is decoded to."""
    found: list[type[Word]] = []
    pending: list[Any] = [*words]
    while pending:
        hint = bare_type(pending.pop())
        if is_word(hint) and hint not in found:
            found.append(hint)
            pending += [one for _, _, one in written_fields(hint)]
        elif get_origin(hint) is not None:
            pending += get_args(hint)
    return found


def decode(cls: type[_T], data: Mapping[str, Any], spot: Spot) -> _T:
    """A word from data that the schema of its document accepted. ``spot``: where it is."""
    found: dict[str, Any] = {"spot": spot}
    kind: Any = cls
    reading = _reading(kind)
    if keeps_raw(kind):
        found["raw"] = data
    for name, value in data.items():
        if one := reading.get(name):
            attribute, convert = one
            found[attribute] = value if convert is None else convert(value, spot.at(name))
    return cls(**found)


@cache
def keeps_raw(cls: type[Word]) -> bool:
    """Whether a word has the data that it was read from, in the hidden field ``raw``."""
    return any(one.name == "raw" for one in fields(cls))


def encode(one: Word) -> dict[str, Any]:
    """The data that a word is read from: without the fields that have their default."""
    if declared(type(one)).open:
        return dict(one.raw)  # type: ignore[attr-defined]  # what no one declared is nowhere else
    data: dict[str, Any] = {}
    for name, about, _ in written_fields(type(one)):
        value = getattr(one, about.name)
        default = about.default_factory() if about.default_factory is not MISSING else about.default
        if value != default:
            data[name] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    match value:
        case Word():
            return encode(value)
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case _:
            return value


_Convert = Callable[[Any, Spot], Any]


@cache
def _reading(cls: type[Word]) -> Mapping[str, tuple[str, _Convert | None]]:
    """By name in YAML: the attribute, and how its value is made where it is not just what was read."""
    return {name: (about.name, _converter(hint)) for name, about, hint in written_fields(cls)}


def _converter(hint: Any) -> _Convert | None:
    hint = bare_type(hint)
    if is_word(hint):
        return lambda value, spot: decode(hint, value, spot)
    arguments = get_args(hint)
    if get_origin(hint) is tuple:
        inner = _converter(arguments[0])
        if inner is None:
            return lambda value, _: tuple(value)
        return lambda value, spot: tuple(inner(one, spot.at(index)) for index, one in enumerate(value))
    if get_origin(hint) in (dict, Mapping) or getattr(get_origin(hint), "__name__", "") == "Mapping":
        within = _converter(arguments[1])
        if within is None:
            return None
        return lambda value, spot: {name: within(one, spot.at(name)) for name, one in value.items()}
    if get_origin(hint) in (Union, types.UnionType):
        return _union_converter([bare_type(one) for one in arguments])
    return None


def _union_converter(choices: list[Any]) -> _Convert | None:
    """Of a scalar or a word, and of a scalar or a list: the data says which."""
    of_mapping = next((_converter(one) for one in choices if is_word(one)), None)
    of_list = next((_converter(one) for one in choices if get_origin(one) is tuple), None)
    if of_mapping is None and of_list is None:
        return None

    def convert(value: Any, spot: Spot) -> Any:
        if isinstance(value, dict) and of_mapping:
            return of_mapping(value, spot)
        return of_list(value, spot) if isinstance(value, list) and of_list else value

    return convert


def bare_type(hint: Any) -> Any:
    """A type without what `Annotated` adds, and without None."""
    if get_origin(hint) is Annotated:
        return bare_type(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not type(None)]
        if len(others) == 1:
            return bare_type(others[0])
    return hint


def is_word(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Word)


def is_choice(hint: Any) -> bool:
    return get_origin(hint) is Literal
