"""Saved plans: a file that `magi plan --out` writes, and `magi apply` takes in place of a source."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from reconciler.cli.loading import Loaded
from reconciler.cli.options import Scope
from reconciler.documents.reading.schema_files import PLAN_SCHEMA, schema_folder
from reconciler.model import ConfigError, MagiError, Plan
from reconciler.review import plan_differences, plan_digest


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan out of a file. ``vims`` as `plan_json` has them."""

    file: Path
    scope: Scope
    digest: str
    vims: Sequence[Mapping[str, Any]]


def pinned(scope: Scope, loaded: Loaded) -> Scope:
    """What was planned: of a repository the commit that it was, of a directory whatever is there when it is applied."""
    directory = Path(scope.source).expanduser().is_dir()
    return replace(scope, source=scope.source if directory else loaded.snapshot.label, revision=loaded.snapshot.commit)


def save_plan(file: Path, scope: Scope, plan: Mapping[str, Any]) -> None:
    """Writes a plan, as `magi plan -o json` shows it, with its scope. Raises ConfigError."""
    text = json.dumps({**plan, "scope": asdict(scope)}, indent=2, ensure_ascii=False)
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}", "give --out another place") from None


def is_saved_plan(source: str) -> bool:
    """Whether a source is meant to be a saved plan: it is a file."""
    return Path(source).expanduser().is_file()


def read_saved_plan(source: str) -> SavedPlan:
    """The plan in a file. Raises click.BadParameter for what is none."""
    file = Path(source).expanduser()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _no_plan(file, str(error)) from None
    return parsed_plan(content, file)


def parsed_plan(content: bytes, file: Path) -> SavedPlan:
    """The plan that a file holds. Raises click.BadParameter for what is none."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  only here, and slow to import

    try:
        data: Any = json.loads(content)
    except RecursionError:
        raise _no_plan(file, "it is nested too deeply") from None
    except ValueError as error:
        raise _no_plan(file, str(error)) from None
    schema = json.loads(schema_folder().joinpath(PLAN_SCHEMA).read_text(encoding="utf-8"))
    problem = next(Draft202012Validator(schema).iter_errors(data), None)
    if problem is not None:
        raise _no_plan(file, f"{problem.json_path}: {problem.message[:200]}")
    if "scope" not in data:
        raise _no_plan(file, "it has no scope; make it with --out")
    return SavedPlan(file, Scope(**data["scope"]), data["digest"], data["vims"])


def _no_plan(file: Path, reason: str) -> click.BadParameter:
    words = f"{file} is a file, but no plan that 'magi plan --out' wrote: {reason}"
    return click.BadParameter(words, param_hint="SOURCE")


class OutdatedError(MagiError):
    """What would be done now is not what a saved plan says. ``differences`` has a line for each."""

    def __init__(self, file: Path, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        lines = "".join(f"\n  {difference}" for difference in differences)
        super().__init__(
            f"{file} is not what would be done now, so nothing was done:{lines}",
            "review a new plan: 'magi plan --out' makes it",
        )


def check_is_the_same(saved: SavedPlan, plans: Sequence[Plan]) -> None:
    """Raises OutdatedError unless the plans do exactly what the saved one does."""
    differences = plan_differences(saved.vims, plans)
    if not differences and plan_digest(plans) != saved.digest:
        differences = [f"its digest is {saved.digest}, and that of what it says {plan_digest(plans)}: was it edited?"]
    if differences:
        raise OutdatedError(saved.file, differences)
