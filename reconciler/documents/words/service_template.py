"""The NetworkServiceTemplate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.scalars import Text

_SPEC = {
    "defaults": {"mtu": 1400},
    "service": {"virtualLinks": [{"name": "lan", "cidr": "{{ values.cidr }}", "mtu": "{{ values.mtu }}"}]},
}


@word("spec", title="Network service template specification", examples=[_SPEC])
class NetworkServiceTemplateSpec(Word):
    """What the services have in common, and the values that differ."""

    description: Text = declare(
        "Description",
        "What services of the template do.",
        default="",
        examples=["The firewall of a branch office"],
    )
    defaults: Mapping[str, object] = declare(
        "Defaults",
        (
            "Values by key for services that don't give them. Mappings are merged key by key, all else is taken as a "
            "whole. A value without a default has to be given."
        ),
        default={},
        examples=[{"mtu": 1400}],
    )
    service: Mapping[str, object] = declare(
        "Service",
        (
            "Specification of each service: that of a NetworkService, with '{{ values.KEY }}' and '{{ service.name }}' "
            "in its texts."
        ),
        examples=[_SPEC["service"]],
    )


@word(
    title="Network service template",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "NetworkServiceTemplate",
            "metadata": {"name": "branch"},
            "spec": _SPEC,
        }
    ],
)
class NetworkServiceTemplate(Word):
    """What several network services and sets have in common. A service takes it with 'template: NAME'."""

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["NetworkServiceTemplate"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["NetworkServiceTemplate"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "branch"}],
    )
    spec: NetworkServiceTemplateSpec = declare(
        "Specification",
        "What the services have in common, and the values that differ.",
        examples=[_SPEC],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
