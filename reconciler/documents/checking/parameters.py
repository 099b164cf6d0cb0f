"""Parameters: a descriptor declares them with their types, its templates use them, a VNF of a service gives values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from ipaddress import ip_network
from typing import Any, NamedTuple

import jsonschema_rs

from reconciler.documents.checking.addresses import is_address
from reconciler.documents.checking.hostnames import wrong_hostname
from reconciler.documents.checking.placed import Placed
from reconciler.documents.checking.secret_files import reference
from reconciler.documents.checking.templates import (
    MAX_METADATA,
    MAX_USER_DATA,
    TextFile,
    bytes_of,
    check_templates,
    fill,
    filled_size,
    placeholders,
)
from reconciler.documents.reading.marks import Document, Path
from reconciler.documents.reading.schema_messages import found
from reconciler.documents.subject import Subject
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
"""Characters of a host name that it is looked at for: one of more is too long in any case."""

Value = str | Withheld
"""What stands for a parameter in a template."""


class Contents(NamedTuple):
    """What documents name and do not hold.

    ``text_of``: the text of a user data file, by the descriptor and what that calls it. ``secret_of``: a secret.
    ``digests``: as `Secrets.digests`.
    """

    text_of: Callable[[Document, str], str]
    secret_of: Callable[[SecretRef], Value]
    digests: Callable[[str, str], tuple[str, ...] | Withheld]


def check_parameters(subject: Subject, files: Mapping[str, TextFile]) -> None:
    """Notes what is wrong with the parameters of a descriptor, and with the templates that use them.

    ``files``: those of its user data files that could be read, by what it calls them.
    """
    declared = subject.named("parameter", "parameters")
    if not declared:
        return
    for path, one in declared.values():
        _check_declaration(subject, path, one)
    open_names = [name for name, (_, one) in declared.items() if not one.get("secret")]
    used = check_templates(subject, declared, open_names, files)
    for name in sorted(declared.keys() - used) if used is not None else ():
        hint = f"write {{{{ {name} }}}} in user data, metadata or a host name, or remove it"
        subject.report((*declared[name][0], "name"), f"parameter '{name}' is used nowhere", hint)


def check_values(placed: Placed) -> None:
    """Notes what is wrong with the values that the VNFs of a service give."""
    subject = placed.subject
    for path, vnf in placed.vnf_items.values():
        if vnf["descriptor"] not in placed.descriptors:
            continue
        declared = _declared(placed.descriptors[vnf["descriptor"]].data["spec"])
        given = vnf.get("parameters", {})
        for name, value in given.items():
            at = (*path, "parameters", name)
            if name not in declared:
                subject.report_unknown(at, "parameter", name, declared, key=True)
            elif wrong := wrong_value(declared[name], value):
                subject.report(at, wrong)
        for name, one in declared.items():
            if name not in given and "default" not in one:
                message = f"VNF '{vnf['name']}' gives no value for parameter '{name}'"
                where = (*path, "parameters") if given else path
                subject.report(where, message, f"add '{name}: {_wanted(one)} to parameters", key=True)


def _wanted(declared: Any) -> str:
    return "{secretRef: ...}'" if declared.get("secret") else f"VALUE' ({_WORDS[declared['type']]})"


def check_filled(placed: Placed, contents: Contents) -> None:
    """Notes user data and metadata that the values of a VNF make too large, and host names that they make none."""
    for path, vnf in placed.vnf_items.values():
        document = placed.descriptors[vnf["descriptor"]]
        spec = document.data["spec"]
        if "parameters" not in spec:
            continue
        values = values_of(placed, vnf, contents)
        for vdu in spec["vdus"]:
            if (size := _user_data_size(document, vdu, values, contents)) > MAX_USER_DATA:
                message = f"with these values the user data of VDU '{vdu['name']}' has {size:,} bytes"
                placed.subject.report(
                    (*path, "parameters"), message, f"at most {MAX_USER_DATA:,} are allowed", key=True
                )
            for key, text in vdu.get("metadata", {}).items():
                length = filled_size(text, _open(values))
                if length > MAX_METADATA:
                    message = f"with these values metadata '{key}' of VDU '{vdu['name']}' has {length} characters"
                    placed.subject.report((*path, "parameters"), message, f"at most {MAX_METADATA} fit", key=True)
            if filled_size(vdu.get("hostname", ""), _open(values)) > _MAX_HOSTNAME:
                message = f"with these values the hostname of VDU '{vdu['name']}' is too long"
                placed.subject.report((*path, "parameters"), message, "at most 63 characters fit", key=True)
            elif (name := hostname_of(document, vdu, values)) and (wrong := wrong_hostname(name)):
                message = f"with these values the hostname of VDU '{vdu['name']}' is '{name}'"
                placed.subject.report((*path, "parameters"), message, wrong, key=True)


def values_of(placed: Placed, vnf: Any, contents: Contents) -> Mapping[str, Value]:
    """What stands for each parameter of its descriptor in a VNF that passed the checks."""
    given, file = vnf.get("parameters", {}), placed.subject.document.file

    def value_of(value: Any) -> Value:
        return contents.secret_of(reference(file, value["secretRef"])) if isinstance(value, dict) else written(value)

    declared = _declared(placed.descriptors[vnf["descriptor"]].data["spec"])
    return {name: value_of(given.get(name, one.get("default"))) for name, one in declared.items()}


class UserData(NamedTuple):
    """What a VDU's instances boot with; withheld where a secret in it is, or makes it too large."""

    text: Value
    has_secrets: bool = False

    def opaque(self, about: str, contents: Contents) -> Opaque:
        """What stands for it in a Spec of ``about``."""
        if isinstance(self.text, Withheld):
            return Opaque.unknown(self.text.reason)
        if not self.has_secrets:
            return Opaque.of(self.text)
        digests = contents.digests(about, self.text)
        return Opaque.unknown(digests.reason) if isinstance(digests, Withheld) else Opaque.secret(digests, self.text)


def user_data_of(document: Document, vdu: Any, values: Mapping[str, Value], contents: Contents) -> UserData | None:
    """The user data of a VDU with the values in it."""
    given = vdu.get("userData")
    if given is None:
        return None
    text: str = given["inline"] if "inline" in given else contents.text_of(document, given["file"])
    if "parameters" not in document.data["spec"]:
        return UserData(text)
    if withheld := _needs_secret(text, values):
        return UserData(withheld)
    if filled_size(text, _open(values), bytes_of) > MAX_USER_DATA:
        # Without a secret in it, `check_filled` refused it.
        return UserData(Withheld(f"with its secrets the user data has more than {MAX_USER_DATA:,} bytes"))
    return UserData(fill(text, _open(values)), _has_secrets(document, text))


def _user_data_size(document: Document, vdu: Any, values: Mapping[str, Value], contents: Contents) -> int:
    """The bytes of the user data of a VDU, which is not made for that; 0 where a secret has a part in it."""
    given = vdu.get("userData")
    if given is None:
        return 0
    text: str = given["inline"] if "inline" in given else contents.text_of(document, given["file"])
    if _needs_secret(text, values) or _has_secrets(document, text):
        return 0
    return filled_size(text, _open(values), bytes_of)


def _needs_secret(text: str, values: Mapping[str, Value]) -> Withheld | None:
    """Why the text can't be filled, if a secret in it is not at hand."""
    for one in placeholders(text):
        if isinstance(value := values.get(one.name or "", ""), Withheld):
            return Withheld(f"its user data needs secret '{one.name}': {value.reason}")
    return None


def _has_secrets(document: Document, text: str) -> bool:
    """Whether a secret parameter of the descriptor stands in the text."""
    secret = {one["name"] for one in document.data["spec"]["parameters"] if one.get("secret")}
    return any(one.name in secret for one in placeholders(text))


def metadata_of(document: Document, vdu: Any, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """The metadata of an instance of a VDU with the values in it. Secrets can't stand there."""
    templates = "parameters" in document.data["spec"]
    for key, text in vdu.get("metadata", {}).items():
        yield key, fill(text, _open(values)) if templates else text


def hostname_of(document: Document, vdu: Any, values: Mapping[str, Value]) -> str | None:
    """What the host names of the instances of a VDU begin with, with the values in it. Secrets can't stand there."""
    name: str | None = vdu.get("hostname")
    return fill(name, _open(values)) if name is not None and "parameters" in document.data["spec"] else name


def written(value: Any) -> str:
    """A value as it stands in a text: that of a boolean as in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _open(values: Mapping[str, Value]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def wrong_value(declared: Any, value: Any) -> str | None:
    """Why a parameter can't have a value, or None."""
    name, kind = declared["name"], declared["type"]
    if declared.get("secret"):
        # What stands there may be the secret itself: it is not repeated.
        told = f"parameter '{name}' is secret: its value must not stand in Git; name it by a secretRef"
        return None if isinstance(value, dict) else told
    if isinstance(value, dict):
        return f"parameter '{name}' is not declared 'secret: true', so it can't have a secretRef"
    if not _is_of_type(kind, value):
        return f"parameter '{name}' must be {_WORDS[kind]}; found {found(value)}"
    if "enum" in declared and value not in declared["enum"]:
        return f"parameter '{name}' must be one of {', '.join(map(written, declared['enum']))}; found {found(value)}"
    if "minimum" in declared and value < declared["minimum"]:
        return f"parameter '{name}' must be at least {declared['minimum']}; found {value}"
    if "maximum" in declared and value > declared["maximum"]:
        return f"parameter '{name}' must be at most {declared['maximum']}; found {value}"
    if "pattern" in declared and (pattern := _pattern(declared["pattern"])) and not pattern.is_valid(value):
        return f"parameter '{name}' must match '{declared['pattern']}'; found {found(value)}"
    return None


def _declared(spec: Any) -> Mapping[str, Any]:
    return {one["name"]: one for one in spec.get("parameters", ())}


def _check_declaration(subject: Subject, path: Path, declared: Any) -> None:
    if "pattern" in declared and _pattern(declared["pattern"]) is None:
        message = f"'{declared['pattern']}' is no regular expression"
        subject.report((*path, "pattern"), message, "quote what YAML or the expression itself takes for a sign")
    lowest, highest = declared.get("minimum"), declared.get("maximum")
    if lowest is not None and highest is not None and lowest > highest:
        subject.report((*path, "minimum"), f"minimum {lowest} is above maximum {highest}", "exchange them")
    choices = {**declared}
    choices.pop("enum", None)
    for index, value in enumerate(declared.get("enum", ())):
        if wrong := wrong_value(choices, value):
            subject.report((*path, "enum", index), wrong)
    if "default" in declared and (wrong := wrong_value(declared, declared["default"])):
        subject.report((*path, "default"), wrong)


def _is_of_type(kind: str, value: Any) -> bool:
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
def _pattern(pattern: str) -> Any:
    """A validator for texts that match as a whole, which gives up where matching takes too long; None for no pattern.

    Python's own `re` would go on for ever with a pattern that is made for it.
    """
    try:
        return jsonschema_rs.validator_for({"pattern": f"^(?:{pattern})$"})
    except (ValueError, jsonschema_rs.ValidationError):
        return None
