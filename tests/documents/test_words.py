"""The words of documents: what is derived from them, and that what is misspelt is found before it runs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.documents.reading.loader import load
from reconciler.documents.reading.schema_files import SCHEMA_FILES, schema_folder
from reconciler.documents.words import DOCUMENTS, document_of
from reconciler.documents.words.declaring import Word, encode, words_within, yaml_name
from reconciler.documents.words.schemas import schema_text
from reconciler.targets.registry import CHOICES

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "reconciler" / "documents"
MISSPELT = """
from reconciler.documents.words.vdus import Vdu
from reconciler.documents.words.policy import PolicySpec

def most(vdu: Vdu, policy: PolicySpec) -> object:
    return vdu.max_instance_per_host, vdu.afinity, policy.max_delete
"""


def test_a_misspelt_field_is_an_error_of_the_type_checker(tmp_path: Path) -> None:
    file = tmp_path / "misspelt.py"
    file.write_text(MISSPELT)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    for name in ("max_instance_per_host", "afinity", "max_delete"):
        assert f'has no attribute "{name}"' in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_schema_in_its_file_is_the_one_of_the_words(kind: str) -> None:
    file = schema_folder() / SCHEMA_FILES[kind]
    assert file.read_text(encoding="utf-8") == schema_text(DOCUMENTS[kind], CHOICES), "run `make docs`"


EXAMPLES = sorted((ROOT / "desired-state-examples").rglob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_is_decoded_is_encoded_to_the_same(file: Path) -> None:
    for document in load(file.read_bytes(), file.name).documents:
        if document.data.get("kind") in DOCUMENTS:
            word = document_of(document)
            again = load(yaml.safe_dump(encode(word)).encode(), file.name).documents[0]
            assert encode(document_of(again)) == encode(word)
            assert _is_within(encode(word), document.data)


def _is_within(small: Any, large: Any) -> bool:
    """Whether all of a value is in another one: what is left out is only what has its default."""
    if isinstance(small, dict):
        return all(name in large and _is_within(value, large[name]) for name, value in small.items())
    if isinstance(small, list):
        return len(small) == len(large) and all(map(_is_within, small, large))
    return bool(small == large)


def test_every_word_knows_its_place() -> None:
    text = (
        b"apiVersion: magi/v1alpha1\nkind: NetworkService\nmetadata: {name: a}\n"
        b"spec:\n  virtualLinks:\n  - name: lan\n    subnets:\n    - cidr: 10.0.0.0/24\n      allocationPools:\n"
        b"      - {start: 10.0.0.9, end: 10.0.0.10}\n"
    )
    service: Any = document_of(load(text, "f.yaml").documents[0])
    pool = service.spec.virtual_links[0].subnets[0].allocation_pools[0]
    assert str(pool.at("end").place()) == "f.yaml:10"
    assert (pool.at("end").problem("no").line, pool.at("end").problem("no").column) == (10, 32)


def test_places_are_asked_for_by_fields_that_there_are() -> None:
    """``at`` takes the name of a field; one that is none would lead to the whole word, and no one would notice."""
    words = words_within(*DOCUMENTS.values())
    known = {one.name for cls in words for one in fields(cls)} | {name for cls in words for name in _names(cls)}
    asked = {(file.name, name) for file in ROOM.rglob("*.py") for name in _asked(file)}
    assert asked
    assert {(file, name) for file, name in asked if name not in known} == set()


def _names(cls: type[Word]) -> list[str]:
    return [yaml_name(one.name) for one in fields(cls)]


def _asked(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "at":
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def test_outside_of_reading_no_function_takes_or_gives_anything_at_all() -> None:
    """Only what reads plain data, and what makes words of it, has to do with values of any type."""
    exempt = {ROOM / "words" / "declaring.py", ROOM / "words" / "schemas.py"}
    files = [file for file in ROOM.rglob("*.py") if "reading" not in file.parts and file not in exempt]
    found = [f"{file.relative_to(ROOM)}:{name}" for file in files for name in _with_any(file)]
    assert found == []


def _with_any(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            hints = [one.annotation for one in arguments if one.annotation] + ([node.returns] if node.returns else [])
            if any(isinstance(part, ast.Name) and part.id == "Any" for hint in hints for part in ast.walk(hint)):
                yield node.name


def test_the_schema_is_json_that_people_can_read() -> None:
    text = schema_text(DOCUMENTS["Vim"], CHOICES)
    assert json.loads(text)["title"] == "VIM"
    assert text.startswith('{\n  "$schema"')
