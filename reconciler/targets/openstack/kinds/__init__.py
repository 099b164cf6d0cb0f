"""All kinds of resources on an OpenStack VIM, in the order in which a listing is read: what is referred to, first."""

from typing import Any

from reconciler.targets.openstack.kinds.address_group import AddressGroupKind
from reconciler.targets.openstack.kinds.declared import OpenStackKind
from reconciler.targets.openstack.kinds.existing import EXISTING
from reconciler.targets.openstack.kinds.flavor import FlavorKind
from reconciler.targets.openstack.kinds.floating_ip import FloatingIpKind
from reconciler.targets.openstack.kinds.image import ImageKind
from reconciler.targets.openstack.kinds.keypair import KeypairKind
from reconciler.targets.openstack.kinds.network import NetworkKind
from reconciler.targets.openstack.kinds.port import PortKind
from reconciler.targets.openstack.kinds.qos_policy import QosPolicyKind
from reconciler.targets.openstack.kinds.qos_rule import QOS_RULES
from reconciler.targets.openstack.kinds.router import RouterKind
from reconciler.targets.openstack.kinds.router_interface import RouterInterfaceKind
from reconciler.targets.openstack.kinds.router_routes import RouterRoutesKind
from reconciler.targets.openstack.kinds.security_group import SecurityGroupKind
from reconciler.targets.openstack.kinds.security_group_rule import SecurityGroupRuleKind
from reconciler.targets.openstack.kinds.server import ServerKind
from reconciler.targets.openstack.kinds.server_group import ServerGroupKind
from reconciler.targets.openstack.kinds.subnet import SubnetKind
from reconciler.targets.openstack.kinds.trunk import TrunkKind
from reconciler.targets.openstack.kinds.volume import VolumeKind
from reconciler.targets.openstack.kinds.volume_attachment import VolumeAttachmentKind

KINDS: tuple[OpenStackKind[Any], ...] = (
    QosPolicyKind(),
    *QOS_RULES,
    NetworkKind(),
    SubnetKind(),
    RouterKind(),
    RouterInterfaceKind(),
    RouterRoutesKind(),
    AddressGroupKind(),
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

__all__ = ["EXISTING", "KINDS"]
