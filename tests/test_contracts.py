"""The import contracts refuse what they are there for: each has a violation here, put into a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
JUDGED = (*SETTINGS["root_packages"], "scripts")

FLOORS = "Imports go down, and every room has its floor"
CIRCLES = "Imports go round nowhere"
PURE = "The desired value, what is planned and what is said of it is pure"
DOCUMENTS = "A stage of the documents knows nothing of a later one"
PLANNING = "A step of planning knows what it builds on, and no other"
TARGETS = "A type of target is built on what REST APIs share, and that knows none of them"
KINDS = "What all kinds share knows no kind"
ADOPTION = "Adoption knows no kind: each says how it is adopted"
OPENSTACK = "OpenStack is built upwards: kinds, session, observing, driver"
SESSION = "A session is built upwards"
COMMANDS = "Commands don't know each other"
SIMULATOR = "The simulator is a cloud: it knows nothing of Magi"
STARTED = "Two commands start the simulator, and nothing else of Magi knows it"
REGISTRY = "Only the registry knows a type of target, and two commands that are about OpenStack itself"
TORTURE = "Magi is judged without Magi"
INSTALLED = "Nothing that is installed knows what is not"
FUZZING = "Targets of fuzzing are pure, and need neither tests nor a fuzzer"
TELEMETRY = "One file knows OpenTelemetry"
TOOZ = "One file knows tooz"

VIOLATIONS: Mapping[str, tuple[Mapping[str, str], set[str]]] = {
    "the loop asks etcd itself": ({"reconciler/loop/clock.py": "from tooz.hashring import HashRing"}, {TOOZ}),
    "planning imports the simulator": (
        {"reconciler/planning/diff.py": "from openstack_simulator.traffic import Traffic"},
        {PURE, STARTED},
    ),
    "planning reads the clock by a room that is new": (
        {
            "reconciler/stray.py": "from time import time as now",
            "reconciler/planning/diff.py": "from reconciler.stray import now",
        },
        {FLOORS, PURE},
    ),
    "the simulator matches names as Magi does": (
        {"openstack_simulator/furnish.py": "from reconciler.text.patterns import matches"},
        {SIMULATOR},
    ),
    "planning draws lots": ({"reconciler/planning/spread.py": "import random"}, {PURE}),
    "a room imports a higher one": (
        {"reconciler/reporting/events.py": "from reconciler.web import Server"},
        {FLOORS, CIRCLES},
    ),
    "two files of the simulator import each other": (
        {"openstack_simulator/errors.py": "from openstack_simulator.cloud import Cloud"},
        {CIRCLES},
    ),
    "reading knows what a service makes": (
        {"reconciler/documents/reading/schema.py": "from reconciler.documents.checking import pools"},
        {DOCUMENTS, CIRCLES},
    ),
    "a step of planning uses its neighbour": (
        {"reconciler/planning/claims.py": "from reconciler.planning import waves"},
        {PLANNING},
    ),
    "a step of planning is new": ({"reconciler/planning/stray.py": ""}, {PLANNING}),
    "what all kinds share knows one": (
        {"reconciler/targets/openstack/kinds/marks.py": "from reconciler.targets.openstack.kinds import subnet"},
        {KINDS, CIRCLES},
    ),
    "adoption knows what a server is": (
        {"reconciler/targets/openstack/adopting/choosing.py": "from reconciler.targets.openstack.kinds import server"},
        {ADOPTION},
    ),
    "what REST APIs share knows OpenStack": (
        {"reconciler/targets/rest/kind.py": "from reconciler.targets.openstack.kinds import marks"},
        {TARGETS, KINDS, REGISTRY, CIRCLES},
    ),
    "two types of targets know each other": (
        {"reconciler/targets/memory/driver.py": "from reconciler.targets.openstack.kinds import marks"},
        {TARGETS, REGISTRY},
    ),
    "a kind sends by itself": (
        {"reconciler/targets/openstack/kinds/subnet.py": "from reconciler.targets.openstack.session import errors"},
        {PURE, OPENSTACK, CIRCLES},
    ),
    "two parts of a session on one floor know each other": (
        {"reconciler/targets/openstack/session/clouds.py": "from reconciler.targets.openstack.session import budget"},
        {SESSION},
    ),
    "a command uses another": ({"reconciler/cli/graph.py": "from reconciler.cli.plan import command"}, {COMMANDS}),
    "a command is new": ({"reconciler/cli/stray.py": ""}, {COMMANDS}),
    "the loop knows OpenStack": (
        {"reconciler/loop/observations.py": "from reconciler.targets.openstack.kinds import KINDS"},
        {REGISTRY},
    ),
    "torture asks Magi": ({"torture/verdict.py": "from reconciler import model"}, {TORTURE}),
    "the simulator needs tests": ({"openstack_simulator/cloud.py": "from tests import waiting"}, {INSTALLED}),
    "a target of fuzzing waits": ({"fuzz/targets/loader.py": "import time"}, {FUZZING}),
    "the loop knows OpenTelemetry": ({"reconciler/loop/observations.py": "import opentelemetry"}, {TELEMETRY}),
}


def broken(tree: Path) -> set[str]:
    """The contracts that a tree breaks, by name."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tree,
        env={**os.environ, "COLUMNS": "300"},  # a name in a line
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))
    assert len(verdicts) == len(SETTINGS["contracts"]), done.stdout + done.stderr
    found = {name for name, verdict in verdicts.items() if verdict == "BROKEN"}
    assert done.returncode == bool(found), done.stdout + done.stderr
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of all that is judged."""
    sources = shutil.ignore_patterns("__pycache__", "examples", "schemas", "corpus")
    for package in JUDGED:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=sources)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_as_it_is_breaks_none(tree: Path) -> None:
    assert broken(tree) == set()


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_is_refused_by_the_contract_that_is_there_for_it(tree: Path, name: str) -> None:
    lines, expected = VIOLATIONS[name]
    for file, line in lines.items():
        with (tree / file).open("a", encoding="utf-8") as stream:
            stream.write(f"\n{line}\n")
    assert broken(tree) == expected


def test_a_new_room_that_has_a_floor_is_still_none_of_the_pure_ones(tree: Path) -> None:
    settings = tree / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('  "model | text",\n', '  "model | text",\n  "stray",\n', 1), encoding="utf-8")
    (tree / "reconciler" / "stray.py").write_text("from time import time as now\n", encoding="utf-8")
    assert broken(tree) == set()
    with (tree / "reconciler" / "planning" / "diff.py").open("a", encoding="utf-8") as stream:
        stream.write("\nfrom reconciler.stray import now\n")
    assert broken(tree) == {PURE}


def test_each_contract_has_a_violation() -> None:
    tried = {contract for _, expected in VIOLATIONS.values() for contract in expected}
    assert tried == {contract["name"] for contract in SETTINGS["contracts"]}
