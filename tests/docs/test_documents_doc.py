"""docs/documents/ against the words of documents: every field is there, once, and the examples hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from reconciler.documents.reading.loader import load
from reconciler.documents.words import DOCUMENTS
from reconciler.documents.words.declaring import Word, declared, words_within, written_fields
from reconciler.documents.words.descriptor import VnfDescriptorSpec
from reconciler.documents.words.filters import SecurityGroupRule
from reconciler.documents.words.links import Subnet
from reconciler.documents.words.policy import PolicySpec
from reconciler.documents.words.probes import ProbePing
from reconciler.documents.words.service_set import Rollout, Row
from reconciler.documents.words.vim import Api, VimSpec
from reconciler.documents.words.vnfs import Vnf
from scripts.document_pages import FOLDER, pages, places, prose, table, written
from tests.documents.commits import catalog_of

OVERVIEW = (FOLDER.parent / "documents.md").read_text(encoding="utf-8")
PAGES = pages()
PLACES = places(PAGES)
WORDS = {cls.__name__: cls for cls in words_within(*DOCUMENTS.values())}
KIND_PAGES = {
    "Vim": "vim.md",
    "VnfDescriptor": "vnf-descriptor.md",
    "NetworkService": "network-service.md",
    "NetworkServiceSet": "network-service-set.md",
    "NetworkServiceTemplate": "network-service-template.md",
    "Overlay": "overlay.md",
    "Policy": "policy.md",
}


def examples(page: str) -> list[str]:
    """The documents on a page."""
    return re.findall(r"```yaml\n(apiVersion.*?)```", PAGES[page], flags=re.DOTALL)


def row(cls: type[Word], field: str, page: str = "parts.md") -> str:
    """What the table of a word says of a field, on a page."""
    where = {name: found[0] for name, found in PLACES.items()}
    [found] = [line for line in table(cls, page, where).splitlines() if line.startswith(f"| `{field}` |")]
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_are_what_the_words_declare(page: str) -> None:
    assert PAGES[page] == written()[page], "run `make docs`"


@pytest.mark.parametrize("name", sorted(WORDS))
def test_every_word_has_one_table_on_one_page(name: str) -> None:
    expected = 0 if WORDS[name] is ProbePing else 1  # which has no fields
    assert len(PLACES.get(name, ())) == expected, f"add '<!-- fields of {name}: made by make docs -->' to one page"


def test_every_table_is_of_a_word() -> None:
    assert PLACES.keys() <= WORDS.keys()


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_table_is_below_the_title_of_its_word(name: str) -> None:
    [place] = PLACES[name]
    if name in DOCUMENTS:
        assert (place.page, place.heading) == (KIND_PAGES[name], name)
    elif declared(WORDS[name]).title:
        assert place.heading == declared(WORDS[name]).title


def test_what_several_kinds_share_is_on_the_page_of_parts_and_nothing_else() -> None:
    users: dict[str, set[str]] = {}
    for kind in DOCUMENTS.values():
        for cls in words_within(kind):
            users.setdefault(cls.__name__, set()).add(kind.__name__)
    shared = {name for name, kinds in users.items() if len(kinds) > 1}
    assert {name for name, [place] in PLACES.items() if place.page == "parts.md"} == shared


@pytest.mark.parametrize(
    ("cls", "field", "start"),
    [
        (Api, "concurrency", "1 to 64 | `8` |"),
        (Api, "maxPages", "1 or more | `10000` |"),
        (Api, "requestsPerSecond", "number above 0 | `50` |"),
        (VimSpec, "type", "`openstack` or `memory` | *required* |"),
        (VimSpec, "images", "keys and values | `{}` |"),
        (Subnet, "cidr", "CIDR | *required* |"),
        (Subnet, "dhcp", "boolean | `true` |"),
        (Subnet, "gateway", "IP address, or `false` | — |"),
        (Subnet, "dnsServers", "list of IP addresses, at most 20 | `[]` |"),
        (Subnet, "allocationPools", "list of [Allocation pool](#allocation-pool) | — |"),
        (SecurityGroupRule, "direction", "`ingress` or `egress` | `ingress` |"),
        (SecurityGroupRule, "protocol", "`any`, `tcp`, `udp`, `icmp`, `icmpv6` or `sctp`, or 0 to 255 | `any` |"),
        (VnfDescriptorSpec, "description", 'text | `""` |'),
        (VnfDescriptorSpec, "vdus", "list of [Virtualisation deployment unit (VDU)](vnf-descriptor.md#"),
        (Vnf, "counts", "name: 0 to 1000 | `{}` |"),
        (Vnf, "addresses", "name: list of IP addresses and ranges | `{}` |"),
        (Vnf, "parameters", "name: [Value of a parameter](network-service.md#value-of-a-parameter) | `{}` |"),
        (Rollout, "canary", "0 to 10000, or list of names | `1` |"),
        (PolicySpec, "maxDeletes", "0 or more | `100` |"),
    ],
)
def test_a_row_has_the_type_and_the_default_of_the_field(cls: type[Word], field: str, start: str) -> None:
    assert row(cls, field).startswith(f"| `{field}` | {start}")


def test_what_no_one_writes_is_in_no_table() -> None:
    assert [name for name, _, _ in written_fields(Row)] == ["name"]
    assert "raw" not in PAGES["network-service-set.md"].partition("## Row")[2].partition("## Template")[0]


def test_what_is_quoted_in_a_description_is_code_and_the_rest_no_markup() -> None:
    assert (
        prose("Excludes 'a | b', not the VIM's [x] or *y*.") == r"Excludes `a &#124; b`, not the VIM's \[x\] or \*y\*."
    )


def test_a_word_without_a_table_is_an_error_that_says_what_to_add() -> None:
    with pytest.raises(LookupError, match="<!-- fields of Api: made by make docs -->"):
        table(VimSpec, "vim.md", {})


def test_a_table_without_an_end_takes_nothing_of_the_next_one() -> None:
    text = PAGES["vim.md"].replace("<!-- end of fields -->", "", 1)
    assert places({"vim.md": text}).keys() == {"VimSpec", "Api"}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_an_example_that_its_schema_accepts(page: str) -> None:
    kinds = [kind for kind, of_kind in KIND_PAGES.items() if of_kind == page]
    found = list(documents(page))
    assert found
    assert not kinds or found[: len(kinds)] == kinds


def documents(page: str) -> Iterator[str]:
    """The kinds of the documents on a page, which their schemas accept."""
    for example in examples(page):
        loaded = load(example.encode(), page)
        assert loaded.problems == ()
        yield from (document.data["kind"] for document in loaded.documents)


def test_the_overview_lists_every_page() -> None:
    assert sorted(re.findall(r"^\| \[[^\]]+\]\(documents/([\w-]+\.md)\) \|", OVERVIEW, flags=re.MULTILINE)) == list(
        PAGES
    )


def test_the_examples_make_one_repository() -> None:
    # Those of an environment are made from others, which belong to a folder of their own.
    every = [example for page in PAGES if page != "overlay.md" for example in examples(page)]
    files = {f"{index}.yaml": example for index, example in enumerate(every)}
    catalog = catalog_of({**files, "cloud-init/firewall.yaml": "#cloud-config\n"})
    assert sorted(catalog.services) == ["branch-nice", "edge-paris", "lab", "vcpe"]
    names = {key.name for key in catalog.desired["paris"]}
    named_table = OVERVIEW.partition("## Names on OpenStack")[2].partition("## What")[0]
    named = {name for name in re.findall(r"`(vcpe/[^`]+)`", named_table) if "sync" not in name}
    assert named <= names
