"""What a VDU needs of a flavor (virtual compute and storage in ETSI terms), as Nova spells it."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.vdus import Sizing, Vdu
from reconciler.targets.openstack.kinds.flavor import FlavorSpec
from reconciler.targets.openstack.kinds.sizing import PCI_ALIASES, content_name


def check_sizing(problems: Problems, vdu: Vdu) -> None:
    """Notes extra specs that another field of the sizing says already."""
    if vdu.sizing is None:
        return
    said = {spec: field for field, (spec, value) in _fields(vdu.sizing).items() if value is not None}
    for spec in vdu.sizing.extra_specs:
        if spec in said:
            where = vdu.sizing.at("extra_specs", spec)
            problems.report(where, f"'{said[spec]}' says '{spec}' already", "keep one of them", key=True)


def sizing_name(sizing: Sizing) -> str:
    """The one spelling of what a sizing asks for."""
    return content_name(_numbers(sizing), _extra_specs(sizing))


def flavor_spec(sizing: Sizing) -> FlavorSpec:
    """The flavor that holds just what a sizing asks for."""
    return FlavorSpec(**_numbers(sizing), extra_specs=tuple(sorted(_extra_specs(sizing).items())))


def _numbers(sizing: Sizing) -> dict[str, int]:
    return {name: getattr(sizing, name) for name in ("vcpus", "memory", "disk", "swap", "ephemeral")}


def _fields(sizing: Sizing) -> Mapping[str, tuple[str, str | None]]:
    """The fields of an extra spec: by name, which one, and its value; None where nothing is said."""
    aliases = ",".join(f"{name}:{count}" for name, count in sorted(sizing.pci_aliases.items()))
    return {
        "cpuPolicy": ("hw:cpu_policy", sizing.cpu_policy),
        "cpuThreadPolicy": ("hw:cpu_thread_policy", sizing.cpu_thread_policy),
        "hugePages": ("hw:mem_page_size", sizing.huge_pages),
        "numaNodes": ("hw:numa_nodes", None if sizing.numa_nodes is None else str(sizing.numa_nodes)),
        "pciAliases": (PCI_ALIASES, aliases or None),
    }


def _extra_specs(sizing: Sizing) -> dict[str, str]:
    said = {spec: value for spec, value in _fields(sizing).values() if value is not None}
    return {**said, **sizing.extra_specs}
