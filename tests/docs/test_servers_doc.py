"""docs/servers.md: the table is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.model import Impact
from reconciler.targets.openstack.kinds.server_states import STATES, TAKEN_IN, UNCONFIRMED, never_ran, refused

PAGE = (Path(__file__).parents[2] / "docs" / "servers.md").read_text(encoding="utf-8")


def test_the_table_says_what_the_code_goes_by() -> None:
    row = r"^\| `(\w+)`(, never ran)? \| (\w+) \| (\w*) ?\| (\w*) ?\| (\w*) ?\| [^|]+\|$"
    rows = re.findall(row, PAGE, re.MULTILINE)
    assert {status for status, *_ in rows} == STATES.keys()
    for status, failed, taken_for, *words in rows:
        assert STATES[status].value == taken_for
        server = {"status": status, "OS-SRV-USG:launched_at": None if failed else "2026-01-01T00:00:00.000000"}
        assert never_ran(server) is bool(failed)
        if any(words):
            reported = dict(zip((Impact.REBOOT, Impact.REBUILD, Impact.RESIZE), words, strict=True))
            taken = {impact for impact, word in reported.items() if word == "yes"}
            by_code = set() if failed else {one for one, statuses in TAKEN_IN.items() if status in statuses}
            assert taken == by_code
            if status != UNCONFIRMED:  # whose resize is confirmed before anything else
                assert reported.keys() - taken == refused(server).keys()
    assert set(TAKEN_IN) == {Impact.REBOOT, Impact.REBUILD, Impact.RESIZE}
