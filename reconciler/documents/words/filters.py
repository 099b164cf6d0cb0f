"""Security groups and their rules."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import excludes
from reconciler.documents.words.scalars import PORTS_SCHEMA, Cidr, CloudName, Name, Text


@word(
    "addressGroup",
    title="Address group",
    examples=[{"name": "offices", "addresses": ["10.20.0.0/16", "2001:db8:20::/48"]}],
)
class AddressGroup(Word):
    """A set of networks that rules of security groups refer to. Changing it changes no rule."""

    name: Name = declare(
        "Name",
        (
            "Name of the address group; 'remoteAddressGroup' of rules refers to it. It hides an address group of the "
            "VIM with the same name."
        ),
        examples=["offices"],
    )
    description: Text = declare(
        "Description",
        "What the address group is for.",
        default="",
        examples=["Branch offices"],
    )
    addresses: tuple[Cidr, ...] = declare(
        "Addresses",
        "Networks in CIDR notation; one address is a network of prefix length 32, or 128. An empty list is no one.",
        examples=[["10.20.0.0/16", "192.0.2.7/32"]],
    )


@word(
    "securityGroup",
    title="Security group",
    examples=[{"name": "web", "rules": [{"protocol": "tcp", "ports": 443}]}],
    rules=excludes("existing", dict.fromkeys(("stateful", "rules"), "a group that exists in the VIM is used as it is")),
)
class SecurityGroup(Word):
    """A set of filter rules that interfaces refer to."""

    name: Name = declare(
        "Name",
        "Name of the security group; interfaces and 'remoteGroup' refer to it.",
        examples=["web"],
    )
    description: Text = declare(
        "Description",
        "What the security group is for.",
        default="",
        examples=["Web traffic"],
    )
    existing: CloudName | None = declare(
        "Existing security group",
        "Name of a security group that the VIM already holds: used, never changed. Excludes 'stateful' and 'rules'.",
        default=None,
        examples=["corporate-ssh"],
    )
    stateful: bool = declare(
        "Stateful",
        "Whether replies to permitted traffic pass by themselves.",
        default=True,
        examples=[False],
    )
    rules: tuple[SecurityGroupRule, ...] = declare(
        "Rules",
        "Traffic that is let through; the rest is dropped.",
        default=(),
        examples=[[{"protocol": "tcp", "ports": 443}, {"protocol": "icmp"}]],
    )


@word(
    "securityGroupRule",
    title="Security group rule",
    examples=[{"protocol": "tcp", "ports": 443, "remote": "10.0.0.0/8"}],
    rules={
        "allOf": [
            {"not": {"required": ["remote", "remoteGroup"]}},
            {"not": {"required": ["remote", "remoteAddressGroup"]}},
            {"not": {"required": ["remoteGroup", "remoteAddressGroup"]}},
        ],
        "dependentRequired": {"icmpCode": ["icmpType"]},
        "dependentSchemas": {
            "ports": {
                "required": ["protocol"],
                "properties": {
                    "protocol": {
                        "enum": ["tcp", "udp", "sctp", 6, 17, 132],
                        "errorMessage": "'ports' goes with the protocols tcp, udp and sctp only",
                    }
                },
            },
            "icmpType": {
                "required": ["protocol"],
                "properties": {
                    "protocol": {
                        "enum": ["icmp", "icmpv6", 1, 58],
                        "errorMessage": "'icmpType' goes with the protocols icmp and icmpv6 only",
                    }
                },
            },
        },
    },
)
class SecurityGroupRule(Word):
    """Traffic that is let through; everything else is dropped."""

    direction: Literal["ingress", "egress"] = declare(
        "Direction",
        "'ingress': towards the instance; 'egress': from it.",
        default="ingress",
        examples=["egress"],
    )
    ethertype: Literal["IPv4", "IPv6"] | None = declare(
        "Ethertype",
        "IP version of the rule. Left out: that of 'remote', else that of the protocol, else IPv4.",
        default=None,
        examples=["IPv6"],
    )
    protocol: str | int = declare(
        "Protocol",
        "IP protocol, by name or number. 'icmp' is IPv4, 'icmpv6' is IPv6.",
        default="any",
        examples=["tcp", 47],
        schema={
            "anyOf": [
                {"enum": ["any", "tcp", "udp", "icmp", "icmpv6", "sctp"]},
                {"type": "integer", "minimum": 0, "maximum": 255},
            ],
            "errorMessage": "a protocol is needed: any, tcp, udp, icmp, icmpv6, sctp or a number from 0 to 255",
        },
    )
    ports: int | str | None = declare(
        "Ports",
        "One port, or a range such as '\"8000-8099\"'. Only with tcp, udp and sctp. Left out: all.",
        default=None,
        examples=[443, "8000-8099"],
        schema=PORTS_SCHEMA,
    )
    icmp_type: int | None = declare(
        "ICMP type",
        "Type of the ICMP message. Only with icmp and icmpv6. Left out: all.",
        default=None,
        examples=[8],
        minimum=0,
        maximum=255,
    )
    icmp_code: int | None = declare(
        "ICMP code",
        "Code of the ICMP message. Needs 'icmpType'. Left out: all.",
        default=None,
        examples=[0],
        minimum=0,
        maximum=255,
    )
    remote: Cidr | None = declare(
        "Remote network",
        (
            "Network that the traffic comes from (ingress) or goes to (egress). Excludes 'remoteGroup' and "
            "'remoteAddressGroup'. With none of the three: everywhere."
        ),
        default=None,
        examples=["10.0.0.0/8", "2001:db8::/32"],
    )
    remote_group: Name | None = declare(
        "Remote group",
        (
            "Name of a security group of the same document, in a descriptor that of the same VNF: traffic of its "
            "members. Excludes 'remote' and 'remoteAddressGroup'."
        ),
        default=None,
        examples=["workers"],
    )
    remote_address_group: CloudName | None = declare(
        "Remote address group",
        (
            "Name of an address group of the same document, else of one that the VIM already holds: traffic of its "
            "addresses. Excludes 'remote' and 'remoteGroup'."
        ),
        default=None,
        examples=["branch-offices"],
    )
    description: Text = declare(
        "Description",
        "What the rule is for.",
        default="",
        examples=["HTTPS from the office"],
    )
