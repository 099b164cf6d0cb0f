"""Names, counts and problems beyond all measure."""

from reconciler.documents.subject import MAX_PROBLEMS
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
    told = problems_of(changed(there, "vnfd/firewall.yaml", f"{long}, cidr: 192.168.0.0/24", subnets))
    assert told == [f"vcpe.yaml:13:7: the name '{long[:40]}…' has 255 characters (at most 200 fit)"]


def test_a_service_beyond_all_measure_is_not_expanded() -> None:
    many = "\n".join(
        f"    - {{name: v{i}, descriptor: firewall, counts: {{fw: 1000}}, connect: {{mgmt: mgmt, inside: lan}}}}"
        for i in range(13)
    )
    assert in_service("  vnfs:\n", f"  vnfs:\n{many}\n") == [
        (
            "vcpe.yaml:13:5: the service has 52,032 resources; at most 50,000 are allowed "
            "(look for a count that is too large, or divide the service)"
        )
    ]


def test_the_same_fault_all_over_is_told_so_often_and_no_more() -> None:
    links = "\n".join(f"    - {{name: l{i}, cidr: 10.0.0.1/8}}" for i in range(2000))
    told = in_service("  routers:\n", f"{links}\n  routers:\n")
    assert len(told) == MAX_PROBLEMS


def test_many_subnets_are_compared_in_one_go() -> None:
    subnets = ", ".join(f"{{cidr: 10.{i // 256}.{i % 256}.0/24}}" for i in range(20_000))
    assert with_subnet("cidr: 10.0.0.0/8}, {cidr: 11.0.0.0/8") == []
    told = with_link(f"subnets: [{subnets}, {{cidr: 10.78.31.0/25}}]")
    assert [line.partition(": ")[2] for line in told] == [
        "subnet 10.78.31.0/25 overlaps with 10.78.31.0/24 of the same virtual link"
    ]
