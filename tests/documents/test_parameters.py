"""Parameters: what a descriptor leaves open and a service fills in, and every way in which the two don't fit."""

from collections.abc import Mapping

import pytest

from reconciler.documents import Library
from reconciler.documents.checking.templates import fill, filled_size
from reconciler.model import Key, Opaque
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, catalog_of, changed, problems_of

DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: router}
spec:
  parameters:
    - {name: hostname, type: string, pattern: "[a-z][a-z0-9-]*"}
    - {name: dns, type: address, default: 10.0.0.53}
    - {name: mtu, type: integer, minimum: 1280, maximum: 9000, default: 1500}
    - {name: nat, type: boolean, default: true}
    - {name: lan, type: cidr, default: 10.8.0.0/24}
    - {name: weight, type: number, default: 0.5}
    - {name: role, type: string, enum: [active, standby], default: active}
  vdus:
    - name: vm
      image: debian-12
      flavor: m1.small
      metadata: {role: "{{ role }}/{{hostname}}"}
      userData: {file: init.yaml}
"""
INIT = """\
#cloud-config
hostname: {{ hostname }}
write_files:
  - content: "{{ dns }} {{mtu}} {{nat}} {{  lan  }} {{ weight }}"
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  vim: paris
  vnfs:
    - name: r1
      descriptor: router
      parameters: {hostname: r1}
"""
REPOSITORY: dict[str, str | bytes] = {
    "vim.yaml": "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n",
    "vnfd/router.yaml": DESCRIPTOR,
    "vnfd/init.yaml": INIT,
    "edge.yaml": SERVICE,
}


def server(texts: Mapping[str, str | bytes], library: Library | None = None) -> ServerSpec:
    catalog = library.catalog(Commit(texts)) if library else catalog_of(texts)
    spec = catalog.desired["paris"][Key("paris", "server", "edge/r1/vm-0")].spec
    assert isinstance(spec, ServerSpec)
    return spec


def user_data(texts: Mapping[str, str | bytes]) -> str:
    opaque = server(texts).user_data
    assert opaque is not None
    assert opaque == Opaque.of(opaque.content or "")
    return opaque.content or ""


def given(values: str) -> dict[str, str | bytes]:
    return changed(REPOSITORY, "edge.yaml", "{hostname: r1}", values)


def declared(old: str, new: str) -> list[str]:
    return problems_of(changed(REPOSITORY, "vnfd/router.yaml", old, new))


def with_init(text: str) -> list[str]:
    return problems_of({**REPOSITORY, "vnfd/init.yaml": text})


# --------------------------------------------------------------------------- filling in


def test_values_and_defaults_replace_their_placeholders() -> None:
    assert user_data(REPOSITORY) == (
        '#cloud-config\nhostname: r1\nwrite_files:\n  - content: "10.0.0.53 1500 true 10.8.0.0/24 0.5"\n'
    )
    values = "{hostname: b2, dns: '2001:db8::53', mtu: 9000, nat: false, lan: 2001:db8::/64, weight: 2, role: standby}"
    assert 'content: "2001:db8::53 9000 false 2001:db8::/64 2"' in user_data(given(values))
    assert server(given(values)).metadata == (("role", "standby/b2"),)


def test_inline_user_data_is_filled_as_well() -> None:
    inline = '{inline: "{{ hostname }} {{ dns }} {{ mtu }} {{ nat }} {{ lan }} {{ weight }}"}'
    texts = changed(REPOSITORY, "vnfd/router.yaml", "{file: init.yaml}", inline)
    del texts["vnfd/init.yaml"]
    assert user_data(texts) == "r1 10.0.0.53 1500 true 10.8.0.0/24 0.5"


def test_what_looks_like_a_placeholder_in_a_value_is_text() -> None:
    texts = changed(given("{hostname: '{{ dns }}'}"), "vnfd/router.yaml", ', pattern: "[a-z][a-z0-9-]*"', "")
    assert "hostname: {{ dns }}\n" in user_data(texts)


@pytest.mark.parametrize("escape", ["{{ '{{' }}", '{{"{{"}}', "{{\t'{{' }}"])
def test_an_escape_is_literal_braces(escape: str) -> None:
    text = f"{INIT}{escape} dns }}}} {escape}{escape}{{{{ dns }}}} {escape}\n"
    assert with_init(text) == []
    filled = user_data({**REPOSITORY, "vnfd/init.yaml": text})
    assert filled.splitlines()[-1] == "{{ dns }} {{{{10.0.0.53 {{"


def test_metadata_may_hold_escapes() -> None:
    texts = changed(REPOSITORY, "vnfd/router.yaml", '"{{ role }}/{{hostname}}"', """'{{ role }}/{{ "{{" }} x }}'""")
    assert server(texts).metadata == (("role", "active/{{ x }}"),)


def test_an_escape_uses_no_parameter() -> None:
    (reported,) = with_init(INIT.replace("{{mtu}}", "{{ '{{' }} mtu }}"))
    assert "parameter 'mtu' is used nowhere" in reported


@pytest.mark.parametrize("text", ["{{ '{{\" }}", "{{ '{' }}", "{{ '}}' }}", "{{ '{{' ~ dns }}"])
def test_what_is_no_escape_is_no_placeholder_either(text: str) -> None:
    assert "is no placeholder" in with_init(f"{INIT}{text}\n")[0]


def test_an_escape_is_measured_as_what_it_becomes() -> None:
    text = "{{ '{{' }} dns }} {{ dns }} {{\"{{\"}}"
    assert filled_size(text, {"dns": "10.0.0.53"}) == len(fill(text, {"dns": "10.0.0.53"})) == 22


def test_a_descriptor_without_parameters_holds_no_templates() -> None:
    head, _, rest = DESCRIPTOR.partition("  parameters:\n")
    plain = head + rest[rest.index("  vdus:") :]
    texts = {
        **REPOSITORY,
        "vnfd/router.yaml": plain,
        "edge.yaml": SERVICE.replace("      parameters: {hostname: r1}\n", ""),
    }
    jinja = "## template: jinja\nhostname: {{ v1.local_hostname | upper }} {{\n"
    assert user_data({**texts, "vnfd/init.yaml": jinja}) == jinja
    assert server(texts).metadata == (("role", "{{ role }}/{{hostname}}"),)


def test_two_vnfs_of_a_descriptor_have_values_of_their_own() -> None:
    second = "    - {name: r2, descriptor: router, parameters: {hostname: r2}}\n"
    desired = catalog_of({**REPOSITORY, "edge.yaml": SERVICE + second}).desired["paris"]
    specs = [desired[Key("paris", "server", f"edge/{name}/vm-0")].spec for name in ("r1", "r2")]
    contents = [spec.user_data.content or "" for spec in specs if isinstance(spec, ServerSpec) and spec.user_data]
    assert [text.splitlines()[1] for text in contents] == ["hostname: r1", "hostname: r2"]


def test_a_value_that_changes_is_followed_in_the_next_commit() -> None:
    library = Library(TARGET_TYPES)
    before = server(REPOSITORY, library).user_data
    assert server(given("{hostname: r9}"), library).user_data != before
    assert server(REPOSITORY, library).user_data == before


# --------------------------------------------------------------------------- values of a service


@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        ("{hostname: R1}", 30, "parameter 'hostname' must match '[a-z][a-z0-9-]*'; found the text 'R1'"),
        ("{hostname: 7}", 30, "parameter 'hostname' must be text; found the number 7"),
        ("{hostname: a, mtu: 1.5}", 38, "parameter 'mtu' must be a whole number; found the number 1.5"),
        ("{hostname: a, mtu: true}", 38, "parameter 'mtu' must be a whole number; found true"),
        ("{hostname: a, mtu: 68}", 38, "parameter 'mtu' must be at least 1280; found 68"),
        ("{hostname: a, mtu: 9001}", 38, "parameter 'mtu' must be at most 9000; found 9001"),
        ("{hostname: a, nat: yes}", 38, "parameter 'nat' must be true or false; found the text 'yes'"),
        (
            "{hostname: a, dns: 10.0.0}",
            38,
            "parameter 'dns' must be an IP address such as 10.8.0.10; found the text '10.0.0'",
        ),
        (
            "{hostname: a, lan: 10.8.0.1}",
            38,
            "parameter 'lan' must be a network such as 10.8.0.0/24; found the text '10.8.0.1'",
        ),
        ("{hostname: a, weight: high}", 41, "parameter 'weight' must be a number; found the text 'high'"),
        ("{hostname: a, role: spare}", 39, "parameter 'role' must be one of active, standby; found the text 'spare'"),
    ],
)
def test_a_value_that_its_parameter_does_not_take(values: str, column: int, message: str) -> None:
    assert problems_of(given(values)) == [f"edge.yaml:9:{column}: {message}"]


def test_a_value_that_is_no_scalar() -> None:
    assert problems_of(given("{hostname: [a]}")) == [
        (
            "edge.yaml:9:30: wrong type in spec.vnfs[0].parameters.hostname: "
            "expected text, a number, true or false, or a mapping, found a list"
        )
    ]


def test_a_value_without_a_parameter() -> None:
    assert problems_of(given("{hostnane: r1, hostname: r1}")) == [
        "edge.yaml:9:20: unknown parameter 'hostnane' (did you mean 'hostname'?)"
    ]


def test_a_parameter_without_a_value() -> None:
    assert problems_of(given("{mtu: 1500}")) == [
        "edge.yaml:9:7: VNF 'r1' gives no value for parameter 'hostname' (add 'hostname: VALUE' (text) to parameters)"
    ]
    assert problems_of(changed(REPOSITORY, "edge.yaml", "      parameters: {hostname: r1}\n", "")) == [
        "edge.yaml:7:7: VNF 'r1' gives no value for parameter 'hostname' (add 'hostname: VALUE' (text) to parameters)"
    ]


def test_values_that_make_user_data_or_metadata_too_large() -> None:
    free = changed(REPOSITORY, "vnfd/router.yaml", ', pattern: "[a-z][a-z0-9-]*"', "")
    assert problems_of(changed(free, "edge.yaml", "{hostname: r1}", "{hostname: '" + "é" * 25_000 + "'}")) == [
        "edge.yaml:9:7: with these values metadata 'role' of VDU 'vm' has 25007 characters (at most 255 fit)",
        "edge.yaml:9:7: with these values the user data of VDU 'vm' has 50,089 bytes (at most 49,149 are allowed)",
    ]


# --------------------------------------------------------------------------- templates of a descriptor


def test_an_unknown_parameter_in_a_user_data_file() -> None:
    assert with_init(INIT.replace("{{ dns", "{{ hostnme }} {{ dns")) == [
        "vnfd/init.yaml:4:15: unknown parameter 'hostnme' (did you mean 'hostname'?)"
    ]


def test_an_unknown_parameter_in_metadata_and_inline() -> None:
    assert declared("{{hostname}}", "{{hostnam}}") == [
        "vnfd/router.yaml:17:24: unknown parameter 'hostnam' (did you mean 'hostname'?)"
    ]
    inline = '{inline: "{{ hostname }} {{ dns }} {{ mtu }} {{ nat }} {{ lan }}\\n{{ weigth }} {{ weight }}"}'
    texts = changed(REPOSITORY, "vnfd/router.yaml", "{file: init.yaml}", inline)
    del texts["vnfd/init.yaml"]
    assert problems_of(texts) == [
        "vnfd/router.yaml:18:26: unknown parameter 'weigth' in line 2 of the text (did you mean 'weight'?)"
    ]


@pytest.mark.parametrize("text", ["{{ dns | upper }}", "{{ 1 + 1 }}", "{{ Dns }}", "{{}}", "{{ dns }", "{{{ dns }}}"])
def test_braces_that_are_no_placeholder(text: str) -> None:
    (reported,) = with_init(f"{INIT}{text}\n")
    assert reported.startswith("vnfd/init.yaml:5:1: '{{")
    assert reported.endswith(
        "is no placeholder ('{{ name }}' is a parameter, and there is no more; {{ '{{' }} is '{{' itself)"
    )


def test_a_file_of_two_vdus_is_complained_about_once() -> None:
    both = REPOSITORY["vnfd/router.yaml"]
    assert isinstance(both, str)
    second = "    - {name: vm2, image: debian-12, flavor: m1.small, userData: {file: init.yaml}}\n"
    assert problems_of({**REPOSITORY, "vnfd/router.yaml": both + second, "vnfd/init.yaml": INIT + "{{ x }}"}) == [
        (
            "vnfd/init.yaml:5:1: unknown parameter 'x' "
            "(there is dns, hostname, lan, mtu, nat, role, weight; {{ '{{' }} is '{{' itself)"
        )
    ]


def test_a_parameter_that_nothing_uses() -> None:
    assert with_init(INIT.replace(" {{mtu}}", "")) == [
        (
            "vnfd/router.yaml:8:14: parameter 'mtu' is used nowhere "
            "(write {{ mtu }} in user data, metadata or a host name, or remove it)"
        )
    ]


def test_a_file_that_changes_is_judged_again_with_the_same_descriptor() -> None:
    library = Library(TARGET_TYPES)
    assert problems_of(REPOSITORY, library) == []
    wrong = {**REPOSITORY, "vnfd/init.yaml": INIT + "{{ x }}"}
    assert len(problems_of(wrong, library)) == 1
    assert problems_of(REPOSITORY, library) == []


# --------------------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("default: 1500", "default: 1", "8:73: parameter 'mtu' must be at least 1280; found 1"),
        ("default: true", "default: 1", "9:43: parameter 'nat' must be true or false; found the number 1"),
        ("[active, standby]", "[active, 2]", "12:49: parameter 'role' must be text; found the number 2"),
        ("default: active", "default: idle", "12:68: parameter 'role' must be one of active, standby"),
        ("minimum: 1280", "minimum: 9001", "8:43: minimum 9001 is above maximum 9000 (exchange them)"),
        ("minimum: 1280", "pattern: x", "8:25: wrong value in spec.parameters[2].type: 'pattern' goes with"),
        ("type: address,", "type: address, minimum: 1,", "7:25: wrong value in spec.parameters[1].type: 'minimum'"),
        ("name: dns", "name: hostname", "7:14: parameter 'hostname' is there twice (the first is in line 6)"),
    ],
)
def test_a_declaration_that_does_not_hold_together(old: str, new: str, reported: str) -> None:
    assert any(one.startswith(f"vnfd/router.yaml:{reported}") for one in declared(old, new)), declared(old, new)


def test_a_pattern_that_is_none() -> None:
    (reported,) = declared("[a-z][a-z0-9-]*", "[a-z")
    assert reported.startswith("vnfd/router.yaml:6:47: '[a-z' is no regular expression")


def test_a_pattern_made_to_take_without_end_does_not() -> None:
    texts = changed(given("{hostname: " + "a" * 60 + "}"), "vnfd/router.yaml", "[a-z][a-z0-9-]*", "(?=a)(a+)+b")
    assert [reported.partition(":9:")[0] for reported in problems_of(texts)] == ["edge.yaml"]
