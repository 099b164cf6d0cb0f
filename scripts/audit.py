"""`python -m scripts.audit FILE...`: whether a pinned package has a known vulnerability, by pip-audit and OSV.

Exit code 0: none has, or it is unknown, which is reported; 1: one has; 2: the audit itself did not work. Runs with
the packages of requirements/audit.txt: `make audit`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from os import environ
from pathlib import Path
from typing import Any

import requests

SERVICE = "https://api.osv.dev/v1/query"
# Withdrawn from use years ago, with advisories that every such service has: one that knows of none can clear nothing.
CANARY = {"package": {"name": "pyyaml", "ecosystem": "PyPI"}, "version": "5.3"}
SECONDS = 15.0


def main(files: Sequence[str]) -> int:
    service = environ.get("MAGI_AUDIT_SERVICE", SERVICE)
    reason = out_of_reach(service)
    if reason:
        print(f"NOT AUDITED: {service} {reason}. Nothing is known about the packages of {', '.join(files)}.")
        return 0
    named = [word for file in files for word in ("-r", file)]
    program = Path(sys.executable).with_name("pip-audit")
    options = ("-s", "osv", "--osv-url", service, "--disable-pip", "--require-hashes", "-f", "json")
    command = (program, *options, "--progress-spinner", "off", "--timeout", str(int(SECONDS)), *named)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found: list[Any] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        print(f"pip-audit ended with {done.returncode}:\n{done.stderr}", file=sys.stderr)
        return 2
    return report(found)


def out_of_reach(service: str) -> str:
    """Why the advisory service can't be asked; "" where it answers, and knows what is known to all."""
    try:
        answered = requests.post(service, json=CANARY, timeout=SECONDS)
        answered.raise_for_status()
        known = answered.json().get("vulns")
    except (requests.RequestException, ValueError, AttributeError) as error:
        return f"can't be reached ({type(error).__name__})"
    return "" if known else "knows no vulnerability of a package that has some"


def report(found: Sequence[Any]) -> int:
    """Prints what pip-audit found of each package. The exit code."""
    skipped = [one for one in found if "skip_reason" in one]
    vulnerable = [one for one in found if one.get("vulns")]
    for one in vulnerable:
        for known in one["vulns"]:
            fixed = ", ".join(known.get("fix_versions") or ()) or "none yet"
            print(f"{one['name']} {one['version']}: {known['id']}, fixed in: {fixed}")
    for one in skipped:
        print(f"NOT AUDITED: {one['name']}: {one['skip_reason']}")
    print(f"{len(found) - len(skipped)} packages audited, {len(vulnerable)} with known vulnerabilities.")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
