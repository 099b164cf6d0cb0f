"""A NetworkServiceTemplate: what services and sets have in common, with the values and fields of each."""

import pytest

from reconciler.documents import Library
from reconciler.model import InputLimits, Key
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, catalog_of, changed, problems_of

VIMS = """\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack, values: {cidr: 10.3.0.0/24}}
"""
TEMPLATE = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceTemplate
metadata: {name: branch}
spec:
  defaults: {mtu: 1400}
  service:
    vim: paris
    virtualLinks:
      - {name: lan, cidr: "{{ values.cidr }}", mtu: "{{ values.mtu }}", dnsDomain: "{{ service.name }}.example.net."}
      - {name: dmz, cidr: 10.9.0.0/24}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: nice}
spec:
  template: branch
  values: {cidr: 10.1.0.0/24}
  virtualLinks:
    - {name: lan, mtu: 1300}
    - {name: extra, cidr: 10.7.0.0/24}
"""
SET = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: edge}
spec:
  generator: {vims: {}}
  template:
    metadata: {name: "edge-{{ vim.name }}"}
    spec: {template: branch, values: {cidr: "{{ vim.values.cidr }}"}}
"""
REPOSITORY: dict[str, str | bytes] = {"v.yaml": VIMS, "t.yaml": TEMPLATE, "s.yaml": SERVICE, "set.yaml": SET}


def network(repository: dict[str, str | bytes], name: str) -> NetworkSpec:
    spec = catalog_of(repository).desired["paris"][Key("paris", "network", name)].spec
    assert isinstance(spec, NetworkSpec)
    return spec


def test_a_service_has_what_its_template_says_and_its_own_fields_over_it() -> None:
    lan = network(REPOSITORY, "nice/lan")
    assert (lan.mtu, lan.dns_domain) == (1300, "nice.example.net.")
    names = sorted(key.name for key in catalog_of(REPOSITORY).desired["paris"] if key.kind == "network")
    assert names == ["edge-paris/dmz", "edge-paris/lan", "nice/dmz", "nice/extra", "nice/lan"]


def test_a_set_gives_a_template_the_values_of_its_members() -> None:
    subnets = {
        key.name: one.spec for key, one in catalog_of(REPOSITORY).desired["paris"].items() if key.kind == "subnet"
    }
    assert {name: getattr(spec, "cidr", None) for name, spec in subnets.items() if "lan" in name} == {
        "edge-paris/lan/ipv4": "10.3.0.0/24",
        "nice/lan/ipv4": "10.1.0.0/24",
    }


def test_each_value_has_the_place_where_it_is_written() -> None:
    places = {key.name: str(one.place) for key, one in catalog_of(REPOSITORY).desired["paris"].items()}
    assert places["nice/dmz"] == "t.yaml:10"
    assert places["nice/lan"] == "t.yaml:9"
    assert places["nice/extra"] == "s.yaml:9"


@pytest.mark.parametrize(
    ("file", "old", "new", "reported"),
    [
        (
            "s.yaml",
            "template: branch",
            "template: brunch",
            "s.yaml:5:13: unknown template 'brunch' (did you mean 'branch'?)",
        ),
        (
            "s.yaml",
            "{cidr: 10.1.0.0/24}",
            "{cidr: 10.1.0.0/24, mtus: 1}",
            "s.yaml:6:31: template 'branch' has no value 'mtus', for 'nice' (did you mean 'mtu'?)",
        ),
        (
            "s.yaml",
            "  values: {cidr: 10.1.0.0/24}\n",
            "",
            "s.yaml:5:3: template 'branch' needs a value for 'cidr', for 'nice' (add it to 'values')",
        ),
        (
            "t.yaml",
            "{{ service.name }}",
            "{{ service.nam }}",
            (
                "t.yaml:9:84: unknown placeholder '{{ service.nam }}', for 'nice' and 1 more "
                "(did you mean 'service.name'?)"
            ),
        ),
        (
            "t.yaml",
            "cidr: 10.9.0.0/24",
            "cider: 10.9.0.0/24",
            (
                "t.yaml:10:21: unknown field 'cider' in spec.virtualLinks[1], for 'nice' and 1 more "
                "(did you mean 'cidr'?)"
            ),
        ),
        (
            "t.yaml",
            "    vim: paris\n",
            "    vim: paris\n    template: other\n",
            "t.yaml:8:5: a template can't be made from another one, for 'nice' and 1 more (write its fields out)",
        ),
        (
            "t.yaml",
            "10.9.0.0/24",
            "10.9.0.1/24",
            "t.yaml:10:27: '10.9.0.1/24' has host bits set, for 'nice' and 1 more (did you mean '10.9.0.0/24'?)",
        ),
    ],
)
def test_what_is_wrong_is_reported_where_it_is_written(file: str, old: str, new: str, reported: str) -> None:
    assert problems_of(changed(REPOSITORY, file, old, new))[0] == reported


def test_a_service_that_could_not_be_made_gives_no_further_problems() -> None:
    second = SERVICE.replace("nice", "lyon").replace("10.1.0.0/24", "10.2.0.0/24") + "  vnfs: []\n"
    repository = changed(REPOSITORY, "t.yaml", "defaults: {mtu: 1400}", "default: {mtu: 1400}")
    assert len(problems_of({**repository, "second.yaml": second})) == 1


def test_what_is_unchanged_is_not_made_again_and_a_change_of_the_template_is_one_of_all() -> None:
    library = Library(TARGET_TYPES)
    before = library.catalog(Commit(REPOSITORY))
    again = library.catalog(Commit({**REPOSITORY, "other.yaml": VIMS.replace("paris", "lyon").replace("10.3", "10.4")}))
    lan = Key("paris", "network", "nice/lan")
    assert again.desired["paris"][lan] is before.desired["paris"][lan]
    changed_template = library.catalog(Commit(changed(REPOSITORY, "t.yaml", "mtu: 1400", "mtu: 1200")))
    spec = changed_template.desired["paris"][Key("paris", "network", "edge-paris/lan")].spec
    assert isinstance(spec, NetworkSpec)
    assert spec.mtu == 1200


def test_a_large_template_is_not_filled_for_a_thousand_services() -> None:
    links = "".join(f"      - {{name: l{number}, cidr: 10.8.0.0/24}}\n" for number in range(5_000))
    services = "---\n".join(SERVICE.replace("nice", f"s{number}") for number in range(1_000))
    library = Library(TARGET_TYPES, limits=InputLimits(bytes=5_000_000))
    [reported] = problems_of({"v.yaml": VIMS, "t.yaml": TEMPLATE + links, "s.yaml": services}, library)
    assert reported.startswith("s.yaml:")
    assert "with its template, the service would have about " in reported
