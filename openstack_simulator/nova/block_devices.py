"""The volumes that a server is made with, and what becomes of them when it goes."""

from openstack_simulator.cinder import attachments
from openstack_simulator.cinder.records import new_volume
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record, compute_error
from openstack_simulator.identity import Token
from openstack_simulator.routing import Request

_MULTIATTACH = (2, 60)


def find_volume(cloud: Cloud, token: Token, volume_id: str, missing: int) -> Record:
    volume = cloud.volumes.volumes.get(volume_id)
    if volume is None or (volume["project_id"] != token.project_id and not token.is_admin):
        raise compute_error(missing, f"Volume {volume_id} could not be found.")
    return volume


def demand_free(cloud: Cloud, volume: Record, version: tuple[int, int]) -> None:
    if not attachments.may_attach(cloud, volume) or (volume["attachments"] and version < _MULTIATTACH):
        said = f"volume {volume['id']} status must be available or downloading to reserve, but the current status is"
        raise compute_error(400, f"Invalid volume: {said} {volume['status']}.")


def device(server: Record) -> str:
    return f"/dev/vd{'abcdefghijklmnopqrstuvwxyz'[min(len(server['volumes']) + (server['image_id'] is not None), 25)]}"


def requested(cloud: Cloud, request: Request, devices: list[Record], image: Record | None) -> list[Record]:
    """The volumes of a server that is made, checked: those that are there, and those that are made from an image."""
    found: list[Record] = []
    for one in devices:
        source, target = one.get("source_type"), one.get("destination_type", "volume")
        common = {"tag": one.get("tag"), "delete": bool(one.get("delete_on_termination", False))}
        if source == "volume" or "volume_id" in one:
            volume = find_volume(cloud, request.token, str(one.get("uuid") or one.get("volume_id")), 400)
            demand_free(cloud, volume, request.version)
            found.append({"id": volume["id"], **common})
        elif target == "volume":
            size = int(one.get("volume_size") or 1)
            made = {"image_id": image["id"], "image_name": image["name"]} if image and source == "image" else None
            found.append({"id": None, "size": size, "image": made, **common})
    return found


def reserve_all(cloud: Cloud, token: Token, server: Record) -> Record:
    """Makes what is to be made. Nova reports at once that the server has all of it; Cinder does once it is attached."""
    volumes = server["volumes"]
    server = {**server, "volumes": []}
    for one in volumes:
        if one["id"] is None:
            made = new_volume(cloud, token.project_id, token.user.id, one["size"], name="", image=one["image"])
            one = {**one, "id": cloud.volumes.volumes.put(made)["id"]}  # noqa: PLW2901  (what was made takes its place)
        name = device(server)
        attachments.reserve(cloud, one["id"])
        reserved = {"id": one["id"], "device": name, "tag": one["tag"], "delete": one["delete"]}
        server = {**server, "volumes": [*server["volumes"], reserved]}
    return server


def attach_all(cloud: Cloud, server: Record) -> None:
    for one in server["volumes"]:
        attachments.attach(cloud, one["id"], server["id"], one["device"])


def release_all(cloud: Cloud, server: Record) -> None:
    for one in server["volumes"]:
        attachments.detach(cloud, one["id"], server["id"])
        if one["delete"] and one["id"] in cloud.volumes.volumes:
            cloud.volumes.volumes.remove(one["id"])
