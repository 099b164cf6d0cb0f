"""`python -m benchmarks [NAME...]` prints a table a benchmark; exit code 1 when a goal is missed.

`--sizes 128,256,512,1024` are the numbers of VIMs of `fleet`, `--services 300` that of the services of `burst`,
`--vims 60 --kills 50` those of the VIMs and events of `sharing`.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

from rich.console import Console

from benchmarks import (
    burst,
    documents,
    first_sync,
    fleet,
    hanging,
    observation_requests,
    planning,
    readiness,
    sharing,
    sizing,
    webhook,
)
from benchmarks.result import Result, print_results

BENCHMARKS = {
    "requests": observation_requests.run,
    "documents": documents.run,
    "planning": planning.run,
    "first-sync": first_sync.run,
    "webhook": webhook.run,
    "readiness": readiness.run,
    "sizing": sizing.run,
    "burst": burst.run,
    "hanging": hanging.run,
    "fleet": fleet.run,
    "sharing": sharing.run,
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--sizes", type=_sizes, default=fleet.SIZES, help="numbers of VIMs of fleet: 128,256,512,1024")
    parser.add_argument("--services", type=int, default=burst.SERVICES, help="services of burst")
    parser.add_argument("--vims", type=int, default=sharing.VIMS, help="VIMs of sharing")
    parser.add_argument("--kills", type=int, default=sharing.KILLS, help="events of sharing")
    parser.add_argument("--minutes", type=float, default=sharing.MINUTES, help="no event of sharing begins after these")
    given = parser.parse_args(arguments)
    names = given.names
    benchmarks = BENCHMARKS | {
        "fleet": partial(fleet.run, given.sizes),
        "burst": partial(burst.run, given.services),
        "sharing": partial(sharing.run, given.vims, given.kills, given.minutes),
    }
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 64
    out = Console()
    reached = True
    for name in names or BENCHMARKS:
        with out.status(f"{name} ..."):
            results: list[Result] = benchmarks[name]()
        print_results(out, name, results)
        reached = reached and all(result.reached for result in results)
    return 0 if reached else 1


def _sizes(text: str) -> tuple[int, ...]:
    """Raises ValueError, which argparse shows."""
    return tuple(map(int, text.split(",")))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
