"""Every route of Neutron."""

from openstack_simulator.cloud import Cloud
from openstack_simulator.neutron import address_groups, extensions, limits, qos, routers, trunks
from openstack_simulator.neutron.address_groups import ADDRESS_GROUPS
from openstack_simulator.neutron.floating_ips import FLOATING_IPS
from openstack_simulator.neutron.networks import NETWORKS
from openstack_simulator.neutron.ports import PORTS
from openstack_simulator.neutron.qos import QOS_POLICIES
from openstack_simulator.neutron.rbac import RBAC_POLICIES
from openstack_simulator.neutron.resource import crud
from openstack_simulator.neutron.routers import ROUTERS
from openstack_simulator.neutron.security_groups import SECURITY_GROUP_RULES, SECURITY_GROUPS
from openstack_simulator.neutron.subnets import SUBNETS
from openstack_simulator.neutron.tags import tag_routes
from openstack_simulator.neutron.trunks import TRUNKS
from openstack_simulator.routing import Route

RESOURCES = (
    NETWORKS,
    SUBNETS,
    PORTS,
    ROUTERS,
    SECURITY_GROUPS,
    SECURITY_GROUP_RULES,
    FLOATING_IPS,
    ADDRESS_GROUPS,
    RBAC_POLICIES,
    TRUNKS,
    QOS_POLICIES,
)
_EXTENSION_OF = extensions.disabled_paths(RESOURCES)

ROUTES = (
    *address_groups.ROUTES,
    *extensions.ROUTES,
    *limits.ROUTES,
    *qos.ROUTES,
    *routers.ROUTES,
    *trunks.ROUTES,
    *(route for resource in RESOURCES for route in crud(resource)),
    *(route for resource in RESOURCES if resource.taggable for route in tag_routes(resource)),
)


def is_disabled(cloud: Cloud, route: Route) -> bool:
    """Whether the cloud's settings take this route away."""
    gone = cloud.settings.disabled_extensions
    if not gone:
        return False
    segments = route.template.split("/")
    if "tags" in segments:
        return "standard-attr-tag" in gone
    if segments[-1].startswith("details") and "quota_details" in gone:
        return True
    return len(segments) > 2 and _EXTENSION_OF.get(segments[2]) in gone
