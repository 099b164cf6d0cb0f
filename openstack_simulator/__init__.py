"""OpenStack clouds in one process, spoken to over HTTP: Keystone, Neutron, Nova and Glance with time and faults.

It is a cloud, so it imports nothing of Magi. Every user's password is `secret`.
"""

from openstack_simulator.identity import PASSWORD
from openstack_simulator.settings import CloudSettings
from openstack_simulator.simulator import Simulator

__all__ = ["PASSWORD", "CloudSettings", "Simulator"]
