"""The command of the campaign: `python -m torture`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from torture.campaign import Verdict, run, run_on
from torture.daemons import Magi

EXAMPLES = """examples:
  python -m torture                       about five minutes of histories that no one saw before
  python -m torture --minutes 480         a night of them
  python -m torture --seeds 17,23         these again, and what happened in each
  python -m torture --clouds .devcloud/clouds.yaml --length 3
                                          on a real OpenStack, one after the other
  python -m torture --tree ../old --plain  another checkout of Magi
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0: nothing is violated; 1: something is."""
    asked = _parser().parse_args(arguments)
    console = Console(soft_wrap=True)
    magi = Magi(asked.tree.resolve() if asked.tree else None)
    began = time.monotonic()
    seeds = iter(asked.seeds) if asked.seeds else count(asked.first or int(time.time()) % 1_000_000)
    until = None if asked.seeds else began + 60 * asked.minutes
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        folder = (asked.keep or Path(name)).resolve()
        for verdict in _verdicts(seeds, magi, folder, asked, until):
            verdicts.append(verdict)
            _report(console, verdict, at_length=bool(asked.seeds) or bool(verdict.violations))
            if not (verdict.violations or (asked.seeds and asked.keep)):
                shutil.rmtree(folder / str(verdict.seed), ignore_errors=True)
    console.print(_table(verdicts, time.monotonic() - began))
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def _verdicts(
    seeds: Iterator[int], magi: Magi, folder: Path, asked: argparse.Namespace, until: float | None
) -> Iterator[Verdict]:
    """As they come, from several processes; none is begun after ``until``."""
    running: set[Future[Verdict]] = set()
    # Histories on real clouds would meet there.
    workers = 1 if asked.clouds else asked.workers
    with ProcessPoolExecutor(workers) as pool:
        while True:
            while len(running) < workers and (until is None or time.monotonic() < until):
                seed = next(seeds, None)
                if seed is None:
                    break
                running.add(_begun(pool, seed, magi, folder / str(seed), asked))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()


def _begun(
    pool: ProcessPoolExecutor, seed: int, magi: Magi, folder: Path, asked: argparse.Namespace
) -> Future[Verdict]:
    if asked.clouds:
        return pool.submit(run_on, asked.clouds.resolve(), seed, magi, folder, length=asked.length)
    return pool.submit(run, seed, magi, folder, plain=asked.plain, length=asked.length)


def _report(console: Console, verdict: Verdict, *, at_length: bool) -> None:
    reported = "; ".join(map(str, verdict.violations)) if verdict.violations else "holds"
    console.print(f"history {verdict.seed}: {verdict.seconds:.0f} s, {reported}", markup=False, highlight=False)
    if at_length:
        for line in verdict.reported:
            console.print(f"  {line}", markup=False, highlight=False)


def _table(verdicts: Sequence[Verdict], seconds: float) -> Table:
    table = Table("what", "count", title=f"{len(verdicts)} histories in {seconds / 60:.1f} min")
    rows = {
        "commits": sum(one.commits for one in verdicts),
        "manual changes": sum(one.drifts for one in verdicts),
        "kills": sum(one.kills for one in verdicts),
        "faults": sum(sum(one.faults.values()) for one in verdicts),
    }
    kinds: Counter[str] = Counter()
    for one in verdicts:
        kinds.update(one.faults)
    rows |= {f"  {kind}": number for kind, number in sorted(kinds.items())}
    rows |= {
        "writes that reached a cloud": sum(one.requests for one in verdicts),
        "violations": sum(len(one.violations) for one in verdicts),
    }
    for name, number in rows.items():
        table.add_row(name, f"{number:,}")
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m torture",
        description="Histories of commits, drift, faults and kills against a running Magi, and a verdict on each.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seeds", type=_seeds, help="these histories, with commas between them")
    seeds.add_argument("--first", type=int, help="the first seed; left out: one that differs from run to run")
    parser.add_argument("--minutes", type=float, default=5.0, help="after which no history is begun any more")
    parser.add_argument("--length", type=int, default=6, help="commits of a history")
    parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 1), help="histories at the same time")
    parser.add_argument("--tree", type=Path, help="a checkout of Magi to put to the test in place of this one")
    parser.add_argument("--plain", action="store_true", help="documents as the first versions of Magi read them")
    parser.add_argument("--clouds", type=Path, help="a clouds.yaml of real clouds, as of the development cloud")
    parser.add_argument("--keep", type=Path, help="a folder for logs and ledgers of histories with a violation")
    return parser


def _seeds(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
