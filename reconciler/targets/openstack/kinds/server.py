"""server: one instance of a VDU. API reference: Compute v2.1, servers, at the microversion of the connection."""

from __future__ import annotations

import base64
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from reconciler.model import FieldChange, Impact, Key, Observed, Opaque, Spec, State, Writer, bytes_of
from reconciler.model.resources import Canvas, InstanceOutput, vdu_of
from reconciler.targets.openstack.kinds.adoption import Left, Survey, Taken, slug
from reconciler.targets.openstack.kinds.boots import boot_volume, image_of
from reconciler.targets.openstack.kinds.declared import (
    Level,
    OpenStackKind,
    Requirement,
    RequirementType,
)
from reconciler.targets.openstack.kinds.describing import Data, Documents, name_of
from reconciler.targets.openstack.kinds.image import ImageUse, image_marks
from reconciler.targets.openstack.kinds.marks import (
    BY,
    HOSTNAME,
    KEY,
    OWNER,
    PREFIX,
    USER_DATA,
    fixed_key,
    signature,
)
from reconciler.targets.openstack.kinds.port import PORTS, unplug
from reconciler.targets.openstack.kinds.server_adoption import adopted_servers, made_like
from reconciler.targets.openstack.kinds.server_group import SERVER_GROUPS
from reconciler.targets.openstack.kinds.server_rights import SERVER, SERVER_RIGHTS, SERVERS_PATH
from reconciler.targets.openstack.kinds.server_states import (
    AT_REST,
    STATES,
    UNCONFIRMED,
    lock_of,
    never_ran,
    refused,
    state_of_task,
)
from reconciler.targets.openstack.kinds.sizing import FITTING, content_of
from reconciler.targets.openstack.kinds.users import ATTACHED, SERVERS
from reconciler.targets.rest import GONE, Changes, Ids, Index, Json, Named, Request, body_with

HOSTNAME_MICROVERSION = "2.90"
"""The first in which a server can be given a host name, which clouds since Xena (2021) have."""

STARTED, STOPPED = "started", "stopped"

_WAKE = {
    "paused": "unpause",
    "suspended": "resume",
    "shelved": "unshelve",
    "shelved_offloaded": "unshelve",
    "rescue": "unrescue",
}
"""What wakes up a server that is neither started nor stopped."""


@dataclass(frozen=True, slots=True)
class ServerSpec(Spec):
    """``ports`` are attached in their order when the server is made; afterwards only their set counts.

    ``metadata`` is sorted pairs without the owner marks. ``operate``: started or stopped, or in the cloud's words what
    it is besides; None leaves it as it is. ``boot_volume``: a volume made from ``image`` that it boots from.
    ``flavor`` is one by its name; ``sizing`` is what the flavor holds: one of the two is declared.
    ``hostname``: None leaves it to Nova, which makes one of the server's name. Nova could change it, but only in what
    it reports the instance later: the DNS names of the ports would stay.
    ``user_data_key``: the id of the key that the digest of user data with secrets is made with.
    ``image_version``: declared as ``current`` where a newer image of the same name is to be taken; None leaves it.
    ``image_id``: only found, never declared: what the marks record.
    """

    rank: ClassVar[int] = 190
    counts: ClassVar[bool] = True
    immutable: ClassVar[frozenset[str]] = frozenset(
        {"availability_zone", "key_pair", "server_group", "config_drive", "boot_volume", "hostname"}
    )
    disruptive: ClassVar[Mapping[str, Impact]] = {
        "flavor": Impact.RESIZE,
        "sizing": Impact.RESIZE,
        "image": Impact.REBUILD,
        "image_version": Impact.REBUILD,
        "user_data": Impact.REBUILD,
        "operate": Impact.STOP,
    }
    harmless: ClassVar[frozenset[tuple[str, str]]] = frozenset({("operate", STARTED)})
    computed: ClassVar[frozenset[str]] = frozenset(
        {"availability_zone", "operate", "flavor", "sizing", "image_version", "image_id"}
    )
    derived: ClassVar[frozenset[str]] = frozenset({"image_version", "image_id"})
    copied: ClassVar[frozenset[str]] = frozenset({"image", "flavor", "sizing", "key_pair"})
    reattach: ClassVar[frozenset[str]] = frozenset({"ports"})
    runs: ClassVar[bool] = True
    building: ClassVar[int] = 20
    used_when_ready: ClassVar[bool] = True

    flavor: Key | None
    image: Key
    ports: tuple[Key, ...] = ()
    user_data: Opaque | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    availability_zone: str | None = None
    key_pair: Key | None = None
    server_group: Key | None = None
    config_drive: bool = False
    operate: str | None = None
    boot_volume: Key | None = None
    sizing: Key | None = None
    hostname: str | None = None
    user_data_key: str = ""
    image_version: str | None = None
    image_id: str | None = None

    @property
    def desired_flavor(self) -> Key:
        """The flavor by its name, or else by what it holds."""
        desired = self.flavor or self.sizing
        if desired is None:
            raise ValueError("a server needs a flavor or a sizing")
        return desired

    @property
    def at_rest(self) -> bool:
        return self.operate == STOPPED

    def side_effects(self, impact: Impact, desired: ServerSpec | None, changed: Collection[str]) -> tuple[str, ...]:
        if desired is None or impact is Impact.REPLACE:
            return () if self.boot_volume else ("data loss: its own disks",)
        lost = ("data loss: its root disk",) if impact is Impact.REBUILD else ()
        return (*lost, "port flap") if "ports" in changed else lost

    def uncompared(self, observed: Spec) -> str:
        if withheld := self.withheld():
            return withheld
        there = observed.user_data if isinstance(observed, ServerSpec) else None
        if self.user_data and there and self.user_data.differs_by_key(there):
            return f"the digest of its user data is by key {there.key}, which is not available"
        return ""

    def settle(self, observed: ServerSpec) -> ServerSpec:
        settled = super(ServerSpec, self).settle(observed)
        if observed.availability_zone is None:
            # On no host, as after a shelving: Nova reports no zone, and keeps the one that was asked for.
            settled = replace(settled, availability_zone=None)
        there = observed.user_data
        if self.uncompared(observed):
            settled = replace(settled, user_data=there, user_data_key=observed.user_data_key)
        elif self.user_data and there and there.digest in self.user_data.also:
            # The same by a key of before: the mark is written again, and nothing else.
            settled = replace(settled, user_data=there)
        if settled.ports != observed.ports and set(settled.ports) == set(observed.ports):
            return replace(settled, ports=observed.ports)
        return settled

    def draw(self, key: Key, canvas: Canvas) -> None:
        canvas.node(key.target, "vdu", vdu_of(key.name), key)

    def output(self, key: Key) -> InstanceOutput:
        return InstanceOutput(self.ports, self.hostname or "")


class ServerKind(OpenStackKind[ServerSpec]):
    name = "server"
    spec = ServerSpec
    listing = SERVERS
    states = STATES
    other_state = State.BUILDING
    quota = "instances"
    evidence: ClassVar[Mapping[str, str]] = {ATTACHED: "volume"}
    rights = SERVER_RIGHTS
    requirements = (
        Requirement(
            "compute",
            RequirementType.MICROVERSION,
            HOSTNAME_MICROVERSION,
            Level.USED,
            "VDUs with `hostname`",
            "a server that needs `hostname` is not made and says why, all else works",
        ),
    )

    def names(self, index: Index) -> Iterator[Named]:
        for server in index.items[SERVERS]:
            by = f"server {server['id']}"
            yield from (Named("volume", volume["id"], by) for volume in server.get(ATTACHED, ()))
            # Nova reports MAC addresses and no ids of ports.
            if server.get("addresses"):
                yield Named("port", server["id"], by, attribute="device_id")

    def identify(self, item: Json, index: Index) -> Key | None:
        metadata = item["metadata"]
        if metadata.get(OWNER) != index.owner or not metadata.get(KEY):
            return None
        return index.key(self.name, metadata[KEY])

    def decode(self, key: Key, item: Json, index: Index) -> Observed:
        fault = item.get("fault") or {}
        boots_from = boot_volume(item, index)
        image = image_of(item, boots_from, index)
        return Observed(
            key=key,
            spec=_read(item, index, image, boots_from),
            id=item["id"],
            name=item["name"],
            detail=fault.get("message", "") or item["status"],
            unconfirmed=Impact.RESIZE if item["status"] == UNCONFIRMED else None,
            refuses=refused(item),
            stays=lock_of(item),
            never_ran=never_ran(item),
            superseded=image.superseded if image and not boots_from else "",
        )

    def state_of(self, item: Json) -> State:
        return state_of_task(item) or super().state_of(item)

    def create(self, key: Key, spec: ServerSpec, ids: Ids, owner: str) -> Request:
        server = {
            "name": key.name,
            "flavorRef": ids[spec.desired_flavor],
            "imageRef": None if spec.boot_volume else ids[spec.image],
            "block_device_mapping_v2": [_boots_from(ids[spec.boot_volume])] if spec.boot_volume else None,
            "networks": [{"port": ids[port]} for port in spec.ports] or "none",
            "metadata": _metadata(key, spec, owner, None if spec.boot_volume else ids[spec.image]),
            "tags": [f"magi-{owner}"],
            "user_data": _user_data(spec),
            "availability_zone": spec.availability_zone,
            "key_name": ids[spec.key_pair] if spec.key_pair else None,
            "config_drive": spec.config_drive or None,
            "hostname": spec.hostname,
        }
        body: dict[str, Json] = {"server": {name: value for name, value in server.items() if value is not None}}
        if spec.server_group:
            body["os:scheduler_hints"] = {"group": ids[spec.server_group]}
        return Request(
            "POST",
            "compute",
            SERVERS_PATH,
            body=body,
            answer="server",
            pending=True,
            version=HOSTNAME_MICROVERSION if spec.hostname else "",
        )

    def signed(self, request: Request, writer: Writer) -> Request:
        metadata = request.body["server"]["metadata"] | signature(writer)
        return body_with(request, "server", {"metadata": metadata})

    def writer_of(self, item: Json) -> Writer | None:
        return Writer.of(item["metadata"].get(BY) or "")

    def update(self, observed: Observed, spec: ServerSpec, changes: Changes, ids: Ids, owner: str) -> Iterator[Request]:
        """One task of the cloud at a time: what else is to be changed is found by the observations that follow."""
        server, key = observed.id, observed.key
        there = observed.spec
        rebuilds = changes.heals is Impact.REBUILD or changes.touch("image", "image_version", "user_data")
        if isinstance(there, ServerSpec) and (spec.withheld() or (spec.uncompared(there) and not rebuilds)):
            # A secret or a key is not available. The mark keeps recording what the server has.
            spec = replace(spec, user_data=there.user_data)
        if changes.confirms:
            yield _action(server, {"confirmResize": None}, done=frozenset({400}))
            return
        if changes.name:
            yield Request("PUT", "compute", SERVER, server, body={"server": {"name": changes.name.new}})
        if ports := changes.fields.get("ports"):
            yield from _interfaces(server, ports, ids)
        if changes.touch("metadata", "user_data_key") and not rebuilds:
            made_from = there if isinstance(there, ServerSpec) else spec
            marked = replace(spec, image=made_from.image)
            # This replaces all metadata that there are.
            body = {"metadata": _metadata(key, marked, owner, made_from.image_id) | signature(observed.writer)}
            yield Request("PUT", "compute", f"{SERVER}/metadata", server, body=body)
        if rebuilds:
            rebuild = {
                "imageRef": ids[spec.image],
                "metadata": _metadata(key, spec, owner, None if spec.boot_volume else ids[spec.image])
                | signature(observed.writer),
                "user_data": _user_data(spec),
            }
            yield _action(server, {"rebuild": rebuild})
        elif changes.heals is Impact.REBOOT:
            yield _action(server, {"reboot": {"type": "HARD"}})
        elif changes.touch("flavor", "sizing"):
            yield _action(server, {"resize": {"flavorRef": ids[spec.desired_flavor]}})
        elif operate := changes.fields.get("operate"):
            wake = _WAKE.get(operate.old, "os-start")
            # What sleeps can't be stopped: it is woken up first.
            asleep = operate.old in _WAKE
            yield _action(server, {wake if spec.operate == STARTED or asleep else "os-stop": None})

    def disown(self, observed: Observed, spec: ServerSpec, owner: str) -> Iterator[Request]:
        yield Request(
            "PUT", "compute", f"{SERVER}/metadata", observed.id, body={"metadata": dict(spec.metadata)}, done=GONE
        )
        yield Request("DELETE", "compute", f"{SERVER}/tags/{{part}}", observed.id, part=f"magi-{owner}", done=GONE)

    def marked(self, item: Json, key: Key, owner: str) -> Json:
        return item | {"metadata": item["metadata"] | {OWNER: owner, KEY: key.name}}

    def adopt(self, observed: Observed, spec: ServerSpec, owner: str) -> Iterator[Request]:
        marks = {OWNER: owner, KEY: observed.key.name}
        if spec.image_id:
            marks |= image_marks(spec.image, spec.image_id)
        yield Request("POST", "compute", f"{SERVER}/metadata", observed.id, body={"metadata": marks})
        yield Request("PUT", "compute", f"{SERVER}/tags/{{part}}", observed.id, part=f"magi-{owner}")

    def delete(self, observed: Observed, spec: ServerSpec, ids: Ids) -> Request:
        return Request("DELETE", "compute", SERVER, observed.id, done=GONE, pending=True)

    def adopted(self, survey: Survey) -> Iterator[Taken | Left]:
        return adopted_servers(self.name, survey)

    def alike(self, server: Json, survey: Survey) -> Hashable:
        return made_like(server)

    def describe(self, key: Key, spec: ServerSpec, documents: Documents) -> Data | None:
        """The VNF, with one VDU of its own name, as its first instance is."""
        instances = documents.instances(key)
        if key != instances[0]:
            return None
        pair = slug(spec.key_pair.name, "key") if spec.key_pair else None
        vdu: Data = {
            "name": key.name.split("/")[1],
            "image": spec.image.name,
            "flavor": name_of(spec.flavor),
            "count": len(instances) if len(instances) > 1 else None,
            # What the kinds of these add, in the order of the schema.
            "interfaces": [],
            "bootVolume": {},
            "volumes": [],
            "metadata": dict(spec.metadata),
            "configDrive": spec.config_drive,
            "serverGroup": name_of(spec.server_group),
            "keyPair": pair,
        }
        vnf = documents.new_vnf(vdu)
        if spec.key_pair:
            vnf.descriptor["keyPairs"].append({"name": pair, "existing": spec.key_pair.name})
        return vnf.vdu


def _action(server: str, body: Json, done: frozenset[int] = frozenset()) -> Request:
    return Request("POST", "compute", f"{SERVER}/action", server, body=body, pending=True, done=done)


def _boots_from(volume: str) -> Json:
    return {
        "boot_index": 0,
        "uuid": volume,
        "source_type": "volume",
        "destination_type": "volume",
        "delete_on_termination": False,
    }


def _read(item: Json, index: Index, image: ImageUse | None, boots_from: str | None) -> ServerSpec:
    ports = index.table("port by device", ((p["device_id"], p["id"]) for p in index.items[PORTS]))
    groups = index.table(
        "group by server", ((m, g["id"]) for g in index.items[SERVER_GROUPS] for m in g.get("members", ()))
    )
    attached = (index.keys.get(port) for port in ports.get(item["id"], ()))
    group = next(iter(groups.get(item["id"], ())), None)
    metadata = item["metadata"]
    digest = metadata.get(USER_DATA)
    user_data = Opaque(digest) if digest else None
    content = content_of(item["flavor"])
    return ServerSpec(
        flavor=index.key("flavor", item["flavor"]["original_name"]),
        image=image.key if image else index.key("image", "none"),
        ports=tuple(sorted(port for port in attached if port)),
        user_data=user_data,
        user_data_key=user_data.key if user_data else "",
        metadata=tuple(sorted((k, v) for k, v in metadata.items() if not k.startswith(PREFIX))),
        availability_zone=item.get("OS-EXT-AZ:availability_zone") or None,
        key_pair=_key_pair(item.get("key_name"), index),
        server_group=index.known("existing-server-group", group),
        config_drive=bool(item.get("config_drive")),
        operate=_operation(item["status"]),
        boot_volume=index.keys.get(boots_from or ""),
        sizing=index.key(FITTING, content) if content else None,
        # Nova shows a member the host name only in newer microversions than an observation is asked in.
        hostname=metadata.get(HOSTNAME),
        image_version=image.version if image and not boots_from else None,
        image_id=image.id if image and not boots_from else None,
    )


def _operation(status: str) -> str:
    if status == "SHUTOFF":
        return STOPPED
    return status.lower() if status in AT_REST else STARTED


def _key_pair(name: str | None, index: Index) -> Key | None:
    """A server keeps the name of a keypair that is gone: it must not be replaced along with that.

    Nor along with one that was named before names contained the project.
    """
    if not name:
        return None
    managed = fixed_key(name, index.scoped_owner) or fixed_key(name, index.owner)
    return index.key("keypair", managed) if managed else index.key("existing-keypair", name)


def _metadata(key: Key, spec: ServerSpec, owner: str, image_id: str | None) -> dict[str, str]:
    """``image_id``: that of the image; None where that is a volume's."""
    image = image_marks(spec.image, image_id) if image_id else {}
    marks = {
        OWNER: owner,
        KEY: key.name,
        USER_DATA: spec.user_data.digest if spec.user_data else None,
        HOSTNAME: spec.hostname,
    }
    return dict(spec.metadata) | image | {name: value for name, value in marks.items() if value}


def _user_data(spec: ServerSpec) -> str | None:
    if spec.user_data is None or spec.user_data.content is None:
        return None
    return base64.b64encode(bytes_of(spec.user_data.content)).decode()


def _interfaces(server: str, change: FieldChange, ids: Ids) -> Iterator[Request]:
    for port in change.old:
        if port not in change.new:
            yield unplug(server, ids[port])
    for port in change.new:
        if port not in change.old:
            body = {"interfaceAttachment": {"port_id": ids[port]}}
            yield Request("POST", "compute", f"{SERVER}/os-interface", server, body=body)
