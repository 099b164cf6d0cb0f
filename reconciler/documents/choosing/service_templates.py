"""A NetworkService that names a template becomes what both say together, as if someone had written it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.choosing.placeholders import (
    Trouble,
    filled,
    scope_of,
    scope_size,
    template_size,
    with_defaults,
)
from reconciler.documents.reading.marks import Document, Source
from reconciler.documents.reading.merging import over
from reconciler.documents.reading.schema import validate
from reconciler.documents.words import NetworkService, NetworkServiceTemplate, service_of
from reconciler.model import Problem
from reconciler.text.suggestion import did_you_mean

_VALUES = "values"
_OWN = ("template", "values")


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a service and its template. ``service``: None where there are problems.

    ``size``: of what the template is filled to.
    """

    sources: tuple[NetworkService, NetworkServiceTemplate]
    size: int
    service: NetworkService | None
    problems: tuple[Problem, ...]


def size_of_made(service: NetworkService, template: NetworkServiceTemplate) -> int:
    """How large the template is once it is filled for a service, as `template_size` counts. Takes one scope."""
    names = scope_size(_VALUES, template.spec.defaults) + scope_size(_VALUES, service.spec.values)
    return names + template_size(template.spec.service).filled(_scope(service, template))


def made_of(service: NetworkService, template: NetworkServiceTemplate, size: int) -> Made:
    """The service with what its template says below what it says itself."""
    found = list(_problems(service, template))
    made = None if found else _merged(service, template, found)
    return Made((service, template), size, made, tuple(found))


def _scope(service: NetworkService, template: NetworkServiceTemplate) -> dict[str, object]:
    values = dict(with_defaults(template.spec.defaults, service.spec.values))
    return {**scope_of(_VALUES, values), "service.name": service.name}


def _problems(service: NetworkService, template: NetworkServiceTemplate) -> Iterator[Problem]:
    if "template" in template.spec.service:
        spot = template.spec.at("service", "template")
        yield spot.problem("a template can't be made from another one", "write its fields out", key=True)
    used = {name.split(".")[1] for name in template_size(template.spec.service).uses if name.startswith(f"{_VALUES}.")}
    for key in service.spec.values:
        if key not in used:
            hint = did_you_mean(key, used) or (f"it has {', '.join(sorted(used)[:10])}" if used else "it has none")
            message = f"template '{template.name}' has no value '{key}'"
            yield service.spec.at("values", key).problem(message, hint, key=True)
    missing = sorted(used - service.spec.values.keys() - template.spec.defaults.keys())
    if missing:
        names = ", ".join(f"'{name}'" for name in missing)
        at = service.spec.at("values") if service.spec.values else service.spec.at("template")
        yield at.problem(f"template '{template.name}' needs a value for {names}", "add it to 'values'", key=True)


def _merged(
    service: NetworkService, template: NetworkServiceTemplate, problems: list[Problem]
) -> NetworkService | None:
    """Problems are added to those that there are."""
    troubles: list[Trouble] = []
    spot = template.spec.at("service")
    body = filled(template.spec.service, _scope(service, template), troubles)
    if troubles:
        problems += [spot.at(*path).problem(message, hint) for path, message, hint in troubles]
        return None
    written = service.unmerged
    assert written is not None  # noqa: S101  as it names a template
    document = _over(Document(spot.source.within(spot.path), body, sound=True), written)
    wrong = validate(document)
    problems += wrong
    return None if wrong else service_of(document)


def _over(template: Document, written: Document) -> Document:
    """The specification of a template with that of a service over it, in the document of the service."""
    own: Mapping[str, Any] = {key: value for key, value in written.data["spec"].items() if key not in _OWN}
    spec = over(template, Document(written.source.within(("spec",)), own, sound=True), of_upper=True)
    marks = written.source.marks
    assert isinstance(marks, tuple)  # noqa: S101  as a document is a mapping
    mark, children = marks
    assert isinstance(children, dict)  # noqa: S101  as a document is a mapping
    source = Source(
        written.file, written.source.index, (mark, children | {"spec": spec.source.marks}), spec.source.others
    )
    return Document(source, {**written.data, "spec": spec.data}, sound=True)
