"""One commit after another: what is unchanged is neither read nor expanded again, and nothing is taken for granted."""

from collections.abc import Mapping

import pytest

from reconciler.documents import Library, gathering
from reconciler.documents.words import WrittenFile, read_file
from reconciler.model import Catalog, InputLimits, Key, Opaque
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.documents.commits import Commit, changed, problems_of

VIM = "{apiVersion: magi/v1alpha1, kind: Vim, metadata: {name: paris}, spec: {type: openstack}}\n"
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: %s}
spec:
  vdus:
    - {name: vm, image: debian-12, flavor: m1.small, userData: {file: %s.init.yaml}}
"""
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: %s}
spec: {vim: paris, vnfs: [{name: a, descriptor: %s}]}
"""
REPOSITORY: dict[str, str | bytes] = {
    "vim.yaml": VIM,
    "web.yaml": DESCRIPTOR % ("web", "web"),
    "web.init.yaml": "#cloud-config\nweb: 1\n",
    "log.yaml": DESCRIPTOR % ("log", "log"),
    "log.init.yaml": "#cloud-config\nlog: 1\n",
    "one.yaml": SERVICE % ("one", "web"),
    "two.yaml": SERVICE % ("two", "web"),
    "three.yaml": SERVICE % ("three", "log"),
}


@pytest.fixture
def library() -> Library:
    """A library that knows the repository."""
    known = Library(TARGET_TYPES)
    known.catalog(Commit(REPOSITORY))
    return known


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are parsed from here on."""
    paths: list[str] = []

    def counting(data: bytes, path: str, limits: InputLimits, *, skip_foreign: bool) -> WrittenFile:
        paths.append(path)
        return read_file(data, path, limits, skip_foreign=skip_foreign)

    monkeypatch.setattr(gathering, "read_file", counting)
    return paths


def server(catalog: Catalog, service: str) -> object:
    """The Desired of a service's server: the same object means that it was not expanded again."""
    return catalog.desired["paris"][Key("paris", "server", f"{service}/a/vm-0")]


def user_data(catalog: Catalog, service: str) -> Opaque | None:
    spec = catalog.desired["paris"][Key("paris", "server", f"{service}/a/vm-0")].spec
    assert isinstance(spec, ServerSpec)
    return spec.user_data


def again(library: Library, texts: Mapping[str, str | bytes]) -> tuple[Catalog, list[str]]:
    """The catalog of another commit, and the files that were read for it."""
    commit = Commit(texts)
    return library.catalog(commit), commit.asked


def test_the_same_commit_again_reads_nothing(library: Library) -> None:
    _, asked = again(library, REPOSITORY)
    assert asked == []


def test_a_commit_of_one_file_reads_and_parses_one_file(library: Library, parsed: list[str]) -> None:
    _, asked = again(library, changed(REPOSITORY, "one.yaml", "name: a,", "name: b,"))
    assert asked == parsed == ["one.yaml"]


def test_services_that_a_commit_leaves_alone_keep_their_objects() -> None:
    library = Library(TARGET_TYPES)
    before = library.catalog(Commit(REPOSITORY))
    after, _ = again(library, changed(REPOSITORY, "one.yaml", "spec: {vim", "spec: {description: x, vim"))
    assert server(after, "two") is server(before, "two")
    assert server(after, "three") is server(before, "three")
    assert server(after, "one") is not server(before, "one")
    assert server(after, "one") == server(before, "one")


def test_a_descriptor_is_followed_by_the_services_that_use_it_alone() -> None:
    library = Library(TARGET_TYPES)
    before = library.catalog(Commit(REPOSITORY))
    after, asked = again(library, changed(REPOSITORY, "web.yaml", "m1.small", "m1.large"))
    assert asked == ["web.yaml"]
    assert [name for name in ("one", "two", "three") if server(after, name) is server(before, name)] == ["three"]


def test_a_user_data_file_is_followed_by_its_users_alone() -> None:
    library = Library(TARGET_TYPES)
    before = library.catalog(Commit(REPOSITORY))
    new = "#cloud-config\nlog: 2\n"
    after, asked = again(library, {**REPOSITORY, "log.init.yaml": new})
    assert set(asked) == {"log.init.yaml"}
    assert [name for name in ("one", "two", "three") if server(after, name) is server(before, name)] == ["one", "two"]
    assert user_data(after, "three") == Opaque.of(new)


def test_a_file_that_only_moves_asks_for_the_same_at_another_place(library: Library) -> None:
    moved = {"sub/1.yaml" if path == "one.yaml" else path: text for path, text in REPOSITORY.items()}
    after, asked = again(library, moved)
    assert asked == ["sub/1.yaml"]
    assert str(after.services["one"].place) == "sub/1.yaml:3"


def test_a_vim_that_is_removed_is_noticed(library: Library) -> None:
    without = {path: text for path, text in REPOSITORY.items() if path != "vim.yaml"}
    assert problems_of(without, library) == [
        "one.yaml:4:13: unknown VIM 'paris' (there is none)",
        "three.yaml:4:13: unknown VIM 'paris' (there is none)",
        "two.yaml:4:13: unknown VIM 'paris' (there is none)",
    ]
    assert problems_of(REPOSITORY, library) == []


def test_a_service_that_is_removed_is_gone(library: Library) -> None:
    after, _ = again(library, {path: text for path, text in REPOSITORY.items() if path != "one.yaml"})
    assert sorted(after.services) == ["three", "two"]
    assert {key.service for key in after.desired["paris"]} == {"three", "two"}


def test_a_removed_user_data_file_is_noticed_and_its_return_as_well(library: Library) -> None:
    without = {path: text for path, text in REPOSITORY.items() if path != "log.init.yaml"}
    assert len(problems_of(without, library)) == 1
    after, _ = again(library, REPOSITORY)
    assert user_data(after, "three") == Opaque.of("#cloud-config\nlog: 1\n")


def test_a_descriptor_that_goes_wrong_and_then_away_does_not_empty_its_services(library: Library) -> None:
    wrong = changed(REPOSITORY, "log.yaml", "flavor", "flavour")
    assert problems_of(wrong, library) == [
        "log.yaml:6:36: unknown field 'flavour' in spec.vdus[0] (did you mean 'flavor'?)"
    ]
    away = {path: text for path, text in REPOSITORY.items() if not path.startswith("log.")}
    assert problems_of(away, library) == ["three.yaml:4:49: unknown descriptor 'log' (there is web)"]


def test_what_is_reported_of_a_commit_does_not_depend_on_the_commits_before(library: Library) -> None:
    typo = changed(REPOSITORY, "one.yaml", "descriptor: web", "descriptor: weba")
    assert problems_of(typo, library) == problems_of(typo)
    nearer = {**typo, "webb.yaml": DESCRIPTOR % ("webab", "web")}
    assert problems_of(nearer, library) == problems_of(nearer)


def test_a_refused_commit_costs_nothing_of_what_was_known(library: Library, parsed: list[str]) -> None:
    assert problems_of({**REPOSITORY, "bad.yaml": "kind: [\n"}, library)
    again(library, REPOSITORY)
    assert parsed == ["bad.yaml"]


def test_a_file_that_comes_back_is_read_again_and_means_the_same(library: Library) -> None:
    before, _ = again(library, REPOSITORY)
    again(library, {path: text for path, text in REPOSITORY.items() if path != "one.yaml"})
    after, asked = again(library, REPOSITORY)
    assert asked == ["one.yaml"]
    assert server(after, "one") == server(before, "one")


def test_a_file_that_is_too_large_is_not_read() -> None:
    commit = Commit({"big.yaml": b"#" * (4 * 1024 * 1024 + 1), **REPOSITORY})
    reported = problems_of(commit.texts)
    assert len(reported) == 1
    assert reported[0].startswith("big.yaml:1:1: the file has 4,194,305 bytes")
