"""What instances of a VDU are made of on their VIM: an image and a flavor, under the names that they have there."""

from __future__ import annotations

from typing import Any

from reconciler.documents.expand.expansion import Expansion
from reconciler.documents.sizing import flavor_spec, sizing_name
from reconciler.model import Key, Place
from reconciler.resources.openstack.sizing import FITTING


def image_of(expansion: Expansion, vim: str, vdu: Any) -> Key:
    return Key(vim, "image", _name_there(expansion, vim, "images", vdu["image"]))


def flavor_of(expansion: Expansion, vim: str, vdu: Any) -> Key | None:
    """The flavor that a VDU names."""
    return Key(vim, "flavor", _name_there(expansion, vim, "flavors", vdu["flavor"])) if "flavor" in vdu else None


def sizing_of(expansion: Expansion, vim: str, vdu: Any, place: Place) -> Key | None:
    """What the flavor of a VDU has to hold; wanted as a flavor where Magi may make one."""
    if "sizing" not in vdu:
        return None
    key = Key(vim, FITTING, sizing_name(vdu["sizing"]))
    if expansion.vim(vim).get("makeFlavors", False):
        expansion.add(key, flavor_spec(vdu["sizing"]), place)
    return key


def _name_there(expansion: Expansion, vim: str, what: str, name: str) -> str:
    """The VIM's own name of an image or flavor."""
    there: str = expansion.vim(vim).get(what, {}).get(name, name)
    return there
