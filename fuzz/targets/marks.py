"""Names and owners, written into marks and read again.

An input is three texts, one a line: an owner, another owner, and a name. Contract: whatever they are, reading raises
nothing. Of owners and names that settings and documents allow, what is read is what was written; and no owner reads the
mark of another one.
"""

from __future__ import annotations

import re
from typing import Any

from reconciler.config.sections import OWNER_PATTERN
from reconciler.model import Foreign
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.kinds.marks import described_key, description, fixed_key, fixed_name
from reconciler.targets.openstack.kinds.neutron import NeutronKind
from reconciler.targets.openstack.observing.worlds import LISTINGS
from reconciler.targets.rest import Index, Kind, scoped

NAME = re.compile(r"[a-z0-9][a-z0-9.,=:-]{0,62}(?:/[a-z0-9][a-z0-9.,=:-]{0,62}){0,4}")
"""Names as documents make them: parts between slashes, without an underscore."""

TARGET, PROJECT, ELSEWHERE = "paris", "a1b2", "c3d4"


_BARE: dict[str, dict[str, Any]] = {
    **{kind.name: {} for kind in KINDS if isinstance(kind, NeutronKind)},
    "server": {"metadata": {}},
    "volume": {"metadata": {}},
}
"""An item of each kind that is marked after it was made, without a markwhere recognising it needs that."""


def check(data: bytes) -> None:
    """Raises for an input that breaks the contract."""
    lines = data.decode("utf-8", "replace").split("\n")
    owner, other, name = (lines + [""] * 3)[:3]
    for text in (name, description(owner, name), fixed_name(owner, name)):
        described_key(text, owner)
        fixed_key(text, owner)
    if not OWNER_PATTERN.match(owner) or not NAME.fullmatch(name):
        return
    assert described_key(description(owner, name), owner) == name
    assert fixed_key(fixed_name(owner, name), owner) == name
    for kind in KINDS:
        if kind.name in _BARE:
            _check_kind(kind, owner, name)
    if OWNER_PATTERN.match(other) and other != owner:
        assert described_key(description(owner, name), other) is None
        assert fixed_key(fixed_name(owner, name), other) is None
        assert fixed_key(fixed_name(scoped(owner, PROJECT), name), scoped(other, PROJECT)) is None
        assert scoped(owner, PROJECT) != scoped(other, PROJECT)
        assert scoped(owner, PROJECT) != scoped(owner, ELSEWHERE)


def _check_kind(kind: Kind[Any], owner: str, name: str) -> None:
    index = Index(TARGET, owner, PROJECT, dict.fromkeys(LISTINGS, ()))
    key = index.key(kind.name, name)
    own = kind.marked(_BARE[kind.name] | {"id": "1", kind.listing.project: PROJECT}, key, owner)
    assert kind.recognise(own, index) == key
    theirs = own | {kind.listing.project: ELSEWHERE}
    assert kind.recognise(theirs, index) == Foreign(key, "1", ELSEWHERE)
