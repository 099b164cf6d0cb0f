"""Extensions and microversions: whether the cloud knows all that the requests of a plan would use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from reconciler.model import Action, Key, Obstacle
from reconciler.targets.openstack.kinds import KINDS
from reconciler.targets.openstack.preflight.asked import Asked
from reconciler.targets.openstack.requirements import extension_of, version_number
from reconciler.targets.rest import Request, requests_of

_KINDS = {kind.name: kind for kind in KINDS}


class _AnyId(dict[Key, str]):
    """An id for every Key: the requests are only read."""

    def __missing__(self, key: Key) -> str:
        return "id"


def extensions(asked: Asked) -> Iterator[Obstacle]:
    """Networking v2.0, extensions; Compute v2.1, the version's newest microversion. Raises NotReported."""
    needs: defaultdict[str, list[Key]] = defaultdict(list)
    versions: defaultdict[str, list[Key]] = defaultdict(list)
    for step in asked.steps:
        if step.action in {Action.CREATE, Action.UPDATE}:
            kind = _KINDS[step.key.kind]
            if kind.extension:
                needs[kind.extension].append(step.key)
            for request in requests_of(kind, step, _AnyId(), "-", "-"):
                for name in _extensions_of(request):
                    needs[name].append(step.key)
                if request.version:
                    versions[request.version].append(step.key)
    if needs:
        for name in sorted(needs.keys() - asked.extensions):
            yield Obstacle(f"the cloud lacks the Neutron extension {name}", tuple(dict.fromkeys(needs[name])))
    if versions:
        newest = asked.compute_microversion
        for version, keys in sorted(versions.items()):
            if version_number(version) > version_number(newest):
                yield Obstacle(f"Nova has microversion {newest}, and {version} is needed", tuple(keys))


def _extensions_of(request: Request) -> set[str]:
    """What of the network service's extensions a request can't do without."""
    if request.service != "network":
        return set()
    collection = request.route.removeprefix("/v2.0/").partition("/")[0]
    attributes = {name for wrapped in (request.body or {}).values() for name in _attributes(wrapped)}
    rows = (extension_of(name, collection) for name in attributes - request.dispensable)
    return {row.name for row in rows if row}


def _attributes(wrapped: Any) -> Iterator[str]:
    if isinstance(wrapped, dict):
        yield from (name for name, value in wrapped.items() if value is not None)
