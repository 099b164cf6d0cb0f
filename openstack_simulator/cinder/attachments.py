"""Volumes in servers: what Nova asks of Cinder."""

from openstack_simulator.cinder.records import is_multiattach
from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import Record


def may_attach(cloud: Cloud, volume: Record) -> bool:
    return volume["status"] == "available" or (volume["status"] == "in-use" and is_multiattach(cloud, volume))


def reserve(cloud: Cloud, volume_id: str) -> None:
    """For a server that is not built yet. It stays in use where another server has it."""
    if not cloud.volumes.volumes[volume_id]["attachments"]:
        cloud.volumes.volumes.change(volume_id, status="reserved")


def attach(cloud: Cloud, volume_id: str, server_id: str, device: str) -> None:
    volume = cloud.volumes.volumes[volume_id]
    attachment = {
        "id": volume_id,
        "attachment_id": cloud.new_id(),
        "volume_id": volume_id,
        "server_id": server_id,
        "host_name": None,
        "device": device,
        "attached_at": cloud.timestamp(),
    }
    cloud.volumes.volumes.change(volume_id, status="in-use", attachments=[*volume["attachments"], attachment])


def begin_detach(cloud: Cloud, volume_id: str) -> None:
    if len(cloud.volumes.volumes[volume_id]["attachments"]) == 1:
        cloud.volumes.volumes.change(volume_id, status="detaching")


def detach(cloud: Cloud, volume_id: str, server_id: str) -> None:
    volume = cloud.volumes.volumes.get(volume_id)
    if volume is not None:
        left = [one for one in volume["attachments"] if one["server_id"] != server_id]
        cloud.volumes.volumes.change(volume_id, status="in-use" if left else "available", attachments=left)
