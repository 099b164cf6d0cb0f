"""All kinds of resources on an OpenStack VIM, in the order in which a listing is read: what is referred to, first."""

from typing import Any

from reconciler.resources.openstack.existing import EXISTING
from reconciler.resources.openstack.flavor import FlavorKind
from reconciler.resources.openstack.floating_ip import FloatingIpKind
from reconciler.resources.openstack.image import ImageKind
from reconciler.resources.openstack.keypair import KeypairKind
from reconciler.resources.openstack.kind import Kind
from reconciler.resources.openstack.network import NetworkKind
from reconciler.resources.openstack.port import PortKind
from reconciler.resources.openstack.qos_policy import QosPolicyKind
from reconciler.resources.openstack.qos_rule import QOS_RULES
from reconciler.resources.openstack.router import RouterKind
from reconciler.resources.openstack.router_interface import RouterInterfaceKind
from reconciler.resources.openstack.router_routes import RouterRoutesKind
from reconciler.resources.openstack.security_group import SecurityGroupKind
from reconciler.resources.openstack.security_group_rule import SecurityGroupRuleKind
from reconciler.resources.openstack.server import ServerKind
from reconciler.resources.openstack.server_group import ServerGroupKind
from reconciler.resources.openstack.subnet import SubnetKind
from reconciler.resources.openstack.trunk import TrunkKind
from reconciler.resources.openstack.volume import VolumeKind
from reconciler.resources.openstack.volume_attachment import VolumeAttachmentKind

KINDS: tuple[Kind[Any], ...] = (
    QosPolicyKind(),
    *QOS_RULES,
    NetworkKind(),
    SubnetKind(),
    RouterKind(),
    RouterInterfaceKind(),
    RouterRoutesKind(),
    SecurityGroupKind(),
    SecurityGroupRuleKind(),
    PortKind(),
    TrunkKind(),
    FloatingIpKind(),
    ServerGroupKind(),
    KeypairKind(),
    FlavorKind(),
    ImageKind(),
    VolumeKind(),
    ServerKind(),
    VolumeAttachmentKind(),
)

KIND_NAMES = tuple(sorted(kind.name for kind in KINDS))

__all__ = ["EXISTING", "KINDS", "KIND_NAMES"]
