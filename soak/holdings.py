"""What the process holds now: by name, a number each.

Records are not named here: whatever an object of Magi keeps in a list, a set or a mapping is one, so a new record is
measured from the day that it is written.
"""

from __future__ import annotations

import gc
import re
import sys
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeGuard

from soak.rig import Rig

RSS, THREADS, DESCRIPTORS = "resident memory, MB", "threads", "descriptors"
SERIES, OBJECTS = "series of /metrics", "objects of Python"
CACHE_FILES, CACHE_PER_COMMIT = "files in the cache folder", "KB in the cache folder per commit"
SHOWN = (RSS, THREADS, DESCRIPTORS, SERIES, OBJECTS)
"""What is reported as it goes on."""

RECORD, INSTANCES, CACHE, GLOBAL = "record ", "instances of ", "cache ", "global "

_PACKAGE = "reconciler."
_CACHE = type(lru_cache(int))


def held(rig: Rig) -> dict[str, float]:
    """All of it, after a garbage collection."""
    text = rig.ask("/metrics")[1]
    gc.collect()
    objects = gc.get_objects()
    files = [file for file in rig.cache.rglob("*") if file.is_file()]
    found: dict[str, float] = {
        RSS: _resident(),
        THREADS: threading.active_count(),
        DESCRIPTORS: len([*Path("/proc/self/fd").iterdir()]),
        SERIES: sum(1 for line in text.splitlines() if line and not line.startswith("#")),
        OBJECTS: len(objects),
        CACHE_FILES: len(files),
        CACHE_PER_COMMIT: sum(file.stat().st_size for file in files) / 1024 / rig.commits,
    }
    return {**found, **records(objects)}


def records(objects: Iterable[Any]) -> Mapping[str, float]:
    """The lengths of what objects of Magi keep, by class and attribute, and how many there are of each.

    What several objects of a class share counts once: all connections of a session have one list of socket options.
    """
    found: Counter[str] = Counter()
    counted: set[tuple[str, int]] = set()
    for one in objects:
        if type(one) is _CACHE:
            if str(one.__module__).startswith(_PACKAGE):
                found[f"{CACHE}{one.__module__}.{one.__qualname__}"] += one.cache_info().currsize
        elif name := _name_of(one):
            found[INSTANCES + name] += 1
    for name, kept in _kept(objects):
        if (name, id(kept)) not in counted:
            counted.add((name, id(kept)))
            found[name] += len(kept)
    return dict(found)


def naming(objects: Iterable[Any], word: str) -> set[str]:
    """The records with an entry, or a key, in which there is this word."""
    return {
        name
        for name, kept in _kept(objects)
        if any(word in repr(entry) for entry in list(kept) if isinstance(entry, str | tuple))
    }


def _kept(objects: Iterable[Any]) -> Iterator[tuple[str, Collection[Any]]]:
    """Each record, under its name."""
    for one in objects:
        if name := _name_of(one):
            for attribute, value in _attributes(one):
                if _is_record(value):
                    yield f"{RECORD}{name}.{attribute}", value
    for module, loaded in list(sys.modules.items()):
        if module.startswith(_PACKAGE):
            variables: list[tuple[str, Any]] = list(vars(loaded).items())
            for attribute, value in variables:
                if not attribute.startswith("__") and _is_record(value):
                    yield f"{GLOBAL}{module}.{attribute}", value


def _name_of(one: object) -> str:
    """The class of an object of Magi; "" for others."""
    # Proxies lie about their class, and some answer only within a request.
    kind = type(one)
    module: object = kind.__module__
    if isinstance(module, str) and module.startswith(_PACKAGE):
        return f"{module.removeprefix(_PACKAGE)}.{kind.__qualname__}"
    return ""


def _attributes(one: object) -> Iterator[tuple[str, Any]]:
    yield from list(getattr(one, "__dict__", {}).items())
    for kind in type(one).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            try:
                yield name, object.__getattribute__(one, name)
            except AttributeError:
                continue


def _is_record(value: object) -> TypeGuard[Collection[Any]]:
    return issubclass(type(value), dict | list | set | frozenset | tuple | deque)


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    assert found
    return int(found[1]) / 1024
