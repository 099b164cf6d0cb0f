"""docs/rights.md against the driver's list of what it asks."""

import re

import pytest

from reconciler.targets.openstack.doctor.rights import FURTHER, RIGHTS
from scripts.rights_tables import FILE, TABLES, written


def test_the_tables_are_those_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run `make docs`"


def test_every_request_is_in_a_table() -> None:
    assert [right for rights in TABLES.values() for right in rights] == [*RIGHTS, *FURTHER]
    assert len(re.findall(r"^\| (?:\S+ )?(?:GET|POST|PUT|PATCH|DELETE) `", written(), re.MULTILINE)) == len(
        RIGHTS
    ) + len(FURTHER)


@pytest.mark.parametrize("rule", ["create_port", "os_compute_api:servers:create", "add_image", "volume:create"])
def test_a_rule_is_written_as_in_a_policy_file(rule: str) -> None:
    assert f"`{rule}`" in FILE.read_text(encoding="utf-8")
