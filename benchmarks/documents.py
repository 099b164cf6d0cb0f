"""Validate and expand 1,000 services (10,001 documents): from a cold start, and again after a commit of one file.

Times are processor time of this process, without that of git. And the memory that 100,000 resources take.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks import fleet
from benchmarks.clouds import write
from benchmarks.result import Result
from benchmarks.sizing import peak
from reconciler.documents import Library
from reconciler.model import Catalog
from reconciler.outside.collector_pause import collector_paused
from reconciler.source import Source, open_source
from reconciler.targets.registry import TARGET_TYPES

SERVICES = 1_000
COLD_SECONDS = 5.0
COMMIT_SECONDS = 0.2
TIMES_CHEAPER = 20
RESOURCES = 100_000
RESOURCES_OF_A_SERVICE = 76
MEGABYTES = 400.0


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = _repository(folder, SERVICES)
        source = open_source(str(work), "main", cache_dir=folder)
        library = Library(TARGET_TYPES)
        catalog, cold = _timed(library, source)
        resources = len(catalog.desired["paris"])
        again = []
        for number in range(5):
            service = work / "s7" / "service.yaml"
            service.write_text(service.read_text().replace("tier: gold", "tier: silver") + f"# {number}\n")
            _commit(work)
            again.append(_timed(library, source)[1])
    documents = SERVICES * 10 + 1
    memory, needed_by = _memory()
    return [
        Result(f"cold: {documents:,} documents, {resources:,} resources", cold, "s", COLD_SECONDS),
        Result("after a commit of one file (median of 5)", median(again), "s", COMMIT_SECONDS),
        Result("times cheaper", cold / median(again), "", TIMES_CHEAPER, at_least=True),
        Result(f"memory of a process with {needed_by:,} resources", memory, "MB", MEGABYTES),
    ]


def _timed(library: Library, source: Source) -> tuple[Catalog, float]:
    start = time.process_time()
    with collector_paused():
        catalog = library.catalog(source.fetch())
    return catalog, time.process_time() - start


def _memory() -> tuple[float, int]:
    """The most memory that a new process needs for so many resources, in MB, and how many there are."""
    with tempfile.TemporaryDirectory() as name:
        _repository(Path(name), -(-RESOURCES // RESOURCES_OF_A_SERVICE))
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes:
            return processes.submit(_peak_of_a_catalog, name).result()


def _peak_of_a_catalog(folder: str) -> tuple[float, int]:
    source = open_source(f"{folder}/repository", "main", cache_dir=Path(folder))
    catalog, _ = _timed(Library(TARGET_TYPES), source)
    return peak("self"), sum(map(len, catalog.desired.values()))


def _repository(folder: Path, services: int) -> Path:
    work = write(folder / "repository", fleet.large_repository(services))
    _git(work, "init", "-q", "-b", "main")
    _git(work, "config", "gc.auto", "0")  # it would run beside what is measured
    _commit(work)
    return work


def _commit(work: Path) -> None:
    _git(work, "add", "-A")
    _git(work, "-c", "user.name=Ada", "-c", "user.email=ada@example.net", "commit", "-q", "-m", "Change")


def _git(work: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=work, check=True)
