"""The Policy of a repository."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.conduct import Consent, Healing
from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.scalars import Name, StringMap


def _names_of(what: str, example: str) -> dict[str, str]:
    """The schema of a name, or of a pattern of names."""
    words = f"the name of a {what} is needed, or a pattern with '*' and '?', such as {example}"
    return {"pattern": "^[-a-z0-9*?]{1,63}$", "patternErrorMessage": words}


SERVICE_PATTERN = _names_of("network service", "core-*")
VIM_PATTERN = _names_of("Vim", "edge-*")


@word("protection", title="Protection", examples=[{"services": ["core-*"]}])
class Protection(Word):
    """What is never deleted."""

    services: tuple[str, ...] = declare(
        "Services",
        "Names of network services, or patterns with '*' and '?', of which nothing is deleted or replaced.",
        default=(),
        examples=[["vcpe", "core-*"]],
        uniqueItems=True,
        items=SERVICE_PATTERN,
    )
    kinds: tuple[str, ...] = declare(
        "Kinds of resources",
        "Kinds of resources, as plans call them, of which none is deleted or replaced.",
        default=(),
        examples=[["volume"]],
        choices="kinds",
        uniqueItems=True,
    )


@word("limit", title="Limit", examples=[{"services": ["core-*"], "maxDeletes": 2}], rules={"minProperties": 2})
class Limit(Word):
    """Limits of some network services or VIMs."""

    services: tuple[str, ...] = declare(
        "Services",
        (
            "Names of network services, or patterns with '*' and '?', each of which has the limits by itself. Left "
            "out: all of a VIM together."
        ),
        default=(),
        examples=[["vcpe", "core-*"]],
        uniqueItems=True,
        items=SERVICE_PATTERN,
    )
    vims: tuple[str, ...] = declare(
        "VIMs",
        "Names of Vims, or patterns with '*' and '?', on which the limits hold. Left out: all.",
        default=(),
        examples=[["edge-*"]],
        uniqueItems=True,
        items=VIM_PATTERN,
    )
    max_deletes: int | None = declare(
        "Most deletes",
        "Most deletes of one pass there, those of replacements included.",
        default=None,
        examples=[2],
        minimum=0,
    )
    max_delete_percent: int | None = declare(
        "Most deletes in percent",
        "The same in percent of the resources of Magi there.",
        default=None,
        examples=[10],
        minimum=0,
        maximum=100,
    )
    max_replaces: int | None = declare(
        "Most replacements",
        "Most replacements of one pass there.",
        default=None,
        examples=[1],
        minimum=0,
    )
    max_replace_percent: int | None = declare(
        "Most replacements in percent",
        "The same in percent of the resources of Magi there.",
        default=None,
        examples=[5],
        minimum=0,
        maximum=100,
    )


@word(
    "labelRule",
    title="Rule by label",
    examples=[{"name": "gold", "labels": {"tier": "gold"}, "deny": ["delete", "replace"]}],
)
class LabelRule(Word):
    """What labels rule out."""

    name: Name = declare(
        "Name",
        "Name of the rule in plans.",
        examples=["owned"],
    )
    services: tuple[str, ...] = declare(
        "Services",
        "Names of network services, or patterns with '*' and '?', that the rule applies to. Left out: all.",
        default=(),
        examples=[["core-*"]],
        uniqueItems=True,
        items=SERVICE_PATTERN,
    )
    labels: StringMap = declare(
        "Labels",
        "Labels that a network service has if the rule applies to it. Left out: any or none.",
        default={},
        examples=[{"tier": "gold"}],
    )
    require: tuple[str, ...] = declare(
        "Required labels",
        "Keys of labels that a network service must have. Nothing is done to one that lacks any of them.",
        default=(),
        examples=[["owner"]],
        uniqueItems=True,
        items={"minLength": 1, "maxLength": 253},
    )
    deny: tuple[Literal["create", "update", "delete", "replace"], ...] = declare(
        "Denied actions",
        (
            "What is not done to a network service. One that is no longer in Git has no labels, so its deletes are "
            "left to the other guards."
        ),
        default=(),
        examples=[["delete", "replace"]],
        uniqueItems=True,
    )
    message: str = declare(
        "Message",
        "Text that plans show beside the rule.",
        default="",
        examples=["ask the core team"],
        maxLength=300,
    )


@word("freeze", title="Freeze", examples=[{"services": ["core-*"]}])
class Freeze(Word):
    """What is left as it is."""

    services: tuple[str, ...] = declare(
        "Services",
        "Names of network services, or patterns with '*' and '?', to which nothing is done.",
        default=(),
        examples=[["vcpe", "core-*"]],
        uniqueItems=True,
        items=SERVICE_PATTERN,
    )
    vims: tuple[str, ...] = declare(
        "VIMs",
        "Names of Vims, or patterns with '*' and '?', on which nothing is done; '*' is all of them.",
        default=(),
        examples=[["*"]],
        uniqueItems=True,
        items=VIM_PATTERN,
    )


@word("spec", title="Policy specification", examples=[{"maxDeletes": 20, "protect": {"services": ["core-*"]}}])
class PolicySpec(Word):
    """The guard rails."""

    prune: bool = declare(
        "Prune",
        "Whether resources that no document asks for any more are deleted. 'false': they are only reported.",
        default=True,
        examples=[False],
    )
    max_deletes: int = declare(
        "Most deletes",
        "Most deletes of one pass on one VIM, those of replacements included. With more, none of them is made.",
        default=100,
        examples=[20],
        minimum=0,
    )
    max_delete_percent: int = declare(
        "Most deletes in percent",
        (
            "The same in percent of the resources of Magi on the VIM, without parts that go along with a whole (rules "
            "of a group, attachments). Whichever of the two limits is lower applies."
        ),
        default=100,
        examples=[10],
        minimum=0,
        maximum=100,
    )
    max_replaces: int | None = declare(
        "Most replacements",
        (
            "Most replacements of one pass on one VIM. With more, none of them is made. Left out: no limit of its "
            "own, and 'maxDeletes' still counts them."
        ),
        default=None,
        examples=[5],
        minimum=0,
    )
    max_replace_percent: int = declare(
        "Most replacements in percent",
        "The same in percent of the resources of Magi on the VIM.",
        default=100,
        examples=[5],
        minimum=0,
        maximum=100,
    )
    limits: tuple[Limit, ...] = declare(
        "Narrower limits",
        "Narrower limits, of network services each by itself, or of some VIMs. They apply in addition to those above.",
        default=(),
        examples=[[{"services": ["core-*"], "maxDeletes": 2}]],
    )
    max_shrink_percent: int = declare(
        "Most dropped network services in percent",
        (
            "Most of the network services deployed on a VIM that may have left Git. With more, none of their deletes "
            "is made. A repository without any network service deletes nothing, whatever this says."
        ),
        default=100,
        examples=[25],
        minimum=0,
        maximum=100,
    )
    max_removed_percent: int = declare(
        "Most removed network services in percent",
        (
            "Most of the network services deployed on all VIMs together that may have left Git. With more, none of "
            "their deletes is made. One service alone may always go. The old services of a rename count until the new "
            "ones are deployed."
        ),
        default=50,
        examples=[20],
        minimum=0,
        maximum=100,
    )
    label_rules: tuple[LabelRule, ...] = declare(
        "Rules by label",
        "What is not done to network services, by their labels.",
        default=(),
        examples=[[{"name": "owned", "require": ["owner"]}]],
    )
    freeze: Freeze | None = declare(
        "Freeze",
        "What is left as it is for now, healing included: differences are shown, and nothing is done about them.",
        default=None,
        examples=[{"vims": ["*"]}],
    )
    protect: Protection | None = declare(
        "Protection",
        "What is never deleted or replaced without an approval in Git.",
        default=None,
        examples=[{"services": ["core-*"]}],
    )
    drift: Literal["repair", "report", "ignore"] = declare(
        "Drift",
        (
            "What is done when resources differ although Git asks for nothing new: they are repaired, the difference "
            "is reported, or it is ignored. For every network service that does not say so itself."
        ),
        default="repair",
        examples=["report"],
    )
    healing: Healing | None = declare(
        "Healing",
        (
            "How instances that are in error or fail their probe are repaired, for every network service "
            "that does not say so itself. Left out: they are only reported."
        ),
        default=None,
        examples=[{"ladder": ["reboot", "rebuild", "replace"]}],
    )
    changes: Consent | None = declare(
        "Consent to changes",
        "Which costly changes may be made, for every network service that does not say so itself.",
        default=None,
        examples=[{"replace": "deny", "disruptive": "allow"}],
    )


@word(
    title="Policy",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "Policy",
            "metadata": {"name": "default"},
            "spec": {
                "prune": True,
                "maxDeletes": 20,
                "protect": {"services": ["core-*"]},
                "changes": {"disruptive": "allow"},
            },
        }
    ],
)
class Policy(Word):
    """Guard rails: what may be deleted, replaced or interrupted."""

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["Policy"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["Policy"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "default"}],
    )
    spec: PolicySpec = declare(
        "Specification",
        "The guard rails.",
        examples=[
            {"prune": True, "maxDeletes": 20, "protect": {"services": ["core-*"]}, "changes": {"disruptive": "allow"}}
        ],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
