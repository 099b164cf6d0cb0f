"""Policy as code: Rego rules of the operator's judge a plan, in a process of their own that is bounded.

    python -m reconciler.rego   reads {"files": {name: text}, "input": plan} and answers with the decisions, as JSON

Needs the extra `rego` of the package.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reconciler.model import ConfigError, MagiError

TIMEOUT = 10.0
"""Seconds that rules may take for one plan."""
MOST = 1000
"""Decisions that are read of one plan."""
_LONGEST = 300
_FIELDS = {"message", "service", "kind", "name"}
_MARK = "decisions: "


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says. ``service``, ``kind`` and ``name`` say of what, as far as they are given; else of all."""

    message: str
    service: str | None = None
    kind: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    deny: tuple[Decision, ...] = ()
    warn: tuple[Decision, ...] = ()


class RegoFailedError(MagiError):
    """The rules could not judge: they are wrong, take too long, or answer with something else than decisions."""


def load_rules(folder: Path | None) -> Mapping[str, str]:
    """The rules of a folder, the text by name of the file. Raises ConfigError."""
    if folder is None:
        return {}
    try:
        files = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.rego"))}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the rules in {folder} can't be read: {error}", "see the setting regoFolder") from None
    files = {name: text for name, text in files.items() if not name.endswith("_test.rego")}
    if not files:
        raise ConfigError(f"{folder} holds no rules", "regoFolder names a folder with files that end in .rego")
    if find_spec("regopy") is None:
        raise ConfigError("policy as code needs regopy, which is not installed", "pip install 'magi[rego]'")
    return files


def decide(rules: Mapping[str, str], plan: Mapping[str, Any]) -> Decisions:
    """What the rules say of a plan, as `plan_json` has it. Raises RegoFailedError."""
    command = [sys.executable, "-m", "reconciler.rego"]
    given = json.dumps({"files": dict(rules), "input": plan})
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise RegoFailedError(f"the Rego rules take longer than {TIMEOUT:g} seconds", "make them simpler") from None
    last = done.stdout.rpartition(_MARK)[2] if _MARK in done.stdout else ""
    if done.returncode or not last:
        said = " ".join((done.stdout + done.stderr).split())[:_LONGEST]
        raise RegoFailedError(f"the Rego rules failed: {said or 'no message'}", "mend the files in regoFolder")
    return _decisions(json.loads(last))


def _decisions(answer: Any) -> Decisions:
    if not isinstance(answer, dict):
        raise RegoFailedError("the Rego rules decide nothing", "one of them must be in 'package magi'")
    return Decisions(*(tuple(_read(answer.get(name, ()), name)) for name in ("deny", "warn")))


def _read(found: Any, name: str) -> Iterator[Decision]:
    if not isinstance(found, list | tuple) or len(found) > MOST:
        raise RegoFailedError(f"'{name}' of the Rego rules is no set of at most {MOST} decisions", f"{name} contains …")
    for one in found:
        match one:
            case str():
                yield Decision(_clipped(one))
            case {"message": str(message)} if one.keys() <= _FIELDS and all(
                isinstance(value, str) for value in one.values()
            ):
                yield Decision(_clipped(message), one.get("service"), one.get("kind"), one.get("name"))
            case _:
                shown = json.dumps(one)[:_LONGEST]
                raise RegoFailedError(
                    f"'{name}' of the Rego rules holds {shown}",
                    "a decision is a text, or has message, and service, kind and name where it is about these",
                )


def _clipped(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST]


def _bound() -> None:
    """Ends this process also where nobody is left to end it."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(TIMEOUT) + 1, int(TIMEOUT) + 1))


def _answer(given: Any) -> Any:
    from regopy import Interpreter  # noqa: PLC0415  an extra

    interpreter = Interpreter()
    for name, text in given["files"].items():
        interpreter.add_module(name, text)
    interpreter.set_input(given["input"])
    found = [one for result in interpreter.query("data.magi").results for one in result.expressions]
    return found[0] if found else None


if __name__ == "__main__":
    _bound()
    sys.stdout.write(_MARK + json.dumps(_answer(json.load(sys.stdin))))
