"""The targets by name, and the inputs that are kept for each: seeds, and whatever found a fault once."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).with_name("corpus")
"""A folder for each target, with a file an input."""

TARGETS = {
    "loader": "bytes of a YAML file, into documents with places",
    "schema": "the documents of a commit, held against their schemas and expanded into the desired state",
    "plan_reader": "a saved plan that is read again, and compared",
    "webhook": "headers and body of a delivery to the web application",
    "marks": "names and owners, written into marks and read again",
    "listings": "the answers of OpenStack's APIs to an observation, made into a World and a plan",
}


class Target(NamedTuple):
    """``check`` raises for an input that found a fault; ``spelled`` gives it a readable form."""

    check: Callable[[bytes], None]
    spelled: Callable[[bytes], bytes]


def target_of(name: str) -> Target:
    """A target by its name. Imports what it is about only now, so that a run can count what is covered of it."""
    module = importlib.import_module(f"fuzz.targets.{name}")
    return Target(module.check, getattr(module, "spelled", bytes))


def kept(name: str, folder: Path | None = None) -> list[Path]:
    """The files of a target's inputs, in order."""
    place = folder or CORPUS / name
    return sorted(path for path in place.iterdir() if path.is_file()) if place.is_dir() else []
