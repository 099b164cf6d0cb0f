"""The VNFs of a network service: where they are, how many, and with which values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from reconciler.documents.words.declaring import Definition, Word, declare, hidden, word
from reconciler.documents.words.rules import exactly_one, excludes
from reconciler.documents.words.scalars import (
    AddressOrRange,
    CloudName,
    DescriptorReference,
    MacAddressOrRange,
    Name,
    StringMap,
)


@word(
    "vnf",
    title="VNF",
    examples=[{"name": "fw", "descriptor": "firewall", "connect": {"mgmt": "mgmt", "inside": "lan"}}],
)
class Vnf(Word):
    """A virtualised network function made from a descriptor."""

    name: Name = declare(
        "Name",
        "Name of the VNF within the service.",
        examples=["fw"],
    )
    descriptor: DescriptorReference = declare(
        "Descriptor (VNFD)",
        (
            "Name of the VnfDescriptor that the VNF is made from, with '@' and a version to pin it. With several "
            "versions, one has to be named."
        ),
        examples=["firewall", "firewall@1.2"],
    )
    flavour: Name | None = declare(
        "Deployment flavour (DF)",
        "Deployment flavour of the descriptor. Left out: its default.",
        default=None,
        examples=["small"],
    )
    level: Name | None = declare(
        "Instantiation level",
        "Instantiation level of the flavour. Left out: its default.",
        default=None,
        examples=["pair"],
    )
    scale: Mapping[Name, int] = declare(
        "Scale levels",
        "Scale level by name of the scaling aspect. Left out: 0, the instantiation level as it is.",
        default={},
        examples=[{"throughput": 2}],
        values={"minimum": 0, "maximum": 1000},
    )
    vim: Name | None = declare(
        "VIM",
        "Name of the Vim that the VNF is on. Left out: 'spec.vim'.",
        default=None,
        examples=["paris"],
    )
    placement: Placement | None = declare(
        "Placement",
        "Lets Magi choose the VIM among those that match. Excludes 'vim'.",
        default=None,
        examples=[{"selector": {"tier": "edge"}, "spreadOver": "site"}],
    )
    count: int | None = declare(
        "Count",
        (
            "Number of copies of the VNF, each with all its VDUs: 'fw-0', 'fw-1' and so on. Left out: one, as 'fw'. "
            "Fewer: the highest indexes go."
        ),
        default=None,
        examples=[3],
        minimum=0,
        maximum=1000,
    )
    depends_on: tuple[Name, ...] = declare(
        "Depends on",
        (
            "Names of VNFs of this service whose instances have to be ready, probes included, before the first "
            "instances of this one are made."
        ),
        default=(),
        examples=[["database"]],
        uniqueItems=True,
    )
    counts: Mapping[Name, int] = declare(
        "Counts",
        (
            "Number of instances by name of the VDU, whatever flavour, level and scale say. Left out: what those say, "
            "else the descriptor."
        ),
        default={},
        examples=[{"fw": 2}],
        values={"minimum": 0, "maximum": 1000},
    )
    parameters: Mapping[Name, ParameterGiven] = declare(
        "Parameters",
        "Values by name of the parameter; one for each parameter of the descriptor without a default.",
        default={},
        examples=[{"hostname": "edge-1", "password": {"secretRef": {"env": "MAGI_SECRET_DB_PASSWORD"}}}],
    )
    operate: Literal["started", "stopped"] | None = declare(
        "Operation",
        "Whether all instances of the VNF run. Left out: what the VDUs of the descriptor say.",
        default=None,
        examples=["stopped"],
    )
    connect: Mapping[Name, Name] = declare(
        "Connections",
        (
            "Name of the virtual link of the service by connection point. Every connection point of the descriptor "
            "has to be connected."
        ),
        default={},
        examples=[{"mgmt": "mgmt", "inside": "lan"}],
    )
    addresses: Mapping[Name, tuple[AddressOrRange, ...]] = declare(
        "Addresses",
        (
            "Fixed addresses and ranges of them by connection point and index of the instance: one for each instance, "
            "or none at all; then the VIM gives them. IPv4 and IPv6 are counted apart, so that an instance may have "
            "one of each."
        ),
        default={},
        examples=[
            {"inside": ["10.8.0.10", "10.8.0.11"]},
            {"inside": ["10.8.0.10-10.8.0.50", "2001:db8:8::10-2001:db8:8::50"]},
        ],
        values={"uniqueItems": True},
    )
    mac_addresses: Mapping[Name, tuple[MacAddressOrRange, ...]] = declare(
        "MAC addresses",
        (
            "MAC addresses and ranges of them by connection point and index of the instance: one for each instance, "
            "or none at all; then the VIM gives them."
        ),
        default={},
        examples=[{"inside": ["fa:16:3e:10:00:00-fa:16:3e:10:00:1f"]}],
        values={"uniqueItems": True},
    )
    qos_policies: Mapping[Name, CloudName] = declare(
        "QoS policies",
        (
            "Name of a QoS policy of this service, else of one that the VIM already holds, by connection point. It "
            "takes precedence over that of the descriptor."
        ),
        default={},
        examples=[{"inside": "capped"}],
    )
    security_groups: Mapping[Name, tuple[Name, ...]] = declare(
        "Security groups",
        "Names of security groups of this service by connection point, in addition to those of the descriptor.",
        default={},
        examples=[{"mgmt": ["operations"]}],
        values={"uniqueItems": True},
    )
    number: int | None = hidden(default=None)
    """The index of this one among the VNFs that a count makes."""


@word(
    "placement",
    title="Placement",
    examples=[
        {"selector": {"tier": "edge"}, "spreadOver": "site"},
        {"vims": ["paris", "lyon"], "antiAffinity": ["active"]},
    ],
    rules=excludes("vims", {"selector": "the VIMs are named or selected"}),
)
class Placement(Word):
    """Which VIMs a VNF may be on, and how its instances are spread over them."""

    vims: tuple[Name, ...] | None = declare(
        "VIMs",
        "Names of the Vims to choose from. Excludes 'selector'.",
        default=None,
        examples=[["paris", "lyon"]],
        minItems=1,
        uniqueItems=True,
    )
    selector: StringMap = declare(
        "Selector",
        (
            "Labels that a Vim must have, all of them, to be chosen from. Left out: every Vim. A selector that "
            "matches none is an error."
        ),
        default={},
        examples=[{"tier": "edge"}],
    )
    spread_over: str | None = declare(
        "Spread over",
        (
            "Label of the Vims, such as a site, over whose values the instances are spread evenly first, and then "
            "over the Vims of each. Left out: over the Vims alone."
        ),
        default=None,
        examples=["site"],
        minLength=1,
        maxLength=253,
    )
    max_per_vim: int | None = declare(
        "Most per VIM",
        "Most instances of the VNF on one VIM. With 1, each is on a VIM of its own. Left out: no limit.",
        default=None,
        examples=[1],
        minimum=1,
        maximum=1000,
    )
    affinity: tuple[Name, ...] = declare(
        "Affinity",
        "Names of VNFs of this service: only on VIMs where each of them is.",
        default=(),
        examples=[["database"]],
        uniqueItems=True,
    )
    anti_affinity: tuple[Name, ...] = declare(
        "Anti-affinity",
        "Names of VNFs of this service: only on VIMs where none of them is.",
        default=(),
        examples=[["standby"]],
        uniqueItems=True,
    )


@word(
    "secretRef",
    title="Secret reference",
    examples=[
        {"env": "MAGI_SECRET_DB_PASSWORD"},
        {"file": "/run/secrets/db-password"},
        {"age": "secrets/db-password.age"},
    ],
    rules=exactly_one("env", "file", "age"),
)
class SecretRef(Word):
    """Where a secret is: exactly one of an environment variable, a file of the host and an encrypted file of the
    repository.
    """

    env: str | None = declare(
        "Environment variable",
        (
            "Variable in the environment of Magi. It begins with 'MAGI_SECRET_', so that documents cannot ask for the "
            "rest of it."
        ),
        default=None,
        examples=["MAGI_SECRET_DB_PASSWORD"],
        maxLength=255,
        pattern="^MAGI_SECRET_[A-Z0-9_]+$",
        patternErrorMessage="the name of a variable for secrets is needed, such as MAGI_SECRET_DB_PASSWORD",
    )
    file: str | None = declare(
        "File",
        "Absolute path of a file on the host of Magi, in a folder that its operator allows ('secrets.files').",
        default=None,
        examples=["/run/secrets/db-password"],
        maxLength=1024,
        pattern="^/.+$",
        patternErrorMessage="an absolute path is needed, such as /run/secrets/db-password",
    )
    age: str | None = declare(
        "age file",
        (
            "Path of a file of the repository, relative to this file, encrypted with age. Magi decrypts it with its "
            "identity."
        ),
        default=None,
        examples=["secrets/db-password.age"],
        maxLength=1024,
        pattern="^[^/].*$",
        patternErrorMessage="a path inside the repository is needed, relative to this file and without a leading '/'",
    )


@word()
class SecretUse(Word):
    """A value that is a secret."""

    secret_ref: SecretRef = declare(
        "Secret",
        "Where the value of a secret parameter is. It is read when it is needed, and never shown.",
        examples=[{"env": "MAGI_SECRET_DB_PASSWORD"}],
    )


Given: TypeAlias = str | int | float | bool | SecretUse
"""What may be given to a parameter: a plain value, or where a secret is."""

ParameterGiven = Annotated[
    Given,
    Definition(
        "parameterGiven",
        {
            "title": "Value of a parameter",
            "description": "A text, a number, true or false; or where a secret is.",
            "type": ["string", "number", "boolean", "object"],
            "additionalProperties": False,
            "required": ["secretRef"],
            "properties": {
                "secretRef": {
                    "title": "Secret",
                    "description": (
                        "Where the value of a secret parameter is. It is read when it is needed, and never shown."
                    ),
                    "$ref": "#/$defs/secretRef",
                    "examples": [{"env": "MAGI_SECRET_DB_PASSWORD"}],
                }
            },
            "examples": ["10.0.0.53", 1500, True, {"secretRef": {"age": "secrets/db-password.age"}}],
        },
        uses=(SecretRef,),
    ),
]
