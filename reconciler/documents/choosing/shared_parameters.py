"""Parameters of a service: values said once, that several of its VNFs give to parameters of their descriptors.

What a value has to be is said by the descriptors, so it is judged at each use. A service that declares none has no
placeholders, whatever its values look like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.documents.choosing.placeholders import OF_SERVICE, Trouble, filled_text, named_in, template_size
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words.service import NetworkServiceSpec
from reconciler.documents.words.vnfs import Given, Vnf


def values_size(spec: NetworkServiceSpec) -> int:
    """How large all values of the VNFs are that a service puts its parameters into, as `size_of` counts."""
    scope = _scope_of(spec.parameters)
    if not scope:
        return 0
    values = (value for vnf in spec.vnfs for value in vnf.parameters.values())
    return sum(template_size(value).filled(scope) for value in values if isinstance(value, str) and "{{" in value)


def fill_in(problems: Problems, spec: NetworkServiceSpec) -> tuple[Vnf, ...]:
    """The VNFs of a service with its parameters put in. What is wrong is noted."""
    if not spec.parameters:
        return spec.vnfs
    scope = _scope_of(spec.parameters)
    used: set[str] = set()
    vnfs: list[Vnf] = []
    for vnf in spec.vnfs:
        used |= {name for value in vnf.parameters.values() for name in named_in(value)}
        troubles: list[Trouble] = []
        plain = {name: _filled(value, scope, troubles, name) for name, value in vnf.parameters.items()}
        for where, message, hint in troubles:
            problems.report(vnf.at("parameters", *where), message, hint)
        vnfs.append(replace(vnf, parameters=plain) if plain else vnf)
    for name in spec.parameters:
        if f"{OF_SERVICE}.{name}" not in used:
            hint = f"write '{{{{ {OF_SERVICE}.{name} }}}}' as a parameter of a VNF, or remove it"
            problems.report(spec.at("parameters", name), f"parameter '{name}' is used nowhere", hint, key=True)
    return tuple(vnfs)


def _scope_of(given: Mapping[str, Given]) -> Mapping[str, Given]:
    return {f"{OF_SERVICE}.{name}": value for name, value in given.items()}


def _filled(value: Given, scope: Mapping[str, Given], troubles: list[Trouble], name: str) -> Given:
    """A value that is one placeholder becomes the value, a secret too."""
    return filled_text(value, scope, troubles, (name,)) if isinstance(value, str) else value
