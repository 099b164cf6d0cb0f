"""A NetworkServiceSet: a service for each Vim or row, with the values put in, and errors at its own lines."""

import pytest

from reconciler.documents import Library
from reconciler.model import Catalog, Key
from reconciler.targets.openstack.kinds.network import NetworkSpec
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, Env, catalog_of, changed, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: %s, spec: {type: openstack}}\n"
VIMS = "---\n".join(
    VIM % metadata
    for metadata in (
        "{name: paris, labels: {tier: edge, site: north}}",
        "{name: lyon, labels: {tier: edge, site: south}}",
        "{name: core}",
    )
)
BY_VIM = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: edge}
spec:
  generator: {vims: {selector: {tier: edge}}}
  template:
    metadata:
      name: "edge-{{ vim.name }}"
      labels: {site: "{{ vim.labels.site }}"}
    spec:
      vim: "{{vim.name}}"
      virtualLinks:
        - {name: lan, cidr: 10.8.0.0/24}
"""
BY_ROW = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: fleet}
spec:
  generator:
    list:
      - {name: a, vim: paris, mtu: 1400, nets: {front: 10.1.0.0/24}}
      - {name: b, vim: lyon, mtu: 1300, nets: {front: 10.2.0.0/24}}
      - {name: c, vim: lyon, mtu: 1300, nets: {front: 10.3.0.0/24}}
  template:
    metadata: {name: "site-{{ row.name }}"}
    spec:
      vim: "{{ row.vim }}"
      virtualLinks:
        - name: lan
          mtu: "{{ row.mtu }}"
          cidr: "{{ row.nets.front }}"
"""
REPOSITORY: dict[str, str | bytes] = {"vims.yaml": VIMS, "edge.yaml": BY_VIM, "fleet.yaml": BY_ROW}


def in_vims(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "edge.yaml", old, new))


def in_rows(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "fleet.yaml", old, new))


def rolled(text: str) -> Catalog:
    return catalog_of(changed(REPOSITORY, "fleet.yaml", "  template:", f"  rollout: {text}\n  template:"))


def test_a_set_makes_a_service_for_every_vim_that_its_selector_matches() -> None:
    services = catalog_of(REPOSITORY).services
    assert {name: info.targets for name, info in services.items() if name.startswith("edge")} == {
        "edge-lyon": ("lyon",),
        "edge-paris": ("paris",),
    }
    assert services["edge-lyon"].labels == (("site", "south"),)
    assert str(services["edge-lyon"].place) == "edge.yaml:8"


def test_a_set_makes_a_service_for_every_row_and_values_keep_their_types() -> None:
    desired = catalog_of(REPOSITORY).desired
    spec = desired["lyon"][Key("lyon", "network", "site-b/lan")].spec
    assert isinstance(spec, NetworkSpec)
    assert spec.mtu == 1300
    assert Key("paris", "subnet", "site-a/lan/ipv4") in desired["paris"]


def test_an_unknown_placeholder_is_reported_once_with_its_place() -> None:
    assert in_vims("vim.labels.site", "vim.labels.sit") == [
        (
            "edge.yaml:9:22: unknown placeholder '{{ vim.labels.sit }}', for 'lyon' and 1 more "
            "(did you mean 'vim.labels.site'?)"
        )
    ]
    (problem,) = in_rows("mtu: 1400, ", "")
    assert problem.startswith("fleet.yaml:16:16: unknown placeholder '{{ row.mtu }}', for 'a' (")


@pytest.mark.parametrize(
    ("written", "reported"),
    [
        ("x{{ vim.name", "'{{' begins no placeholder, for 'lyon' and 1 more (write it as '{{ vim.name }}')"),
        (
            "x{{ vim.labels }}",
            "'{{ vim.labels }}' is no text or number and can't be used within one, for 'lyon' and 1 more",
        ),
        ("{{ row.name }}", "unknown placeholder '{{ row.name }}', for 'lyon' and 1 more (did you mean 'vim.name'?)"),
    ],
)
def test_what_is_no_placeholder(written: str, reported: str) -> None:
    (problem,) = in_vims("{{vim.name}}", written)
    assert problem.startswith(f"edge.yaml:11:12: {reported}")


def test_what_is_wrong_with_members_is_reported_at_the_line_of_the_template() -> None:
    assert in_rows('mtu: "{{ row.mtu }}"', 'mtu: "{{ row.name }}"') == [
        (
            "fleet.yaml:16:16: wrong type in spec.virtualLinks[0].mtu: expected a whole number, found the text 'a', "
            "for 'a' and 2 more"
        )
    ]
    assert in_rows("vim: paris", "vim: pariss") == [
        "fleet.yaml:13:12: unknown VIM 'pariss', for 'site-a' (did you mean 'paris'?)"
    ]


def test_members_need_names_of_their_own() -> None:
    assert in_rows("site-{{ row.name }}", "site-{{ row.vim }}") == [
        (
            "fleet.yaml:11:22: 'b' and 'c' are both named 'site-lyon', for 'c' "
            "(let the name have a placeholder that is different for each)"
        )
    ]
    assert in_rows("name: b,", "name: a,")[0] == "fleet.yaml:8:16: row 'a' is there twice (the first is in line 7)"
    service = "{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {name: site-a}, spec: {vim: core}}\n"
    assert problems_of({**REPOSITORY, "one.yaml": service}) == [
        "fleet.yaml:11:22: NetworkService 'site-a' is there twice (the first is at one.yaml:1)"
    ]


def test_a_selector_that_matches_nothing_shows_the_labels_that_there_are() -> None:
    assert in_vims("tier: edge", "tier: gold") == [
        "edge.yaml:5:22: the selector matches no Vim (the labels there are: site: north, site: south, tier: edge)"
    ]


def test_a_generator_is_one_of_two() -> None:
    assert in_vims("{vims: {selector: {tier: edge}}}", "{}") == [
        "edge.yaml:5:3: exactly one of 'vims', 'list' is needed in spec.generator; found none of them"
    ]


def test_a_new_vim_makes_a_new_member_and_leaves_the_others() -> None:
    library = Library(TARGET_TYPES)
    before = library.catalog(Commit(REPOSITORY)).desired["lyon"]
    texts = changed(REPOSITORY, "vims.yaml", "{name: core}", "{name: core, labels: {tier: edge, site: core}}")
    after = library.catalog(Commit(texts))
    assert "edge-core" in after.services
    assert after.desired["lyon"] == before


def test_an_unchanged_set_is_not_expanded_again() -> None:
    library = Library(TARGET_TYPES)
    key = Key("lyon", "network", "site-b/lan")
    before = library.catalog(Commit(REPOSITORY)).desired["lyon"][key]
    assert library.catalog(Commit({**REPOSITORY, "note.txt": "x"})).desired["lyon"][key] is before


@pytest.mark.parametrize(
    ("rollout", "waves", "size"),
    [
        ("{}", (("site-a",), ("site-b", "site-c")), None),
        ("{canary: 0, waveSize: 2}", (("site-a", "site-b"), ("site-c",)), 2),
        ("{canary: [site-c], waveSize: 1}", (("site-c",), ("site-a",), ("site-b",)), 1),
    ],
)
def test_a_rollout_has_canaries_and_waves(rollout: str, waves: tuple[tuple[str, ...], ...], size: int | None) -> None:
    assert [(one.waves, one.size) for one in rolled(rollout).rollouts] == [(waves, size)]


def test_a_canary_that_is_no_member() -> None:
    assert in_rows("  template:", "  rollout: {canary: [site-d]}\n  template:") == [
        "fleet.yaml:10:22: unknown member 'site-d' (did you mean 'site-c'?)"
    ]


def test_five_hundred_members_come_out_of_one_document() -> None:
    rows = "".join(f"      - {{name: n{n}, vim: lyon, mtu: 1400, nets: {{front: 10.1.0.0/24}}}}\n" for n in range(500))
    head, _, tail = BY_ROW.partition("      - {name: a")
    text = head + rows + "  template:" + tail.partition("  template:")[2]
    assert len(catalog_of({**REPOSITORY, "fleet.yaml": text}).services) == 502


def test_members_may_have_parameters_and_secrets_of_their_own() -> None:
    """A set leaves the placeholders of a service to its members, and a row may name a secret."""
    descriptor = (
        "{apiVersion: magi/v1alpha1, kind: VnfDescriptor, metadata: {name: app}, spec: {\n"
        "  parameters: [{name: password, type: string, secret: true}],\n"
        '  vdus: [{name: vm, image: i, flavor: f, userData: {inline: "pw {{ password }}"}}]}}\n'
    )
    fleet = """\
apiVersion: magi/v1alpha1
kind: NetworkServiceSet
metadata: {name: fleet}
spec:
  generator: {list: [{name: a, variable: MAGI_SECRET_A}, {name: b, variable: MAGI_SECRET_B}]}
  template:
    metadata: {name: "site-{{ row.name }}"}
    spec:
      vim: core
      parameters: {password: {secretRef: {env: "{{ row.variable }}"}}}
      vnfs: [{name: app, descriptor: app, parameters: {password: "{{ parameters.password }}"}}]
"""
    library = Library(TARGET_TYPES, Env())
    catalog = library.catalog(Commit({"vims.yaml": VIMS, "app.yaml": descriptor, "fleet.yaml": fleet}))
    for row, secret in (("a", "MAGI_SECRET_A"), ("b", "MAGI_SECRET_B")):
        server = catalog.desired["core"][Key("core", "server", f"site-{row}/app/vm-0")].spec
        assert isinstance(server, ServerSpec)
        assert server.user_data is not None
        assert server.user_data.content == f"pw <{secret}>"
    assert not library.is_stale()
