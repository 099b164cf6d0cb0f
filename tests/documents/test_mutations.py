"""Whatever people write: a commit is either understood or refused with places, and the second check agrees."""

import re

from hypothesis import given, settings, strategies as st

from reconciler.documents import Library
from reconciler.model import DocumentsError
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, problems_of
from tests.documents.firewall import DESCRIPTOR, DUAL, TWO_SITES, VIMS
from tests.documents.vcpe import FIREWALL, VCPE

REPOSITORY: dict[str, str] = {
    "vims.yaml": VIMS,
    "firewall.yaml": DESCRIPTOR,
    "vnfd/wall.yaml": FIREWALL.replace("name: firewall}", "name: wall}"),
    "vnfd/cloud-init/fw.yaml": "#cloud-config\n{packages: [frr]}\n",
    "vcpe.yaml": VCPE.replace("    - {name: lan, cidr: 10.8.0.0/24}\n", DUAL),
    "wall.yaml": VCPE.replace("firewall", "wall").replace("name: vcpe", "name: other"),
    "wan.yaml": TWO_SITES,
}
TOKEN = re.compile(r"[A-Za-z0-9:./-]+")
TOKENS = sorted({token for text in REPOSITORY.values() for token in TOKEN.findall(text)})
STRANGE = [
    "~",
    "[]",
    "{}",
    "''",
    "-1",
    "0",
    "99999999",
    "false",
    "../..",
    "10.8.0.1",
    "10.8.0.1/33",
    "'::/0'",
    "é",
    "2001:db8::/63",
]
WORDS = [*TOKENS, *STRANGE]

mutation = st.tuples(st.sampled_from(sorted(REPOSITORY)), st.integers(0, 200), st.sampled_from(WORDS))


def mutated(mutations: list[tuple[str, int, str]]) -> dict[str, str | bytes]:
    """The repository with some tokens replaced by others."""
    texts: dict[str, str | bytes] = dict(REPOSITORY)
    for path, number, word in mutations:
        text = texts[path]
        assert isinstance(text, str)
        places = list(TOKEN.finditer(text))
        if places:
            place = places[number % len(places)]
            texts[path] = text[: place.start()] + word + text[place.end() :]
    return texts


def test_the_repository_itself_is_right() -> None:
    assert problems_of(dict(REPOSITORY)) == []


@settings(max_examples=120, deadline=None)
@given(st.lists(mutation, min_size=1, max_size=3), st.lists(mutation, min_size=1, max_size=2))
def test_a_commit_is_understood_or_refused_and_always_in_the_same_way(
    first: list[tuple[str, int, str]], second: list[tuple[str, int, str]]
) -> None:
    library = Library(TARGET_TYPES)
    for texts in (dict(REPOSITORY), mutated(first), mutated([*first, *second])):
        reported = problems_of(texts, library)
        assert reported == problems_of(texts)
        for problem in reported:
            file, line, column, message = problem.split(":", 3)
            text = texts[file]
            assert isinstance(text, str)
            assert 1 <= int(line) <= len(text.splitlines()) + 1
            assert int(column) >= 1
            assert message.strip()


@settings(max_examples=60, deadline=None)
@given(st.lists(mutation, min_size=1, max_size=2))
def test_what_is_understood_refers_to_nothing_that_is_not_there(mutations: list[tuple[str, int, str]]) -> None:
    outside = {"existing-network", "existing-security-group", "flavor", "image"}
    try:
        catalog = Library(TARGET_TYPES).catalog(Commit(mutated(mutations)))
    except DocumentsError:
        return
    for target, desired in catalog.desired.items():
        for key, item in desired.items():
            assert key == item.key
            assert key.target == target
            assert [ref for ref in item.spec.refs() if ref not in desired and ref.kind not in outside] == []
