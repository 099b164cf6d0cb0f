"""Every route of Neutron."""

from reconciler.simulator.cloud import Cloud
from reconciler.simulator.routing import Route

from . import extensions, limits, qos, routers, trunks
from .address_groups import ADDRESS_GROUPS
from .floating_ips import FLOATING_IPS
from .networks import NETWORKS
from .ports import PORTS
from .qos import QOS_POLICIES
from .rbac import RBAC_POLICIES
from .resource import crud
from .routers import ROUTERS
from .security_groups import SECURITY_GROUP_RULES, SECURITY_GROUPS
from .subnets import SUBNETS
from .tags import tag_routes
from .trunks import TRUNKS

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
