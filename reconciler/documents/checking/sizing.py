"""What a VDU needs of a flavor (virtual compute and storage in ETSI terms), as Nova spells it."""

from __future__ import annotations

from typing import Any

from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject
from reconciler.resources.openstack.flavor import FlavorSpec
from reconciler.resources.openstack.sizing import PCI_ALIASES, content_name

_EXTRA_SPECS = {
    "cpuPolicy": "hw:cpu_policy",
    "cpuThreadPolicy": "hw:cpu_thread_policy",
    "hugePages": "hw:mem_page_size",
    "numaNodes": "hw:numa_nodes",
}


def check_sizing(subject: Subject, path: Path, vdu: Any) -> None:
    """Notes extra specs that another field of the sizing says already."""
    sizing = vdu.get("sizing", {})
    said = {spec: field for field, spec in {**_EXTRA_SPECS, "pciAliases": PCI_ALIASES}.items() if field in sizing}
    for spec in sizing.get("extraSpecs", {}):
        if spec in said:
            where = (*path, "sizing", "extraSpecs", spec)
            subject.report(where, f"'{said[spec]}' says '{spec}' already", "keep one of them", key=True)


def sizing_name(sizing: Any) -> str:
    """The one spelling of what a sizing asks for."""
    return content_name(sizing, _extra_specs(sizing))


def flavor_spec(sizing: Any) -> FlavorSpec:
    """The flavor that holds just what a sizing asks for."""
    numbers = {name: sizing.get(name, 0) for name in ("vcpus", "memory", "disk", "swap", "ephemeral")}
    return FlavorSpec(**numbers, extra_specs=tuple(sorted(_extra_specs(sizing).items())))


def _extra_specs(sizing: Any) -> dict[str, str]:
    specs = {spec: str(sizing[field]) for field, spec in _EXTRA_SPECS.items() if field in sizing}
    if aliases := sizing.get("pciAliases"):
        specs[PCI_ALIASES] = ",".join(f"{name}:{count}" for name, count in sorted(aliases.items()))
    specs.update(sizing.get("extraSpecs", {}))
    return specs
