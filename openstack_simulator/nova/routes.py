"""Every route of Nova."""

from openstack_simulator.nova import (
    actions,
    consoles,
    flavors,
    hosts,
    instance_actions,
    keypairs,
    limits,
    microversions,
    server_groups,
    server_parts,
    servers,
    volumes,
)

ROUTES = (
    *microversions.ROUTES,
    *flavors.ROUTES,
    *keypairs.ROUTES,
    *server_groups.ROUTES,
    *limits.ROUTES,
    *hosts.ROUTES,
    *servers.ROUTES,
    *actions.ROUTES,
    *consoles.ROUTES,
    *server_parts.ROUTES,
    *instance_actions.ROUTES,
    *volumes.ROUTES,
)
