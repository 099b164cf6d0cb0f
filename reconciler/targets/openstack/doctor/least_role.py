"""What the operators of a cloud write for a role that may do what Magi asks for, and no more: `magi rights` prints it.

Made from the table of rights, of what a reader or a member may do where no policy was changed. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from reconciler.targets.openstack.doctor.rights import FURTHER, RIGHTS
from reconciler.targets.openstack.kinds.declared import Right, Role
from reconciler.targets.openstack.services import SERVICES

PROJECTS = {service.project: service.type for service in SERVICES.values()}
"""The services as policy files are named, by type."""
_USUAL = {Role.READER, Role.MEMBER}
# A reference to another rule, or a role, as in `rule:admin_only or (role:member and project_id:%(project_id)s)`.
_CHECK = re.compile(r"(?<!\w)(rule|role):([^\s()]+)")


def policy_file(service: str, role: str, defaults: Mapping[str, str]) -> str:
    """The lines for the policy.yaml of a service. ``defaults`` are the rules that it has now, by name.

    Rules that ask for no role are comments: they let everyone in, or no one but admins.
    """
    return "".join(_line(rule, role, defaults) for rule in rules(PROJECTS[service]))


def rules(service: str) -> tuple[str, ...]:
    """The names of the rules of a service, the own and those on the way from others."""
    own = [rule for right in _usual() if right.service == service for rule in (*right.rules, *right.further)]
    behind = [one.split() for right in _usual() for one in right.behind]
    return tuple(dict.fromkeys((*own, *(rule for where, rule in behind if where == service))))


def access_rules() -> list[dict[str, str]]:
    """The requests as Keystone expects them for an application credential."""
    found = dict.fromkeys((right.service, right.method, _path(right)) for right in _usual())
    return [{"service": service, "method": method, "path": path} for service, method, path in found]


def _usual() -> Iterator[Right]:
    return (right for right in (*RIGHTS, *FURTHER) if right.role in _USUAL)


def _path(right: Right) -> str:
    service = SERVICES[right.service]
    return service.version + re.sub(r"{\w+}", "*", service.under_version(right.route))


def _line(rule: str, role: str, defaults: Mapping[str, str]) -> str:
    if rule not in defaults:
        return f"# not known here: {json.dumps(rule)}\n"
    text = _widened(defaults[rule], role, defaults)
    line = f"{json.dumps(rule)}: {json.dumps(text)}\n"
    return line if ("role", role) in _CHECK.findall(text) else f"# stays: {line}"


def _widened(text: str, role: str, defaults: Mapping[str, str]) -> str:
    """The same check, with the role beside each reader and member. References that lead to one are written out."""
    if ("role", role) in _CHECK.findall(text):
        return text

    def wider(found: re.Match[str]) -> str:
        word, name = found.groups()
        if word == "role":
            return f"({found[0]} or role:{role})" if name in _USUAL else found[0]
        behind = defaults.get(name, "")
        written = _widened(behind, role, defaults)
        return found[0] if written == behind else f"({written})"

    return _CHECK.sub(wider, text)
