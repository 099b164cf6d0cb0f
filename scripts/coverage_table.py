"""`python -m scripts.coverage_table`: the branch coverage of each measured package; fails if one is below the limit.

Packages and limit are `run.source` and `report.fail_under` of `[tool.coverage]` in pyproject.toml.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from pathlib import Path

from coverage import Coverage
from coverage.exceptions import NoDataError

ROOT = Path(__file__).parents[1]
ALL = "all together"


def measured(coverage: Coverage) -> dict[str, float]:
    """Percent of lines and branches by package, and of all together."""
    packages = [Path(one).as_posix() for one in coverage.config.source or ()]
    return {package: coverage.report(include=[f"{package}/*"], file=io.StringIO()) for package in packages} | {
        ALL: coverage.report(file=io.StringIO())
    }


def table(percent: Mapping[str, float], limit: float) -> str:
    """A line per package, those below the limit marked."""
    return "\n".join(
        f"{package:<24} {value:5.1f} %{f'  below {limit:g} %' if value < limit else ''}"
        for package, value in percent.items()
    )


def main() -> int:
    coverage = Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    coverage.load()
    limit = coverage.config.fail_under
    try:
        percent = measured(coverage)
    except NoDataError:
        sys.stderr.write("No coverage was measured: run `make test-coverage`.\n")
        return 1
    sys.stdout.write(f"{table(percent, limit)}\n")
    if min(percent.values()) >= limit:
        return 0
    sys.stdout.write("Lines and branches that no test reaches: .venv/bin/coverage report\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
