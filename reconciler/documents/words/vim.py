"""The Vim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from reconciler.documents.words.declaring import Definition, Word, declare, word
from reconciler.documents.words.metadata import Metadata
from reconciler.documents.words.scalars import CloudName

Names = Annotated[
    Mapping[str, str],
    Definition(
        "names",
        {
            "title": "Names",
            "description": "From the name in descriptors to the name in this VIM.",
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": 255},
            "additionalProperties": {
                "title": "Name in this VIM",
                "description": "Exactly as this VIM spells it.",
                "$ref": "#/$defs/cloudName",
                "examples": ["Debian 12 (2026-10)"],
            },
            "examples": [{"debian-12": "Debian 12 (2026-10)"}],
        },
        uses=(CloudName,),
    ),
]


@word("api", title="API budget", examples=[{"concurrency": 4, "requestsPerSecond": 20, "timeout": 60}])
class Api(Word):
    """Limits on the use of the API of the VIM."""

    concurrency: int = declare(
        "Concurrency",
        "Most API calls at the same time.",
        default=8,
        examples=[4],
        minimum=1,
        maximum=64,
    )
    requests_per_second: float = declare(
        "Requests per second",
        "Most API calls per second, on average.",
        default=50,
        examples=[20, 0.5],
        exclusiveMinimum=0,
    )
    timeout: float = declare(
        "Timeout",
        (
            "Seconds after which a call without an answer is aborted, also when an answer stops in the middle. The "
            "next pass checks what became of it."
        ),
        default=30,
        examples=[60],
        exclusiveMinimum=0,
    )
    total_timeout: float = declare(
        "Total timeout",
        (
            "Seconds that an answer may take as a whole. One that takes longer makes the VIM unknown "
            "until the next pass."
        ),
        default=120,
        examples=[300],
        exclusiveMinimum=0,
    )
    max_answer_bytes: int = declare(
        "Largest answer",
        (
            "Bytes that one answer may have, unpacked. A larger one makes the VIM unknown until the next "
            "pass. All pages of one list together may have 16 times as many."
        ),
        default=33554432,
        examples=[67108864],
        minimum=65536,
    )
    max_depth: int = declare(
        "Deepest nesting",
        (
            "Levels of objects and lists inside one another that one answer may have. A deeper one makes "
            "the VIM unknown until the next pass."
        ),
        default=64,
        examples=[128],
        minimum=16,
        maximum=512,
    )
    max_pages: int = declare(
        "Most pages",
        "Pages that one list may have. More of them make the VIM unknown until the next pass.",
        default=10000,
        examples=[50000],
        minimum=1,
    )


@word(
    "spec", title="VIM specification", examples=[{"type": "openstack", "cloud": "paris", "externalNetwork": "public"}]
)
class VimSpec(Word):
    """Where the VIM is, and limits on its use."""

    type: str = declare(
        "Type",
        "An OpenStack cloud; or memory: a target that is gone with the process, for tests and to try Magi out.",
        examples=["openstack"],
        choices="types",
    )
    cloud: CloudName | None = declare(
        "Cloud",
        "Entry of clouds.yaml with address and credentials. Left out: the name of this document.",
        default=None,
        examples=["paris"],
    )
    region: CloudName | None = declare(
        "Region",
        "Region of the cloud. Left out: the one that clouds.yaml names. No two Vims may be the same cloud and region.",
        default=None,
        examples=["RegionOne"],
    )
    external_network: CloudName | None = declare(
        "External network",
        "Name of the existing network that access points lead to unless they name one.",
        default=None,
        examples=["public"],
    )
    images: Names = declare(
        "Images",
        (
            "Names of images in this VIM, where they differ from those in descriptors. An entry takes precedence over "
            "a software image of that name: this VIM has its own variant, and none is uploaded."
        ),
        default={},
        examples=[{"debian-12": "Debian 12 (2026-10)"}],
    )
    flavors: Names = declare(
        "Flavors",
        "Names of flavors in this VIM, where they differ from those in descriptors.",
        default={},
        examples=[{"m1.small": "s1-2"}],
    )
    make_flavors: bool = declare(
        "Make flavors",
        (
            "Whether Magi creates a flavor for a sizing that no flavor of the VIM matches, and deletes it when "
            "nothing uses it any more. By default policy of OpenStack only an admin may."
        ),
        default=False,
        examples=[True],
    )
    suspend: bool = declare(
        "Suspended",
        (
            "Whether the VIM is left as it is, for all services: differences are planned and shown, and nothing is "
            "done. For maintenance and manual work. 'magi suspend --vim' commits it."
        ),
        default=False,
        examples=[True],
    )
    values: Mapping[str, object] = declare(
        "Values",
        (
            "What the templates of sets take for this VIM, under any key: '{{ vim.values.KEY }}'. Numbers, lists and "
            "mappings stay what they are."
        ),
        default={},
        examples=[{"webs": 3, "lan": {"cidr": "10.8.1.0/24"}}],
    )
    api: Api | None = declare(
        "API budget",
        "Limits on the use of the VIM's API.",
        default=None,
        examples=[{"concurrency": 4, "requestsPerSecond": 20, "timeout": 60}],
    )


@word(
    title="VIM",
    examples=[
        {
            "apiVersion": "magi/v1alpha1",
            "kind": "Vim",
            "metadata": {"name": "paris", "labels": {"site": "paris"}},
            "spec": {"type": "openstack", "cloud": "paris", "region": "RegionOne", "externalNetwork": "public"},
        }
    ],
)
class Vim(Word):
    """A VIM (virtualised infrastructure manager): one OpenStack cloud, or one region of it, that network services are
    placed on. Credentials do not belong here: they are in clouds.yaml.
    """

    api_version: Literal["magi/v1alpha1"] = declare(
        "API version",
        "Version of the document format.",
        examples=["magi/v1alpha1"],
    )
    kind: Literal["Vim"] = declare(
        "Kind",
        "Kind of the document.",
        examples=["Vim"],
    )
    metadata: Metadata = declare(
        "Metadata",
        "Name, labels and annotations of the document.",
        examples=[{"name": "paris", "labels": {"site": "paris"}}],
    )
    spec: VimSpec = declare(
        "Specification",
        "Where the VIM is, and limits on its use.",
        examples=[{"type": "openstack", "cloud": "paris", "region": "RegionOne", "externalNetwork": "public"}],
    )

    @property
    def name(self) -> str:
        return self.metadata.name
