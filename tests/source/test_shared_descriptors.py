"""Shared descriptors: a second repository, pinned to a revision, whose files are beside the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.documents import Library
from reconciler.judging.owners import OwnerRule, Owners
from reconciler.model import Catalog, DocumentsError, Key
from reconciler.source import Snapshot, SourceError, WithShared, open_source
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.registry import TARGET_TYPES
from tests.git_work import Work, new_work

VIM = "apiVersion: magi/v1alpha1\nkind: Vim\nmetadata: {name: paris}\nspec: {type: openstack}\n"
SERVICE = """\
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.1.0.0/24}]
  vnfs: [{name: fw, descriptor: fw, connect: {in: lan}}]
"""
DESCRIPTOR = """\
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: fw}
spec:
  connectionPoints: [{name: in}]
  vdus:
    - {name: fw, image: debian, flavor: FLAVOR, interfaces: [{name: eth0, connectionPoint: in}], userData: {file: boot}}
"""


@pytest.fixture
def own(tmp_path: Path) -> Work:
    work = new_work(tmp_path / "own")
    work.commit({"vim.yaml": VIM, "edge.yaml": SERVICE})
    return work


@pytest.fixture
def shared(tmp_path: Path) -> Work:
    work = new_work(tmp_path / "shared")
    work.commit({"vnfd/fw.yaml": DESCRIPTOR.replace("FLAVOR", "small"), "vnfd/boot": "#cloud-config\n"})
    work.git("tag", "v1.0")
    work.git("push", "-q", "origin", "v1.0")
    work.commit({"vnfd/fw.yaml": DESCRIPTOR.replace("FLAVOR", "large")})
    return work


def source_of(own: Work, shared: Work, cache: Path, revision: str = "v1.0", path: str = "vnfd") -> WithShared:
    return WithShared(
        open_source(f"file://{own.bare}", "main", cache_dir=cache),
        open_source(f"file://{shared.bare}", revision, cache_dir=cache, path=path),
    )


def catalog_of(snapshot: Snapshot, owners: Owners | None = None, overlay: str = "") -> Catalog:
    return Library(TARGET_TYPES, owners=owners, overlay=overlay).catalog(snapshot)


def flavor(catalog: Catalog) -> str:
    spec = catalog.desired["paris"][Key("paris", "server", "edge/fw/fw-0")].spec
    assert isinstance(spec, ServerSpec)
    assert spec.flavor is not None
    return spec.flavor.name


def test_services_use_the_descriptors_of_the_pinned_revision(own: Work, shared: Work, tmp_path: Path) -> None:
    source = source_of(own, shared, tmp_path / "cache")
    catalog = catalog_of(source.fetch())
    assert flavor(catalog) == "small"
    assert str(catalog.desired["paris"][Key("paris", "server", "edge/fw/fw-0")].place) == "shared-descriptors/fw.yaml:7"


def test_a_tag_that_is_moved_moves_nothing_before_a_restart(own: Work, shared: Work, tmp_path: Path) -> None:
    source = source_of(own, shared, tmp_path / "cache")
    source.fetch()
    shared.git("tag", "-f", "v1.0", "HEAD")
    shared.git("push", "-q", "-f", "origin", "v1.0")
    own.commit({"vim.yaml": VIM + "# changed\n"})
    assert flavor(catalog_of(source.fetch())) == "small"
    assert flavor(catalog_of(source_of(own, shared, tmp_path / "cache").fetch())) == "large"


def test_after_a_start_without_git_the_last_good_of_both_is_there(own: Work, shared: Work, tmp_path: Path) -> None:
    source_of(own, shared, tmp_path / "cache").fetch()
    again = source_of(own, shared, tmp_path / "cache")
    shared.bare.rename(tmp_path / "gone")
    with pytest.raises(SourceError, match="shared descriptors: "):
        again.fetch()
    kept = again.last_good()
    assert kept is not None
    assert flavor(catalog_of(kept)) == "small"


def test_earlier_commits_have_them_too(own: Work, shared: Work, tmp_path: Path) -> None:
    own.commit({"vim.yaml": "wrong"})
    snapshot = source_of(own, shared, tmp_path / "cache").fetch()
    [before] = snapshot.predecessors(5)
    assert flavor(catalog_of(before)) == "small"


def test_what_would_do_something_by_itself_is_refused_there(own: Work, shared: Work, tmp_path: Path) -> None:
    shared.commit({"vnfd/rogue.yaml": SERVICE.replace("edge", "rogue")})
    with pytest.raises(DocumentsError) as raised:
        catalog_of(source_of(own, shared, tmp_path / "cache", "main").fetch())
    [problem] = raised.value.problems
    assert str(problem) == (
        "shared-descriptors/rogue.yaml:3:18: a NetworkService in the repository of shared descriptors "
        "(it may hold VnfDescriptors and NetworkServiceTemplates: name their folder with descriptors.path)"
    )


def test_a_folder_of_that_name_in_the_repository_is_refused(own: Work, shared: Work, tmp_path: Path) -> None:
    own.commit({"shared-descriptors/x.yaml": VIM})
    with pytest.raises(SourceError, match="there is a folder 'shared-descriptors' in the repository"):
        source_of(own, shared, tmp_path / "cache").fetch()


def test_owners_of_folders_are_those_of_the_own_repository(own: Work, shared: Work, tmp_path: Path) -> None:
    owners = Owners((OwnerRule(("*",), ("edge",), ("paris",)),))
    assert flavor(catalog_of(source_of(own, shared, tmp_path / "cache").fetch(), owners)) == "small"


def test_every_environment_has_them(own: Work, shared: Work, tmp_path: Path) -> None:
    overlay = "apiVersion: magi/v1alpha1\nkind: Overlay\nmetadata: {name: prod}\nspec: {bases: [../base]}\n"
    own.git("rm", "-q", "vim.yaml", "edge.yaml")
    own.commit({"base/all.yaml": f"{VIM}---\n{SERVICE}", "prod/overlay.yaml": overlay})
    snapshot = source_of(own, shared, tmp_path / "cache").fetch()
    assert flavor(catalog_of(snapshot, overlay="prod")) == "small"
