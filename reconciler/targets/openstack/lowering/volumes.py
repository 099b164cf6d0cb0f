"""Volumes of an instance, and those that all instances of a VNF share, with what attaches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.documents.checking.volumes import ROOT
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.volumes import BootVolume, Volume
from reconciler.model import Instance, Key, Place
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from reconciler.targets.openstack.kinds.volume_attachment import VolumeAttachmentSpec, attachment_key
from reconciler.targets.openstack.lowering.compute import image_of, image_version_of
from reconciler.targets.openstack.lowering.expansion import Expansion


def expand_shared_volumes(expansion: Expansion, vim: str, prefix: str, volumes: Iterable[Volume]) -> Mapping[str, Key]:
    """The volumes that there is one of in the VNF, by name."""
    return {
        volume.name: expansion.add(
            Key(vim, "volume", f"{prefix}/{volume.name}"), _spec(vim, volume), volume.spot.place()
        )
        for volume in volumes
    }


def expand_boot_volume(
    expansion: Expansion, descriptor: VnfDescriptor, server: Key, vdu: Vdu, place: Place, instance: Instance
) -> Key | None:
    if vdu.boot_volume is None:
        return None
    key = Key(server.target, "volume", f"{server.name}/{ROOT}")
    image = image_of(expansion, descriptor, server.target, vdu)
    spec = replace(_of(instance, vdu.boot_volume, image), image_version=image_version_of(vdu))
    return expansion.add(key, spec, place, instance=instance)


def expand_volumes(
    expansion: Expansion, server: Key, vdu: Vdu, shared: Mapping[str, Key], place: Place, instance: Instance
) -> None:
    """The data volumes of an instance, and their attachments."""
    volumes = [
        expansion.add(
            Key(server.target, "volume", f"{server.name}/{volume.name}"),
            _of(instance, volume),
            place,
            instance=instance,
        )
        for volume in vdu.volumes
    ]
    for volume in (*volumes, *(shared[name] for name in vdu.shared_volumes)):
        spec = VolumeAttachmentSpec(server, volume)
        expansion.add(attachment_key(server, volume), spec, place, instance=instance)


def _of(instance: Instance, volume: Volume | BootVolume, image: Key | None = None) -> VolumeSpec:
    """What exists only during a change has nothing worth keeping."""
    spec = _spec(instance.key.target, volume, image)
    return replace(spec, keep=False) if instance.surge else spec


def _spec(vim: str, volume: Volume | BootVolume, image: Key | None = None) -> VolumeSpec:
    return VolumeSpec(
        size=volume.size,
        type=None if volume.type is None else Key(vim, "volume-type", volume.type),
        image=image,
        availability_zone=volume.availability_zone,
        keep=volume.keep,
    )
