"""How many instances each VDU has: of those that are declared, once all of them and no others exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model import Desired, Key, Report


def instances_of(desired: Mapping[Key, Desired], observed: Iterable[Key]) -> dict[str, int]:
    """By the name of the instances together; 0 where one is missing, or one is there that is not declared.

    An instance that exists only while a change rolls is not declared.
    """
    counts = Counter[str]()
    declared: dict[Key, str] = {}
    kinds: set[str] = set()
    for key, one in desired.items():
        if one.instance and one.instance.key == key:
            kinds.add(key.kind)
            if not one.instance.surge:
                counts[one.instance.group] += 1
                declared[key] = one.instance.group
    there = {key for key in observed if key.kind in kinds}
    unsettled = {group for key, group in declared.items() if key not in there}
    unsettled |= {key.name.rpartition("-")[0] for key in there - declared.keys()}
    return {group: 0 if group in unsettled else count for group, count in counts.items()}


def keep_instances(before: Report | None, after: Report) -> Report:
    """A Report with the numbers of the last one where its own are not settled, or nothing was observed."""
    if before is None:
        return after
    if not after.observed:
        return replace(after, instances=before.instances)
    kept = {group: count or before.instances.get(group, 0) for group, count in after.instances.items()}
    return replace(after, instances=kept)
