"""Forwarding graphs: which traffic passes which VNFs, and in which order."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.routing import ConnectionPointOfVnf
from reconciler.documents.words.scalars import PORTS_SCHEMA, Cidr, Name, Text


@word("hop", title="Hop", examples=[{"vnf": "ids", "ingress": "left", "egress": "right"}])
class Hop(Word):
    """A VNF that traffic passes. All its instances are one group, among which the traffic is spread."""

    vnf: Name = declare(
        "VNF",
        "Name of a VNF of this service; one time in a path.",
        examples=["ids"],
    )
    ingress: Name = declare(
        "Ingress",
        "Name of the connection point that traffic comes in by.",
        examples=["left"],
    )
    egress: Name = declare(
        "Egress",
        "Name of the connection point that traffic goes out by; the same one for a VNF with one arm.",
        examples=["right"],
    )


@word(
    "classifier",
    title="Classifier",
    examples=[{"name": "http", "source": {"vnf": "client", "name": "lan"}, "protocol": "tcp", "ports": 80}],
)
class Classifier(Word):
    """Which traffic takes the path. A change interrupts all traffic of the graph: the chain is made again."""

    name: Name = declare(
        "Name",
        "Name of the classifier within its graph.",
        examples=["http"],
    )
    source: ConnectionPointOfVnf = declare(
        "Source",
        "Connection point that the traffic comes out of, at each instance of the VNF.",
        examples=[{"vnf": "client", "name": "lan"}],
    )
    ethertype: Literal["IPv4", "IPv6"] | None = declare(
        "Ethertype",
        "IP version of the traffic. Left out: that of 'destination', else IPv4.",
        default=None,
        examples=["IPv6"],
    )
    protocol: Literal["any", "tcp", "udp", "icmp"] = declare(
        "Protocol",
        "IP protocol of the traffic.",
        default="any",
        examples=["tcp"],
    )
    ports: int | str | None = declare(
        "Ports",
        "Port that the traffic goes to, or a range such as '\"8000-8099\"'. Only with tcp and udp. Left out: all.",
        default=None,
        examples=[443, "8000-8099"],
        schema=PORTS_SCHEMA,
    )
    destination: Cidr | None = declare(
        "Destination",
        "Network that the traffic goes to. Left out: everywhere.",
        default=None,
        examples=["10.9.0.0/24"],
    )


@word(
    "forwardingGraph",
    title="Forwarding graph (VNFFG)",
    examples=[
        {
            "name": "web",
            "path": [{"vnf": "ids", "ingress": "left", "egress": "right"}],
            "classifiers": [{"name": "http", "source": {"vnf": "client", "name": "lan"}, "protocol": "tcp"}],
        }
    ],
)
class ForwardingGraph(Word):
    """A path through VNFs of the service (NFP), all on one VIM, and the traffic that takes it."""

    name: Name = declare(
        "Name",
        "Name of the graph.",
        examples=["web"],
    )
    description: Text = declare(
        "Description",
        "What the graph is for.",
        default="",
        examples=["Inspection of what clients load"],
    )
    path: tuple[Hop, ...] = declare(
        "Path (NFP)",
        "VNFs in the order in which traffic passes them.",
        examples=[[{"vnf": "ids", "ingress": "left", "egress": "right"}]],
        minItems=1,
        maxItems=20,
    )
    symmetric: bool = declare(
        "Symmetric",
        "Whether answers take the path back. A change is a replacement.",
        default=False,
        examples=[True],
    )
    classifiers: tuple[Classifier, ...] = declare(
        "Classifiers",
        "Which traffic takes the path. No packet may match those of two graphs.",
        examples=[[{"name": "http", "source": {"vnf": "client", "name": "lan"}, "protocol": "tcp", "ports": 80}]],
        minItems=1,
        maxItems=20,
    )
