"""`python -m benchmarks [NAME...]` prints a table a benchmark; exit code 1 when a goal is missed."""

from __future__ import annotations

import sys

from rich.console import Console

from benchmarks import documents, first_sync, planning, readiness, requests_of_a_look, sizing, webhook
from benchmarks.result import Result, print_results

BENCHMARKS = {
    "requests": requests_of_a_look.run,
    "documents": documents.run,
    "planning": planning.run,
    "first-sync": first_sync.run,
    "webhook": webhook.run,
    "readiness": readiness.run,
    "sizing": sizing.run,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 64
    out = Console()
    reached = True
    for name in names or BENCHMARKS:
        with out.status(f"{name} ..."):
            results: list[Result] = BENCHMARKS[name]()
        print_results(out, name, results)
        reached = reached and all(result.reached for result in results)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
