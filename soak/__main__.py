"""`python -m soak`: thousands of passes in simulated time; exit code 1 when something grows with them."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from benchmarks.result import print_results
from reconciler.cli.logs import TextFormatter
from soak.documents import beginning
from soak.holdings import SHOWN, held
from soak.judging import LEAST, Held, judge
from soak.rig import Rig, open_rig
from soak.year import Year

PASSES, EVERY, WARM_UP, TURN = 10_000, 500, 1000, 100
_LINES = 15

Report = Callable[[int, Held | None], None]
"""Called after each pass, with what was held where that was measured."""


def soaked(
    folder: Path, passes: int, every: int, warm_up: int, turn: int, report: Report, ended: Callable[[Rig], None]
) -> list[Held]:
    """What was held, each ``every`` passes after a warm-up. ``ended`` is shown what is there at the end."""
    samples: list[Held] = []
    with open_rig(folder) as rig:
        rig.start(beginning("site-0"))
        year = Year(rig, turn)
        for done in range(1, passes + 1):
            year.step()
            measured = held(rig) if done % every == 0 and done > warm_up else None
            if measured:
                samples.append(measured)
            report(done, measured)
        ended(rig)
    return samples


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    asked = _parser().parse_args(arguments)
    if (asked.passes - asked.warm_up) // asked.every < LEAST or asked.every % TURN:
        print(
            f"--passes {asked.passes} --every {asked.every} --warm-up {asked.warm_up}: --every has to be a multiple of "
            f"{TURN}, and {LEAST} times that has to be left after the warm-up",
            file=sys.stderr,
        )
        return 64
    out = Console()
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        ending.enter_context(_logging())
        if asked.tracemalloc:
            tracemalloc.start(_LINES)
        begun = time.monotonic()
        status = ending.enter_context(out.status("begins ...")) if out.is_terminal else None
        traces: list[tracemalloc.Snapshot] = []

        def report(done: int, measured: Held | None) -> None:
            seconds = time.monotonic() - begun
            if status:
                status.update(f"{done:,} of {asked.passes:,} passes, {done / seconds:.0f} a second")
            if done % asked.every == 0 and not measured:
                out.print(f"{done:,} passes, {seconds:.0f} s: warms up", highlight=False)
            if measured:
                about = ", ".join(f"{measured[name]:,.6g} {name}" for name in SHOWN)
                out.print(f"{done:,} passes, {seconds:.0f} s: {about}", highlight=False, soft_wrap=True)
                if asked.tracemalloc:
                    traces.append(tracemalloc.take_snapshot())

        samples = soaked(folder, asked.passes, asked.every, asked.warm_up, TURN, report, lambda _: None)
    results = judge(samples)
    print_results(out, f"soak: {asked.passes:,} passes in {time.monotonic() - begun:.0f} s", results)
    if traces:
        for line in traces[-1].compare_to(traces[len(traces) // LEAST], "lineno")[:_LINES]:
            out.print(str(line), highlight=False)
    return 0 if all(result.reached for result in results) else 1


class _logging:  # noqa: N801  a context
    """Every line of the log is written, to nowhere."""

    def __enter__(self) -> None:
        self._nowhere = Path(os.devnull).open("w")
        handler = logging.StreamHandler(self._nowhere)
        handler.setFormatter(TextFormatter())
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
        logging.getLogger("reconciler").setLevel(logging.DEBUG)

    def __exit__(self, *_: object) -> None:
        logging.basicConfig(force=True)
        self._nowhere.close()
        gc.collect()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m soak",
        description="Runs the real daemon against simulated clouds, in time that is moved manually, and fails when "
        "memory, threads, descriptors, series or any record grows with the passes.",
        epilog="examples:\n  make soak\n  make soak ARGS='--passes 2000'\n"
        "  make soak ARGS='--passes 2000 --tracemalloc'   which lines hold more at the end\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--passes", type=int, default=PASSES, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument(
        "--every", type=int, default=EVERY, metavar="N", help="passes between two measurements (default: %(default)s)"
    )
    parser.add_argument(
        "--warm-up", type=int, default=WARM_UP, metavar="N", help="passes before the first one (default: %(default)s)"
    )
    parser.add_argument(
        "--tracemalloc", action="store_true", help="report which lines hold more memory; a third as fast"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
