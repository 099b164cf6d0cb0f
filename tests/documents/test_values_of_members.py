"""Values that differ from site to site: in Vims, as numbers too, and defaults for those that say nothing."""

import pytest

from reconciler.documents import Library
from reconciler.documents.choosing.placeholders import with_defaults
from reconciler.model import InputLimits
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import catalog_of, changed, problems_of

VIMS = """\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris, labels: {env: prod, webs: "3"}}
spec: {type: openstack, values: {mtu: 1300, lan: {cidr: 10.1.0.0/24}}}
---
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: lyon, labels: {env: prod, webs: "1"}}
spec: {type: openstack, values: {lan: {cidr: 10.2.0.0/24}}}
"""
FLEET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: edge}
spec:
  generator: {vims: {selector: {env: prod}}}
  defaults: {mtu: 1400, lan: {dns: [9.9.9.9]}}
  template:
    metadata: {name: "edge-{{ vim.name }}"}
    spec:
      vim: "{{ vim.name }}"
      virtualLinks:
        - {name: lan, cidr: "{{ vim.values.lan.cidr }}", mtu: "{{ vim.values.mtu }}"}
"""
REPOSITORY: dict[str, str | bytes] = {"vims.yaml": VIMS, "fleet.yaml": FLEET}


def mtus(repository: dict[str, str | bytes]) -> dict[str, int | None]:
    return {
        target: spec.mtu
        for target, desired in catalog_of(repository).desired.items()
        for one in desired.values()
        if isinstance(spec := one.spec, NetworkSpec)
    }


def test_a_number_of_a_vim_stays_a_number_and_the_default_is_for_the_others() -> None:
    assert mtus(REPOSITORY) == {"paris": 1300, "lyon": 1400}


def test_rows_take_defaults_as_vims_do() -> None:
    rows = changed(
        REPOSITORY, "fleet.yaml", "{vims: {selector: {env: prod}}}", "{list: [{name: paris, mtu: 1200}, {name: lyon}]}"
    )
    rows = changed(rows, "fleet.yaml", "vim.values.lan.cidr", "row.lan.cidr")
    rows = changed(rows, "fleet.yaml", "lan: {dns: [9.9.9.9]}", "lan: {cidr: 10.3.0.0/24}")
    text = str(rows["fleet.yaml"]).replace("vim.values", "row").replace("vim.name", "row.name")
    assert mtus({**rows, "fleet.yaml": text}) == {"paris": 1200, "lyon": 1400}


def test_mappings_are_merged_key_by_key_and_all_else_is_taken_whole() -> None:
    defaults = {"a": 1, "m": {"x": 1, "deep": {"p": 1, "q": [1, 2]}}, "l": [1, 2], "s": {"k": 1}}
    given = {"m": {"deep": {"q": [3]}, "y": 2}, "l": [9], "s": "text", "new": {"n": 1}}
    assert with_defaults(defaults, given) == {
        "a": 1,
        "m": {"x": 1, "deep": {"p": 1, "q": [3]}, "y": 2},
        "l": [9],
        "s": "text",
        "new": {"n": 1},
    }
    assert defaults["m"] == {"x": 1, "deep": {"p": 1, "q": [1, 2]}}


def test_a_value_that_neither_the_vim_nor_the_set_gives_is_reported_with_those_that_are_there() -> None:
    [reported] = problems_of(changed(REPOSITORY, "fleet.yaml", "vim.values.mtu", "vim.values.mut"))
    assert reported == (
        "fleet.yaml:12:63: unknown placeholder '{{ vim.values.mut }}', for 'lyon' and 1 more "
        "(did you mean 'vim.values.mtu'?)"
    )


@pytest.mark.parametrize("written", ["{{ vim.labels.webs }}", "{{vim.labels.webs}}"])
def test_a_label_where_a_number_is_needed_says_where_numbers_can_be_given(written: str) -> None:
    [reported] = problems_of(changed(REPOSITORY, "fleet.yaml", "{{ vim.values.mtu }}", written))
    assert reported.startswith("fleet.yaml:12:63: ")
    assert reported.endswith("(labels are text: give it in 'values' of the Vim, and write '{{ vim.values.webs }}')")


def test_a_number_in_quotes_is_still_asked_to_lose_them() -> None:
    [reported] = problems_of(changed(REPOSITORY, "fleet.yaml", "{{ vim.values.mtu }}", "1400"))
    assert reported.endswith("(write it without quotes)")


def test_defaults_count_once_for_each_member_before_one_is_made() -> None:
    many = ", ".join(f"value-number-{number}: {number}" for number in range(2_000))
    rows = ", ".join(f"{{name: r{number}}}" for number in range(2_000))
    text = FLEET.replace("{vims: {selector: {env: prod}}}", f"{{list: [{rows}]}}").replace(
        "mtu: 1400, ", f"mtu: 1400, {many}, "
    )
    library = Library(TARGET_TYPES, limits=InputLimits(bytes=10_000_000))
    [reported] = problems_of({"vims.yaml": VIMS, "fleet.yaml": text}, library)
    assert "the members of the set would have about " in reported
