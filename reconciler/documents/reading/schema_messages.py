"""What jsonschema found, in words for the people who write documents. Called by `schema`.

A schema may bring its own words: `patternErrorMessage` for a pattern, `errorMessage` for the subschema that it is
in. Editors know both keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from reconciler.documents.reading.marks import Document, Path
from reconciler.model import Problem
from reconciler.text.suggestion import did_you_mean, suggest

if TYPE_CHECKING:
    from jsonschema import ValidationError

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_LIMITS = {
    "minimum": "must be at least {0}",
    "maximum": "must be at most {0}",
    "exclusiveMinimum": "must be more than {0}",
    "minLength": "must have at least {0} characters",
    "maxLength": "must have at most {0} characters",
    "minItems": "must have at least {0} entries",
    "maxItems": "must have at most {0} entries",
}
MAX_PROBLEMS: Final = 50
"""Problems reported of one document: what is wrong so often is wrong in one way."""

UNQUOTE: Final = "write it without quotes"
"""What would do where text is, and a number or a boolean is needed that it reads like."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60


def problems_of(document: Document, errors: Iterable[ValidationError]) -> Iterator[Problem]:
    """Every error as one Problem or more; none for an error that only follows from another one.

    Of very many errors the first MAX_PROBLEMS.
    """
    errors = list(islice(errors, MAX_PROBLEMS))
    plainly_wrong = {tuple(error.absolute_path) for error in errors if not _is_conditional(error)}
    for error in errors:
        path = tuple(error.absolute_path)
        if not (_is_conditional(error) and path in plainly_wrong):
            for place, message, hint in _explain(document, error, path):
                yield Problem(*place, message, hint)


def found(value: Any) -> str:
    """What is there, as in "found the text 'two'"."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case _:
            return "a mapping"


def shown(text: str) -> str:
    """A text of the document in quotes, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")


def path_in_words(path: Path) -> str:
    """A path as people write it: spec.vdus[0].image."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{shown(part)}]"
    return text or "the document"


_Explained = tuple[tuple[str, int, int], str, str]
"""Place (line and column), message, hint."""


def _explain(document: Document, error: ValidationError, path: tuple[str | int, ...]) -> Iterator[_Explained]:
    where = path_in_words(path)
    value: Any = error.instance
    schema = error.schema if isinstance(error.schema, dict) else {}
    limit: Any = error.validator_value
    at_key = document.locate(path, key=True)
    at_value = document.locate(path)

    if "propertyNames" in error.absolute_schema_path:
        words = schema.get("patternErrorMessage") or "the key is too long or empty"
        yield (
            document.locate((*path, value), key=True),
            f"wrong key {shown(value)} in {where}: {words}",
            _normal_form(value, schema),
        )
        return
    if "errorMessage" in schema and error.validator not in ("additionalProperties", "required", "type"):
        words = schema["errorMessage"]
        if error.validator in ("anyOf", "enum"):
            yield (
                at_value,
                f"wrong value in {where}: {words}; found {found(value)}",
                _near_miss(value, _choices(schema)),
            )
        else:
            yield at_key, f"wrong value in {where}: {words}", ""
        return

    match error.validator:
        case "oneOf" | "not" if not isinstance(value, dict):
            return  # rules between fields, and there are none: the type is wrong
        case "additionalProperties":
            fields = schema.get("properties", {})
            for name in _unknown_fields(value, fields):
                hint = did_you_mean(name, fields.keys() - value.keys()) or _known_fields(fields)
                yield document.locate((*path, name), key=True), f"unknown field {shown(name)} in {where}", hint
        case "required":
            for name in limit:
                if name not in value and name not in _meant_by_unknown_fields(value, schema):
                    yield at_key, f"missing field {name!r} in {where}", _purpose(schema, name)
        case "dependentRequired":
            for name, needed in limit.items():
                for other in needed:
                    if name in value and other not in value:
                        yield (
                            document.locate((*path, name), key=True),
                            f"{name!r} in {where} needs {other!r} as well",
                            "",
                        )
        case "type":
            yield (
                at_value,
                f"wrong type in {where}: expected {_type_in_words(limit)}, found {found(value)}",
                _type_hint(limit, value),
            )
        case "enum" | "const":
            choices = limit if error.validator == "enum" else [limit]
            one_of = ", ".join(map(str, choices))
            yield (
                at_value,
                f"wrong value in {where}: expected {'one of ' * (len(choices) > 1)}{one_of}, found {found(value)}",
                _near_miss(value, choices),
            )
        case "pattern":
            words = schema.get("patternErrorMessage", f"it must match {limit}")
            yield at_value, f"wrong value {shown(value)} in {where}: {words}", _normal_form(value, schema)
        case "uniqueItems":
            yield from _repeated(document, path, value)
        case "oneOf":
            yield from _one_of(at_key, where, value, schema)
        case "not":
            fields = limit.get("required", [])
            yield (
                document.locate((*path, fields[-1]), key=True),
                f"{' and '.join(map(repr, fields))} exclude each other in {where}",
                "keep one of them",
            )
        case keyword if keyword in _LIMITS:
            yield at_value, f"wrong value in {where}: {_LIMITS[keyword].format(limit)}; found {_measure(value)}", ""
        case _:
            yield at_value, f"wrong value in {where}: {error.message}", ""


def _is_conditional(error: ValidationError) -> bool:
    """Whether an error comes from a rule about several fields, and so may only follow from one of them."""
    return bool({"dependentSchemas", "then"} & set(error.absolute_schema_path))


def _one_of(
    at_key: tuple[str, int, int], where: str, value: dict[str, Any], schema: dict[str, Any]
) -> Iterator[_Explained]:
    """Exactly one of several fields is needed: the only use of oneOf in the schemas."""
    fields = [name for branch in schema["oneOf"] for name in branch["required"]]
    there = [name for name in fields if name in value]
    if there or not set(fields) & _meant_by_unknown_fields(value, schema):
        said = " and ".join(map(repr, there)) if there else "none of them"
        yield at_key, f"exactly one of {', '.join(map(repr, fields))} is needed in {where}; found {said}", ""


def _repeated(document: Document, path: tuple[str | int, ...], value: list[Any]) -> Iterator[_Explained]:
    seen = set()
    for index, item in enumerate(value):
        if repr(item) in seen:
            yield document.locate((*path, index)), f"{found(item)} occurs twice in {path_in_words(path)}", "remove one"
        seen.add(repr(item))


def _meant_by_unknown_fields(value: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    """Fields that are not missing but misspelt: reported already as unknown fields."""
    fields = schema.get("properties", {})
    absent = fields.keys() - value.keys()
    return {near for name in _unknown_fields(value, fields) if (near := suggest(name, absent))}


def _unknown_fields(value: dict[str, Any], fields: dict[str, Any]) -> list[str]:
    """The fields that the schema does not know; the first few of very many."""
    return list(islice((name for name in value if name not in fields), MAX_PROBLEMS))


def _known_fields(fields: dict[str, Any]) -> str:
    return f"the fields here are {', '.join(fields)}"


def _purpose(schema: dict[str, Any], name: str) -> str:
    """What a missing field is for, from the schema's own description of it."""
    field = schema.get("properties", {}).get(name)
    description = field.get("description", "") if isinstance(field, dict) else ""
    return re.sub(r" \([^)]*\)", "", description.split(". ")[0]).rstrip(".")


def _type_in_words(expected: str | Sequence[str]) -> str:
    words = [_TYPES[one] for one in ([expected] if isinstance(expected, str) else expected)]
    return f"{', '.join(words[:-1])}, or {words[-1]}" if len(words) > 1 else words[0]


def _type_hint(expected: str | Sequence[str], value: Any) -> str:
    match expected, value:
        case _, None:
            return "give it a value, or remove the line"
        case "string", bool() | int() | float():
            return "put it in quotes"
        case "boolean", str() if value.lower() in ("yes", "no", "on", "off", "y", "n"):
            return f"write {'true' if value.lower() in ('yes', 'on', 'y') else 'false'}"
        case "boolean", str() if value.lower() in ("true", "false"):
            return UNQUOTE
        case "integer" | "number", str() if re.fullmatch(r"0+[0-9]+", value):
            return "write it without leading zeros"
        case "integer" | "number", str() if re.fullmatch(r"[0-9]+", value):
            return UNQUOTE
        case "array", _:
            return "begin each entry with '- '"
        case "object", _:
            return "write 'field: value' in lines of their own, indented"
    return ""


def _choices(schema: dict[str, Any]) -> list[Any]:
    branches = [schema, *schema.get("anyOf", [])]
    return [choice for branch in branches for choice in branch.get("enum", [])]


def _near_miss(value: Any, choices: Sequence[Any]) -> str:
    return (
        did_you_mean(value, [choice for choice in choices if isinstance(choice, str)]) if isinstance(value, str) else ""
    )


def _normal_form(value: str, schema: dict[str, Any]) -> str:
    """A hint with the value as it would do, where only case, blanks or '_' are wrong."""
    normal = re.sub(r"[\s_.]+", "-", value.strip().lower()).strip("-")
    fits = normal != value and len(normal) <= _SHOWN and re.fullmatch(schema.get("pattern", "(?!)"), normal)
    return f"did you mean {normal!r}?" if fits else ""


def _measure(value: Any) -> str:
    return str(len(value)) if isinstance(value, str | list) else str(value)
