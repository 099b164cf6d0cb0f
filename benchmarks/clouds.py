"""A simulator in a process of its own, so that its work is not counted as Magi's."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.documents import Library
from reconciler.model import Catalog
from reconciler.source import open_source
from reconciler.targets.registry import TARGET_TYPES


@dataclass(frozen=True)
class Clouds:
    url: str
    file: Path

    def ask(self, path: str, method: str = "GET") -> Any:
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{path}", method=method)) as answer:
            body = answer.read()
        return json.loads(body) if body else None


@contextmanager
def simulated(folder: Path, *options: str) -> Iterator[Clouds]:
    """`magi simulate` with one cloud, paris."""
    file = folder / "clouds.yaml"
    command = [sys.executable, "-m", "reconciler.cli", "simulate", "--vims", "paris", "--clouds-file", str(file)]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield Clouds(line.split(" at ")[1].split(",")[0], file)
        finally:
            process.terminate()


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def catalog_of(folder: Path) -> Catalog:
    return Library(TARGET_TYPES).catalog(open_source(str(folder), cache_dir=folder).fetch())
