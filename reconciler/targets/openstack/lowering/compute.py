"""What instances of a VDU are made of on their VIM: an image and a flavor, under the names that they have there."""

from __future__ import annotations

from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.vdus import Vdu
from reconciler.model import Key
from reconciler.targets.openstack.kinds.image import CURRENT, software_image_key
from reconciler.targets.openstack.kinds.sizing import FITTING
from reconciler.targets.openstack.lowering.expansion import Expansion
from reconciler.targets.openstack.lowering.sizing import flavor_spec, sizing_name
from reconciler.targets.openstack.lowering.software_images import image_spec


def image_of(expansion: Expansion, descriptor: VnfDescriptor, vim: str, vdu: Vdu) -> Key:
    """The image that a VDU names: the VIM's own variant, a software image of its descriptor, or one of the VIM."""
    names_there = expansion.vim(vim).images
    for image in descriptor.spec.software_images:
        if image.name == vdu.image and vdu.image not in names_there:
            spec = image_spec(image)
            return expansion.add(software_image_key(vim, spec), spec, image.spot.place())
    return Key(vim, "image", names_there.get(vdu.image, vdu.image))


def image_version_of(vdu: Vdu) -> str | None:
    """Which of the images that bore the name an instance has to have; None for the one that it has."""
    return CURRENT if vdu.image_policy == "follow" else None


def flavor_of(expansion: Expansion, vim: str, vdu: Vdu) -> Key | None:
    """The flavor that a VDU names."""
    if vdu.flavor is None:
        return None
    return Key(vim, "flavor", expansion.vim(vim).flavors.get(vdu.flavor, vdu.flavor))


def sizing_of(expansion: Expansion, vim: str, vdu: Vdu) -> Key | None:
    """What the flavor of a VDU has to hold; declared as a flavor where Magi may make one."""
    if vdu.sizing is None:
        return None
    key = Key(vim, FITTING, sizing_name(vdu.sizing))
    if expansion.vim(vim).make_flavors:
        expansion.add(key, flavor_spec(vdu.sizing), vdu.spot.place())
    return key
