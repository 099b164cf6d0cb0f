"""Where and why a document breaks the schema of its kind, by jsonschema. Called by `schema` for those that do."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from reconciler.documents.reading.schema_files import schema_of


def errors_of(kind: str, data: Any) -> Iterator[ValidationError]:
    """All that is wrong with a document of a kind."""
    errors: Iterator[ValidationError] = _exact(kind).iter_errors(data)
    return errors


@cache
def _exact(kind: str) -> Any:
    return _ExactValidator(schema_of(kind))


def _pattern(_validator: Any, pattern: str, instance: object, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of JSON Schema, where a final '$' is the very end; Python's would let a newline follow."""
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern)


_ExactValidator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # untyped there
