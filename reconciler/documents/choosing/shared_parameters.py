"""Parameters of a service: values said once, that several of its VNFs give to parameters of their descriptors.

What a value has to be is said by the descriptors, so it is judged at each use. A service that declares none has no
placeholders, whatever its values look like.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.choosing.placeholders import OF_SERVICE, Trouble, filled, named_in, template_size
from reconciler.documents.reading.marks import Document
from reconciler.documents.subject import Subject


def values_size(service: Document) -> int:
    """How large all values of the VNFs are that a service puts its parameters into, as `size_of` counts."""
    spec = service.data["spec"]
    scope = _scope_of(spec.get("parameters", {}))
    if not scope:
        return 0
    values = (value for vnf in spec.get("vnfs", ()) for value in vnf.get("parameters", {}).values())
    return sum(template_size(value).filled(scope) for value in values if isinstance(value, str) and "{{" in value)


def fill_in(subject: Subject) -> list[Any] | None:
    """The VNFs of a service with its parameters put in; None where it has none. What is wrong is noted."""
    given = subject.spec.get("parameters")
    if not given:
        return None
    scope = _scope_of(given)
    used: set[str] = set()
    vnfs: list[Any] = []
    for path, vnf in subject.items("vnfs"):
        values = vnf.get("parameters", {})
        used |= {name for value in values.values() for name in named_in(value)}
        troubles: list[Trouble] = []
        plain = {name: _filled(value, scope, troubles, name) for name, value in values.items()}
        for where, message, hint in troubles:
            subject.report((*path, "parameters", *where), message, hint)
        vnfs.append({**vnf, "parameters": plain} if values else vnf)
    for name in given:
        if f"{OF_SERVICE}.{name}" not in used:
            hint = f"write '{{{{ {OF_SERVICE}.{name} }}}}' as a parameter of a VNF, or remove it"
            subject.report(("parameters", name), f"parameter '{name}' is used nowhere", hint, key=True)
    return vnfs


def _scope_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {f"{OF_SERVICE}.{name}": value for name, value in given.items()}


def _filled(value: Any, scope: Any, troubles: list[Trouble], name: str) -> Any:
    return filled(value, scope, troubles, (name,)) if isinstance(value, str) else value
