"""Parameters of a descriptor."""

from __future__ import annotations

from typing import Literal

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.scalars import Name, ParameterValue, Text


@word(
    "parameter",
    title="Parameter",
    examples=[{"name": "role", "type": "string", "enum": ["active", "standby"], "default": "active"}],
    rules={
        "if": {"required": ["secret"], "properties": {"secret": {"const": True}}},
        "then": {
            "properties": {
                "type": {"enum": ["string"], "errorMessage": "a secret is of type string"},
                "default": {"not": {}, "errorMessage": "a secret has no default: it must not be in Git"},
                "enum": {"not": {}, "errorMessage": "a secret has no choices: they must not be in Git"},
                "pattern": {"not": {}, "errorMessage": "a secret has no pattern: it is not checked"},
            }
        },
        "dependentSchemas": {
            "minimum": {
                "properties": {
                    "type": {
                        "enum": ["integer", "number"],
                        "errorMessage": "'minimum' goes with the types integer and number only",
                    }
                }
            },
            "maximum": {
                "properties": {
                    "type": {
                        "enum": ["integer", "number"],
                        "errorMessage": "'maximum' goes with the types integer and number only",
                    }
                }
            },
            "pattern": {
                "properties": {"type": {"enum": ["string"], "errorMessage": "'pattern' goes with the type string only"}}
            },
        },
    },
)
class Parameter(Word):
    """Something that a descriptor leaves open, and a service sets for each VNF."""

    name: Name = declare(
        "Name",
        (
            "Name of the parameter: its placeholder in user data, metadata and host names is '{{ name }}', and VNFs "
            "give its value. '{{ \"{{\" }}' is a literal '{{'."
        ),
        examples=["hostname"],
    )
    type: Literal["string", "integer", "number", "boolean", "address", "cidr"] = declare(
        "Type",
        "What a value has to be. A boolean is written as 'true' or 'false', an address or CIDR as it is given.",
        examples=["string", "address"],
    )
    description: Text = declare(
        "Description",
        "What the parameter is for.",
        default="",
        examples=["Name server of the site"],
    )
    default: ParameterValue | None = declare(
        "Default",
        "Value for VNFs that give none. Left out: each VNF has to give one.",
        default=None,
        examples=["10.0.0.53", 1500],
    )
    enum: tuple[ParameterValue, ...] | None = declare(
        "Choices",
        "Values to choose from. Left out: any.",
        default=None,
        examples=[["active", "standby"]],
        minItems=1,
        uniqueItems=True,
    )
    minimum: float | None = declare(
        "Minimum",
        "Lowest value. Only with 'integer' and 'number'.",
        default=None,
        examples=[1],
    )
    maximum: float | None = declare(
        "Maximum",
        "Highest value. Only with 'integer' and 'number'.",
        default=None,
        examples=[65535],
    )
    pattern: str | None = declare(
        "Pattern",
        "Regular expression that the whole text has to match. Only with 'string'.",
        default=None,
        examples=["[a-z][a-z0-9-]*"],
        minLength=1,
        maxLength=1024,
    )
    secret: bool = declare(
        "Secret",
        (
            "Whether the value is a secret: of type 'string', named by a 'secretRef', used in user data alone, and "
            "never shown."
        ),
        default=False,
        examples=[True],
    )
