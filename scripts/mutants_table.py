"""`python -m scripts.mutants_table`: what became of the mutants of each module, and which of them survived.

Reads what mutmut keeps in `mutants/`. A mutant that no test reaches has survived; one that a test ended by its time
limit is killed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "mutants"
# The exit codes of pytest, of mutmut ("no tests": 33) and of a process that its limit ended.
SURVIVED = frozenset({0, 5, 33})


def results(folder: Path) -> Iterator[tuple[str, Mapping[str, int]]]:
    """Each module with the exit codes of its mutants, by name; those that were not tried are left out."""
    for file in sorted(folder.rglob("*.meta")):
        codes = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        if tried := {name: code for name, code in codes.items() if code is not None}:
            yield file.relative_to(folder).as_posix().removesuffix(".meta"), tried


def table(found: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """A row of Markdown per module, and one for all."""
    yield "| Module | Mutants | Killed | Survived | Killed, % |"
    yield "|---|---|---|---|---|"
    total: Counter[bool] = Counter()
    for module, codes in found.items():
        count = Counter(code in SURVIVED for code in codes.values())
        total += count
        yield _row(f"`{module}`", count)
    yield _row("all", total)


def _row(name: str, count: Mapping[bool, int]) -> str:
    killed, survived = count[False], count[True]
    whole = killed + survived
    return f"| {name} | {whole} | {killed} | {survived} | {100 * killed / whole:.0f} |"


def main() -> int:
    found = dict(results(FOLDER))
    if not found:
        sys.stderr.write("No mutant was tried: run `make mutants`.\n")
        return 1
    for line in table(found):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write("\nSurvivors (`make mutant NAME=...` shows one):\n")
    for codes in found.values():
        for name in sorted(name for name, code in codes.items() if code in SURVIVED):
            sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
