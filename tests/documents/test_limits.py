"""Names, counts and problems beyond all measure."""

from reconciler.documents import Library
from reconciler.documents.reading.spots import MAX_PROBLEMS
from reconciler.model import InputLimits
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import changed, problems_of
from tests.documents.vcpe import (
    REPOSITORY,
    in_service,
    with_link,
    with_subnet,
)


def test_names_that_do_not_fit_into_a_mark() -> None:
    long = "x" * 63
    there = changed(REPOSITORY, "vnfd/firewall.yaml", "sync", long)
    for old in ("metadata: {name: vcpe}", "name: fw\n", "vnf: fw"):
        there = changed(there, "vcpe.yaml", old, old.replace("vcpe", long).replace("fw", long))
    assert problems_of(there) == []
    subnets = f"{long}, subnets: [{{name: {long}, cidr: 192.168.0.0/24}}]"
    reported = problems_of(changed(there, "vnfd/firewall.yaml", f"{long}, cidr: 192.168.0.0/24", subnets))
    assert reported == [f"vcpe.yaml:13:7: the name '{long[:40]}…' has 255 characters (at most 200 fit)"]


def test_a_service_beyond_all_measure_is_not_expanded() -> None:
    many = "\n".join(
        f"    - {{name: v{i}, descriptor: firewall, counts: {{fw: 1000}}, connect: {{mgmt: mgmt, inside: lan}}}}"
        for i in range(13)
    )
    assert in_service("  vnfs:\n", f"  vnfs:\n{many}\n") == [
        (
            "vcpe.yaml:13:5: the service has 52,032 resources; at most 50,000 are allowed "
            "(look for a count that is too large, divide the service, or raise limits.serviceResources)"
        )
    ]


def test_the_same_fault_all_over_is_reported_so_often_and_no_more() -> None:
    links = "\n".join(f"    - {{name: l{i}, cidr: 10.0.0.1/8}}" for i in range(2000))
    reported = in_service("  routers:\n", f"{links}\n  routers:\n")
    assert len(reported) == MAX_PROBLEMS


def test_many_subnets_are_compared_in_one_go() -> None:
    subnets = ", ".join(f"{{cidr: 10.{i // 256}.{i % 256}.0/24}}" for i in range(20_000))
    assert with_subnet("cidr: 10.0.0.0/8}, {cidr: 11.0.0.0/8") == []
    reported = with_link(f"subnets: [{subnets}, {{cidr: 10.78.31.0/25}}]")
    assert [line.partition(": ")[2] for line in reported] == [
        "subnet 10.78.31.0/25 overlaps with 10.78.31.0/24 of the same virtual link"
    ]


def test_more_resources_than_all_services_may_have_are_not_expanded() -> None:
    rows = ", ".join(f"{{name: r{number}}}" for number in range(10_000))
    service = REPOSITORY["vcpe.yaml"]
    assert isinstance(service, str)
    spec = service.partition("spec:\n")[2].replace("{counts", "{counts")
    many = "\n".join(
        f"    - {{name: v{i}, descriptor: firewall, counts: {{fw: 1000}}, connect: {{mgmt: mgmt, inside: lan}}}}"
        for i in range(2)
    )
    template = "".join(
        f"    {line}\n" for line in f"spec:\n{spec}".replace("  vnfs:\n", f"  vnfs:\n{many}\n").splitlines()
    )
    text = (
        "apiVersion: magi/v1alpha1\nkind: NetworkServiceSet\nmetadata: {name: all}\nspec:\n"
        f"  generator: {{list: [{rows}]}}\n"
        f"  template:\n    metadata: {{name: 'a-{{{{ row.name }}}}'}}\n{template}"
    )
    [reported] = problems_of({**REPOSITORY, "set.yaml": text})
    assert "with this service there are more than 100,000 resources" in reported


def test_a_file_counts_as_often_as_it_is_named() -> None:
    content = b"# " + b"a" * (4 * 1024 * 1024 - 3)
    texts: dict[str, str | bytes] = {**REPOSITORY, **{f"f{number}.yaml": content for number in range(17)}}
    [reported] = problems_of(texts)
    assert "bytes; at most 67,108,864 are allowed" in reported
    assert "divide the repository" in reported


def test_the_same_content_under_two_names_is_reported_of_both() -> None:
    reported = problems_of({**REPOSITORY, "a.yaml": "a: [", "b.yaml": "a: ["})
    assert [line.partition(":")[0] for line in reported] == ["a.yaml", "b.yaml"]


def test_documents_are_counted() -> None:
    many = "---\n".join("apiVersion: x\n" for _ in range(1000))
    [reported] = problems_of({f"f{number}.yaml": many for number in range(21)})
    assert "there are 21,000 documents; at most 20,000 are allowed" in reported


def test_a_template_that_would_be_huge_is_not_filled() -> None:
    descriptor = (
        "apiVersion: magi/v1alpha1\nkind: VnfDescriptor\nmetadata: {name: d}\nspec:\n"
        "  connectionPoints: [{name: c}]\n  parameters: [{name: p, type: string}]\n"
        "  vdus: [{name: v, image: i, flavor: f, hostname: '{{p}}', metadata: {m: '" + "{{p}}" * 40 + "'},\n"
        "    userData: {inline: '" + "{{p}}" * 9000 + "'}, interfaces: [{name: e, connectionPoint: c}]}]\n"
    )
    service = (
        "apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: s}\nspec:\n  vim: paris\n"
        "  virtualLinks: [{name: l, cidr: 10.0.0.0/24}]\n"
        "  vnfs: [{name: w, descriptor: d, connect: {c: l}, parameters: {p: '" + "A" * 3_900_000 + "'}}]\n"
    )
    vim = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstack, cloud: paris}\n"
    reported = problems_of({"d.yaml": descriptor, "s.yaml": service, "v.yaml": vim})
    assert sorted(line.partition("with these values ")[2].partition(" (")[0] for line in reported) == [
        "metadata 'm' of VDU 'v' has 156000000 characters",
        "the hostname of VDU 'v' is too long",
        "the user data of VDU 'v' has 35,100,000,000 bytes",
    ]


def test_parameters_of_a_service_that_would_be_huge_are_not_put_in() -> None:
    service = (
        "apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: s}\nspec:\n  vim: paris\n"
        "  parameters: {p: '" + "A" * 2_000_000 + "'}\n"
        "  vnfs: [{name: w, descriptor: d, parameters: {p: '" + "{{parameters.p}}" * 50_000 + "'}}]\n"
    )
    [reported] = problems_of({"s.yaml": service})
    assert reported.startswith(
        "s.yaml:6:3: with the parameters of the service, the values of its VNFs would have about 100,"
    )
    assert reported.endswith("or raise limits.bytes)")


def test_more_vnfs_than_resources_are_allowed_are_not_written_out() -> None:
    vnfs = ", ".join(f"{{name: v{number}, descriptor: d, count: 1000}}" for number in range(10_000))
    service = (
        "apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: %s}\nspec:\n  vim: paris\n  vnfs: [%s]\n"
    )
    assert problems_of({"s.yaml": service % ("s", vnfs)}) == [
        (
            "s.yaml:6:9: the service has 10,000,000 instances of VNFs and their access points; at most 50,000 are "
            "allowed (look for a count that is too large, divide the service, or raise limits.serviceResources)"
        )
    ]
    some = "{name: v, descriptor: d, count: 400}"
    texts: dict[str, str | bytes] = {f"{name}.yaml": service % (name, some) for name in ("a", "b", "c")}
    [reported] = problems_of(texts, Library(TARGET_TYPES, limits=InputLimits(resources=1000)))
    assert "c.yaml:3:18: with this service there are more than 1,000 resources" in reported


def test_vnfs_that_wait_for_too_many_others_are_not_written_out() -> None:
    vnfs = "{name: a, descriptor: d, count: 900}, {name: b, descriptor: d, count: 900, dependsOn: [a]}"
    head = "apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: s}\n"
    texts: dict[str, str | bytes] = {"s.yaml": f"{head}spec:\n  vim: paris\n  vnfs: [{vnfs}]\n"}
    assert problems_of(texts, Library(TARGET_TYPES, limits=InputLimits(service_resources=8000))) == [
        (
            "s.yaml:6:9: instances of the service's VNFs wait for others 810,000 times; at most 800,000 are allowed "
            "(let fewer VNFs depend on large ones, divide the service, or raise limits.serviceResources)"
        )
    ]


def test_servers_that_wait_for_too_many_others_are_not_expanded() -> None:
    large = "descriptor: firewall, counts: {fw: 1000}, connect: {mgmt: mgmt, inside: lan}"
    more = f"    - {{name: a, {large}}}\n    - {{name: b, {large}, dependsOn: [a]}}\n"
    texts = changed(REPOSITORY, "vcpe.yaml", "  vnfs:\n", f"  vnfs:\n{more}")
    [reported] = problems_of(texts, Library(TARGET_TYPES, limits=InputLimits(service_resources=9000)))
    assert "VNFs wait for others 1,000,000 times; at most 900,000 are allowed" in reported


def test_a_file_has_at_most_the_bytes_of_the_settings() -> None:
    library = Library(TARGET_TYPES, limits=InputLimits(file_bytes=200_000))
    assert problems_of({**REPOSITORY, "big.yaml": "#" * 200_000}, library) == []
    [reported] = problems_of({**REPOSITORY, "big.yaml": "#" * 200_001}, library)
    assert "big.yaml:1:1: the file has 200,001 bytes; at most 200,000 are allowed" in reported
    assert "or raise limits.fileBytes" in reported
    [reported] = problems_of({**REPOSITORY, "big.yaml": "#" * 5_000_000}, Library(TARGET_TYPES))
    assert "limits.fileBytes" not in reported
