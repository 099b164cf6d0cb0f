"""The driver for OpenStack VIMs.

clouds       the entries of clouds.yaml, parsed once a change
connection   a session with one cloud: login, budget, counting
listing      all pages of a collection, or an error
looking      raw listings -> World
driver       the Driver: look and carry out
errors       what a refusal means
requirements what is needed of a cloud, and what is used
checkup      a cloud held against that
rights       the policy rules behind every request
least_role   a role that may do that, and no more
"""

from reconciler.drivers.openstack.checkup import Finding, Verdict, check
from reconciler.drivers.openstack.clouds import Clouds
from reconciler.drivers.openstack.driver import OpenStackDriver, connect

__all__ = ["Clouds", "Finding", "OpenStackDriver", "Verdict", "check", "connect"]
