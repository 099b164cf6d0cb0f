"""`python -m benchmarks.on_openstack CLOUDS-FILE [ENTRY]`: the service ref20 on a real OpenStack, tool beside tool.

Each row is a process. Magi and Heat take turns, so many rounds, and a row is the median; Ansible, where its program is
given, does it once. Every tool leaves the project as it found it. With --estimates no more is measured than how long
plans say that they take.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.on_openstack.ansible import Ansible
from benchmarks.on_openstack.cloud import Cloud
from benchmarks.on_openstack.daemon import quiet_pass
from benchmarks.on_openstack.heat import Heat
from benchmarks.on_openstack.magi import Magi
from benchmarks.on_openstack.tools import SERVERS, Row, Rows, Tool, rows_of
from benchmarks.result import Result, print_results

COUNTS = (1, 2, 5, 15, 16, 20, 10, 13, 21, 22, 18)
"""Of servers, one after another: the plans whose estimates are held against what they took."""
WITHIN = 1.5
USUAL_ENTRY = "paris"

_log = partial(print, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.on_openstack", description=__doc__)
    parser.add_argument("clouds_file", type=Path)
    parser.add_argument("entry", nargs="?", default=USUAL_ENTRY)
    parser.add_argument("--rounds", type=int, default=2, help="of Magi and Heat (default: 2)")
    parser.add_argument("--ansible", type=Path, metavar="PROGRAM", help="ansible-playbook, to measure it too")
    parser.add_argument("--estimates", action="store_true", help="no more than the estimates of durations")
    given = parser.parse_args(arguments)
    cloud = Cloud(given.clouds_file, given.entry)
    with tempfile.TemporaryDirectory() as name:
        magi = Magi(Path(name), given.clouds_file, given.entry)
        results = [] if given.estimates else _beside_others(Console(), magi, cloud, given)
        results += _estimates(magi)
    cloud.close()
    print_results(Console(), "goals", results)
    return 0 if all(result.reached for result in results) else 1


def _beside_others(out: Console, magi: Magi, cloud: Cloud, given: argparse.Namespace) -> list[Result]:
    in_turns: list[Tool] = [magi]
    if cloud.offers("orchestration"):
        in_turns.append(Heat(magi.folder, cloud))
    else:
        _log("the cloud has no Heat: `python -m devcloud up --with heat`")
    rounds = [{tool.name: rows_of(tool, cloud, _log) for tool in in_turns} for _ in range(given.rounds)]
    rows: dict[str, Rows] = {
        tool.name: {row: median(one[tool.name][row] for one in rounds) for row in rounds[0][tool.name]}
        for tool in in_turns
    }
    if given.ansible:
        rows[Ansible.name] = rows_of(Ansible(given.ansible, given.clouds_file, given.entry), cloud, _log)
    _print(out, rows)
    return [*_against_others(rows), *_against_limits(magi, cloud, rows[magi.name])]


def _against_others(rows: dict[str, Rows]) -> list[Result]:
    """Every row of Magi as a ratio to that of each other tool that can do it."""
    own = rows[Magi.name]
    return [
        Result(f"{row}, times {name}'s", own[row] / theirs[row], "", 1)
        for name, theirs in rows.items()
        if name != Magi.name
        for row in theirs
    ]


def _against_limits(magi: Magi, cloud: Cloud, own: Rows) -> list[Result]:
    """The limits of the cloud itself, in the same run."""
    magi.bring_about(SERVERS)
    magi.find_nothing_to_do()
    requests, raw = magi.requests, cloud.raw_limit()
    taken = quiet_pass(magi.folder, cloud)
    own_time = cloud.own_time_to_delete()
    magi.remove()
    return [
        Result("requests with nothing to do, as a whole process", requests, "requests", 12),
        Result("raw limit: one GET a kind, as a whole process", raw, "s"),
        Result("nothing to do, times the raw limit", own[Row.NOTHING] / raw, "", 1.5),
        Result(
            "a pass of the daemon with nothing to do, times the same requests alone", taken.of_pass / taken.raw, "", 1.2
        ),
        Result(f"the cloud's own time to remove {SERVERS} servers", own_time, "s"),
        Result("delete, times the cloud's own time", own[Row.DELETE] / own_time, "", 2),
    ]


def _estimates(magi: Magi) -> list[Result]:
    # The first of them has nothing to go by.
    magi.declare(COUNTS[0])
    magi.apply()
    errors = [magi.error_of_estimate(count) for count in COUNTS[1:]]
    magi.remove()
    right = 100 * sum(error <= WITHIN for error in errors) / len(errors)
    return [
        Result(f"estimates of a duration within a factor of {WITHIN:g}", right, "%", 90, at_least=True),
        Result("factor that an estimate is wrong by, in the median", median(errors), ""),
    ]


def _print(out: Console, rows: dict[str, Rows]) -> None:
    table = Table(title=f"ref20, {SERVERS} servers: seconds", title_justify="left", box=None, pad_edge=False)
    for column in ("", *rows):
        table.add_column(column, justify="right" if column else "left")
    for row in Row:
        table.add_row(row, *(f"{one[row]:.1f}" if row in one else "-" for one in rows.values()))
    out.print(table)
    out.print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
