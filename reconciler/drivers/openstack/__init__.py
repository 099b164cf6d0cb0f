"""The driver for OpenStack VIMs.

connection   a session with one cloud: login, budget, counting
listing      all pages of a collection, or an error
looking      raw listings -> World
driver       the Driver: look and carry out
errors       what a refusal means
requirements what is needed of a cloud, and what is used
checkup      a cloud held against that
"""

from reconciler.drivers.openstack.checkup import Finding, Verdict, check
from reconciler.drivers.openstack.connection import Clouds
from reconciler.drivers.openstack.driver import OpenStackDriver, connect

__all__ = ["Clouds", "Finding", "OpenStackDriver", "Verdict", "check", "connect"]
