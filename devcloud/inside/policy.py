"""Prints the policy of one service for a role that may do what Magi asks for: SERVICE, FILE of the defaults, ROLE."""

import sys
from pathlib import Path

import yaml

from reconciler.targets.openstack.doctor.least_role import policy_file

service, file, role = sys.argv[1:]
sys.stdout.write(policy_file(service, role, yaml.safe_load(Path(file).read_text())))
