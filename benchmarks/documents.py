"""Validate and expand 1,000 services (10,000 documents): from a cold start, and again after a commit of one file."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import fleet
from benchmarks.clouds import write
from benchmarks.result import Result
from reconciler.documents import Library
from reconciler.outside.collector_pause import collector_paused
from reconciler.source import open_source
from reconciler.targets.registry import TARGET_TYPES

SERVICES = 1_000
TIMES_CHEAPER = 20


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        work = write(Path(name) / "repository", fleet.large_repository(SERVICES))
        _git(work, "init", "-q", "-b", "main")
        _commit(work)
        source = open_source(str(work), "main", cache_dir=Path(name))
        library = Library(TARGET_TYPES)
        start = time.perf_counter()
        with collector_paused():
            catalog = library.catalog(source.fetch())
        cold = time.perf_counter() - start
        resources = len(catalog.desired["paris"])
        again = []
        for number in range(5):
            service = work / "s7" / "service.yaml"
            service.write_text(service.read_text().replace("tier: gold", "tier: silver") + f"# {number}\n")
            _commit(work)
            start = time.perf_counter()
            with collector_paused():
                library.catalog(source.fetch())
            again.append(time.perf_counter() - start)
    documents = SERVICES * 10 + 1
    return [
        Result(f"cold: {documents:,} documents, {resources:,} resources", cold, "s"),
        Result("after a commit of one file (median of 5)", median(again), "s"),
        Result("times cheaper", cold / median(again), "", TIMES_CHEAPER, at_least=True),
    ]


def _commit(work: Path) -> None:
    _git(work, "add", "-A")
    _git(work, "-c", "user.name=Ada", "-c", "user.email=ada@example.net", "commit", "-q", "-m", "Change")


def _git(work: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=work, check=True)
