"""`make kind`: stubs that type check and lint, with tests that fail until the kind is one, and pass when it is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.new_kind import ROOT, Names, write_kind

NEW = {
    "reconciler/targets/openstack/kinds/record_set.py",
    "openstack_simulator/neutron/record_sets.py",
    "tests/resources/test_record_set_kind.py",
}
CHANGED = {"tests/conformance/samples.py"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the stubs go into."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("reconciler", "openstack_simulator", "tests/conformance", "tests/resources"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for path in ("pyproject.toml", "tests/waiting.py"):
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def outcomes(tree: Path) -> tuple[set[str], set[str]]:
    """The tests of the stub that pass and those that fail; an error in them is neither."""
    command = ["-m", "pytest", "-v", "--tb=short", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options = ["-o", "addopts=", "tests/resources/test_record_set_kind.py"]
    done = subprocess.run(
        [sys.executable, *command, *options], cwd=tree, capture_output=True, text=True, check=False, timeout=300
    )
    found = re.findall(r"::(test_\w+) (PASSED|FAILED)", done.stdout)
    assert found, done.stdout + done.stderr
    assert set(re.findall(r"^E +(\w+Error)", done.stdout, re.MULTILINE)) <= {"AssertionError"}, done.stdout
    return tuple({name for name, result in found if result == desired} for desired in ("PASSED", "FAILED"))  # type: ignore[return-value]


def test_it_writes_the_stubs_and_the_lines_that_need_no_decision(tree: Path) -> None:
    assert set(write_kind(tree, "record-set")) == NEW | CHANGED
    assert '    "record-set": Sample(' in (tree / "tests/conformance/samples.py").read_text()
    texts = [(tree / path).read_text() for path in NEW]
    assert not any(word in text for text in texts for word in ("TODO", "FIXME", "NotImplementedError"))


def test_the_stubs_are_formatted_and_linted(tree: Path) -> None:
    paths = write_kind(tree, "record-set")
    ruff = Path(sys.executable).parent / "ruff"
    for command in (["format", "--check"], ["check", "--no-cache"]):
        done = subprocess.run([ruff, *command, *paths], cwd=tree, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_kind_and_its_api_are_found_and_what_needs_a_decision_fails_at_first(tree: Path) -> None:
    write_kind(tree, "record-set")
    passed, failed = outcomes(tree)
    assert passed == {"test_its_requests_have_their_rights"}
    assert len(failed) == 3
    found = subprocess.run([sys.executable, "-c", FOUND], cwd=tree, capture_output=True, text=True, check=False)
    assert found.stdout == "record-set\nPOST\n", found.stderr


FOUND = """\
from openstack_simulator.neutron.routes import ROUTES
from reconciler.targets.openstack.kinds import KINDS
print(*(kind.name for kind in KINDS if kind.name == "record-set"))
print(*(route.method for route in ROUTES if route.template == "/v2.0/record-sets" and route.method == "POST"))
"""


FIELDS = """\
    rank: ClassVar[int] = 300

    kept: bool = False
"""


def test_its_tests_pass_when_the_kind_is_one(tree: Path) -> None:
    write_kind(tree, "record-set")
    openstack = tree / "reconciler/targets/openstack"
    doc = '    """What Git says of one of the record sets."""\n'
    _change(
        openstack / "kinds/record_set.py", ("import dataclass\n", "import dataclass\nfrom typing import ClassVar\n")
    )
    _change(openstack / "kinds/record_set.py", (doc, f"{doc}\n{FIELDS}"))
    _change(tree / "tests/conformance/samples.py", ("RecordSetSpec(), {})", 'RecordSetSpec(), {"kept": True})'))
    passed, failed = outcomes(tree)
    assert (len(passed), failed) == (4, set())


def _change(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["", "RecordSet", "record_set", "../evil", "record set", "-set", "a" * 41])
def test_what_is_no_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="such as record-set"):
        write_kind(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_overwritten(tree: Path) -> None:
    before = (tree / "reconciler/targets/openstack/kinds/trunk.py").read_text()
    with pytest.raises(ValueError, match=r"trunk\.py.*there already"):
        write_kind(tree, "trunk")
    assert (tree / "reconciler/targets/openstack/kinds/trunk.py").read_text() == before


def test_a_file_of_another_shape_is_named_and_nothing_is_written(tree: Path) -> None:
    _change(tree / "tests/conformance/samples.py", ("def needed(", "def required("))
    with pytest.raises(ValueError, match=r"samples\.py.*add manually"):
        write_kind(tree, "record-set")
    assert not any((tree / path).exists() for path in NEW)


@pytest.mark.parametrize(
    ("name", "all_of_them"), [("policy", "policies"), ("record-set", "record_sets"), ("key", "keys")]
)
def test_several_of_a_kind_have_a_plural(name: str, all_of_them: str) -> None:
    assert Names(name).module_of_all == all_of_them
