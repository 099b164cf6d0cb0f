"""Holds a document against the schema of its kind. Called for every document, before references are checked.

jsonschema-rs says whether a document is valid, a hundred times faster than jsonschema; only for the few that are not
does jsonschema say where and why (`schema_exact`). `schema_messages` puts that into words.
"""

from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from reconciler.documents.reading.marks import Document
from reconciler.documents.reading.schema_files import API_VERSION, KINDS, schema_of
from reconciler.documents.reading.schema_messages import found, problems_of
from reconciler.model import Problem
from reconciler.text.suggestion import did_you_mean, suggest

_KINDS_IN_WORDS = f"the kinds are {', '.join(KINDS[:-1])} and {KINDS[-1]}"


def validate(document: Document) -> list[Problem]:
    """All that is wrong with a document in itself, sorted by place; [] if it is valid.

    Says nothing of what it refers to, and nothing of addresses that only look right: both come later.
    """
    data = document.data
    if not isinstance(data, dict):
        return [
            Problem(*document.locate(), f"a document must be a mapping; found {found(data)}", "begin with apiVersion")
        ]
    problems = _check_envelope(document, data)
    if problems:
        return problems  # of another format or kind: held against no schema
    kind = data["kind"]
    if _fast(kind).is_valid(data):
        return []
    # It takes a tenth of a second to import, for what few documents need.
    from reconciler.documents.reading.schema_exact import errors_of  # noqa: PLC0415  as said

    return sorted(set(problems_of(document, errors_of(kind, data))))


def _check_envelope(document: Document, data: dict[str, Any]) -> list[Problem]:
    """The two fields that choose the schema: apiVersion and kind."""
    problems = []
    for field, known, others in (
        ("apiVersion", (API_VERSION,), f"write {API_VERSION}"),
        ("kind", KINDS, _KINDS_IN_WORDS),
    ):
        if field not in data:
            near = suggest(field, islice(data, 50))
            hint = f"did you mean it by {near!r}?" if near else others
            problems.append(Problem(*document.locate(), f"missing field {field!r}", hint))
        elif data[field] not in known:
            value = data[field]
            hint = (isinstance(value, str) and did_you_mean(value, known)) or others
            place = document.locate((field,))
            problems.append(Problem(*place, f"unknown {field}: {found(value)}", hint))
    return sorted(problems)


@cache
def _fast(kind: str) -> Any:
    return jsonschema_rs.validator_for(schema_of(kind))
