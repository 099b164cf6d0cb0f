"""Deployment flavours of a VNF."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Name, Text, VduCounts


@word(
    "deploymentFlavour",
    title="Deployment flavour (DF)",
    examples=[
        {
            "name": "small",
            "vduProfiles": [{"vdu": "fw", "max": 8}],
            "instantiationLevels": [{"name": "single", "counts": {"fw": 1}}, {"name": "pair", "counts": {"fw": 2}}],
            "scalingAspects": [{"name": "throughput", "maxScaleLevel": 3, "vduDeltas": [{"fw": 2}]}],
        }
    ],
)
class DeploymentFlavour(Word):
    """A size and shape of the VNF: which VDUs there are, and how many instances of each."""

    name: Name = declare(
        "Name",
        "Name of the deployment flavour; services choose it in 'flavour'.",
        examples=["small"],
    )
    description: Text = declare(
        "Description",
        "What the deployment flavour is for.",
        default="",
        examples=["For a branch office"],
    )
    vdu_profiles: tuple[VduProfile, ...] | None = declare(
        "VDU profiles",
        "VDUs of the flavour, with limits to their instances. Left out: all VDUs of the descriptor, without limits.",
        default=None,
        examples=[[{"vdu": "fw", "min": 1, "max": 8}]],
        minItems=1,
    )
    instantiation_levels: tuple[InstantiationLevel, ...] | None = declare(
        "Instantiation levels",
        "Numbers of instances that a VNF may begin with. Left out: the 'count' of each VDU.",
        default=None,
        examples=[[{"name": "single", "counts": {"fw": 1}}, {"name": "pair", "counts": {"fw": 2}}]],
        minItems=1,
    )
    default_instantiation_level: Name | None = declare(
        "Default instantiation level",
        "Level of a VNF that chooses none. Left out: the first.",
        default=None,
        examples=["pair"],
    )
    scaling_aspects: tuple[ScalingAspect, ...] = declare(
        "Scaling aspects",
        "Ways to scale out from the instantiation level.",
        default=(),
        examples=[[{"name": "throughput", "maxScaleLevel": 4, "vduDeltas": [{"fw": 2}]}]],
    )


@word("vduProfile", title="VDU profile", examples=[{"vdu": "fw", "min": 1, "max": 8}])
class VduProfile(Word):
    """A VDU of a deployment flavour, with limits to its instances."""

    vdu: Name = declare(
        "VDU",
        "Name of a VDU that the flavour has.",
        examples=["fw"],
    )
    min: int = declare(
        "Minimum number of instances",
        "Fewest instances, whatever a service chooses.",
        default=0,
        examples=[1],
        minimum=0,
        maximum=1000,
    )
    max: int | None = declare(
        "Maximum number of instances",
        "Most instances. Left out: no limit.",
        default=None,
        examples=[8],
        minimum=0,
        maximum=1000,
    )


@word("instantiationLevel", title="Instantiation level", examples=[{"name": "pair", "counts": {"fw": 2}}])
class InstantiationLevel(Word):
    """Numbers of instances that a VNF may begin with."""

    name: Name = declare(
        "Name",
        "Name of the instantiation level; services choose it in 'level'.",
        examples=["pair"],
    )
    description: Text = declare(
        "Description",
        "What the level is for.",
        default="",
        examples=["Two firewalls, one for the other"],
    )
    counts: VduCounts = declare(
        "Counts",
        "Number of instances by name of the VDU. A VDU that is left out has its own 'count'.",
        default={},
        examples=[{"fw": 2}],
    )


@word(
    "scalingAspect",
    title="Scaling aspect",
    examples=[{"name": "throughput", "maxScaleLevel": 4, "vduDeltas": [{"fw": 2}]}],
)
class ScalingAspect(Word):
    """A way in which a VNF is scaled out, in steps."""

    name: Name = declare(
        "Name",
        "Name of the scaling aspect; services set it in 'scale'.",
        examples=["throughput"],
    )
    description: Text = declare(
        "Description",
        "What there is more of with each step.",
        default="",
        examples=["Packets a second"],
    )
    max_scale_level: int = declare(
        "Maximum scale level",
        "Number of steps. Level 0 is the instantiation level as it is.",
        examples=[4],
        minimum=1,
        maximum=1000,
    )
    vdu_deltas: tuple[VduCounts, ...] = declare(
        "VDU deltas",
        "Instances that a step adds, by name of the VDU: one entry for each step, or one for all of them.",
        examples=[[{"fw": 2}], [{"fw": 1}, {"fw": 2, "log": 1}]],
        minItems=1,
    )
