"""fitting-flavor: a flavor for a sizing that no flavor of the VIM fits. API reference: Compute v2.1, flavors.

What it holds is its name, so one is enough for all who ask for the same. It is public: a private one is in no listing
before a second request gives it to the project, and a crash between the two would leave one that no observation finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from reconciler.model import Key, Observed, Spec, Writer
from reconciler.targets.openstack.kinds.declared import NOVA, OpenStackKind, Right, Role, read_right
from reconciler.targets.openstack.kinds.existing import FLAVORS
from reconciler.targets.openstack.kinds.marks import described_key, described_writer, description, signed
from reconciler.targets.openstack.kinds.sizing import FITTING
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Request, body_with

FLAVOR = "/flavors/{id}"
_EPHEMERAL = "OS-FLV-EXT-DATA:ephemeral"
_DESCRIPTION = 65535
"""Characters that Nova takes in the description of a flavor."""


@dataclass(frozen=True, slots=True)
class FlavorSpec(Spec):
    """``memory`` and ``swap`` in MiB, ``disk`` and ``ephemeral`` in GiB; ``extra_specs`` are sorted pairs."""

    rank: ClassVar[int] = 160
    immutable: ClassVar[frozenset[str]] = frozenset({"vcpus", "memory", "disk", "swap", "ephemeral"})
    used_when_ready: ClassVar[bool] = True

    vcpus: int
    memory: int
    disk: int = 0
    swap: int = 0
    ephemeral: int = 0
    extra_specs: tuple[tuple[str, str], ...] = ()


def _right(method: str, route: str, rule: str) -> Right:
    purpose = "only with `makeFlavors: true` in the Vim"
    return Right("compute", method, route, (f"{NOVA}{rule}",), Role.ADMIN, purpose=purpose)


class FlavorKind(OpenStackKind[FlavorSpec]):
    name = FITTING
    spec = FlavorSpec
    listing = FLAVORS
    rights = (
        read_right("compute", FLAVORS.path, f"{NOVA}os-flavor-extra-specs:index"),
        _right("POST", "/flavors", "os-flavor-manage:create"),
        _right("DELETE", FLAVOR, "os-flavor-manage:delete"),
        _right("POST", f"{FLAVOR}/os-extra_specs", "os-flavor-extra-specs:create"),
        _right("DELETE", f"{FLAVOR}/os-extra_specs/{{part}}", "os-flavor-extra-specs:delete"),
    )

    def identify(self, item: Json, index: Index) -> Key | None:
        name = described_key(item.get("description") or "", index.scoped_owner)
        return index.key(self.name, name) if name else None

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        spec = FlavorSpec(
            vcpus=item["vcpus"],
            memory=item["ram"],
            disk=item["disk"],
            swap=int(item["swap"] or 0),
            ephemeral=item[_EPHEMERAL],
            extra_specs=tuple(sorted(item["extra_specs"].items())),
        )
        return Observed(key, spec, item["id"])

    def create(self, key: Key, spec: FlavorSpec, ids: Ids, owner: str) -> Request:
        """Its extra specs need a request of their own: the next pass finds them missing, and nothing uses it before."""
        flavor = {
            # Names are unique on a cloud, and at most 255 characters: the digest shows those of one owner apart.
            "name": f"magi_{owner}_{hashlib.sha256(key.name.encode()).hexdigest()[:16]}",
            "description": description(owner, key.name),
            "vcpus": spec.vcpus,
            "ram": spec.memory,
            "disk": spec.disk,
            "swap": spec.swap,
            _EPHEMERAL: spec.ephemeral,
            "os-flavor-access:is_public": True,
        }
        body = {"flavor": flavor}
        return Request("POST", "compute", "/flavors", body=body, answer="flavor", pending=bool(spec.extra_specs))

    def signed(self, request: Request, writer: Writer) -> Request:
        text = signed(request.body["flavor"]["description"], writer, _DESCRIPTION)
        return body_with(request, "flavor", {"description": text})

    def writer_of(self, item: Json) -> Writer | None:
        return described_writer(item.get("description") or "")

    def update(self, observed: Observed, spec: FlavorSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        change = changes.fields["extra_specs"]
        old, new = dict(change.old), dict(change.new)
        route = f"{FLAVOR}/os-extra_specs"
        if written := {name: value for name, value in new.items() if old.get(name) != value}:
            yield Request("POST", "compute", route, observed.id, body={"extra_specs": written})
        for name in sorted(old.keys() - new.keys()):
            yield Request("DELETE", "compute", f"{route}/{{part}}", observed.id, part=name, done=GONE)

    def delete(self, observed: Observed, spec: FlavorSpec, ids: Ids) -> Request:
        """Servers keep what they have: Nova gave each a copy."""
        return Request("DELETE", "compute", FLAVOR, observed.id, done=GONE)
