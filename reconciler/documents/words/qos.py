"""QoS policies."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Name, Text


@word(
    "qosPolicy",
    title="QoS policy",
    examples=[{"name": "capped", "egress": {"maxKbps": 10000, "minKbps": 1000}, "dscpMark": 26}],
)
class QosPolicy(Word):
    """Bandwidth and marking of the traffic of ports and floating IPs."""

    name: Name = declare(
        "Name",
        (
            "Name of the QoS policy; 'qosPolicy' and 'qosPolicies' elsewhere refer to it. It hides a policy of the "
            "VIM with the same name."
        ),
        examples=["capped"],
    )
    description: Text = declare(
        "Description",
        "What the QoS policy is for.",
        default="",
        examples=["What customers have paid for"],
    )
    shared: bool = declare(
        "Shared",
        "Whether other projects may use it.",
        default=False,
        examples=[True],
    )
    egress: Bandwidth | None = declare(
        "Egress",
        "Bandwidth of what the instance sends.",
        default=None,
        examples=[{"maxKbps": 10000, "maxBurstKbps": 8000}],
    )
    ingress: Bandwidth | None = declare(
        "Ingress",
        "Bandwidth of what the instance receives.",
        default=None,
        examples=[{"maxKbps": 50000}],
    )
    dscp_mark: Literal[0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56] | None = (
        declare(
            "DSCP mark",
            "DSCP value of the packets that the instance sends.",
            default=None,
            examples=[46],
            bare=True,
        )
    )


@word(
    "bandwidth",
    title="Bandwidth",
    examples=[{"maxKbps": 10000, "maxBurstKbps": 8000}, {"minKbps": 1000}],
    rules={"minProperties": 1, "dependentRequired": {"maxBurstKbps": ["maxKbps"]}},
)
class Bandwidth(Word):
    """Bandwidth in one direction."""

    max_kbps: int | None = declare(
        "Most",
        "Limit in kbit/s.",
        default=None,
        examples=[10000],
        minimum=1,
        maximum=2147483647,
    )
    max_burst_kbps: int | None = declare(
        "Burst",
        (
            "Traffic in kbit that may go beyond the limit at once. Needs 'maxKbps'. Left out: what enforces the limit "
            "decides, mostly four fifths of it."
        ),
        default=None,
        examples=[8000],
        minimum=1,
        maximum=2147483647,
    )
    min_kbps: int | None = declare(
        "Least",
        "Bandwidth in kbit/s that is kept free; not above 'maxKbps'.",
        default=None,
        examples=[1000],
        minimum=1,
        maximum=2147483647,
    )
