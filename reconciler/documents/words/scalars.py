"""Values that many fields have: names, addresses, texts, and mappings of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from reconciler.documents.words.declaring import Definition

PORTS_SCHEMA: Mapping[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": "^[0-9]{1,5}(-[0-9]{1,5})?$"},
    ],
    "errorMessage": 'a port from 1 to 65535 is needed, or a range such as "8000-8099"',
}
"""A port, or a range of ports."""

Name = Annotated[
    str,
    Definition(
        "name",
        {
            "title": "Name",
            "description": "1 to 63 lower-case letters, digits and '-'; begins and ends with a letter or digit.",
            "type": "string",
            "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
            "patternErrorMessage": (
                "a name has 1 to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit"
            ),
            "examples": ["vcpe", "fw-0"],
        },
    ),
]


CloudName = Annotated[
    str,
    Definition(
        "cloudName",
        {
            "title": "Name in the VIM",
            "description": (
                "Name of something that the VIM (the OpenStack cloud) already holds, exactly as the VIM "
                "spells it; 1 to 255 characters."
            ),
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "examples": ["public", "m1.small"],
        },
    ),
]


StringMap = Annotated[
    Mapping[str, str],
    Definition(
        "stringMap",
        {
            "title": "Keys and values",
            "description": "A mapping from text to text. Values that look like numbers or booleans must be quoted.",
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": 253},
            "additionalProperties": {"type": "string", "maxLength": 4096},
            "examples": [{"tier": "gold"}],
        },
    ),
]


VduCounts = Annotated[
    Mapping[str, int],
    Definition(
        "vduCounts",
        {
            "title": "Counts by VDU",
            "description": "Numbers of instances by name of the VDU.",
            "type": "object",
            "propertyNames": {"$ref": "#/$defs/name"},
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 1000},
            "examples": [{"fw": 2}],
        },
        uses=(Name,),
    ),
]


ProbePort = Annotated[
    int,
    Definition(
        "probePort",
        {
            "title": "Port",
            "description": "Number of a port.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "examples": [22, 443],
        },
    ),
]


Text = Annotated[
    str,
    Definition(
        "text",
        {
            "title": "Text",
            "description": "Free text for people.",
            "type": "string",
            "maxLength": 4096,
            "examples": ["Firewall towards the customer"],
        },
    ),
]


ParameterValue = Annotated[
    str | int | float | bool,
    Definition(
        "parameterValue",
        {
            "title": "Plain value of a parameter",
            "description": "A text, a number, or true or false.",
            "type": ["string", "number", "boolean"],
            "examples": ["10.0.0.53", 1500, True],
        },
    ),
]


Cidr = Annotated[
    str,
    Definition(
        "cidr",
        {
            "title": "CIDR",
            "description": "An IPv4 or IPv6 network in CIDR notation: address, '/', prefix length.",
            "type": "string",
            "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)/[0-9]{1,3}$",
            "patternErrorMessage": "a network in CIDR notation is needed, such as 10.8.0.0/24 or 2001:db8::/64",
            "examples": ["10.8.0.0/24", "2001:db8::/64"],
        },
    ),
]


ServerMetadata = Annotated[
    Mapping[str, str],
    Definition(
        "serverMetadata",
        {
            "title": "Instance metadata",
            "description": (
                "Keys and values that the instance carries in the VIM. Keys have letters, digits, '-', '_', "
                "':', '.' and spaces; keys and values at most 255 characters."
            ),
            "type": "object",
            "propertyNames": {
                "pattern": "^[-a-zA-Z0-9_:. ]{1,255}$",
                "patternErrorMessage": "a metadata key has 1 to 255 letters, digits, '-', '_', ':', '.' and spaces",
            },
            "additionalProperties": {"type": "string", "maxLength": 255},
            "examples": [{"role": "firewall"}],
        },
    ),
]


Address = Annotated[
    str,
    Definition(
        "address",
        {
            "title": "IP address",
            "description": "An IPv4 or IPv6 address without a prefix length.",
            "type": "string",
            "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$",
            "patternErrorMessage": (
                "an IPv4 or IPv6 address without a prefix length is needed, such as 10.8.0.10 or 2001:db8::10"
            ),
            "examples": ["10.8.0.10", "2001:db8::10"],
        },
    ),
]


AddressOrCidr = Annotated[
    str,
    Definition(
        "addressOrCidr",
        {
            "title": "IP address or CIDR",
            "description": "An IPv4 or IPv6 address, or a network in CIDR notation.",
            "type": "string",
            "pattern": "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(/[0-9]{1,3})?$",
            "patternErrorMessage": (
                "an IP address or a network in CIDR notation is needed, such as 10.8.0.100 or 10.9.0.0/16"
            ),
            "examples": ["10.8.0.100", "10.9.0.0/16"],
        },
    ),
]


MacAddress = Annotated[
    str,
    Definition(
        "macAddress",
        {
            "title": "MAC address",
            "description": "A MAC address: six pairs of hexadecimal digits with ':' between them.",
            "type": "string",
            "pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$",
            "patternErrorMessage": "a MAC address is needed, such as 00:00:5e:00:01:01",
            "examples": ["00:00:5e:00:01:01"],
        },
    ),
]


AddressOrRange = Annotated[
    str,
    Definition(
        "addressOrRange",
        {
            "title": "IP address or range",
            "description": "An IPv4 or IPv6 address, or the first and the last of a range with '-' between them.",
            "type": "string",
            "pattern": (
                "^([0-9]{1,3}(\\.[0-9]{1,3}){3}(-[0-9]{1,3}(\\.[0-9]{1,3}){3})?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(-["
                "0-9a-fA-F:]*:[0-9a-fA-F:.]*)?)$"
            ),
            "patternErrorMessage": "an address is needed, or a range such as 10.8.0.10-10.8.0.50",
            "examples": ["10.8.0.10", "10.8.0.10-10.8.0.50", "2001:db8::10-2001:db8::50"],
        },
    ),
]


MacAddressOrRange = Annotated[
    str,
    Definition(
        "macAddressOrRange",
        {
            "title": "MAC address or range",
            "description": "A MAC address, or the first and the last of a range with '-' between them.",
            "type": "string",
            "pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}(-[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})?$",
            "patternErrorMessage": (
                "a MAC address is needed, such as fa:16:3e:10:00:00, or a range with '-' between two"
            ),
            "examples": ["fa:16:3e:10:00:00", "fa:16:3e:10:00:00-fa:16:3e:10:00:1f"],
        },
    ),
]


DescriptorReference = Annotated[
    str,
    Definition(
        "descriptorReference",
        {
            "title": "Descriptor and version",
            "description": "Name of a VnfDescriptor, and, after '@', which version of it.",
            "type": "string",
            "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(@[^\\s].{0,254})?$",
            "patternErrorMessage": (
                "the name of a descriptor is needed, with '@' and its version where there are several, such "
                "as firewall@1.2"
            ),
            "examples": ["firewall", "firewall@1.2"],
        },
    ),
]


Duration = Annotated[
    str,
    Definition(
        "duration",
        {
            "title": "Duration",
            "description": "A length of time in hours (h), minutes (m) and seconds (s).",
            "type": "string",
            "pattern": "^(?=.)([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$",
            "patternErrorMessage": "a duration is needed, such as 4h, 90m, 1h30m or 45s",
            "examples": ["4h", "90m", "45s"],
        },
    ),
]
