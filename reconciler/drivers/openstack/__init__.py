"""The driver for OpenStack VIMs.

connection   a session with one cloud: login, budget, counting
listing      all pages of a collection, or an error
looking      raw listings -> World
driver       the Driver: look and carry out
errors       what a refusal means
"""

from reconciler.drivers.openstack.connection import Clouds
from reconciler.drivers.openstack.driver import OpenStackDriver, connect

__all__ = ["Clouds", "OpenStackDriver", "connect"]
