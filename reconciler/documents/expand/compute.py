"""What instances of a VDU are made of on their VIM: an image and a flavor, under the names that they have there."""

from __future__ import annotations

from typing import Any

from reconciler.documents.checking.sizing import flavor_spec, sizing_name
from reconciler.documents.checking.software_images import image_spec
from reconciler.documents.expand.expansion import Expansion
from reconciler.documents.reading.marks import Document
from reconciler.model import Key, Place
from reconciler.resources.openstack.image import CURRENT, software_image_key
from reconciler.resources.openstack.sizing import FITTING


def image_of(expansion: Expansion, descriptor: Document, vim: str, vdu: Any) -> Key:
    """The image that a VDU names: the VIM's own variant, a software image of its descriptor, or one of the VIM."""
    name, names_there = vdu["image"], expansion.vim(vim).get("images", {})
    for index, image in enumerate(descriptor.data["spec"].get("softwareImages", ())):
        if image["name"] == name and name not in names_there:
            spec = image_spec(image)
            place = Place(descriptor.file, *descriptor.place(("spec", "softwareImages", index)))
            return expansion.add(software_image_key(vim, spec), spec, place)
    return Key(vim, "image", names_there.get(name, name))


def image_version_of(vdu: Any) -> str | None:
    """Which of the images that bore the name an instance has to have; None for the one that it has."""
    return CURRENT if vdu.get("imagePolicy") == "follow" else None


def flavor_of(expansion: Expansion, vim: str, vdu: Any) -> Key | None:
    """The flavor that a VDU names."""
    if "flavor" not in vdu:
        return None
    name = vdu["flavor"]
    return Key(vim, "flavor", expansion.vim(vim).get("flavors", {}).get(name, name))


def sizing_of(expansion: Expansion, vim: str, vdu: Any, place: Place) -> Key | None:
    """What the flavor of a VDU has to hold; wanted as a flavor where Magi may make one."""
    if "sizing" not in vdu:
        return None
    key = Key(vim, FITTING, sizing_name(vdu["sizing"]))
    if expansion.vim(vim).get("makeFlavors", False):
        expansion.add(key, flavor_spec(vdu["sizing"]), place)
    return key
