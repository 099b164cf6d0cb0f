"""The policy rules behind every request that Magi sends: what a role needs that is to do all of it, and no more.

Those of a kind are in its file (`OpenStackKind.rights`); here are those of what is asked besides. docs/rights.md shows
this table, and a test holds it to the requests. Names and least roles are those of the services' own defaults, as of
Nova 34, Neutron 29, Glance 33 and Cinder 29. Data only.
"""

from __future__ import annotations

from reconciler.targets.openstack.kinds import EXISTING, KINDS
from reconciler.targets.openstack.kinds.declared import BY_ITSELF, NOVA, Right, Role, read_right
from reconciler.targets.openstack.services import SERVICES

_PREFLIGHT = "what would fail, reported before it does; refused: left out"
_DOCTOR = "`magi doctor`"
_TRACES = "`magi drift`: who changed it; refused: left out"

_OF_KINDS = (
    *(right for kind in KINDS for right in kind.rights),
    *(right for existing in EXISTING for right in existing.rights),
)


def needed(service: str) -> tuple[Right, ...]:
    """Those of the kinds of a service, the listings first."""
    found = (right for right in _OF_KINDS if right.service == service and not right.dispensable)
    return tuple(sorted(found, key=lambda right: right.method != "GET"))


FURTHER: tuple[Right, ...] = (
    *(right for right in _OF_KINDS if right.dispensable),
    read_right("network", "/v2.0/extensions", purpose=f"{_PREFLIGHT}; {_DOCTOR}"),
    Right(
        "network", "GET", "/v2.0/network-ip-availabilities", ("get_network_ip_availability",), Role.ADMIN,
        purpose=_PREFLIGHT,
    ),
    read_right("network", "/v2.0/quotas/{project}", purpose=_PREFLIGHT),
    read_right("network", "/v2.0/quotas/{project}/details.json", purpose=_PREFLIGHT),
    read_right("compute", "/limits", f"{NOVA}limits", purpose=_PREFLIGHT),
    read_right("block-storage", "/limits", "limits_extension:used_limits", purpose=_PREFLIGHT),
    read_right("compute", "/os-availability-zone", f"{NOVA}os-availability-zone:list", purpose=_PREFLIGHT),
    read_right("block-storage", "/os-availability-zone", purpose=_PREFLIGHT),
    read_right(
        "compute", "/servers/{id}/os-instance-actions", f"{NOVA}os-instance-actions:list",
        purpose=f"{_PREFLIGHT}; {_TRACES}",
    ),
    read_right("block-storage", "/volumes/{id}", "volume:get", purpose=f"{BY_ITSELF}; {_TRACES}"),
)  # fmt: skip
"""What Magi does without where it is refused."""

RIGHTS: tuple[Right, ...] = tuple(right for service in SERVICES for right in needed(service))
