"""The NetworkServiceSet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from reconciler.documents.words.declaring import EMPTY, Word, declare, hidden, word
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import Name, StringMap, Text


@word(
    "generator",
    title="Generator",
    examples=[{"vims": {"selector": {"tier": "edge"}}}, {"list": [{"name": "north", "vim": "paris"}]}],
    rules=exactly_one("vims", "list"),
)
class Generator(Word):
    """What there is a member for: Vims, or rows of a list."""

    vims: VimGenerator | None = declare(
        "VIMs",
        "A member for every Vim that is selected, in the order of their names. Excludes 'list'.",
        default=None,
        examples=[{"selector": {"tier": "edge"}}],
    )
    list: tuple[Row, ...] | None = declare(
        "List",
        "A member for every row, in the order of the list. Excludes 'vims'.",
        default=None,
        examples=[[{"name": "north", "vim": "paris", "cidr": "10.8.1.0/24"}]],
        minItems=1,
        maxItems=10000,
    )


@word("vimGenerator", title="VIM generator", examples=[{"selector": {"tier": "edge"}}])
class VimGenerator(Word):
    """Selects Vims by their labels."""

    selector: StringMap = declare(
        "Selector",
        "Labels that a Vim must have, all of them. Left out: every Vim. A selector that matches none is an error.",
        default={},
        examples=[{"tier": "edge"}],
    )


@word("row", title="Row", examples=[{"name": "north", "vim": "paris", "cidr": "10.8.1.0/24"}], open=True)
class Row(Word):
    """The values of one member: a name, and whatever else the template asks for."""

    name: Name = declare(
        "Name",
        "Name of the row, unique in the list.",
        examples=["north"],
    )
    raw: Mapping[str, object] = hidden(default=EMPTY)


@word(
    "template",
    title="Template",
    examples=[
        {
            "metadata": {"name": "edge-{{ row.name }}"},
            "spec": {"vim": "{{ row.vim }}", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]},
        }
    ],
)
class Template(Word):
    """A NetworkService with placeholders: {{ vim.name }}, {{ vim.labels.KEY }} and {{ vim.values.KEY }}, or {{ row.name
    }} and {{ row.FIELD }}.
    """

    metadata: TemplateMetadata = declare(
        "Metadata",
        "Metadata of each member.",
        examples=[{"name": "edge-{{ row.name }}"}],
    )
    spec: Mapping[str, object] = declare(
        "Specification",
        "Specification of each member: that of a NetworkService, with placeholders in its texts.",
        examples=[{"vim": "{{ row.vim }}"}],
    )
    raw: Mapping[str, object] = hidden(default=EMPTY)


@word("templateMetadata", title="Template metadata", examples=[{"name": "edge-{{ row.name }}"}])
class TemplateMetadata(Word):
    """What the members are called."""

    name: str = declare(
        "Name",
        "Name of the network service, different for each member.",
        examples=["edge-{{ row.name }}"],
        minLength=1,
        maxLength=1024,
    )
    labels: StringMap = declare(
        "Labels",
        "Labels of the network service.",
        default={},
        examples=[{"site": "{{ vim.labels.site }}"}],
    )
    annotations: StringMap = declare(
        "Annotations",
        "Annotations of the network service.",
        default={},
        examples=[{"owner": "team-edge@example.net"}],
    )


@word("rollout", title="Rollout", examples=[{"canary": 1, "waveSize": 10}])
class Rollout(Word):
    """How a change goes through the members: canaries first, then wave after wave, each when all before it are synced
    and healthy.
    """

    canary: int | tuple[Name, ...] = declare(
        "Canaries",
        "How many members go first, in the order of the set, or the names of those that do.",
        default=1,
        examples=[1, ["edge-north"]],
        schema={
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": 10000},
                {"type": "array", "items": {"$ref": "#/$defs/name"}, "uniqueItems": True},
            ],
            "errorMessage": "a number of members is needed, or a list of their names",
        },
        uses=(Name,),
    )
    wave_size: int | None = declare(
        "Wave size",
        "How many members follow at a time. Left out: all others at once.",
        default=None,
        examples=[10],
        minimum=1,
        maximum=10000,
    )


@word(
    "spec",
    title="Network service set specification",
    examples=[
        {
            "generator": {"list": [{"name": "north", "vim": "paris"}, {"name": "south", "vim": "lyon"}]},
            "template": {
                "metadata": {"name": "edge-{{ row.name }}"},
                "spec": {"vim": "{{ row.vim }}", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]},
            },
            "rollout": {"canary": 1, "waveSize": 10},
        }
    ],
)
class NetworkServiceSetSpec(Word):
    """What the members are made from, and for what."""

    description: Text = declare(
        "Description",
        "What the set is for.",
        default="",
        examples=["The firewall of every branch office"],
    )
    generator: Generator = declare(
        "Generator",
        "What there is a member for.",
        examples=[{"vims": {"selector": {"tier": "edge"}}}],
    )
    defaults: Mapping[str, object] = declare(
        "Defaults",
        (
            "Values by key for members whose row, or whose Vim in its 'values', says nothing else. Mappings are merged "
            "key by key, all else is taken as a whole."
        ),
        default={},
        examples=[{"webs": 2, "lan": {"mtu": 1400}}],
    )
    template: Template = declare(
        "Template",
        "What each member looks like.",
        examples=[
            {
                "metadata": {"name": "edge-{{ row.name }}"},
                "spec": {"vim": "{{ row.vim }}", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]},
            }
        ],
    )
    rollout: Rollout | None = declare(
        "Rollout",
        "In which order a change goes through the members. Left out: through all at once.",
        default=None,
        examples=[{"canary": 1, "waveSize": 10}],
    )


@word(
    title="Network service set",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "NetworkServiceSet",
            "metadata": {"name": "edge"},
            "spec": {
                "generator": {"list": [{"name": "north", "vim": "paris"}, {"name": "south", "vim": "lyon"}]},
                "template": {
                    "metadata": {"name": "edge-{{ row.name }}"},
                    "spec": {"vim": "{{ row.vim }}", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]},
                },
                "rollout": {"canary": 1, "waveSize": 10},
            },
        }
    ],
)
class NetworkServiceSet(Word):
    """Makes one network service for every VIM that a selector matches, or for every row of a list."""

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["NetworkServiceSet"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["NetworkServiceSet"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "edge"}],
    )
    spec: NetworkServiceSetSpec = declare(
        "Specification",
        "What the members are made from, and for what.",
        examples=[
            {
                "generator": {"list": [{"name": "north", "vim": "paris"}, {"name": "south", "vim": "lyon"}]},
                "template": {
                    "metadata": {"name": "edge-{{ row.name }}"},
                    "spec": {"vim": "{{ row.vim }}", "virtualLinks": [{"name": "lan", "cidr": "10.8.0.0/24"}]},
                },
                "rollout": {"canary": 1, "waveSize": 10},
            }
        ],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
