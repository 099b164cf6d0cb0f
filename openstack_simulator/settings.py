"""The knobs of one simulated cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

UNLIMITED = -1


@dataclass(frozen=True)
class CloudSettings:
    """How a cloud behaves; durations are seconds.

    `latency` is added to each answer of the API. `network_quotas`, `compute_quotas` and `volume_quotas` replace the
    defaults by the services' own names (`port`, `instances`, `gigabytes`); without them a project is unlimited. A
    server made from the image named `fail_image` ends in ERROR. `action_seconds` is what a stop, reboot, rebuild or
    resize takes; `hosts` limits a strict anti-affinity group. A shelved server leaves its host after `offload_seconds`;
    below 0 it stays there. A deleted server can be restored for `reclaim_seconds`. `disabled_extensions` are aliases
    of Neutron: their attributes and routes are gone. `missing_services` are types of the catalog (`image`),
    `refused_logins` methods of Keystone (`password`), `consoles` the types that servers have. `clock_skew` is how far
    the cloud's calendar is ahead of that of the machine.
    """

    latency: float = 0.0
    build_seconds: float = 0.5
    delete_seconds: float = 0.2
    action_seconds: float = 0.2
    offload_seconds: float = 0.0
    reclaim_seconds: float = 0.0
    token_seconds: float = 3600.0
    page_limit: int = 1000
    disabled_extensions: tuple[str, ...] = ()
    missing_services: tuple[str, ...] = ()
    refused_logins: tuple[str, ...] = ()
    clock_skew: float = 0.0
    max_microversion: str = "2.96"
    max_volume_microversion: str = "3.71"
    fail_image: str | None = None
    consoles: tuple[str, ...] = ("novnc",)
    hosts: int = 8
    network_quotas: Mapping[str, int] = field(default_factory=dict)
    compute_quotas: Mapping[str, int] = field(default_factory=dict)
    volume_quotas: Mapping[str, int] = field(default_factory=dict)
    region: str = "RegionOne"


_TYPES: dict[str, tuple[type, ...]] = {
    "latency": (int, float),
    "build_seconds": (int, float),
    "delete_seconds": (int, float),
    "action_seconds": (int, float),
    "offload_seconds": (int, float),
    "reclaim_seconds": (int, float),
    "token_seconds": (int, float),
    "page_limit": (int,),
    "disabled_extensions": (list,),
    "missing_services": (list,),
    "refused_logins": (list,),
    "clock_skew": (int, float),
    "max_microversion": (str,),
    "max_volume_microversion": (str,),
    "hosts": (int,),
    "fail_image": (str, type(None)),
    "consoles": (list,),
    "network_quotas": (dict,),
    "compute_quotas": (dict,),
    "volume_quotas": (dict,),
}


def changed(settings: CloudSettings, changes: Any) -> CloudSettings:
    """The settings with some replaced by JSON values; ValueError names what can't be set."""
    if not isinstance(changes, dict):
        raise ValueError("settings are an object")  # noqa: TRY004  (a refusal of data, not of an argument)
    for name, value in changes.items():
        if name not in _TYPES:
            raise ValueError(f"no setting named {name}; there are {', '.join(sorted(_TYPES))}")
        if not isinstance(value, _TYPES[name]) or isinstance(value, bool):
            raise ValueError(f"{name} can't be {value!r}")  # noqa: TRY004  (same)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
    }
    return replace(settings, **values)


def as_json(settings: CloudSettings) -> dict[str, Any]:
    return {item.name: getattr(settings, item.name) for item in fields(settings)}
