"""What devcloud starts: one file for each service, with its configuration as data."""

from . import cinder, glance, heat, keystone, neutron, nova, placement
from .service import Service

__all__ = ["BASE", "OPTIONAL", "Service", "services"]

BASE: tuple[Service, ...] = (
    keystone.SERVICE,
    placement.SERVICE,
    glance.SERVICE,
    neutron.SERVICE,
    nova.SERVICE,
)
OPTIONAL: dict[str, Service] = {"cinder": cinder.SERVICE, "heat": heat.SERVICE}


def services(parts: tuple[str, ...]) -> tuple[Service, ...]:
    """Those that every cloud has, and the optional ones named in `parts`."""
    return (*BASE, *(OPTIONAL[part] for part in parts))
