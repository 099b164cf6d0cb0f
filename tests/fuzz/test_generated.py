"""The targets of fuzzing with inputs that are nearly right: mutations of documents, listings, plans and deliveries."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from fuzz.mutating import Mutation, packed
from fuzz.targets import listings, loader, marks, plan_reader, schema, webhook

MUTATIONS = st.lists(
    st.builds(Mutation, st.integers(0, 2**16 - 1), st.integers(0, 255), st.integers(0, 255)), max_size=4
)
SIGNS = 'a1[]{}:#~é?"\n\t\r\x85\u2028\ufeff'
WORDS = (
    "kind",
    "'x'",
    ": ",
    "- ",
    "\n  ",
    "---\n",
    "...\n",
    "|\n",
    "&a ",
    "*a",
    "!t ",
    "<<",
    "%YAML 1.1\n",
    "0x",
    "1e9",
)
PIECES = st.sampled_from([*SIGNS, *WORDS])
OWNERS = st.from_regex(r"\A[a-z0-9]([-a-z0-9]{0,6}[a-z0-9])?\Z")
NAMES = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,6}(/[a-z0-9][a-z0-9-]{0,6}){0,3}\Z")
HEADERS = st.sampled_from(
    [
        f"X-{name}"
        for name in ("Hub-Signature-256", "Hub-Signature", "Gitea-Signature", "Forgejo-Signature", "Gitlab-Token")
    ]
) | st.sampled_from(["Content-Length", "Content-Type", "Host", "X-Other"])
VALUES = st.sampled_from(["sha256=@SIGNATURE", "@SIGNATURE", webhook.SECRET, "", "sha256=", "-1", "0", "9" * 30, "a b"])
PATHS = st.sampled_from(["", "/", "/services", "/other", "?x=%ff", "/%ff", "/%ed%a0%80", "/a%2fb", "//", "/../x"])


@settings(max_examples=100, deadline=None)
@given(MUTATIONS)
def test_answers_of_a_vim_become_a_world_or_leave_it_unknown(mutations: list[Mutation]) -> None:
    listings.check(packed(mutations))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 255), MUTATIONS)
def test_a_commit_becomes_what_is_desired_or_problems_with_places(example: int, mutations: list[Mutation]) -> None:
    schema.check(bytes([example]) + packed(mutations))


@settings(max_examples=50, deadline=None)
@given(MUTATIONS)
def test_a_saved_plan_is_read_or_refused(mutations: list[Mutation]) -> None:
    plan_reader.check(packed(mutations))


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_pieces_of_yaml_become_documents_or_problems_with_places(pieces: list[str]) -> None:
    loader.check("".join(pieces).encode())


@settings(max_examples=200, deadline=None)
@given(OWNERS, OWNERS, NAMES)
def test_marks_are_read_as_they_were_written_and_by_no_one_else(owner: str, other: str, name: str) -> None:
    marks.check(f"{owner}\n{other}\n{name}".encode())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_may_be_where_a_mark_does(text: str) -> None:
    marks.check(text.encode("utf-8", "replace"))


@settings(max_examples=80, deadline=None)
@given(PATHS, st.dictionaries(HEADERS, VALUES | st.text(st.characters(max_codepoint=255), max_size=20)), st.binary())
def test_a_delivery_is_answered_and_heeded_when_it_is_signed(path: str, headers: dict[str, str], body: bytes) -> None:
    lines = [f"hooks/git{path}", *(f"{name}: {value.replace(chr(10), '')}" for name, value in headers.items())]
    webhook.check("\n".join(lines).encode("latin-1") + b"\n\n" + body)
