"""docs/compatibility.md and the tests against the table of requirements, in both directions."""

from __future__ import annotations

import json
import re
from pathlib import Path

from openstack_simulator import CloudSettings
from openstack_simulator.settings import as_json
from reconciler.model import Spec
from reconciler.targets.openstack.kinds.declared import Level, OpenStackKind, neutron_extension
from reconciler.targets.openstack.requirements import REQUIREMENTS, collected
from scripts import requirements_table
from tests.compatibility import test_without_extensions, test_without_services
from tests.compatibility.lab import TESTED

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "compatibility.md").read_text(encoding="utf-8")


def test_every_row_has_a_test_and_no_other() -> None:
    assert set(TESTED) == {(row.service, row.name) for row in REQUIREMENTS}
    modules = (test_without_extensions, test_without_services)
    assert all(any(hasattr(module, name) for module in modules) for name in TESTED.values())


def test_every_row_is_there_once() -> None:
    rows = [(row.service, row.name) for row in REQUIREMENTS]
    assert len(set(rows)) == len(rows)


def test_the_documentation_lists_every_row_as_it_is_and_no_other() -> None:
    assert requirements_table.written() == TEXT, "run `make docs`"
    listed = re.findall(r"^\| ([\w-]+) \| `([^`]+)` \| ([\w ]+) \| ([\w ]+) \| (.+) \| (.+) \|$", TEXT, re.MULTILINE)
    assert listed == [
        (row.service, row.name, row.type.value, row.level.value, row.purpose, row.without) for row in REQUIREMENTS
    ]


def test_a_row_of_a_kind_is_behind_the_api_of_its_service_and_the_most_important_first() -> None:
    class Dns(OpenStackKind[Spec]):
        requirements = (
            neutron_extension("dns-zones", "zones", "no zones"),
            neutron_extension("dns-names", "names", "nothing works", level=Level.NEEDED),
        )

    rows = [row.name for row in collected([Dns()]) if row.service == "network"]
    assert rows[:4] == ["v2.0", "dns-names", "standard-attr-description", "dns-zones"]


def test_the_simulator_s_settings_are_listed_with_their_defaults() -> None:
    page = (DOCS / "simulator.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("## Faults")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE))
    expected = {name: json.dumps(value) for name, value in as_json(CloudSettings()).items() if name != "region"}
    assert listed == {name: value.strip('"') for name, value in expected.items()}


def test_links_lead_somewhere() -> None:
    for page in ("compatibility.md", "simulator.md"):
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", (DOCS / page).read_text(encoding="utf-8")):
            assert (DOCS / link).exists(), link
