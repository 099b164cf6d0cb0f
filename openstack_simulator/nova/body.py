"""What the bodies of Nova's requests may hold, by microversion."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openstack_simulator.errors import ApiError, Record, compute_error
from openstack_simulator.routing import Request

Check = Callable[[Any], bool]
FIRST = (2, 1)
LAST = (2, 999)


@dataclass(frozen=True, slots=True)
class Field:
    """A property of a body: `check` says whether a value fits, `since` and `until` bound the microversions."""

    check: Check
    required: bool = False
    since: tuple[int, int] = FIRST
    until: tuple[int, int] = LAST


def accept(request: Request, name: str, fields: Mapping[str, Field], beside: tuple[str, ...] = ()) -> Record:
    """The object `name` of the body; 400 for what is missing, unknown or of the wrong shape."""
    body = request.json()
    if not isinstance(body, dict) or name not in body:
        raise compute_error(400, f"'{name}' is a required property")
    if unknown := [key for key in body if key != name and key not in beside]:
        raise compute_error(400, _unexpected(unknown))
    values = body[name]
    if not isinstance(values, dict):
        raise invalid(name, values, f"{values!r} is not of type 'object'")
    check_object(request, name, values, fields)
    return values


def check_object(request: Request, name: str, values: Record, fields: Mapping[str, Field]) -> None:
    known = {key: field for key, field in fields.items() if field.since <= request.version <= field.until}
    for key, field in known.items():
        if field.required and key not in values:
            raise invalid(name, values, f"'{key}' is a required property")
    if unknown := [key for key in values if key not in known]:
        raise invalid(name, values, _unexpected(unknown))
    for key, value in values.items():
        if not known[key].check(value):
            raise invalid(key, value, f"{value!r} is not valid")


def _unexpected(names: list[str]) -> str:
    listed = ", ".join(f"'{name}'" for name in sorted(names))
    verb = "was" if len(names) == 1 else "were"
    return f"Additional properties are not allowed ({listed} {verb} unexpected)"


def invalid(name: str, value: Any, reason: str) -> ApiError:
    return compute_error(400, f"Invalid input for field/attribute {name}. Value: {value}. {reason}")


def anything(value: Any) -> bool:
    del value
    return True


def is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 255


def is_name(value: Any) -> bool:
    return is_text(value) and bool(value.strip()) and value.isprintable()


def is_hostname(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"(?=.{2,63}$)[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]", value))


def is_boolean(value: Any) -> bool:
    return isinstance(value, bool) or str(value).lower() in ("true", "false", "1", "0", "yes", "no", "on", "off")


def is_count(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isdigit()


def is_list(value: Any) -> bool:
    return isinstance(value, list)


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_uuid(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", value))


def optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def is_metadata(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, str) and len(one) <= 255 and re.fullmatch(r"[a-zA-Z0-9-_:. ]{1,255}", key)
        for key, one in value.items()
    )


def is_tag(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 60 and not {"/", ","} & set(value)


def is_tag_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 50 and all(is_tag(tag) for tag in value)


def is_user_data(value: Any) -> bool:
    """Base64 of at most 65535 characters."""
    if not isinstance(value, str) or len(value) > 65535:
        return False
    try:
        base64.b64decode(value)
    except (binascii.Error, ValueError):
        return False
    return True
