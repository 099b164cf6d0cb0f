"""The Dockerfile, read."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import NamedTuple

FILE = Path(__file__).parents[2] / "Dockerfile"


class Instruction(NamedTuple):
    name: str
    text: str

    @property
    def program(self) -> list[str]:
        """What an instruction runs. Fails where that is not in the form that needs no shell."""
        found: list[str] = json.loads(self.text[self.text.index("[") :])
        return found


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, the first of which is its FROM, with the arguments of the build filled in."""
    found: list[list[Instruction]] = []
    arguments: dict[str, str] = {}
    for name, text in _instructions():
        if name == "ARG" and not found:
            argument, _, default = text.partition("=")
            arguments[argument] = default
        elif name == "FROM":
            found.append([Instruction(name, Template(text).substitute(arguments))])
        else:
            found[-1].append(Instruction(name, text))
    return found


def of(stage: list[Instruction], name: str) -> list[Instruction]:
    return [instruction for instruction in stage if instruction.name == name]


def environment() -> dict[str, str]:
    """What the image sets for its programs."""
    words = [word for one in of(stages()[-1], "ENV") for word in shlex.split(one.text)]
    return dict(word.split("=", 1) for word in words)


def _instructions() -> Iterator[Instruction]:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, _, text = line.partition(" ")
        yield Instruction(name, text)
