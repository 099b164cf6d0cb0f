"""Probes of instances."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import (
    Name,
    ProbePort,
)


@word()
class ProbeTcp(Word):
    """A connection to this port has to be accepted."""

    port: ProbePort = declare(
        "Port",
        "Port that is connected to.",
        examples=[22],
    )


@word()
class ProbeHttp(Word):
    """A GET has to be answered with a status from 200 to 399."""

    port: ProbePort = declare(
        "Port",
        "Port of the request.",
        examples=[80],
    )
    path: str = declare(
        "Path",
        "Path of the request.",
        default="/",
        examples=["/healthz"],
        pattern="^/[!-~]*$",
        patternErrorMessage="a path is needed that begins with '/'",
        maxLength=255,
    )


@word()
class ProbePing(Word):
    """An ICMP echo request has to be answered."""


@word(
    "probe",
    title="Probe",
    examples=[{"interface": "eth0", "tcp": {"port": 22}}],
    rules=exactly_one("tcp", "http", "ping"),
)
class Probe(Word):
    """Checks whether an instance does its work: by TCP, HTTP or ping."""

    interface: Name = declare(
        "Interface",
        (
            "Name of the interface whose address is asked: its floating IP if it has one, else IPv4 before IPv6. The "
            "daemon has to reach it."
        ),
        examples=["eth0"],
    )
    tcp: ProbeTcp | None = declare(
        "TCP",
        "A connection to this port has to be accepted.",
        default=None,
        examples=[{"port": 22}],
    )
    http: ProbeHttp | None = declare(
        "HTTP",
        "A GET has to be answered with a status from 200 to 399.",
        default=None,
        examples=[{"port": 80, "path": "/healthz"}],
    )
    ping: ProbePing | None = declare(
        "Ping",
        "An ICMP echo has to be answered. The process needs the right to send one: 'net.ipv4.ping_group_range'.",
        default=None,
        examples=[{}],
    )
    timeout: float = declare(
        "Timeout",
        "Seconds within which the answer has to come.",
        default=2,
        examples=[2],
        exclusiveMinimum=0,
        maximum=30,
    )
    failures: int = declare(
        "Failures",
        "Failures in a row after which the instance counts as unhealthy.",
        default=3,
        examples=[3],
        minimum=1,
        maximum=100,
    )
    startup: float = declare(
        "Startup",
        "Seconds from the first sight of the running instance in which failures make it unready, but not unhealthy.",
        default=60,
        examples=[120],
        minimum=0,
        maximum=86400,
    )
