"""What was really asked of the clouds: each request that reached one, what it was about, and what came of it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KINDS = {
    "networks": "network",
    "subnets": "subnet",
    "ports": "port",
    "routers": "router",
    "floatingips": "floating-ip",
    "security-groups": "security-group",
    "security-group-rules": "security-group-rule",
    "address-groups": "address-group",
    "trunks": "trunk",
    "policies": "qos-policy",
    "servers": "server",
    "volumes": "volume",
    "images": "image",
    "os-keypairs": "keypair",
    "os-server-groups": "server-group",
    "flavors": "flavor",
    "tokens": "token",
}
"""What a collection of an OpenStack API holds."""
_OWN_WORDS = frozenset({"detail", "os-interface", "os-volume_attachments", "metadata", "tags", "action", "file"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request in its parts. ``path`` without its query; ``part``: what follows the id, such as ``action``."""

    method: str
    path: str
    collection: str
    id: str
    part: tuple[str, ...]

    @property
    def kind(self) -> str:
        return KINDS.get(self.collection, "")

    @property
    def route(self) -> str:
        """Without what differs from run to run."""
        parts = [part if part in _OWN_WORDS or not _is_id(part) else "{}" for part in self.part]
        return "/".join([self.collection, "{id}" if self.id else "", *parts])


def _is_id(part: str) -> bool:
    return sum(letter.isdigit() for letter in part) > 2


def call(method: str, path: str) -> Call:
    parts = path.partition("?")[0].strip("/").split("/")
    for at, part in enumerate(parts):
        if part in KINDS:
            rest = [one for one in parts[at + 1 :] if one != "detail"]
            return Call(method, path, part, rest[0] if rest else "", tuple(rest[1:]))
    return Call(method, path, "", "", ())


@dataclass(frozen=True, slots=True)
class Entry:
    """``cloud``: its entry. ``kind`` and ``key``: what it was about, by the mark that it was made with, else "".
    ``sent`` and ``answered``: seconds since the ledger was begun. ``fault``: what was done to request or answer.
    """

    sent: float
    answered: float
    cloud: str
    actor: str
    method: str
    path: str
    status: int
    kind: str
    key: str
    id: str
    fault: str

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


class Ledger:
    """Safe to be written to from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._entries: list[Entry] = []
        self._keys: dict[str, tuple[str, str]] = {}
        self.began = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self.began

    def entries(self) -> list[Entry]:
        with self._guard:
            return list(self._entries)

    def key_of(self, id: str) -> tuple[str, str]:  # noqa: A002
        with self._guard:
            return self._keys.get(id, ("", ""))

    def note(
        self, call: Call, cloud: str, actor: str, sent: float, status: int, asked: Any, answer: Any, fault: str
    ) -> None:
        """``asked`` and ``answer``: the decoded bodies, None where there is none."""
        kind, key, id = call.kind, "", call.id  # noqa: A001
        if call.method == "POST" and not call.id:
            key = mark_of(asked)
            made = next(iter(answer.values()), None) if isinstance(answer, dict) and len(answer) == 1 else answer
            id = str(made.get("id") or made.get("name") or "") if isinstance(made, dict) else ""  # noqa: A001
        with self._guard:
            if call.method == "POST" and not call.id and 200 <= status < 300 and id:
                self._keys[id] = (kind, key)
            elif call.id:
                kind, key = self._part(call, asked)
            self._entries.append(
                Entry(sent, self.now(), cloud, actor, call.method, call.path, status, kind, key, id, fault)
            )

    def _part(self, call: Call, asked: Any) -> tuple[str, str]:
        """What a request to something that exists is about: of some, what is in it."""
        kind, key = self._keys.get(call.id, (call.kind, ""))
        match call.part:
            case ("os-interface", port):
                return "plug", self._keys.get(port, ("", ""))[1]
            case ("os-volume_attachments", volume):
                return "attachment", self._keys.get(volume, ("", ""))[1]
            case ("remove_router_interface",):
                subnet = self._keys.get(str((asked or {}).get("subnet_id")), ("", ""))[1]
                return "router-interface", f"{key}/{subnet.partition('/')[2]}"
            case (first, *_) if first in {"action", "metadata", "tags", "add_router_interface"}:
                return f"{kind}-{first}", key
        return kind, key

    def write(self, file: Path) -> None:
        lines = (json.dumps(asdict(entry)) for entry in self.entries())
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def mark_of(body: Any) -> str:
    """The name that a create gives what it makes, from the mark in it."""
    if not isinstance(body, dict):
        return ""
    inner = next((one for one in body.values() if isinstance(one, dict)), body)
    metadata = inner.get("metadata")
    if isinstance(metadata, dict) and metadata.get("magi:key"):
        return str(metadata["magi:key"])
    if key := inner.get("magi_key"):
        return str(key)
    if key := described(inner.get("description")):
        return key
    return named(str(inner.get("name") or "")) or str(inner.get("name") or "")


def named(text: str) -> str:
    """The name in a name ``magi_OWNER_NAME``, or ``magi_OWNER-PROJECT_NAME``."""
    found = re.fullmatch(r"magi_[a-z]+(?:-[0-9a-f]{12})?_(.*)", text)
    return found[1].replace("_", "/") if found else ""


def described(text: Any) -> str:
    """The name in a description ``magi:OWNER NAME ...``."""
    words = str(text or "").split(" ")
    return words[1] if len(words) > 1 and words[0].startswith("magi:") else ""


REMOVALS = {
    "DELETE": frozenset(KINDS.values()) - {"token", "security-group-rule"} | {"plug", "attachment"},
    "PUT": frozenset({"router-interface"}),
}
"""By method, the kinds of which a request takes something away. A rule is its content, and has no life of its own."""


def removals(entries: Iterable[Entry]) -> Iterable[Entry]:
    """What took something away that has a mark."""
    return (
        entry
        for entry in entries
        if entry.succeeded and entry.key and entry.kind in REMOVALS.get(entry.method, frozenset())
    )
