"""What is written for a role that may do what Magi asks for, and no more."""

from __future__ import annotations

import re

import pytest
import yaml

from reconciler.targets.openstack.doctor.least_role import PROJECTS, access_rules, policy_file, rules
from reconciler.targets.openstack.doctor.rights import FURTHER, RIGHTS
from reconciler.targets.openstack.kinds.declared import Role

READ = "volume:get_all"
REFERRED = {
    "admin": "role:admin",
    "reader": "role:admin or (role:reader and project_id:%(project_id)s)",
    "through": "rule:reader or service_roles:service",
    "service": "service_roles:service or not rule:admin",
}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (
            "role:member and project_id:%(project_id)s",
            "(role:member or role:magi) and project_id:%(project_id)s",
        ),
        (
            "rule:admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))",
            "rule:admin or ((role:reader or role:magi) and (project_id:%(project_id)s or 'public':%(visibility)s))",
        ),
        (
            "rule:service or rule:reader",
            "rule:service or (role:admin or ((role:reader or role:magi) and project_id:%(project_id)s))",
        ),
        (
            "(rule:through)",
            "(((role:admin or ((role:reader or role:magi) and project_id:%(project_id)s)) or service_roles:service))",
        ),
        ("role:reader or rule:elsewhere", "(role:reader or role:magi) or rule:elsewhere"),
        ("role:reader or role:readers", "(role:reader or role:magi) or role:readers"),
    ],
)
def test_the_role_may_what_a_member_or_reader_may(now: str, then: str) -> None:
    written = policy_file("cinder", "magi", {READ: now, **REFERRED})
    assert yaml.safe_load(written) == {READ: then}


@pytest.mark.parametrize("now", ["", "@", "!", "rule:admin", "role:manager", "user_id:%(user_id)s", "rule:service"])
def test_what_asks_for_neither_stays_and_is_reported(now: str) -> None:
    written = policy_file("cinder", "magi", {READ: now, **REFERRED})
    assert yaml.safe_load(written) is None
    assert f'# stays: "{READ}": "{now}"\n' in written


def test_a_rule_that_the_service_does_not_know_is_reported() -> None:
    assert f'# not known here: "{READ}"\n' in policy_file("cinder", "magi", {})


def test_it_may_be_made_again_of_what_it_made() -> None:
    once = policy_file("cinder", "magi", {READ: "rule:through", **REFERRED})
    assert policy_file("cinder", "magi", {**REFERRED, **yaml.safe_load(once)}) == once


def test_another_role_is_added_to_the_first() -> None:
    both = policy_file("cinder", "edge", {READ: "(role:reader or role:magi)"})
    assert yaml.safe_load(both) == {READ: "((role:reader or role:edge) or role:magi)"}


def test_the_rules_are_those_of_readers_and_members_in_the_tables() -> None:
    usual = [right for right in (*RIGHTS, *FURTHER) if right.role in {Role.READER, Role.MEMBER}]
    own = {(right.service, rule) for right in usual for rule in (*right.rules, *right.further)}
    behind = {(one.split()[0], one.split()[1]) for right in usual for one in right.behind}
    named = [(service, rule) for service in PROJECTS.values() for rule in rules(service)]
    assert sorted(named) == sorted(own | behind)


@pytest.mark.parametrize(
    ("service", "rule"),
    [
        ("network", "create_network:shared"),
        ("network", "create_policy"),
        ("network", "get_network_ip_availability"),
        ("compute", "os_compute_api:os-flavor-manage:create"),
    ],
)
def test_what_is_for_managers_and_admins_is_not_among_them(service: str, rule: str) -> None:
    assert rule not in rules(service)


def test_each_request_is_one_access_rule_at_the_path_that_it_has_in_a_cloud() -> None:
    found = access_rules()
    assert len({tuple(one.values()) for one in found}) == len(found)
    assert {"service": "compute", "method": "POST", "path": "/v2.1/servers/*/action"} in found
    assert {"service": "block-storage", "method": "GET", "path": "/v3/volumes/detail"} in found
    assert {"service": "network", "method": "PUT", "path": "/v2.0/routers/*/add_router_interface"} in found
    assert not [one for one in found if re.search(r"[{}]|extra_specs", one["path"])]
