"""Parameters: a descriptor declares them with their types, its templates use them, a VNF of a service gives values."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from ipaddress import ip_network
from typing import NamedTuple

import jsonschema_rs

from reconciler.documents.checking.addresses import is_address
from reconciler.documents.checking.draft import ServiceDraft
from reconciler.documents.checking.hostnames import wrong_hostname
from reconciler.documents.checking.secret_files import reference
from reconciler.documents.checking.templates import (
    MAX_METADATA,
    MAX_USER_DATA,
    TextFile,
    check_templates,
    fill,
    filled_size,
    is_binary,
    placeholders,
    size_in_bytes,
)
from reconciler.documents.reading.schema_messages import found
from reconciler.documents.reading.spots import Problems
from reconciler.documents.words import VnfDescriptor
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.parameters import Parameter
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.vnfs import Given, SecretUse, Vnf
from reconciler.model import Opaque, SecretRef, Withheld

_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "address": "an IP address such as 10.8.0.10",
    "cidr": "a network such as 10.8.0.0/24",
}

_MAX_HOSTNAME = 1024
"""Characters of a host name that are checked: one of more is too long in any case."""

Value = str | Withheld
"""The placeholder of a parameter in a template."""


class Contents(NamedTuple):
    """What documents name and do not hold.

    ``text_of``: the text of a user data file, by the descriptor and what that calls it. ``secret_of``: a secret.
    ``digests``: as `Secrets.digests`.
    """

    text_of: Callable[[VnfDescriptor, str], str]
    secret_of: Callable[[SecretRef], Value]
    digests: Callable[[str, str], tuple[str, ...] | Withheld]


def check_parameters(problems: Problems, spec: VnfDescriptorSpec, files: Mapping[str, TextFile]) -> None:
    """Notes what is wrong with the parameters of a descriptor, and with the templates that use them.

    ``files``: those of its user data files that could be read, by what it calls them.
    """
    declared = problems.named("parameter", spec.parameters)
    if not declared:
        return
    for one in declared.values():
        _check_declaration(problems, one)
    open_names = [name for name, one in declared.items() if not one.secret]
    used = check_templates(problems, spec, declared, open_names, files)
    for name in sorted(declared.keys() - used) if used is not None else ():
        hint = f"write {{{{ {name} }}}} in user data, metadata or a host name, or remove it"
        problems.report(declared[name].at("name"), f"parameter '{name}' is used nowhere", hint)


def check_values(draft: ServiceDraft) -> None:
    """Notes what is wrong with the values that the VNFs of a service give."""
    problems = draft.problems
    for vnf in draft.vnf_items.values():
        if vnf.descriptor not in draft.descriptors:
            continue
        declared = _declared(draft.descriptors[vnf.descriptor])
        for name, value in vnf.parameters.items():
            at = vnf.at("parameters", name)
            if name not in declared:
                problems.report_unknown(at, "parameter", name, declared, key=True)
            elif wrong := wrong_value(declared[name], value):
                problems.report(at, wrong)
        for name, one in declared.items():
            if name not in vnf.parameters and one.default is None:
                message = f"VNF '{vnf.name}' gives no value for parameter '{name}'"
                where = vnf.at("parameters") if vnf.parameters else vnf.spot
                problems.report(where, message, f"add '{name}: {_desired(one)} to parameters", key=True)


def _desired(declared: Parameter) -> str:
    return "{secretRef: ...}'" if declared.secret else f"VALUE' ({_WORDS[declared.type]})"


def check_filled(draft: ServiceDraft, contents: Contents) -> None:
    """Notes user data and metadata that the values of a VNF make too large, and host names that they make none."""
    problems = draft.problems
    for vnf in draft.vnf_items.values():
        descriptor = draft.descriptors[vnf.descriptor]
        if not descriptor.spec.parameters:
            continue
        values, where = values_of(descriptor, vnf, contents), vnf.at("parameters")
        for vdu in descriptor.spec.vdus:
            with_these = f"with these values the {{}} of VDU '{vdu.name}'"
            if (size := _user_data_size(descriptor, vdu, values, contents)) > MAX_USER_DATA:
                message = f"{with_these.format('user data')} has {size:,} bytes"
                problems.report(where, message, f"at most {MAX_USER_DATA:,} are allowed", key=True)
            for key, text in vdu.metadata.items():
                length = filled_size(text, _open(values))
                if length > MAX_METADATA:
                    message = f"with these values metadata '{key}' of VDU '{vdu.name}' has {length} characters"
                    problems.report(where, message, f"at most {MAX_METADATA} fit", key=True)
            if filled_size(vdu.hostname or "", _open(values)) > _MAX_HOSTNAME:
                message = f"{with_these.format('hostname')} is too long"
                problems.report(where, message, "at most 63 characters fit", key=True)
            elif (name := hostname_of(descriptor, vdu, values)) and (wrong := wrong_hostname(name)):
                problems.report(where, f"{with_these.format('hostname')} is '{name}'", wrong, key=True)


def values_of(descriptor: VnfDescriptor, vnf: Vnf, contents: Contents) -> Mapping[str, Value]:
    """The value of each parameter of its descriptor in a VNF that passed the checks."""

    def value_of(value: Given | None) -> Value:
        return contents.secret_of(reference(value.secret_ref)) if isinstance(value, SecretUse) else written(value)

    declared = _declared(descriptor)
    return {name: value_of(vnf.parameters.get(name, one.default)) for name, one in declared.items()}


class UserData(NamedTuple):
    """What a VDU's instances boot with; withheld where a secret in it is, or makes it too large."""

    text: Value
    has_secrets: bool = False

    def opaque(self, about: str, contents: Contents) -> Opaque:
        """What replaces it in a Spec of ``about``."""
        if isinstance(self.text, Withheld):
            return Opaque.unknown(self.text.reason)
        if not self.has_secrets:
            return Opaque.of(self.text)
        digests = contents.digests(about, self.text)
        return Opaque.unknown(digests.reason) if isinstance(digests, Withheld) else Opaque.secret(digests, self.text)


def user_data_of(
    descriptor: VnfDescriptor, vdu: Vdu, values: Mapping[str, Value], contents: Contents
) -> UserData | None:
    """The user data of a VDU with the values in it."""
    text = _user_data_template(descriptor, vdu, contents)
    if text is None:
        return None
    if not descriptor.spec.parameters or _is_literal(vdu, text):
        return UserData(text)
    if withheld := _needs_secret(text, values):
        return UserData(withheld)
    if filled_size(text, _open(values), size_in_bytes) > MAX_USER_DATA:
        # Without a secret in it, `check_filled` refused it.
        return UserData(Withheld(f"with its secrets the user data has more than {MAX_USER_DATA:,} bytes"))
    return UserData(fill(text, _open(values)), _has_secrets(descriptor, text))


def _user_data_template(descriptor: VnfDescriptor, vdu: Vdu, contents: Contents) -> str | None:
    if vdu.user_data is None:
        return None
    if vdu.user_data.inline is not None:
        return vdu.user_data.inline
    if vdu.user_data.base64 is not None:
        return decoded(vdu.user_data.base64)
    return contents.text_of(descriptor, vdu.user_data.file or "")


def _is_literal(vdu: Vdu, text: str) -> bool:
    """Whether nothing in the user data is a placeholder, whatever it looks like."""
    return is_binary(text) or (vdu.user_data is not None and vdu.user_data.base64 is not None)


def decoded(text: str) -> str:
    """Bytes in base64 as text, with those that are no UTF-8 as surrogates. Raises ValueError for what is no base64."""
    return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "surrogateescape")


def _user_data_size(descriptor: VnfDescriptor, vdu: Vdu, values: Mapping[str, Value], contents: Contents) -> int:
    """The bytes of the user data of a VDU, which is not made for that; 0 where a secret has a part in it."""
    text = _user_data_template(descriptor, vdu, contents)
    if text is None:
        return 0
    if _is_literal(vdu, text):
        return size_in_bytes(text)
    if _needs_secret(text, values) or _has_secrets(descriptor, text):
        return 0
    return filled_size(text, _open(values), size_in_bytes)


def _needs_secret(text: str, values: Mapping[str, Value]) -> Withheld | None:
    """Why the text can't be filled, if a secret in it is not available."""
    for one in placeholders(text):
        if isinstance(value := values.get(one.name or "", ""), Withheld):
            return Withheld(f"its user data needs secret '{one.name}': {value.reason}")
    return None


def _has_secrets(descriptor: VnfDescriptor, text: str) -> bool:
    """Whether a secret parameter of the descriptor is used in the text."""
    secret = {one.name for one in descriptor.spec.parameters if one.secret}
    return any(one.name in secret for one in placeholders(text))


def metadata_of(descriptor: VnfDescriptor, vdu: Vdu, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The metadata of an instance of a VDU with the values in it. Secrets can't be used there."""
    for key, text in vdu.metadata.items():
        yield key, fill(text, _open(values)) if descriptor.spec.parameters else text


def hostname_of(descriptor: VnfDescriptor, vdu: Vdu, values: Mapping[str, Value]) -> str | None:
    """What the host names of the instances of a VDU begin with, with the values in it. Secrets can't be used there."""
    if vdu.hostname is None or not descriptor.spec.parameters:
        return vdu.hostname
    return fill(vdu.hostname, _open(values))


def written(value: object) -> str:
    """A value as it is written in a text: that of a boolean as in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _open(values: Mapping[str, Value]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def wrong_value(declared: Parameter, value: Given) -> str | None:
    """Why a parameter can't have a value, or None."""
    name, kind = declared.name, declared.type
    if declared.secret:
        # What is there may be the secret itself: it is not repeated.
        message = f"parameter '{name}' is secret: its value must not be in Git; name it by a secretRef"
        return None if isinstance(value, SecretUse) else message
    if isinstance(value, SecretUse):
        return f"parameter '{name}' is not declared 'secret: true', so it can't have a secretRef"
    if not _is_of_type(kind, value):
        return f"parameter '{name}' must be {_WORDS[kind]}; found {found(value)}"
    if declared.enum is not None and value not in declared.enum:
        return f"parameter '{name}' must be one of {', '.join(map(written, declared.enum))}; found {found(value)}"
    if declared.minimum is not None and isinstance(value, int | float) and value < declared.minimum:
        return f"parameter '{name}' must be at least {declared.minimum}; found {value}"
    if declared.maximum is not None and isinstance(value, int | float) and value > declared.maximum:
        return f"parameter '{name}' must be at most {declared.maximum}; found {value}"
    if declared.pattern is not None and (matching := _matching(declared.pattern)) and not matching(value):
        return f"parameter '{name}' must match '{declared.pattern}'; found {found(value)}"
    return None


def _declared(descriptor: VnfDescriptor) -> Mapping[str, Parameter]:
    return {one.name: one for one in descriptor.spec.parameters}


def _check_declaration(problems: Problems, declared: Parameter) -> None:
    if declared.pattern is not None and _matching(declared.pattern) is None:
        message = f"'{declared.pattern}' is no regular expression"
        hint = "quote what YAML or the expression itself takes for a sign"
        problems.report(declared.at("pattern"), message, hint)
    lowest, highest = declared.minimum, declared.maximum
    if lowest is not None and highest is not None and lowest > highest:
        problems.report(declared.at("minimum"), f"minimum {lowest} is above maximum {highest}", "exchange them")
    without_choices = replace(declared, enum=None)
    for index, value in enumerate(declared.enum or ()):
        if wrong := wrong_value(without_choices, value):
            problems.report(declared.at("enum", index), wrong)
    if declared.default is not None and (wrong := wrong_value(declared, declared.default)):
        problems.report(declared.at("default"), wrong)


def _is_of_type(kind: str, value: Given) -> bool:
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "address":
            return isinstance(value, str) and is_address(value)
        case "cidr":
            return isinstance(value, str) and _is_network(value)
        case _:
            return isinstance(value, str)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return "/" in text


@cache
def _matching(pattern: str) -> Callable[[object], bool] | None:
    """Finds texts that match as a whole, and stops where matching takes too long; None for no pattern.

    Python's own `re` would not end with a pattern that is made for it.
    """
    try:
        validator = jsonschema_rs.validator_for({"pattern": f"^(?:{pattern})$"})
    except (ValueError, jsonschema_rs.ValidationError):
        return None
    return validator.is_valid
