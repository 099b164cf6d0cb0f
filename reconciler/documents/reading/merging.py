"""One document over another one: what is written in both comes from the upper one. As kustomize merges patches.

Mappings are merged key by key, and lists by name where all their entries have one. All else comes as a whole from the
upper one. In a patch, a key without a value removes the key below, ``$patch: delete`` the entry of a list, and
``$patch: replace`` has a mapping taken as a whole. Each value keeps the place where it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.documents.reading.marks import FILE_BITS, Document, Entry, Source
from reconciler.documents.reading.spots import Problems, Spot
from reconciler.text.suggestion import did_you_mean

DIRECTIVE: Final = "$patch"


@dataclass(frozen=True, slots=True)
class Merging:
    """A value with its marks; ``entry`` counts files as the merged document does."""

    data: Any
    entry: Entry


def over(lower: Document, upper: Document, *, of_upper: bool = False, problems: Problems | None = None) -> Document:
    """A document with another one over it, and with its file and index; with those of the upper one if ``of_upper``.

    ``problems``: the upper one is a patch, whose directives hold; what is wrong with them is noted there.
    """
    below, above = lower.source, upper.source
    own, other = (above, below) if of_upper else (below, above)
    number = 1 + len(own.others)
    shifts = {id(own): 0, id(other): number}
    merged = _over(
        Merging(lower.data, _renumbered(below.marks, shifts[id(below)])),
        Merging(upper.data, _renumbered(above.marks, shifts[id(above)])),
        Spot(above) if problems is not None else None,
        Problems() if problems is None else problems,
    )
    others = (*own.others, other.file, *other.others)
    return Document(Source(own.file, own.index, merged.entry, others), merged.data, sound=True)


def _renumbered(entry: Entry, by: int) -> Entry:
    """Marks whose files count from ``by`` instead of from 0."""
    if by == 0:
        return entry
    if isinstance(entry, int):
        return entry + (by << FILE_BITS)
    own, children = entry
    if isinstance(children, dict):
        return own + (by << FILE_BITS), {key: _renumbered(child, by) for key, child in children.items()}
    return own + (by << FILE_BITS), [_renumbered(child, by) for child in children]


def _over(lower: Merging, upper: Merging, patch: Spot | None, problems: Problems) -> Merging:
    """``patch``: where the upper one is, if it is one whose directives hold."""
    if isinstance(upper.data, dict):
        directive = upper.data.get(DIRECTIVE) if patch else None
        if isinstance(lower.data, dict) and directive != "replace":
            return _mapping(lower, upper, patch, problems)
        return _mapping(Merging({}, upper.entry), upper, patch, problems)
    if isinstance(upper.data, list):
        by_name = _is_named(upper.data) and isinstance(lower.data, list) and _is_named(lower.data)
        return _list(lower if by_name else Merging([], upper.entry), upper, patch, problems)
    return upper


def _mapping(lower: Merging, upper: Merging, patch: Spot | None, problems: Problems) -> Merging:
    data: dict[str, Any] = dict(lower.data)
    mark, children = _children(upper.entry)
    below: dict[str, Entry] = {}
    if lower.data:
        mark, known = _children(lower.entry)
        below = dict(known)
    for key, value in upper.data.items():
        spot = patch.at(key) if patch else None
        if spot and key == DIRECTIVE:
            _check_directive(spot, value, problems)
        elif spot and value is None:
            if key not in data:
                hint = did_you_mean(key, data) or "remove the line"
                problems.report(spot, f"there is no '{key}' to be removed", hint, key=True)
            data.pop(key, None)
            below.pop(key, None)
        else:
            under = Merging(data.get(key), below.get(key, children[key]))
            merged = _over(under, Merging(value, children[key]), spot, problems)
            data[key], below[key] = merged.data, merged.entry
    return Merging(data, (mark, below))


def _list(lower: Merging, upper: Merging, patch: Spot | None, problems: Problems) -> Merging:
    """Entries in the order of the lower one; new ones follow."""
    data: list[Any] = list(lower.data)
    mark, children = _children(upper.entry)
    below: list[Entry] = []
    if lower.data:
        mark, known = _children(lower.entry)
        below = list(known)
    places = {one["name"]: place for place, one in enumerate(data)} if data else {}
    gone: set[int] = set()
    for index, value in enumerate(upper.data):
        spot = patch.at(index) if patch else None
        name = value.get("name") if isinstance(value, dict) else None
        place = places.get(name) if isinstance(name, str) else None
        if spot and isinstance(value, dict) and value.get(DIRECTIVE) == "delete":
            if place is None:
                hint = did_you_mean(str(name), places) or f"there is {', '.join(sorted(places)) or 'none'}"
                problems.report(spot, f"there is no '{name}' to be removed", hint)
            else:
                gone.add(place)
            continue
        under = Merging(None, children[index]) if place is None else Merging(data[place], below[place])
        merged = _over(under, Merging(value, children[index]), spot, problems)
        if place is None:
            data.append(merged.data)
            below.append(merged.entry)
        else:
            data[place], below[place] = merged.data, merged.entry
    kept = [place for place in range(len(data)) if place not in gone]
    return Merging([data[place] for place in kept], (mark, [below[place] for place in kept]))


def _check_directive(spot: Spot, value: object, problems: Problems) -> None:
    if value == "delete":
        problems.report(spot, f"'{DIRECTIVE}: delete' is for entries of a list", "leave the key without a value")
    elif value != "replace":
        problems.report(spot, f"unknown directive {DIRECTIVE}: {value!r}", "write 'delete' or 'replace'")


def _children(entry: Entry) -> tuple[int, Any]:
    return entry if isinstance(entry, tuple) else (entry, {})


def _is_named(entries: list[Any]) -> bool:
    """Whether all entries are mappings with a name of their own."""
    names = [one.get("name") for one in entries if isinstance(one, Mapping)]
    return len(names) == len(entries) == len({name for name in names if isinstance(name, str)})
