"""A document against its schema: everything wrong is reported, at its place, in words."""

from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings, strategies as st

from reconciler.documents.reading.loader import load
from reconciler.documents.reading.schema import validate
from reconciler.documents.reading.schema_exact import _exact
from reconciler.documents.reading.schema_files import API_VERSION, KINDS, schema_of
from reconciler.documents.reading.schema_messages import MAX_PROBLEMS
from reconciler.text.suggestion import suggest

HEAD = {
    "Vim": "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: x}, spec: {type: openstack,\n",
    "VnfDescriptor": "{apiVersion: magi/v1alpha1, kind: VnfDescriptor, metadata: {name: x}, spec: {\n",
    "NetworkService": "{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {name: x}, spec: {\n",
    "Policy": "{apiVersion: magi/v1alpha1, kind: Policy, metadata: {name: x}, spec: {\n",
}


def complaints(text: str) -> list[str]:
    loaded = load(text.encode(), "f")
    assert loaded.problems == ()
    return [str(problem) for document in loaded.documents for problem in validate(document)]


def spec_complaints(kind: str, text: str) -> list[str]:
    """Complaints about a piece of spec in flow style that begins in line 2, column 1."""
    return complaints(HEAD[kind] + text + "}}")


def interface(text: str) -> list[str]:
    return spec_complaints(
        "VnfDescriptor", f"vdus: [{{name: a, image: i, flavor: f, interfaces: [\n{{name: e, {text}}}]}}]"
    )


def rule(text: str) -> list[str]:
    vdus = "vdus: [{name: a, image: i, flavor: f}]"
    return spec_complaints("VnfDescriptor", f"{vdus}, securityGroups: [{{name: g, rules: [\n{{{text}}}]}}]")


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_the_schemas_are_valid_documents(kind: str) -> None:
    for example in schema_of(kind)["examples"]:
        assert complaints(yaml.safe_dump(example)) == []


def test_a_misspelt_field_is_reported_once_with_what_was_meant() -> None:
    said = spec_complaints("VnfDescriptor", "vdus: [{name: a, imgae: x, flavor: f}]")
    assert said == ["f:2:18: unknown field 'imgae' in spec.vdus[0] (did you mean 'image'?)"]


def test_an_unknown_field_without_a_near_miss_names_the_fields_there_are() -> None:
    (said,) = spec_complaints("Vim", "zzz: 1")
    fields = "type, cloud, region, externalNetwork, images, flavors, makeFlavors, suspend, values, api"
    assert said == f"f:2:1: unknown field 'zzz' in spec (the fields here are {fields})"


def test_a_typo_and_a_missing_field_are_both_reported() -> None:
    said = spec_complaints("VnfDescriptor", "vdus: [{name: a, imgae: x}]")
    assert said == [
        "f:2:8: exactly one of 'flavor', 'sizing' is needed in spec.vdus[0]; found none of them",
        "f:2:18: unknown field 'imgae' in spec.vdus[0] (did you mean 'image'?)",
    ]


def test_all_problems_are_reported_sorted_by_place() -> None:
    said = spec_complaints("NetworkService", "vim: 1,\nvnfs: [{name: A}],\nvirtualLinks: {}")
    assert [line.split(": ")[0] for line in said] == ["f:2:6", "f:3:8", "f:3:15", "f:4:15"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("count: two", "expected a whole number, found the text 'two'"),
        ("count: 010", "expected a whole number, found the text '010' (write it without leading zeros)"),
        ("count: '3'", "expected a whole number, found the text '3' (write it without quotes)"),
        ("count: 1.5", "expected a whole number, found the number 1.5"),
        ("count: true", "expected a whole number, found true"),
        ("count: ", "expected a whole number, found nothing (give it a value, or remove the line)"),
        ("description: 1.5", "expected text, found the number 1.5 (put it in quotes)"),
        ("description: true", "expected text, found true (put it in quotes)"),
        ("interfaces: eth0", "expected a list, found the text 'eth0' (begin each entry with '- ')"),
        (
            "userData: x",
            "expected a mapping, found the text 'x' (write 'field: value' in lines of their own, indented)",
        ),
        (
            "interfaces: [{name: e, virtualLink: v, portSecurity: no}]",
            "expected true or false, found the text 'no' (write false)",
        ),
        (
            "interfaces: [{name: e, virtualLink: v, portSecurity: 'true'}]",
            "found the text 'true' (write it without quotes)",
        ),
    ],
)
def test_a_wrong_type_says_what_is_expected_what_was_found_and_what_would_do(text: str, said: str) -> None:
    (reported,) = spec_complaints("VnfDescriptor", "vdus: [{name: a, image: i, flavor: f,\n" + text + "}]")
    assert "wrong type in spec.vdus[0]." in reported
    assert reported.endswith(said)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("My_VNF", " (did you mean 'my-vnf'?)"),
        ("a b", " (did you mean 'a-b'?)"),
        ("a/b", ""),
        ("-", ""),
        ("x" * 64, ""),
    ],
)
def test_a_wrong_name_is_explained_in_words(name: str, hint: str) -> None:
    words = "a name has 1 to 63 lower-case letters, digits and '-', and begins and ends with a letter or digit"
    (reported,) = spec_complaints("NetworkService", f"vim: '{name}'")
    assert reported.startswith("f:2:6: wrong value '")
    assert reported.endswith(f" in spec.vim: {words}{hint}")


@pytest.mark.parametrize("field", ["vim", "description"])
def test_a_trailing_newline_is_no_part_of_a_name(field: str) -> None:
    reported = spec_complaints("NetworkService", f'{field}: "x\\n"')
    assert len(reported) == (1 if field == "vim" else 0)


def test_a_wrong_choice_names_the_choices_and_the_near_miss() -> None:
    (reported,) = spec_complaints("Policy", "changes: {replace: alow}")
    assert reported.startswith(
        "f:2:20: wrong value in spec.changes.replace: expected one of allow, window, deny, found the text 'alow'"
    )
    assert reported.endswith("(did you mean 'allow'?)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f:3:1: exactly one of 'connectionPoint', 'virtualLink' is needed in IF; found none of them"),
        (
            "connectionPoint: c, virtualLink: v",
            (
                "f:3:1: exactly one of 'connectionPoint', 'virtualLink' is needed in IF; "
                "found 'connectionPoint' and 'virtualLink'"
            ),
        ),
        ("conectionPoint: c", "f:3:11: unknown field 'conectionPoint' in IF (did you mean 'connectionPoint'?)"),
        (
            "virtualLink: v, portSecurity: false, securityGroups: [a]",
            (
                "f:3:48: wrong value in IF.securityGroups: "
                "an interface with 'portSecurity: false' cannot have security groups"
            ),
        ),
        (
            "connectionPoint: c, addresses: [192.0.2.1]",
            "f:3:31: wrong value in IF.addresses: fixed addresses of a connection point are set in the network service",
        ),
        (
            "virtualLink: v, securityGroups: [a, b, a]",
            "f:3:50: the text 'a' occurs twice in IF.securityGroups (remove one)",
        ),
    ],
)
def test_rules_between_the_fields_of_an_interface_are_explained(text: str, said: str) -> None:
    assert interface(text) == [said.replace("IF", "spec.vdus[0].interfaces[0]")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "protocol: tcp, ports: 80",
        "protocol: tcp, ports: 80-90",
        "protocol: 17, ports: 53",
        "protocol: icmp, icmpType: 8, icmpCode: 0",
        "protocol: 47, remoteGroup: g",
        "ethertype: IPv6, remote: '2001:db8::/32', direction: egress",
    ],
)
def test_sensible_security_group_rules_are_valid(text: str) -> None:
    assert rule(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ports: 80", "missing field 'protocol'"),
        ("protocol: icmp, ports: 80", "'ports' goes with the protocols tcp, udp and sctp only; found the text 'icmp'"),
        ("protocol: tpc, ports: 80", "found the text 'tpc' (did you mean 'tcp'?)"),
        ("protocol: 256", "or a number from 0 to 255; found the number 256"),
        ("protocol: tcp, ports: 70000", "a port from 1 to 65535 is needed"),
        ("protocol: tcp, ports: 80-", "or a range such as \"8000-8099\"; found the text '80-'"),
        ("protocol: tcp, icmpType: 8", "'icmpType' goes with the protocols icmp and icmpv6 only"),
        ("protocol: icmp, icmpCode: 0", "'icmpCode' in spec.securityGroups[0].rules[0] needs 'icmpType' as well"),
        ("remote: 10.0.0.0/8, remoteGroup: g", "'remote' and 'remoteGroup' exclude each other"),
        ("remote: 10.0.0.1", "a network in CIDR notation is needed, such as 10.8.0.0/24"),
    ],
)
def test_rules_between_the_fields_of_a_security_group_rule_are_explained(text: str, said: str) -> None:
    (reported,) = rule(text)
    assert said in reported


def test_an_existing_network_excludes_what_makes_a_new_one() -> None:
    reported = spec_complaints("NetworkService", "virtualLinks: [{name: l, existing: n, mtu: 1500, cidr: 10.0.0.0/8}]")
    assert [line.split(": ", 2)[2].split(":")[0] for line in reported] == [
        "'mtu' cannot go with 'existing'",
        "'cidr' cannot go with 'existing'",
    ]


def test_cidr_and_subnets_exclude_each_other() -> None:
    reported = spec_complaints("NetworkService", "virtualLinks: [{name: l, cidr: 10.0.0.0/8, subnets: []}]")
    assert reported == ["f:2:44: 'cidr' and 'subnets' exclude each other in spec.virtualLinks[0] (keep one of them)"]


@pytest.mark.parametrize("gateway", ["10.0.0.1", "'2001:db8::1'", "false"])
def test_a_gateway_is_an_address_or_false(gateway: str) -> None:
    link = f"virtualLinks: [{{name: l, subnets: [{{cidr: 10.0.0.0/8, gateway: {gateway}}}]}}]"
    assert spec_complaints("NetworkService", link) == []


def test_a_gateway_that_is_neither_is_explained() -> None:
    reported = spec_complaints(
        "NetworkService", "virtualLinks: [{name: l, subnets: [{cidr: 10.0.0.0/8, gateway: none}]}]"
    )
    assert reported[0].endswith("an address such as 10.8.0.1 is needed, or false for no gateway; found the text 'none'")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("Vim", "api: {concurrency: 65}", "f:2:20: wrong value in spec.api.concurrency: must be at most 64; found 65"),
        ("Vim", "api: {timeout: 0}", "f:2:16: wrong value in spec.api.timeout: must be more than 0; found 0"),
        ("Vim", "cloud: ''", "f:2:8: wrong value in spec.cloud: must have at least 1 characters; found 0"),
        ("VnfDescriptor", "vdus: []", "f:2:7: wrong value in spec.vdus: must have at least 1 entries; found 0"),
    ],
)
def test_limits_are_named(kind: str, text: str, said: str) -> None:
    assert spec_complaints(kind, text) == [said]


def test_a_wrong_key_is_reported_at_the_key() -> None:
    reported = spec_complaints("NetworkService", "vnfs: [{name: v, descriptor: d, counts: {a: 1, B_1: 2}}]")
    assert reported[0].startswith("f:2:48: wrong key 'B_1' in spec.vnfs[0].counts: a name has 1 to 63")
    assert reported[0].endswith("(did you mean 'b-1'?)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Vim", ["f:1:1: missing field 'apiVersion' (write magi/v1alpha1)"]),
        ("apiVersion: magi/v1alpha1", ["f:1:1: missing field 'kind' (the kinds are KINDS)"]),
        ("{apiVersion: magi/v1alpha1, Kind: Vim}", ["f:1:1: missing field 'kind' (did you mean it by 'Kind'?)"]),
        (
            "{apiVersion: magi/v1alpha1, kind: NetworkServce}",
            ["f:1:35: unknown kind: the text 'NetworkServce' (did you mean 'NetworkService'?)"],
        ),
        ("{apiVersion: magi/v1alpha1, kind: vim}", ["f:1:35: unknown kind: the text 'vim' (did you mean 'Vim'?)"]),
        ("{apiVersion: magi/v1alpha1, kind: [Vim]}", ["f:1:35: unknown kind: a list (the kinds are KINDS)"]),
        (
            "{apiVersion: v1, kind: ConfigMap}",
            [
                "f:1:14: unknown apiVersion: the text 'v1' (write magi/v1alpha1)",
                "f:1:24: unknown kind: the text 'ConfigMap' (the kinds are KINDS)",
            ],
        ),
        (
            "{apiVersion: magi/v1, kind: Policy, metadata: {name: x}, spec: {}}",
            ["f:1:14: unknown apiVersion: the text 'magi/v1' (did you mean 'magi/v1alpha1'?)"],
        ),
        ("- a", ["f:1:1: a document must be a mapping; found a list (begin with apiVersion)"]),
        ("text", ["f:1:1: a document must be a mapping; found the text 'text' (begin with apiVersion)"]),
    ],
)
def test_what_is_wrong_with_the_envelope_is_reported(text: str, said: list[str]) -> None:
    assert complaints(text) == [
        line.replace(
            "KINDS", "Vim, VnfDescriptor, NetworkService, NetworkServiceSet, NetworkServiceTemplate, Overlay and Policy"
        )
        for line in said
    ]


def test_empty_documents_are_ignored() -> None:
    assert complaints("---\n---\n") == []


def test_suggestions_forgive_case_and_small_slips_and_nothing_else() -> None:
    fields = ["image", "flavor", "connectionPoint"]
    assert suggest("Image", fields) == "image"
    assert suggest("flavour", fields) == "flavor"
    assert suggest("connection_point", fields) == "connectionPoint"
    assert suggest("zzz", fields) is None
    assert suggest("x" * 100_000, fields) is None


def test_of_very_many_mistakes_the_first_are_reported() -> None:
    wrong = ", ".join(["{zzz: 1}"] * 10_000)
    assert 0 < len(spec_complaints("NetworkService", f"vnfs: [{wrong}]")) <= 2 * MAX_PROBLEMS
    wrong = ", ".join(f"z{i}: 1" for i in range(10_000))
    assert len(spec_complaints("NetworkService", wrong)) == MAX_PROBLEMS


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 70_000)
    | st.sampled_from(["x", "X", "x\n", "10.0.0.0/8", "allow", "1.5", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "vdus",
                    "image",
                    "flavor",
                    "interfaces",
                    "existing",
                    "cidr",
                    "subnets",
                    "vnfs",
                    "connect",
                    "x",
                    "B",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(KINDS), JUNK, JUNK)
@settings(deadline=None)
def test_both_validators_agree_and_every_invalid_document_gets_a_complaint(kind: str, metadata: Any, spec: Any) -> None:
    data = {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
    valid = jsonschema_rs.validator_for(schema_of(kind)).is_valid(data)
    assert valid == _exact(kind).is_valid(data)
    assert valid == (complaints(yaml.safe_dump(data)) == [])
