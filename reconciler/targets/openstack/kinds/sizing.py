"""Flavors by what they hold: a VDU may say what it needs, and gets a flavor of the VIM that is exactly that.

What a flavor holds is the name of a Key of the kind `fitting-flavor`, found or made (`flavor.py`). A server reports
what its own flavor held when it got it, so it keeps that as long as it fits, whatever flavors come and go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import Key
from reconciler.targets.openstack.kinds.existing import FLAVORS
from reconciler.targets.openstack.kinds.marks import PREFIX
from reconciler.targets.rest import Index, Json

FITTING = "fitting-flavor"
PCI_ALIASES = "pci_passthrough:alias"


def content_name(numbers: Mapping[str, int], extra_specs: Mapping[str, str]) -> str:
    """What a flavor holds, in one spelling: ``vcpus=2,memory=4096,disk=20,hw:cpu_policy=dedicated``.

    ``numbers``: vcpus, memory and swap in MiB, disk and ephemeral in GiB; what is 0 may be left out.
    """
    sizes = [f"{name}={numbers.get(name, 0)}" for name in ("vcpus", "memory", "disk")]
    more = [f"{name}={numbers[name]}" for name in ("swap", "ephemeral") if numbers.get(name)]
    specs = (f"{name}={_in_order(name, value)}" for name, value in sorted(extra_specs.items()))
    # A "/" would make the first part of a Key the name of a service.
    return ",".join([*sizes, *more, *specs]).replace("/", "%2F")


def _in_order(name: str, value: str) -> str:
    """PCI aliases are a list whose order says nothing."""
    return ",".join(sorted(value.replace(" ", "").split(","))) if name == PCI_ALIASES else value


def content_of(flavor: Json) -> str | None:
    """What a flavor holds, as it is listed or as a server reports it; None where it is not reported."""
    if "vcpus" not in flavor:
        return None
    numbers = {
        "vcpus": flavor["vcpus"],
        "memory": flavor["ram"],
        "disk": flavor["disk"],
        "swap": int(flavor.get("swap") or 0),
        "ephemeral": flavor.get("OS-FLV-EXT-DATA:ephemeral", flavor.get("ephemeral", 0)),
    }
    return content_name(numbers, flavor.get("extra_specs") or {})


def fitting_flavors(index: Index) -> Mapping[Key, tuple[str, ...]]:
    """For everything that a flavor holds its id: of several flavors alike that of the first by name.

    Those that a Magi made are left out: the managed ones are known as such, and others may take theirs away.
    """
    found: dict[Key, tuple[str, ...]] = {}
    listed: list[Any] = sorted(index.items[FLAVORS], key=lambda flavor: (flavor["name"], flavor["id"]))
    for flavor in listed:
        content = content_of(flavor)
        made = (flavor.get("description") or "").startswith(PREFIX)
        if content is not None and not made and not flavor.get("OS-FLV-DISABLED:disabled"):
            found.setdefault(index.key(FITTING, content), (flavor["id"],))
    return found
