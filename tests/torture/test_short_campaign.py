"""The short campaign: histories that showed faults once, with the real daemon.

Each of them failed when its fault was there, and has to hold.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from torture.campaign import run
from torture.daemons import Magi

SEEDS = [
    pytest.param(300, True, id="300: a roll waited for an instance that could not be made before the roll was over"),
    pytest.param(302, True, id="302: of two ports the older one stayed, and the other was taken out of its server"),
    pytest.param(304, True, id="304: an empty list of ports was believed, and servers got new ones"),
    pytest.param(33, True, id="33: a refusal with 409 was called made, again and again"),
    pytest.param(310, False, id="310: the third commit that changed a CIDR was held as if someone undid it"),
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("seed", "plain"), SEEDS)
def test_a_history_that_showed_a_fault_holds(seed: int, plain: bool, tmp_path: Path) -> None:
    verdict = run(seed, Magi(), tmp_path / "history", plain=plain)
    assert not verdict.violations, "\n".join([*map(str, verdict.violations), *verdict.reported])
    assert verdict.commits > 1
    assert verdict.faults
