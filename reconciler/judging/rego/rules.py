"""The rules of a folder, checked before they judge anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reconciler.judging.rego.checks import Modules, builtins_of, lacking, problems_of
from reconciler.judging.rego.engine import BOUNDS, Bounds, run_job
from reconciler.judging.rego.text import read_module
from reconciler.model import ConfigError, MagiError

TESTS = "_test.rego"
"""How the names of files end that only tests of the rules need."""
_MOST = 10


def load_rules(folder: Path | None, bounds: Bounds = BOUNDS) -> Mapping[str, str]:
    """The rules of a folder, the text by name of the file. Raises ConfigError, also where they could decide nothing."""
    if folder is None:
        return {}
    found = {name: text for name, text in read_texts(folder, "*.rego").items() if not name.endswith(TESTS)}
    if not found:
        raise ConfigError(f"{folder} holds no rules", "regoFolder names a folder with files that end in .rego")
    need_engine()
    problems = list(_problems_of(tuple(found.items()), bounds))
    if problems:
        raise wrong_rules(folder, problems)
    return found


def read_texts(folder: Path, pattern: str) -> dict[str, str]:
    """The files of a folder, by name. Raises ConfigError."""
    try:
        return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob(pattern))}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the rules in {folder} can't be read: {error}", "see the setting regoFolder") from None


def need_engine() -> None:
    """Raises ConfigError where the engine is not installed."""
    if find_spec("regopy") is None:
        raise ConfigError("policy as code needs regopy, which is not installed", "pip install 'magi[rego]'")


def wrong_rules(folder: Path, problems: Sequence[str]) -> ConfigError:
    more = f"\n  and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
    shown = "".join(f"\n  {one}" for one in problems[:_MOST])
    return ConfigError(f"the rules in {folder} are wrong:{shown}{more}", "see docs/guards.md, policy as code")


def modules_of(rules: Mapping[str, str]) -> Modules:
    """The rules in what checks need."""
    return Modules([read_module(name, text) for name, text in rules.items()])


def engine_problems(modules: Modules, bounds: Bounds = BOUNDS) -> list[str]:
    """What the engine can't read, and what it lacks. Raises ConfigError where it can't be asked."""
    called = builtins_of(modules)
    texts = {module.file: module.text for module in modules.all}
    try:
        answer: Any = run_job({"do": "check", "files": texts, "builtins": [*called]}, bounds)
    except MagiError as error:
        raise ConfigError(error.message, error.hint) from None
    by_file = {module.file: module for module in modules.all}
    errors = [
        f"{by_file[file].place(len(texts[file].encode()[:at].decode(errors='ignore')))}: {message}"
        for file, at, message in answer["errors"]
    ]
    return errors or [lacking(name, called[name]) for name in answer["lacking"]]


@cache
def input_fields() -> frozenset[str]:
    """What the input of rules has: the plan of a VIM."""
    schema = json.loads(files("reconciler.schemas").joinpath("plan.schema.json").read_text(encoding="utf-8"))
    return frozenset(schema["$defs"]["vim"]["properties"])


_checked: dict[tuple[tuple[str, str], ...], list[str]] = {}
"""The newest rules and what is wrong with them: the daemon reads them with each commit."""


def _problems_of(rules: tuple[tuple[str, str], ...], bounds: Bounds) -> list[str]:
    found = _checked.get(rules)
    if found is None:
        modules = modules_of(dict(rules))
        found = engine_problems(modules, bounds) or list(problems_of(modules, input_fields()))
        _checked.clear()
        _checked[rules] = found
    return found
