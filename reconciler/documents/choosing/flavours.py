"""Deployment flavours of a descriptor: which VDUs there are, and how many instances at each level.

ETSI's VNF deployment flavour (SOL001 and SOL006), with its VDU profiles, instantiation levels and scaling aspects.
What a service chooses ends as the `counts` of its VNF, which is all that the rest needs to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.documents.reading.marks import Path
from reconciler.documents.subject import Subject

_NO_LIMIT = 1_000_000


def check_flavours(subject: Subject) -> None:
    """Notes what is wrong with the deployment flavours of a descriptor."""
    vdus = [vdu["name"] for _, vdu in subject.items("vdus")]
    flavours = subject.named("deployment flavour", "deploymentFlavours")
    if "defaultFlavour" in subject.spec and subject.spec["defaultFlavour"] not in flavours:
        subject.report_unknown(("defaultFlavour",), "deployment flavour", subject.spec["defaultFlavour"], flavours)
    for path, flavour in flavours.values():
        profiles: dict[str, Path] = {}
        for where, profile in subject.items(*path, "vduProfiles"):
            vdu = profile["vdu"]
            if vdu not in vdus:
                subject.report_unknown((*where, "vdu"), "VDU", vdu, vdus)
            if vdu in profiles:
                line = subject.place(*profiles[vdu]).line
                subject.report((*where, "vdu"), f"VDU '{vdu}' has two profiles", f"the first is in line {line}")
            profiles.setdefault(vdu, where)
            if profile.get("min", 0) > profile.get("max", _NO_LIMIT):
                subject.report((*where, "max"), f"at most {profile['max']}, but at least {profile['min']}")
        _check_parts(subject, path, flavour, profiles or vdus)


def counts_of(spec: Any, vnf: Any) -> dict[str, int]:
    """How many instances of each VDU a VNF has. ``spec``: of its descriptor. Nothing unknown may be chosen."""
    counts: dict[str, int] = {vdu["name"]: vdu.get("count", 1) for vdu in spec["vdus"]}
    flavour = flavour_of(spec, vnf)
    if flavour is not None:
        present = {vdu["name"] for vdu in vdus_of(spec, vnf)}
        counts = {name: count if name in present else 0 for name, count in counts.items()}
        counts |= _level_of(flavour, vnf).get("counts", {})
        for aspect in flavour.get("scalingAspects", ()):
            for step in range(vnf.get("scale", {}).get(aspect["name"], 0)):
                for name, more in _delta(aspect, step).items():
                    counts[name] = counts.get(name, 0) + more
    counts |= vnf.get("counts", {})
    return counts


def check_choice(subject: Subject, path: Path, vnf: Any, spec: Any) -> bool:
    """Whether a VNF chooses what its descriptor offers; what it does not is noted."""
    before = subject.count
    flavours = {flavour["name"]: flavour for flavour in spec.get("deploymentFlavours", ())}
    if not flavours:
        for field in ("flavour", "level", "scale"):
            if field in vnf:
                message = f"descriptor '{vnf['descriptor']}' has no deployment flavours"
                subject.report((*path, field), message, "say how many instances in counts", key=True)
        return subject.count == before
    if vnf.get("flavour", "") not in {*flavours, ""}:
        subject.report_unknown((*path, "flavour"), "deployment flavour", vnf["flavour"], flavours)
        return False
    flavour = flavour_of(spec, vnf)
    levels = [level["name"] for level in flavour.get("instantiationLevels", ())]
    if "level" in vnf and vnf["level"] not in levels:
        subject.report_unknown((*path, "level"), "instantiation level", vnf["level"], levels)
    aspects = {aspect["name"]: aspect for aspect in flavour.get("scalingAspects", ())}
    for name, level in vnf.get("scale", {}).items():
        if name not in aspects:
            subject.report_unknown((*path, "scale", name), "scaling aspect", name, aspects, key=True)
        elif level > aspects[name]["maxScaleLevel"]:
            message = f"scaling aspect '{name}' has no level {level}"
            subject.report((*path, "scale", name), message, f"maxScaleLevel is {aspects[name]['maxScaleLevel']}")
    if subject.count == before:
        _check_limits(subject, path, vnf, spec)
    return subject.count == before


def flavour_of(spec: Any, vnf: Any) -> Any:
    """The deployment flavour that a VNF has; None where the descriptor has none."""
    flavours = spec.get("deploymentFlavours")
    if not flavours:
        return None
    name = vnf.get("flavour", spec.get("defaultFlavour", flavours[0]["name"]))
    return next((flavour for flavour in flavours if flavour["name"] == name), flavours[0])


def vdus_of(spec: Any, vnf: Any) -> list[Any]:
    """The VDUs that a VNF has: those of its deployment flavour."""
    flavour = flavour_of(spec, vnf)
    profiles = (flavour or {}).get("vduProfiles")
    named = {profile["vdu"] for profile in profiles or ()}
    return [vdu for vdu in spec["vdus"] if not profiles or vdu["name"] in named]


def _level_of(flavour: Any, vnf: Any) -> Any:
    levels = flavour.get("instantiationLevels", ())
    name = vnf.get("level", flavour.get("defaultInstantiationLevel"))
    return next((level for level in levels if name in {level["name"], None}), {})


def _delta(aspect: Any, step: int) -> Mapping[str, int]:
    """How many more instances of each VDU a step of an aspect brings: each has its own, or all have the only one."""
    deltas = aspect["vduDeltas"]
    delta: Mapping[str, int] = deltas[min(step, len(deltas) - 1)]
    return delta


def _check_parts(subject: Subject, path: Path, flavour: Any, vdus: Iterable[str]) -> None:
    """The instantiation levels and scaling aspects of a flavour, which has these VDUs."""
    known = list(vdus)
    levels = subject.named("instantiation level", *path, "instantiationLevels")
    default = flavour.get("defaultInstantiationLevel")
    if default is not None and default not in levels:
        subject.report_unknown((*path, "defaultInstantiationLevel"), "instantiation level", default, levels)
    named: list[tuple[Path, str]] = []
    for where, level in levels.values():
        named += [((*where, "counts", name), name) for name in level.get("counts", ())]
    for where, aspect in subject.named("scaling aspect", *path, "scalingAspects").values():
        deltas, most = aspect["vduDeltas"], aspect["maxScaleLevel"]
        if len(deltas) not in {1, most}:
            message = f"scaling aspect '{aspect['name']}' has {len(deltas)} deltas for {most} steps"
            subject.report((*where, "vduDeltas"), message, "give one for each step, or one for all", key=True)
        for index, delta in enumerate(deltas):
            named += [((*where, "vduDeltas", index, name), name) for name in delta]
    for path_of_name, name in named:
        if name not in known:
            subject.report_unknown(path_of_name, "VDU of this flavour", name, known, key=True)


def _check_limits(subject: Subject, path: Path, vnf: Any, spec: Any) -> None:
    """Counts within the VDU profiles of the flavour, and none of a VDU that it does not have."""
    flavour = flavour_of(spec, vnf)
    profiles = {profile["vdu"]: profile for profile in flavour.get("vduProfiles", ())}
    present = {vdu["name"] for vdu in vdus_of(spec, vnf)}
    for name, count in counts_of(spec, vnf).items():
        where = (*path, "counts", name) if name in vnf.get("counts", ()) else (*path, "name")
        least, most = profiles.get(name, {}).get("min", 0), profiles.get(name, {}).get("max", _NO_LIMIT)
        if name in present and least <= most and not least <= count <= most:
            message = f"VDU '{name}' has {count} instances in deployment flavour '{flavour['name']}'"
            subject.report(where, message, f"its profile allows {least} to {profiles[name].get('max', 'any number')}")
        elif count and name not in present and any(name == vdu["name"] for vdu in spec["vdus"]):
            message = f"deployment flavour '{flavour['name']}' has no VDU '{name}'"
            subject.report(where, message, f"it has {', '.join(sorted(present))}", key=True)
