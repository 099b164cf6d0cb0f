"""Which servers are adopted, and which of them are instances of one VDU.

Instances are those that all kinds call alike, and whose names differ by a number alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from reconciler.targets.openstack.kinds.adoption import HAS_A_MARK, Left, Survey, Taken, free, slug
from reconciler.targets.openstack.kinds.cards import cards
from reconciler.targets.openstack.kinds.marks import PREFIX
from reconciler.targets.rest import Json

_NUMBERED = re.compile(r"(?P<stem>.*?)[-_. ]*(?P<number>\d+)")
_NO_ORDER = "in which order its network cards are can't be reported from what Nova says; write it manually"


def adopted_servers(kind: str, survey: Survey) -> Iterator[Taken | Left]:
    """Those that are chosen by name, as instances of VDUs: web/web-0."""
    chosen: list[Json] = []
    for server in survey.items(kind):
        if not survey.selection.matches(server["name"]):
            continue
        if not survey.selection.is_free(server):
            yield Left(kind, server["name"], HAS_A_MARK)
        elif cards(server, survey) is None:
            yield Left(kind, server["name"], _NO_ORDER)
        else:
            chosen.append(server)
    names: set[str] = set()
    for group in _vdus(chosen, survey):
        vdu = free(slug(_stem(group), "vnf"), names)
        names.add(vdu)
        yield from (Taken(server, f"{vdu}/{vdu}-{index}") for index, server in enumerate(group))


def made_like(server: Json) -> Hashable:
    """What a server is made of, by its own words."""
    image = server["image"]["id"] if server["image"] else None
    metadata = tuple(sorted((k, v) for k, v in server["metadata"].items() if not k.startswith(PREFIX)))
    return server["flavor"]["original_name"], image, server.get("key_name"), server.get("config_drive"), metadata


def _vdus(servers: Iterable[Json], survey: Survey) -> list[list[Json]]:
    """The servers, those together that one VDU can describe, in the order of their numbers."""
    groups: defaultdict[Hashable, list[tuple[int, str, Json]]] = defaultdict(list)
    for server in servers:
        numbered = _NUMBERED.fullmatch(server["name"])
        stem, number = (numbered["stem"], int(numbered["number"])) if numbered else (server["id"], 0)
        groups[stem, survey.alike(server)].append((number, server["id"], server))
    vdus = [[server for *_, server in sorted(group, key=lambda one: one[:2])] for group in groups.values()]
    return sorted(vdus, key=lambda vdu: (vdu[0]["name"], vdu[0]["id"]))


def _stem(group: Sequence[Json]) -> str:
    """What the servers of a VDU are called without their numbers; the whole name of a single one."""
    name: str = group[0]["name"]
    numbered = _NUMBERED.fullmatch(name) if len(group) > 1 else None
    return numbered["stem"] if numbered else name
