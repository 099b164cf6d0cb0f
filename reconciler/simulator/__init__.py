"""OpenStack clouds in one process, spoken to over HTTP: Keystone, Neutron, Nova and Glance with time and faults.

It imports nothing of the rest of the reconciler: it is a cloud. Every user's password is `secret`.
"""

from .identity import PASSWORD
from .settings import CloudSettings
from .simulator import Simulator

__all__ = ["PASSWORD", "CloudSettings", "Simulator"]
