"""What the kinds of the network service share: a mark in the description, fields that map to attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from reconciler.model import Key, Observed, State, Writer
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.kinds.marks import described_key, described_writer, description, signed
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Named, Request, S, body_with

DESCRIPTION = 255
"""Characters that Neutron takes in a description."""


def named_policy(item: Json, by: str) -> Iterator[Named]:
    """The QoS policy that an item has."""
    if item.get("qos_policy_id"):
        yield Named("qos-policy", item["qos_policy_id"], by)


class NeutronKind(OpenStackKind[S]):
    """What the kinds of the network service share: a mark in the description, fields that map to attributes.

    ``resource`` is the name that wraps one of them in a request or reply; ``has_name`` shows whether it has a name.
    """

    resource: ClassVar[str]
    has_name: ClassVar[bool] = True
    states: ClassVar[Mapping[str, State]] = {"ERROR": State.ERROR}

    def identify(self, item: Json, index: Index) -> Key | None:
        name = described_key(item.get("description") or "", index.owner)
        return index.key(self.name, name) if name else None

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        return Observed(
            key=key,
            spec=self.read(item, index),
            id=item["id"],
            revision_number=item.get("revision_number"),
            name=item["name"] if self.has_name else None,
        )

    def read(self, item: Json, index: Index) -> S:
        raise NotImplementedError

    def write(self, spec: S, ids: Ids) -> Mapping[str, Mapping[str, Json]]:
        """The attributes of each field: ``{field: {attribute: value}}``; a field left to the cloud has none."""
        raise NotImplementedError

    def dispensable(self, spec: S) -> frozenset[str]:
        """The attributes that need an extension and whose value is what a cloud without that extension has.

        They are written all the same, because a cloud that has the extension may have another default.
        """
        return frozenset()

    def create(self, key: Key, spec: S, ids: Ids, owner: str) -> Request:
        body: dict[str, Json] = {"description": description(owner, key.name)}
        if self.has_name:
            body["name"] = key.name
        for attributes in self.write(spec, ids).values():
            body |= attributes
        return Request(
            "POST",
            "network",
            self.listing.path,
            body={self.resource: body},
            answer=self.resource,
            dispensable=self.dispensable(spec),
        )

    def signed(self, request: Request, writer: Writer) -> Request:
        text = signed(request.body[self.resource]["description"], writer, DESCRIPTION)
        return body_with(request, self.resource, {"description": text})

    def writer_of(self, item: Json) -> Writer | None:
        return described_writer(item.get("description") or "")

    def update(self, observed: Observed, spec: S, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        attributes = self.write(spec, ids)
        body: dict[str, Json] = {"name": changes.name.new} if changes.name else {}
        for field_name in changes.fields:
            body |= attributes[field_name]
        yield Request(
            "PUT",
            "network",
            f"{self.listing.path}/{{id}}",
            observed.id,
            body={self.resource: body},
            # Only updates can lose what another actor wrote; and a delete follows steps that raise the number.
            revision_number=observed.revision_number,
        )

    def disown(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        yield replace(self._described(observed, ""), done=GONE)

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        return item | {"description": description(owner, key.name)}

    def adopt(self, observed: Observed, spec: S, owner: str) -> Iterator[Request]:
        yield self._described(observed, description(owner, observed.key.name))

    def _described(self, observed: Observed, text: str) -> Request:
        body = {self.resource: {"description": text}}
        route = f"{self.listing.path}/{{id}}"
        return Request("PUT", "network", route, observed.id, body=body, revision_number=observed.revision_number)
