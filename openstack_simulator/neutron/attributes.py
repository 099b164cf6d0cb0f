"""What a resource's attributes accept, when they may be set, and how Neutron says no."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from openstack_simulator.cloud import Cloud
from openstack_simulator.errors import ApiError, Record, invalid_input, network_error
from openstack_simulator.identity import Token

Check = Callable[[Any], Any]


class _Required:
    """The default of an attribute that a create must name."""


REQUIRED: Final = _Required()


def anything(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Attribute:
    """`check` returns the value in its stored form or raises ValueError with Neutron's words.

    `admin`: only an admin may set it. `extension`: it disappears with that alias. `writable_by`: without that alias
    it can only be read. `private`: only an admin sees it.
    """

    default: Any = REQUIRED
    check: Check = anything
    create: bool = True
    update: bool = True
    admin: bool = False
    private: bool = False
    extension: str | None = None
    writable_by: str | None = None


def accept(
    cloud: Cloud,
    token: Token,
    attributes: Mapping[str, Attribute],
    body: Record,
    *,
    creating: bool,
    kind: str = "",
) -> Record:
    """The attributes of a request, checked; a create gets every default. Raises Neutron's 400 and 403."""
    gone = cloud.settings.disabled_extensions
    known = {name: one for name, one in attributes.items() if one.extension not in gone}
    if creating and "tags" in body:
        raise _read_only("tags", creating=True)
    if unknown := [name for name in body if name not in known]:
        raise network_error(400, "HTTPBadRequest", f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    values: Record = {}
    for name, value in body.items():
        attribute = known[name]
        if not (attribute.create if creating else attribute.update) or attribute.writable_by in gone:
            raise _read_only(name, creating=creating)
        if attribute.admin and not token.is_admin and value != attribute.default:
            rule = f"{'create' if creating else 'update'}_{kind}"
            raise disallowed(f"(rule:{rule} and rule:{rule}:{name})")
        values[name] = _checked(name, attribute, value)
    if creating:
        for name, attribute in attributes.items():
            if name in values or not attribute.create:
                continue
            if attribute.default is REQUIRED:
                message = "Failed to parse request. Required attribute"
                raise network_error(400, "HTTPBadRequest", f"{message} '{name}' not specified")
            values[name] = attribute.default
    return values


def _read_only(name: str, *, creating: bool) -> ApiError:
    if creating:
        return network_error(400, "HTTPBadRequest", f"Attribute '{name}' not allowed in POST")
    return network_error(400, "HTTPBadRequest", f"Cannot update read-only attribute {name}")


def forbidden(what: str) -> ApiError:
    return disallowed(f"rule:{what}")


def disallowed(rules: str) -> ApiError:
    return network_error(403, "PolicyNotAuthorized", f"{rules} is disallowed by policy")


def _checked(name: str, attribute: Attribute, value: Any) -> Any:
    try:
        return attribute.check(value)
    except ValueError as error:
        raise network_error(400, "HTTPBadRequest", f"Invalid input for {name}. Reason: {error}.") from None


def text(most: int = 255) -> Check:
    """A string of at most so many characters."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"'{value}' is not a valid string")  # noqa: TRY004  (a refusal, not a programming error)
        if len(value) > most:
            raise ValueError(f"'{value}' exceeds maximum length of {most}")
        return value

    return check


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "0"):
        return False
    if value in (0, 1):
        return bool(value)
    raise invalid_input(f"'{value}' cannot be converted to boolean")


def whole_number(least: int = 0, most: int | None = None) -> Check:
    def check(value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise invalid_input(f"'{value}' is not an integer") from None
        if number < least:
            raise ValueError(f"'{value}' is too small - must be at least '{least}'")
        if most is not None and number > most:
            raise ValueError(f"'{value}' is too large - must be no larger than '{most}'")
        return number

    return check


def uuid(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", value):
        return value
    raise ValueError(f"'{value}' is not a valid UUID")


def optional(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def one_of(*allowed: Any) -> Check:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value} is not in valid_values")
        return value

    return check


def list_of(check: Check) -> Check:
    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValueError(f"'{value}' is not a list")  # noqa: TRY004  (a refusal, not a programming error)
        return [check(item) for item in value]

    return check_all


def mac_address(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", value):
        return value.replace("-", ":").lower()
    raise ValueError(f"'{value}' is not a valid MAC address")


def ip_address(value: Any) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError(f"'{value}' is not a valid IP address") from None


def cidr(value: Any) -> str:
    """A network; host bits are cut off."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise invalid_input(f"{value} is not in a CIDR format") from None


def address_or_cidr(value: Any) -> str:
    """An address, or a network that may carry host bits."""
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        raise network_error(400, "HTTPBadRequest", f"'{value}' is not a valid IP address") from None
    return str(value)


def standard(*, named: bool = True) -> dict[str, Attribute]:
    """What every resource has: name, description, owner, and what the service alone sets."""
    read_only = Attribute(create=False, update=False)
    owner = Attribute(default=None, check=optional(text()), update=False)
    return {
        "id": read_only,
        **({"name": Attribute(default="", check=text())} if named else {}),
        "description": Attribute(default="", check=text(), extension="standard-attr-description"),
        "project_id": owner,
        "tenant_id": owner,
        "revision_number": replace(read_only, extension="standard-attr-revisions"),
        "created_at": replace(read_only, extension="standard-attr-timestamp"),
        "updated_at": replace(read_only, extension="standard-attr-timestamp"),
    }


def routes(value: Any) -> list[Any]:
    """Routes: each a destination network and the next hop to it."""
    for route in list_of(anything)(value):
        if not isinstance(route, dict) or route.keys() != {"destination", "nexthop"}:
            given = set(route) if isinstance(route, dict) else route
            expected = "Expected keys: {'destination', 'nexthop'}"
            raise ValueError(f"Validation of dictionary's keys failed. {expected} Provided keys: {given}")
        try:
            ipaddress.ip_network(route["destination"])
        except ValueError:
            raise ValueError(f"'{route['destination']}' is not a valid CIDR") from None
        ip_address(route["nexthop"])
    return list(value)


def domain(value: Any) -> str:
    """A whole DNS name, or nothing; in lower case."""
    name = text()(value).lower()
    if name and not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)+", name):
        reason = "It must be a FQDN ending with '.'" if not name.endswith(".") else "It has a part that is no label"
        raise ValueError(f"'{value}' not a valid PQDN or FQDN. Reason: {reason}")
    return str(name)
