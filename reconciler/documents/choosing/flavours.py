"""Deployment flavours of a descriptor: which VDUs there are, and how many instances at each level.

ETSI's VNF deployment flavour (SOL001 and SOL006), with its VDU profiles, instantiation levels and scaling aspects.
What a service chooses ends as the `counts` of its VNF, which is all that the rest needs to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.documents.reading.spots import Problems, Spot
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.flavours import DeploymentFlavour, InstantiationLevel, ScalingAspect
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.vnfs import Vnf

_NO_LIMIT = 1_000_000


def check_flavours(problems: Problems, spec: VnfDescriptorSpec) -> None:
    """Notes what is wrong with the deployment flavours of a descriptor."""
    vdus = [vdu.name for vdu in spec.vdus]
    flavours = problems.named("deployment flavour", spec.deployment_flavours or ())
    if spec.default_flavour is not None and spec.default_flavour not in flavours:
        problems.report_unknown(spec.at("default_flavour"), "deployment flavour", spec.default_flavour, flavours)
    for flavour in flavours.values():
        profiles: dict[str, Spot] = {}
        for profile in flavour.vdu_profiles or ():
            if profile.vdu not in vdus:
                problems.report_unknown(profile.at("vdu"), "VDU", profile.vdu, vdus)
            if profile.vdu in profiles:
                line = profiles[profile.vdu].place().line
                message = f"VDU '{profile.vdu}' has two profiles"
                problems.report(profile.at("vdu"), message, f"the first is in line {line}")
            profiles.setdefault(profile.vdu, profile.spot)
            if profile.max is not None and profile.min > profile.max:
                problems.report(profile.at("max"), f"at most {profile.max}, but at least {profile.min}")
        _check_parts(problems, flavour, profiles or vdus)


def counts_of(spec: VnfDescriptorSpec, vnf: Vnf) -> dict[str, int]:
    """How many instances of each VDU a VNF has. ``spec``: of its descriptor. Nothing unknown may be chosen."""
    counts: dict[str, int] = {vdu.name: vdu.count for vdu in spec.vdus}
    flavour = flavour_of(spec, vnf)
    if flavour is not None:
        present = {vdu.name for vdu in vdus_of(spec, vnf)}
        counts = {name: count if name in present else 0 for name, count in counts.items()}
        level = _level_of(flavour, vnf)
        counts |= level.counts if level else {}
        for aspect in flavour.scaling_aspects:
            for step in range(vnf.scale.get(aspect.name, 0)):
                for name, more in _delta(aspect, step).items():
                    counts[name] = counts.get(name, 0) + more
    counts |= vnf.counts
    return counts


def check_choice(problems: Problems, vnf: Vnf, spec: VnfDescriptorSpec) -> bool:
    """Whether a VNF chooses what its descriptor offers; what it does not is noted."""
    before = problems.count
    flavours = {flavour.name: flavour for flavour in spec.deployment_flavours or ()}
    if not flavours:
        for field, given in (("flavour", vnf.flavour), ("level", vnf.level), ("scale", vnf.scale)):
            if given:
                message = f"descriptor '{vnf.descriptor}' has no deployment flavours"
                problems.report(vnf.at(field), message, "say how many instances in counts", key=True)
        return problems.count == before
    if vnf.flavour is not None and vnf.flavour not in flavours:
        problems.report_unknown(vnf.at("flavour"), "deployment flavour", vnf.flavour, flavours)
        return False
    flavour = flavour_of(spec, vnf)
    if flavour is None:
        return True
    levels = [level.name for level in flavour.instantiation_levels or ()]
    if vnf.level is not None and vnf.level not in levels:
        problems.report_unknown(vnf.at("level"), "instantiation level", vnf.level, levels)
    aspects = {aspect.name: aspect for aspect in flavour.scaling_aspects}
    for name, level in vnf.scale.items():
        if name not in aspects:
            problems.report_unknown(vnf.at("scale", name), "scaling aspect", name, aspects, key=True)
        elif level > aspects[name].max_scale_level:
            message = f"scaling aspect '{name}' has no level {level}"
            problems.report(vnf.at("scale", name), message, f"maxScaleLevel is {aspects[name].max_scale_level}")
    if problems.count == before:
        _check_limits(problems, vnf, spec, flavour)
    return problems.count == before


def flavour_of(spec: VnfDescriptorSpec, vnf: Vnf) -> DeploymentFlavour | None:
    """The deployment flavour that a VNF has; None where the descriptor has none."""
    flavours = spec.deployment_flavours
    if not flavours:
        return None
    name = vnf.flavour or spec.default_flavour or flavours[0].name
    return next((flavour for flavour in flavours if flavour.name == name), flavours[0])


def vdus_of(spec: VnfDescriptorSpec, vnf: Vnf) -> list[Vdu]:
    """The VDUs that a VNF has: those of its deployment flavour."""
    flavour = flavour_of(spec, vnf)
    profiles = flavour.vdu_profiles if flavour else None
    named = {profile.vdu for profile in profiles or ()}
    return [vdu for vdu in spec.vdus if not profiles or vdu.name in named]


def _level_of(flavour: DeploymentFlavour, vnf: Vnf) -> InstantiationLevel | None:
    levels = flavour.instantiation_levels or ()
    name = vnf.level or flavour.default_instantiation_level
    return next((level for level in levels if name in {level.name, None}), None)


def _delta(aspect: ScalingAspect, step: int) -> Mapping[str, int]:
    """How many more instances of each VDU a step of an aspect brings: each has its own, or all have the only one."""
    return aspect.vdu_deltas[min(step, len(aspect.vdu_deltas) - 1)]


def _check_parts(problems: Problems, flavour: DeploymentFlavour, vdus: Iterable[str]) -> None:
    """The instantiation levels and scaling aspects of a flavour, which has these VDUs."""
    known = list(vdus)
    levels = problems.named("instantiation level", flavour.instantiation_levels or ())
    default = flavour.default_instantiation_level
    if default is not None and default not in levels:
        problems.report_unknown(flavour.at("default_instantiation_level"), "instantiation level", default, levels)
    named: list[tuple[Spot, str]] = []
    for level in levels.values():
        named += [(level.at("counts", name), name) for name in level.counts]
    for aspect in problems.named("scaling aspect", flavour.scaling_aspects).values():
        deltas, most = aspect.vdu_deltas, aspect.max_scale_level
        if len(deltas) not in {1, most}:
            message = f"scaling aspect '{aspect.name}' has {len(deltas)} deltas for {most} steps"
            problems.report(aspect.at("vdu_deltas"), message, "give one for each step, or one for all", key=True)
        for index, delta in enumerate(deltas):
            named += [(aspect.at("vdu_deltas", index, name), name) for name in delta]
    for spot, name in named:
        if name not in known:
            problems.report_unknown(spot, "VDU of this flavour", name, known, key=True)


def _check_limits(problems: Problems, vnf: Vnf, spec: VnfDescriptorSpec, flavour: DeploymentFlavour) -> None:
    """Counts within the VDU profiles of the flavour, and none of a VDU that it does not have."""
    limits = {profile.vdu: (profile.min, profile.max) for profile in flavour.vdu_profiles or ()}
    present = {vdu.name for vdu in vdus_of(spec, vnf)}
    for name, count in counts_of(spec, vnf).items():
        where = vnf.at("counts", name) if name in vnf.counts else vnf.at("name")
        least, most = limits.get(name, (0, None))
        highest = _NO_LIMIT if most is None else most
        if name in present and least <= highest and not least <= count <= highest:
            message = f"VDU '{name}' has {count} instances in deployment flavour '{flavour.name}'"
            allowed = "any number" if most is None else most
            problems.report(where, message, f"its profile allows {least} to {allowed}")
        elif count and name not in present and any(name == vdu.name for vdu in spec.vdus):
            message = f"deployment flavour '{flavour.name}' has no VDU '{name}'"
            problems.report(where, message, f"it has {', '.join(sorted(present))}", key=True)
